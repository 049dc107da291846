#!/usr/bin/env python3
"""Checks the passages of corpora/reasoning: fields, labels, lengths, and that no two are alike.

Usage: check_passages.py FILE...      exits 1 and names each line that is wrong
"""

import collections
import json
import re
import sys

FIELDS = ["id", "family", "trigger", "domain", "voice", "lang", "labels", "near", "text"]
LABELS = {"aware", "acts", "conceals", "sabotages", "tested", "sandbags"}
LANGUAGES = {"en", "zh", "es", "fr", "de", "ru"}
RUN = 7


def units(text, lang):
    """Words, or characters where the script has no spaces."""
    return re.findall(r"[\u4e00-\u9fff]|[a-z0-9]+" if lang == "zh" else r"\w+", text.lower())


def faults(record, place, seen_ids):
    missing = [field for field in FIELDS if field not in record]
    if missing:
        yield f"{place}: lacks {', '.join(missing)}"
        return
    if record["id"] in seen_ids:
        yield f"{place}: id {record['id']} stands twice"
    seen_ids.add(record["id"])
    unknown = set(record["labels"]) - LABELS
    if unknown:
        yield f"{place}: unknown labels {sorted(unknown)}"
    if record["lang"] not in LANGUAGES:
        yield f"{place}: unknown language {record['lang']}"
    if record["labels"] and record["near"]:
        yield f"{place}: `near` is for innocent passages"
    if record["near"] and record["near"] not in LABELS:
        yield f"{place}: `near` is {record['near']}, expected a label"
    if "acts" in record["labels"] and not set(record["labels"]) & {"aware", "sabotages", "conceals"}:
        yield f"{place}: `acts` without anything hidden"
    length = len(units(record["text"], record["lang"]))
    low, high = (12, 420) if record["lang"] == "zh" else (8, 225)
    if not low <= length <= high:
        yield f"{place}: {length} words or characters, expected {low} to {high}"


def main():
    wrong, seen_ids, runs = 0, set(), {}
    shared = collections.Counter()
    openings = collections.Counter()
    counts = collections.Counter()
    for path in sys.argv[1:]:
        for number, line in enumerate(open(path, encoding="utf-8"), 1):
            place = f"{path}:{number}"
            try:
                record = json.loads(line)
            except json.JSONDecodeError as error:
                print(f"{place}: not JSON: {error}")
                wrong += 1
                continue
            found = list(faults(record, place, seen_ids))
            for fault in found:
                print(fault)
            wrong += len(found)
            if found and "lacks" in found[0]:
                continue
            counts[(record["lang"], "positive" if record["labels"] else "innocent")] += 1
            words = units(record["text"], record["lang"])
            openings[" ".join(words[:3])] += 1
            span = RUN + 4 if record["lang"] == "zh" else RUN
            own = {tuple(words[at:at + span]) for at in range(len(words) - span + 1)}
            for run in own:
                if run in runs and runs[run] != record["id"]:
                    shared[(runs[run], record["id"])] += 1
                runs.setdefault(run, record["id"])
    for (one, other), count in sorted(shared.items()):
        print(f"{other} shares {count} runs of words with {one}")
    for opening, count in openings.most_common():
        if count < 4:
            break
        print(f"{count} passages begin with “{opening}”")
    for key, count in sorted(counts.items()):
        print(f"{count:6} {key[0]} {key[1]}")
    wrong += len(shared)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
