#!/usr/bin/env python3
"""What is hunted and what alerts of texts nobody trained on: alone, in the midst of other text, and many in one.

Usage: alerts.py REVEILLE DATA MODEL [--onnxruntime LIBRARY]

A finding is made by any label that has a threshold and is not about others, so that rates are of any of them. Other
text is what an airline's desk says to its customers, which no training has seen, and real thoughts, which the first
stage has seen as innocent ones: a window of each with the passage somewhere in it. Rates come with their number of texts
and Wilson's interval.
"""

import argparse
import json
import pathlib

import numpy as np

from data import load_benign, load_ordinary, load_passages
from evaluate import ROOT, score
from within import REAL, surrounded

# Words of other text on either side of a passage, and innocent passages that are joined.
AROUND = (60, 200)
JOINED = 30


def desk(data):
    """What the desk says, as one list of sentences."""
    said = []
    for run in json.loads((data / "agents/tau_bench/gpt-4o-airline.json").read_text(encoding="utf-8")):
        for message in run["traj"]:
            if message["role"] == "assistant" and message.get("content"):
                said.append(message["content"].strip())
    return sorted(set(said))


def some(texts, words, rng):
    out = []
    while sum(len(text.split()) for text in out) < words:
        out.append(texts[int(rng.integers(len(texts)))])
    return "\n".join(out)


def interval(found, count):
    share, z = found / count, 1.96
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z * np.sqrt(share * (1 - share) / count + z * z / (4 * count * count)) / (1 + z * z / count)
    return f"{found:4} of {count:5}: {share * 100:5.1f} % [{max(middle - half, 0) * 100:.1f}, {(middle + half) * 100:.1f}]"


def main():
    parser = argparse.ArgumentParser()
    for name in ("reveille", "data", "model"):
        parser.add_argument(name)
    parser.add_argument("--onnxruntime", default="none")
    args = parser.parse_args()
    items = load_passages(ROOT / "corpora/reasoning/heldout")
    turned = [item["text"] for item in items if item["labels"]]
    innocent = [item["text"] for item in items if not item["labels"]]
    said, rng = desk(pathlib.Path(args.data)), np.random.default_rng(1)
    kinds = {"turned": turned, "innocent": innocent}
    for words in AROUND:
        for name, texts in (("turned", turned), ("innocent", innocent)):
            kinds[f"{name}, {words} words on either side"] = [
                "\n".join([some(said, words, rng), text, some(said, words, rng)]) for text in texts]
    real = [item["text"] for item in load_benign(pathlib.Path(args.data)) if item["source"] in REAL]
    for name, texts in (("turned", turned), ("innocent", innocent)):
        among = [surrounded(text, real[int(rng.integers(len(real)))], rng) for text in texts]
        kinds[f"{name}, among real thoughts"] = [text for text in among if text]
    order = rng.permutation(len(innocent))
    kinds[f"{JOINED} innocent in one"] = [
        "\n".join(innocent[at] for at in order[start:start + JOINED]) for start in range(0, len(order), JOINED)]
    kinds["what the desk says"] = said
    kinds["ordinary thoughts"] = [item["text"] for item in load_ordinary(ROOT / "corpora/reasoning/heldout")]
    for name, texts in kinds.items():
        rows = score(args.reveille, args.model, texts, args.onnxruntime)
        # As the program has it: any finding, and those that alert.
        lanes = [row["lane"] for row in rows]
        hunted = sum(lane is not None for lane in lanes)
        print(f"{name:40} hunted {interval(hunted, len(rows))}   alerts {interval(lanes.count('stable'), len(rows))}", flush=True)


if __name__ == "__main__":
    main()
