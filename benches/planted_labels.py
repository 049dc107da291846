"""Labels of the planted suite for `reveille label import`, from its answer sheet.

    python3 benches/planted_labels.py corpora/ANSWERS-planted.tsv > labels.jsonl
"""

import csv
import json
import sys

with open(sys.argv[1]) as sheet:
    for row in csv.DictReader(sheet, delimiter="\t"):
        for name in ("role", "level", "family", "split", "scenario", "language"):
            print(json.dumps({"session": row["session"], "name": name, "value": row[name], "source": "planted"}))
