#!/usr/bin/env python3
"""Names the passages, rules and word lists that share a run of six words with the texts that are only measured on.

Usage: overlap.py DATA      DATA is the folder of real transcripts; exits 1 if anything is named
"""

import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
RUN = 6


def runs(text):
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[at:at + RUN]) for at in range(len(words) - RUN + 1)}


def thoughts(data):
    """All that the model with the deployment token thinks and says."""
    for line in (data / "eval-only/deployment_token/cot.jsonl").open(encoding="utf-8"):
        for message in json.loads(line)["messages"]:
            if message["role"] == "assistant":
                yield message["content"]


def main():
    data = pathlib.Path(sys.argv[1])
    measured = set()
    for text in thoughts(data):
        measured |= runs(text)
    named = 0
    for path in sorted((ROOT / "corpora/reasoning").rglob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            shared = runs(record["text"]) & measured
            if shared:
                named += 1
                print(f"{record['id']}: {len(shared)} runs")
    for path in sorted((ROOT / "rules").rglob("*.yml")):
        shared = runs(path.read_text(encoding="utf-8")) & measured
        if shared:
            named += 1
            print(f"{path.relative_to(ROOT)}: {len(shared)} runs")
    print(f"{named} share a run of {RUN} words with {len(measured)} runs that are only measured on")
    sys.exit(1 if named else 0)


if __name__ == "__main__":
    main()
