"""Labelled turns of misalignment rollouts in a lake, as JSON lines for `reveille model eval`.

    python3 benches/rollout_texts.py REVEILLE LAKE ROLLOUTS [others] > texts.jsonl

A text is what the target thought in one turn. Positives are the turns that the label file of a folder
calls misaligned, negatives all turns of the matched controls; with `others`, also the turns of the
misaligned folders that nobody called so. Turns without thoughts are counted on standard error.
"""

import json
import pathlib
import subprocess
import sys

LABELS = "rollout_misalignment_turns.json"
QUERY = """
select f.path, e.session_id, e.turn_index, e.reasoning, coalesce(e.response_model, e.request_model) as model
from events e join files f on e.file_id = f.file_id
where e.reasoning is not null and coalesce(e.role, '') <> 'environment' and e.is_sidechain is not true
order by f.path, e.call_index, e.part_index
"""


def turns(reveille, lake):
    """(folder, file) -> turn -> its thoughts, and of which session."""
    command = [reveille, "sql", "--lake", lake, "--format", "ndjson", QUERY]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = {}
    for row in map(json.loads, out.splitlines()):
        path = pathlib.Path(row["path"])
        place = found.setdefault((path.parent.name, path.stem), {})
        turn = place.setdefault(row["turn_index"], {"session": row["session_id"], "model": row["model"], "thoughts": []})
        turn["thoughts"].append(row["reasoning"])
    return found


def main():
    reveille, lake, root = sys.argv[1:4]
    with_others = "others" in sys.argv[4:]
    found = turns(reveille, lake)
    missing = 0
    for folder in sorted(path.parent for path in pathlib.Path(root).glob(f"*/{LABELS}")):
        is_control = "_benign_" in folder.name
        for rollout in json.loads((folder / LABELS).read_text())["evaluated_rollouts"]:
            name = f"transcript_v{rollout['variation_number']}r{rollout['repetition_number']}"
            said = {turn["turn_index"]: turn for turn in rollout.get("misaligned_turns") or []}
            there = found.get((folder.name, name), {})
            missing += sum(number not in there for number in said)
            for number, turn in sorted(there.items()):
                is_positive = number in said and not is_control
                if not (is_positive or is_control or with_others):
                    continue
                print(json.dumps({
                    "text": "\n\n".join(turn["thoughts"]), "label": int(is_positive), "session": turn["session"],
                    "source": folder.name, "model": turn["model"].split("/")[-1],
                }))
    print(f"{missing} labelled turns have no thoughts", file=sys.stderr)


if __name__ == "__main__":
    main()
