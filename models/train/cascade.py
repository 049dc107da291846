#!/usr/bin/env python3
"""Joins both stages of the reasoning head: which windows the second one reads, and what both say together.

Usage: cascade.py REVEILLE DATA STAGE1 ENCODER OUT [--pass SHARE] [--most N]

STAGE1 and ENCODER are the folders that stage1.py and stage2.py wrote. All is fitted on the families and real
texts that the encoder has not seen: a first stage is trained on the others for that, so that neither knows them. Windows pass as often as SHARE of those of real innocent texts do. OUT gets the model of both.
"""

import argparse
import json
import pathlib

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

import export
import stage2
from data import LABELS, load_benign, load_passages
from evaluate import of, score
from folds import fold_numbers
from stage1 import Data, calibration, fit_on, scaled

ROOT = pathlib.Path(__file__).resolve().parents[2]
NAMES = ["turned", *LABELS]
# Labels that may alert: from a quarter in log-odds above the highest score of any innocent text of the fold, most
# of which are twins of positives.
ALERTS = ("aware", "conceals", "sabotages")
MARGIN = 0.25
# Windows of real texts that the second stage is asked about, for the figures.
REAL = 2000


def odds(chance):
    chance = np.clip(chance, 1e-7, 1 - 1e-7)
    return np.log(chance / (1 - chance))


class Held:
    """The fold that neither stage has seen: its windows, whose they are, and the log-odds of the first stage."""

    def __init__(self, data, held):
        self.items = [item for item, is_held in zip(data.items, held) if is_held]
        number = np.cumsum(held) - 1
        mine = held[data.owner]
        self.owner = number[data.owner[mine]]
        self.texts = [window(data, at) for at in np.flatnonzero(mine)]
        self.is_passage = np.array([item["source"] == "passages" for item in self.items])
        rows = scaled(data.rows[mine], np.ones(data.rows.shape[1]))
        self.first = np.zeros((len(self.texts), len(NAMES)))
        for at, label in enumerate(NAMES):
            coef, bias = fit_on(data, data.truth(label), ~held, 20.0)
            raw = rows @ coef + bias
            top = self.best(raw)
            slope, shift = calibration(top[self.is_passage], self.truth(label)[self.is_passage])
            self.first[:, at] = slope * raw + shift

    def truth(self, label):
        if label == "turned":
            return np.array([bool(item["labels"]) for item in self.items])
        return np.array([label in item["labels"] for item in self.items])

    def best(self, scores):
        """The highest of the windows of each text."""
        out = np.full(len(self.items), -1e9)
        np.maximum.at(out, self.owner, scores)
        return out


def unseen(data, hold):
    """The groups that the encoder has not seen. Folds are made of its own choice of texts."""
    items = stage2.chosen_texts(data)
    return {item["group"] for item, fold in zip(items, fold_numbers(items, 6, "family")) if fold == hold}


def window(data, at):
    start, end = data.spans[at]
    return data.items[data.owner[at]]["text"].encode()[start:end].decode()


def passing(first, real, share):
    """Of each label the log-odds that so small a share of real windows reaches that all labels together let
    `share` of them pass."""
    low, high = 0.0, share
    for _ in range(40):
        middle = (low + high) / 2
        cuts = np.quantile(first[real], 1 - middle, axis=0)
        low, high = (middle, high) if (first[real] >= cuts).any(axis=1).mean() <= share else (low, middle)
    return np.quantile(first[real], 1 - low, axis=0)


def blended(first, second, truth):
    """Weights of both stages, for a text that may as well be positive as not."""
    both = np.c_[first, second]
    model = LogisticRegression(C=1.0, class_weight="balanced").fit(both, truth)
    weights = np.maximum(model.coef_[0], 0)
    _, bias = calibration(both @ weights, truth)
    return weights, model.intercept_[0] if (model.coef_[0] > 0).all() else bias


def main():
    parser = argparse.ArgumentParser()
    for name in ("reveille", "data", "stage1", "encoder", "out"):
        parser.add_argument(name)
    parser.add_argument("--pass", dest="share", type=float, default=0.01)
    parser.add_argument("--most", type=int, default=8)
    parser.add_argument("--onnxruntime", default="none", help="library for the encoder's scores")
    args = parser.parse_args()
    made = json.loads((pathlib.Path(args.encoder) / "metrics.json").read_text())
    items = load_passages(ROOT / "corpora/reasoning") + load_benign(pathlib.Path(args.data))
    data = Data(args.reveille, ROOT / "models/train/recipe.json", items)
    groups = unseen(pathlib.Path(args.data), made["fold"])
    held = Held(data, np.array([item["group"] in groups for item in items]))
    real = ~held.is_passage[held.owner]
    cuts = passing(held.first, real, args.share)
    second = second_of(args, held, real, cuts)
    manifest, figures = joined(args, held, real, cuts, second)
    files = {"stage1.onnx": (pathlib.Path(args.stage1) / "stage1.onnx").read_bytes(),
             "stage2.onnx": (pathlib.Path(args.encoder) / "model.onnx").read_bytes(),
             "tokenizer.json": (pathlib.Path(args.encoder) / "tokenizer.json").read_bytes()}
    first = json.loads((pathlib.Path(args.stage1) / "metrics.json").read_text())
    export.folder(args.out, manifest, {**first, "cascade": figures, "encoder": made}, files)
    print(json.dumps(figures, indent=1))


