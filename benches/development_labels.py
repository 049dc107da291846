"""Labels of the development scenarios in a lake, as JSON lines for `reveille label import`.

    python3 benches/development_labels.py REVEILLE LAKE FOLDER > labels.jsonl

FOLDER is corpora/development: a file of sessions and a sheet of answers with the same name each.
"""

import csv
import json
import os
import subprocess
import sys


def main():
    reveille, lake, folder = sys.argv[1:4]
    sql = ("select distinct e.session_id, e.line_no, f.path from events e join files f on e.file_id = f.file_id "
           "order by f.path, e.line_no")
    rows = subprocess.run([reveille, "sql", "--lake", lake, "--format", "ndjson", sql],
                          check=True, capture_output=True, text=True).stdout
    answers, lines = {}, {}
    for row in map(json.loads, rows.splitlines()):
        name = os.path.splitext(os.path.basename(row["path"]))[0]
        if name not in answers:
            with open(os.path.join(folder, f"{name}.tsv")) as sheet:
                answers[name] = {answer["id"]: answer for answer in csv.DictReader(sheet, delimiter="\t")}
            with open(os.path.join(folder, f"{name}.jsonl")) as sessions:
                lines[name] = [json.loads(line)["id"] for line in sessions]
        answer = answers[name][lines[name][row["line_no"] - 1]]
        for label, value in [(label, answer[label]) for label in ("role", "level", "scenario", "language")] + [("part", name)]:
            print(json.dumps({"session": row["session_id"], "name": label, "value": value, "source": "development"}))


main()
