#!/usr/bin/env python3
"""Trains the first stage of the reasoning head: hashed words, one linear row per label.

Usage: stage1.py REVEILLE DATA OUT [--folds N] [--recipe FILE] [--only-fit]

REVEILLE is the built program, which cuts texts into windows and features, so that training and use
cannot differ. DATA is the folder of real transcripts, of which only innocent training parts are read;
without it only the written passages are used. OUT gets model.json, stage1.onnx, metrics.json and SHA256SUMS.
"""

import argparse
import json
import pathlib
import subprocess

import numpy as np
import scipy.sparse as sp
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline

import export
from data import LABELS, load_all
from folds import fold_numbers
from within import within

ROOT = pathlib.Path(__file__).resolve().parents[2]
TURNS = 3
KEEP = 1.0
# Of logistic regression: a weaker fit lets more of what is turned pass, for as many windows of fields it does not know.
C = 5.0


def windows(reveille, recipe, items):
    """Feature rows of all windows, the number of the item each belongs to, and its bytes there."""
    lines = "".join(json.dumps({"id": str(at), "text": item["text"]}) + "\n" for at, item in enumerate(items))
    command = [reveille, "model", "features", "--recipe", str(recipe)]
    out = subprocess.run(command, input=lines, capture_output=True, text=True, check=True).stdout
    owner, spans, indptr, indices = [], [], [0], []
    for line in out.splitlines():
        name, start, end, numbers = json.loads(line)
        owner.append(int(name))
        spans.append((start, end))
        indices.extend(numbers)
        indptr.append(len(indices))
    buckets = json.loads(pathlib.Path(recipe).read_text())["buckets"]
    rows = sp.csr_matrix((np.ones(len(indices), np.float32), indices, indptr), (len(owner), buckets))
    return rows, np.array(owner), spans


def scaled(rows, idf):
    """A window's features: rarity of each, divided by the root of how many there are."""
    counts = np.maximum(np.diff(rows.indptr), 1)
    return sp.diags(1 / np.sqrt(counts)) @ rows @ sp.diags(idf)


def rarity(rows):
    seen = np.asarray((rows > 0).sum(axis=0)).ravel()
    return np.where(seen > 1, np.log((1 + rows.shape[0]) / (1 + seen)) / 4, 0.0)


def best(scores, owner, count):
    """The highest score of the windows of each item."""
    out = np.full(count, -1e9)
    np.maximum.at(out, owner, scores)
    return out


def fit(rows, owner, truth, weight, c):
    """Fits on windows whose items have a label: of a labelled text at first every window counts, then
    those that score within KEEP of its best one (multiple-instance learning by maximum)."""
    use = np.ones(len(owner), bool)
    target = truth[owner]
    model = None
    for _ in range(TURNS):
        model = LogisticRegression(C=c, solver="liblinear", max_iter=200, random_state=0)
        model.fit(rows[use], target[use], sample_weight=weight[owner][use])
        scores = rows @ model.coef_.ravel() + model.intercept_[0]
        top = best(scores, owner, truth.size)
        use = ~target | (scores >= top[owner] - KEEP)
    return model.coef_.ravel(), float(model.intercept_[0])


# What a source weighs, where it is not half as much as all passages.
SHARES = {"passages": 1.0, "notes": 0.25, "noise": 0.05}
# Of the passages so many stand among real sentences in addition.
WITHIN = 0.5