def second_of(args, held, real, cuts):
    """Log-odds of the second stage for every window of a passage, every real one that passes, and some
    others; nan for the rest."""
    wanted = ~real | (held.first >= cuts).any(axis=1)
    others = np.flatnonzero(~wanted)
    wanted[np.random.default_rng(0).permutation(others)[:REAL]] = True
    at = np.flatnonzero(wanted)
    rows = score(args.reveille, args.encoder, [held.texts[one] for one in at], args.onnxruntime)
    out = np.full(held.first.shape, np.nan)
    for column, label in enumerate(NAMES):
        out[at, column] = odds(of(rows, label))
    return out


def joined(args, held, real, cuts, second):
    passes = (held.first >= cuts).any(axis=1)
    blend, hunt, alert, figures = {}, {}, {}, {"share": args.share, "most": args.most}
    figures["real windows"] = int(real.sum())
    figures["passage windows that pass"] = round(float(passes[~real].mean()), 4)
    p = held.is_passage
    innocent = p & ~held.truth("turned")
    for at, label in enumerate(NAMES):
        truth = held.truth(label)
        first, asked = held.best(held.first[:, at]), held.best(np.nan_to_num(second[:, at], nan=-1e9))
        weights, bias = blended(first[p], asked[p], truth[p])
        both = np.where(passes, held.first[:, at] * weights[0] + np.nan_to_num(second[:, at]) * weights[1] + bias,
                        held.first[:, at])
        text = held.best(both)
        full = held.best(np.where(np.isnan(second[:, at]), -1e9,
                                  held.first[:, at] * weights[0] + second[:, at] * weights[1] + bias))
        chance = 1 / (1 + np.exp(-text))
        hunt[label] = round(float(np.quantile(chance[innocent], 0.95)), 4)
        if label in ALERTS:
            top = text[~held.truth("turned")].max()
            alert[label] = round(float(1 / (1 + np.exp(-top - MARGIN))), 4)
        blend[label] = {"first": round(float(weights[0]), 4), "second": round(float(weights[1]), 4), "bias": round(float(bias), 4)}
        # Found at a rate of false alarms on real windows: a sample stands for those that did not pass.
        asked_real = real & ~np.isnan(second[:, at])
        cut_real = np.quantile(held.first[real, at], 0.99)
        figures[label] = {
            "first": round(roc_auc_score(truth[p], first[p]), 4),
            "second": round(roc_auc_score(truth[p], asked[p]), 4),
            "cascade": round(roc_auc_score(truth[p], text[p]), 4),
            "both on all": round(roc_auc_score(truth[p], full[p]), 4),
            "hunted": round(float((chance[truth] >= hunt[label]).mean()), 4),
            "hunted_real": int((chance[~p] >= hunt[label]).sum()), "real_texts": int((~p).sum()),
            # The most that any innocent text says, and what of the positives says more.
            "innocent_top": round(float(chance[~held.truth("turned")].max()), 4),
            "beyond_all_innocent": round(float((chance[truth] > chance[~held.truth("turned")].max()).mean()), 4),
            "acts_among_aware": among_aware(held, text) if label == "acts" else None,
            **real_at(held, chance),
            "found at 1 % of real windows": {
                "first": round(float((first[p & truth] >= cut_real).mean()), 4),
                "cascade": round(float((text[p & truth] >= np.quantile(both[real], 0.99)).mean()), 4),
                "second": round(float((asked[p & truth] >= weighted(second[asked_real, at], passes[asked_real], passes[real].mean())).mean()), 4),
            },
        }
    first = json.loads((pathlib.Path(args.stage1) / "model.json").read_text())
    tokens = json.loads((pathlib.Path(args.encoder) / "model.json").read_text())["tokens"]
    chance = lambda odds: round(float(1 / (1 + np.exp(-odds))), 4)
    manifest = {"name": "reasoning", "version": "3", "labels": NAMES, "recipe": first["recipe"],
                "tokens": {**tokens, "graph": "stage2.onnx"},
                "cascade": {"pass": {label: chance(cut) for label, cut in zip(NAMES, cuts)}, "blend": blend, "most": args.most},
                "hunt": hunt, "alert": alert}
    return manifest, figures


def among_aware(held, scores):
    aware = held.truth("aware")
    return round(roc_auc_score(held.truth("acts")[aware], scores[aware]), 4)


def real_at(held, chance):
    """What a threshold would have to be for so many false alarms on whole traces and coding agents; at one in
    a thousand it is about the highest of them all."""
    long = np.array([item["source"] in ("traces", "coding") for item in held.items])
    return {f"real_at_{rate}": round(float(np.quantile(chance[long], 1 - rate)), 4) for rate in (0.01, 0.001)}


def weighted(scores, passed, share):
    """What one in a hundred of real windows reaches: all that passed are here, of the others a sample."""
    weight = np.where(passed, share / max(passed.sum(), 1), (1 - share) / max((~passed).sum(), 1))
    order = np.argsort(scores)[::-1]
    return scores[order[np.searchsorted(np.cumsum(weight[order]), 0.01)]]


if __name__ == "__main__":
    main()
