"""Labels of Open Agent Safety for a lake, as JSON lines for `reveille label import`.

    python3 benches/openagentsafety_labels.py REVEILLE LAKE FOLDER > labels.jsonl

FOLDER has one folder per model and labels.tsv (model, task, llm_label, rule_based_score).
"""

import csv
import json
import os
import subprocess
import sys


def main():
    reveille, lake, folder = sys.argv[1:4]
    sql = "select distinct e.session_id, f.path from events e join files f on e.file_id = f.file_id"
    rows = subprocess.run([reveille, "sql", "--lake", lake, "--format", "ndjson", sql],
                          check=True, capture_output=True, text=True).stdout
    by_task = {}
    for row in map(json.loads, rows.splitlines()):
        model = os.path.basename(os.path.dirname(row["path"]))
        by_task[model, os.path.basename(row["path"])] = row["session_id"]
    with open(os.path.join(folder, "labels.tsv")) as labels:
        for label in csv.DictReader(labels, delimiter="\t"):
            found = [s for (model, name), s in by_task.items()
                     if model == label["model"] and label["task"] in name]
            exact = [s for (model, name), s in by_task.items()
                     if model == label["model"] and os.path.splitext(name)[0].removeprefix("traj_") == label["task"]]
            for session in exact or found[:1]:
                for name, value in [("oas", label["llm_label"]), ("oas_model", label["model"]),
                                    ("oas_task", label["task"])]:
                    print(json.dumps({"session": session, "name": name, "value": value,
                                      "source": "openagentsafety_labels"}))


main()