def weights_of(items):
    """Written passages count alike; each source of others counts for a share of all of them."""
    sizes = {}
    for item in items:
        sizes[item["source"]] = sizes.get(item["source"], 0) + max(1, len(item["text"]) // 500)
    passages = sizes.get("passages", 1)
    share = lambda source: SHARES.get(source, 0.5) * passages / sizes[source]
    return np.array([1.0 if item["source"] == "passages" else share(item["source"]) for item in items])


def held_out(data, truth, fold, count, c):
    """Scores of texts by models that have not seen their fold."""
    scores = np.zeros(len(truth))
    for number in range(count):
        train = fold != number
        coef, bias = fit_on(data, truth, train, c)
        mine = (fold == number)[data.owner]
        x = scaled(data.rows[mine], np.ones(data.rows.shape[1]))
        top = best(x @ coef + bias, data.owner[mine], len(truth))
        scores[fold == number] = top[fold == number]
    return scores


def fit_on(data, truth, train, c):
    """Fits on some texts; the rarity of features is part of the weights."""
    taken = train[data.owner]
    idf = rarity(data.rows[taken])
    renumber = np.cumsum(train) - 1
    x = scaled(data.rows[taken], idf)
    coef, bias = fit(x, renumber[data.owner[taken]], truth[train], data.weight[train], c)
    return coef * idf, bias


def calibration(scores, truth):
    """Slope and bias that turn scores into probabilities, for a text that may as well be turned as not."""
    model = LogisticRegression(C=1e6, class_weight="balanced").fit(scores[:, None], truth)
    return float(model.coef_[0, 0]), float(model.intercept_[0])


class Data:
    def __init__(self, reveille, recipe, items):
        self.items = items
        self.rows, self.owner, self.spans = windows(reveille, recipe, items)
        self.weight = weights_of(items)
        self.is_passage = np.array([item["source"] == "passages" for item in items])

    def truth(self, label):
        if label == "turned":
            return np.array([bool(item["labels"]) for item in self.items])
        return np.array([label in item["labels"] for item in self.items])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("reveille")
    parser.add_argument("data")
    parser.add_argument("out")
    parser.add_argument("--recipe", default=ROOT / "models/train/recipe.json")
    parser.add_argument("--folds", type=int, default=6)
    parser.add_argument("--c", type=float, default=C)
    parser.add_argument("--only-fit", action="store_true", help="no comparison with other splits and models")
    args = parser.parse_args()
    items = load_all(ROOT / "corpora/reasoning", pathlib.Path(args.data))
    items += within(items, fold_numbers(items, args.folds, "family"), np.random.default_rng(0), WITHIN)
    data = Data(args.reveille, args.recipe, items)
    print(f"{len(items)} texts, {data.rows.shape[0]} windows, {data.rows.nnz / data.rows.shape[0]:.0f} features each")
    fold = fold_numbers(items, args.folds, "family")
    names = ["turned", *LABELS]
    table, biases, figures, hunt = [], [], {}, {}
    for label in names:
        truth = data.truth(label)
        scores = held_out(data, truth, fold, args.folds, args.c)
        p = data.is_passage
        slope, shift = calibration(scores[p], truth[p])
        chance = 1 / (1 + np.exp(-(slope * scores + shift)))
        benign = np.array([not item["labels"] for item in items])
        # Worth a hunt: what one innocent twin in twenty reaches. Nothing alerts by this stage alone.
        hunt[label] = round(float(np.quantile(chance[p & benign], 0.95)), 4)
        figures[label] = measure(data, label, truth, chance, hunt[label], chance[benign].max())
        print(label, json.dumps(figures[label]), flush=True)
        coef, bias = fit_on(data, truth, np.ones(len(items), bool), args.c)
        table.append(coef * slope)
        biases.append(bias * slope + shift)
    if not args.only_fit:
        figures["comparison"] = compare(data, args, fold)
        print(json.dumps(figures["comparison"], indent=1))
    out = pathlib.Path(args.out)
    recipe = json.loads(pathlib.Path(args.recipe).read_text())
    export.write(out, names, np.array(table).T, np.array(biases), recipe, hunt, {}, figures)


def measure(data, label, truth, chance, hunt, top):
    """Figures of held-out scores: on passages, and of their positives against real innocent texts."""
    p = data.is_passage
    line = {"positives": int(truth[p].sum()), "auroc": roc_auc_score(truth[p], chance[p])}
    among = np.array([item["source"] == "within" for item in data.items])
    others = among | np.array([item["source"] in ("notes", "noise", "ordinary") for item in data.items])
    for name in ("notes", "noise", "ordinary"):
        of = np.array([item["source"] == name for item in data.items])
        line[f"hunted_{name}"] = f"{int((chance[of] >= hunt).sum())} of {int(of.sum())}"
    real = chance[~p & ~others]
    if real.size:  # All sources are there or none is.
        line["auroc_real"] = roc_auc_score(np.r_[truth[p][truth[p]], truth[~p & ~others]], np.r_[chance[p][truth[p]], real])
        line["real_texts"] = int(real.size)
        line["hunted_real"] = int((real >= hunt).sum())
        # What a threshold would have to be for so many false alarms on whole traces and coding agents.
        traces = np.array([item["source"] in ("traces", "coding") for item in data.items])
        for rate in (0.01, 0.001):
            line[f"real_at_{rate}"] = float(np.quantile(chance[traces], 1 - rate))
    line["hunted"] = float((chance[truth & p] >= hunt).mean())
    line["beyond_all_innocent"] = float((chance[truth & p] > top).mean())
    if among.any():
        line["auroc_within"] = roc_auc_score(truth[among], chance[among])
        line["hunted_within"] = float((chance[truth & among] >= hunt).mean())
        line["hunted_innocent_within"] = float((chance[among & [not item["labels"] for item in data.items]] >= hunt).mean())
    for lang in ("en", "zh", "es", "fr", "de", "ru"):
        of = p & np.array([item["lang"] == lang for item in data.items])
        line[lang] = roc_auc_score(truth[of], chance[of])
    if label == "acts":
        aware = data.truth("aware") & p
        line["auroc_among_aware"] = roc_auc_score(truth[aware], chance[aware])
    return {key: value if isinstance(value, str) else round(value, 4) for key, value in line.items()}


def compare(data, args, by_family):
    """The same question by other splits, and by plain models beside it; passages only."""
    p = data.is_passage
    truth = data.truth("turned")
    items = [item for item in data.items if item["source"] == "passages"]
    result = {}
    for by in ("family", "writer", "random"):
        fold = by_family if by == "family" else fold_numbers(data.items, args.folds, by)
        scores = held_out(data, truth, fold, args.folds, args.c)
        result[by] = round(roc_auc_score(truth[p], scores[p]), 4)
    texts = [item["text"] for item in items]
    result["length"] = round(roc_auc_score(truth[p], [len(text) for text in texts]), 4)
    tfidf = np.zeros(len(items))
    fold = by_family[p]
    for number in range(args.folds):
        train = np.flatnonzero(fold != number)
        test = np.flatnonzero(fold == number)
        model = make_pipeline(
            TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"(?u)[\u4e00-\u9fff]|\w+"),
            LogisticRegression(C=10, class_weight="balanced", max_iter=500))
        model.fit([texts[at] for at in train], truth[p][train])
        tfidf[test] = model.decision_function([texts[at] for at in test])
    result["tfidf_family"] = round(roc_auc_score(truth[p], tfidf), 4)
    return result


if __name__ == "__main__":
    main()
