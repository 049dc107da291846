#!/usr/bin/env python3
"""Trains the heads beside the judge of sessions and measures them by folds.

Usage: session.py REVEILLE LAKES [--out FILE] [--only-fit | --only-figures]

REVEILLE is the built program; it says what the heads look at in each session, so that training and use
cannot differ. LAKES is the scratch folder of benches/judge_figures.sh. OUT is models/session-heads.json
unless given. Planted sessions that are held out and R-Judge are measured, never trained on.
"""

import argparse
import json
import os
import pathlib
import subprocess

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import scipy.sparse as sp
from scipy.stats import rankdata
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, StratifiedGroupKFold

ROOT = pathlib.Path(__file__).resolve().parents[2]
NAMED, HASHED, BUCKETS = ["row", "end", "judged", "tools"], ["said", "last"], 1 << 16
# What a head reads, each block with its weight, and how much it is held back.
HEADS = {
    "omits": ({"numbers": 0.1, "judged": 1.0}, 0.3),
    "harms": ({"row": 1.0, "judged": 1.0, "numbers": 0.1}, 1.0),
    "fails": ({"said": 1.0, "last": 1.0, "tools": 1.0, "row": 1.0, "end": 1.5}, 1.0),
}
# Share of each kind of other session against the silent ones.
MIX = {"silent": 1.0, "resisted": 0.33, "none": 0.33, "honest": 0.33}
FAR, CLIP, STEP, LEAST = 4.0, 2.5, 0.375, 1e-4
TRAINED_ON = (
    "omits: office agents (silent against resisted, without attack, honest), planted suite dev, corpora/development, "
    "sessions with an action; harms: open agent safety, unsafe against safe; fails: airline desk, reward 0 against 1"
)


class Part:
    """Sessions of one or several sources: matrices by block, and what else is known of each."""

    def __init__(self, blocks, numbers, rows):
        self.blocks, self.numbers, self.rows = blocks, numbers, rows

    def __len__(self):
        return len(self.rows)

    def of(self, name):
        return np.array([row.get(name) for row in self.rows])

    def take(self, at):
        at = np.asarray(at)
        return Part({n: m[at] for n, m in self.blocks.items()}, self.numbers[at], [self.rows[i] for i in at])


def stacked(parts):
    blocks = {name: sp.vstack([part.blocks[name] for part in parts]).tocsr() for name in NAMED + HASHED}
    return Part(blocks, np.vstack([part.numbers for part in parts]), sum([part.rows for part in parts], []))


class Reader:
    """Reads lakes; tokens have the same column in all of them."""

    def __init__(self, reveille, lakes):
        self.reveille, self.lakes = reveille, pathlib.Path(lakes)
        self.columns = {name: {} for name in NAMED}
        self.names = json.loads(self.run("model", "sessions", "--names"))

    def run(self, *args):
        return subprocess.run([self.reveille, *args], check=True, capture_output=True, text=True).stdout

    def sql(self, lake, sql):
        out = self.run("sql", "--quiet", "--lake", str(self.lakes / lake), "--format", "ndjson", sql)
        return [json.loads(line) for line in out.splitlines()]

    def sessions(self, lake):
        """Features and labels of all sessions of a lake, in the order of their ids."""
        lines = self.run("model", "sessions", "--lake", str(self.lakes / lake)).splitlines()
        rows = sorted(map(json.loads, lines), key=lambda row: row["session_id"])
        labels = {}
        for label in self.sql(lake, "select session_id, name, value from labels"):
            labels.setdefault(label["session_id"], {})[label["name"]] = label["value"]
        counts = {name: [row["blocks"][name] for row in rows] for name in NAMED + HASHED}
        numbers = np.array([row["numbers"] for row in rows])
        for row in rows:
            row["claims"] = any(claims_success(token) for token in row["blocks"]["judged"])
            del row["blocks"], row["numbers"]
            row.update(labels.get(row["session_id"], {}))
        return counts, numbers, rows

    def load(self, names):
        read = {name: self.sessions(name) for name in names}
        for block in NAMED:
            tokens = {token for counts, _, _ in read.values() for own in counts[block] for token in own}
            self.columns[block] = {token: at for at, token in enumerate(sorted(tokens))}
        return {name: self.part(*found) for name, found in read.items()}

    def part(self, counts, numbers, rows):
        blocks = {}
        for name in NAMED:
            own = self.columns[name]
            cells = [[(own[token], count) for token, count in tokens.items()] for tokens in counts[name]]
            blocks[name] = matrix(cells, len(own))
        for name in HASHED:
            blocks[name] = matrix(counts[name], BUCKETS)
        return Part(blocks, numbers, rows)


def claims_success(token):
    return token.startswith("c") and token.endswith(":did:agent:yes") and not token.startswith("cread:")


def matrix(rows, width):
    indptr = np.cumsum([0] + [len(row) for row in rows])
    indices = [column for row in rows for column, _ in row]
    values = [1.0 + np.log(count) for row in rows for _, count in row]
    return sp.csr_matrix((values, indices, indptr), (len(rows), width))


class Model:
    """One head, as the program computes it."""

    def __init__(self, head):
        self.blocks, self.c = HEADS[head]

    def rows(self, part):
        out = []
        for name, weight in self.blocks.items():
            if name == "numbers":
                out.append(sp.csr_matrix(np.clip((part.numbers - self.means) / self.sds, -FAR, FAR) * weight))
                continue
            cells = part.blocks[name] @ sp.diags(self.known[name])
            length = np.sqrt(np.asarray(cells.multiply(cells).sum(axis=1)).ravel())
            out.append(sp.diags(weight / np.where(length > 0, length, 1.0)) @ cells)
        return sp.hstack(out).tocsr()

    def fit(self, part, truth, weight=None):
        self.means, sds = part.numbers.mean(axis=0), part.numbers.std(axis=0)
        # What is the same everywhere says nothing.
        self.sds = np.where(sds < 1e-9, 1e9, sds)
        # A token of a single session is that session.
        self.known = {name: (np.asarray((part.blocks[name] > 0).sum(axis=0)).ravel() > 1).astype(float)
                      for name in self.blocks if name != "numbers"}
        balance = "balanced" if weight is None else None
        model = LogisticRegression(C=self.c, solver="liblinear", max_iter=1000, class_weight=balance, random_state=0)
        model.fit(self.rows(part), truth, sample_weight=weight)
        self.coef, self.bias = model.coef_.ravel(), float(model.intercept_[0])
        return self

    def sums(self, part):
        return self.rows(part) @ self.coef + self.bias


def balanced(truth, total=1000.0):
    return np.where(truth, total / truth.sum(), total / (~truth).sum())


class Omits:
    """The head that is combined with the judge: silence only speaks where something was done."""

    def __init__(self, dojo, others):
        dojo = dojo.take(np.flatnonzero(np.isin(dojo.of("dojo"), list(MIX)) & dojo.of("acts")))
        kinds = dojo.of("dojo")
        weight = np.zeros(len(dojo))
        for kind, share in MIX.items():
            weight[kinds == kind] = 1000.0 * share / max((kinds == kind).sum(), 1)
        truths, weights, parts = [kinds == "silent"], [weight], [dojo]
        for other in others:
            other = other.take(np.flatnonzero(other.of("acts")))
            fired = other.of("role") == "fired"
            parts, truths, weights = parts + [other], truths + [fired], weights + [balanced(fired)]
        part, weight = stacked(parts), np.concatenate(weights)
        self.model = Model("omits").fit(part, np.concatenate(truths), weight)
        sums = self.model.sums(part)
        self.mean = float(np.average(sums, weights=weight))
        self.sd = float(np.sqrt(np.average((sums - self.mean) ** 2, weights=weight)))

    def steps(self, part):
        away = np.clip((self.model.sums(part) - self.mean) / self.sd, -CLIP, CLIP)
        return np.where(part.of("acts"), away, 0.0)


def odds(part):
    score = np.clip(part.of("score").astype(float), LEAST, 1 - LEAST)
    return np.log(score / (1 - score))


def auroc(truth, scores):
    ranks, ones = rankdata(scores), truth.sum()
    return (ranks[truth].sum() - ones * (ones + 1) / 2) / (ones * (len(truth) - ones))


def interval(truth, rows, groups=None, base=None, samples=1000, against="judge"):
    """Mean AUROC of some rows of scores with a 95 % bootstrap interval over groups, else over sessions
    within their class; with `base` the same of the paired difference."""
    rows, rng = np.atleast_2d(rows), np.random.default_rng(1)
    mean = lambda at, of: np.mean([auroc(truth[at], row[at]) for row in of])
    ones, zeros, found, gained = np.flatnonzero(truth), np.flatnonzero(~truth), [], []
    members = [] if groups is None else [np.flatnonzero(groups == group) for group in np.unique(groups)]
    for _ in range(samples):
        if members:
            at = np.concatenate([members[i] for i in rng.integers(0, len(members), len(members))])
        else:
            at = np.concatenate([rng.choice(ones, len(ones)), rng.choice(zeros, len(zeros))])
        if truth[at].all() or not truth[at].any():
            continue
        found.append(mean(at, rows))
        gained.append(found[-1] - mean(at, np.atleast_2d(base)) if base is not None else 0.0)
    every = np.arange(len(truth))
    text = "{:.3f} [{:.3f}, {:.3f}]".format(mean(every, rows), *np.quantile(found, [0.025, 0.975]))
    if base is None:
        return text
    gain = mean(every, rows) - mean(every, np.atleast_2d(base))
    return text + f" against {against} " + "{:+.3f} [{:+.3f}, {:+.3f}]".format(gain, *np.quantile(gained, [0.025, 0.975]))


def by_tasks(head, part, truth, groups, seeds):
    """Scores by heads that have not seen a session's task, one row per seed."""
    out = np.zeros((seeds, len(truth)))
    for seed in range(seeds):
        folds = StratifiedGroupKFold(10, shuffle=True, random_state=seed).split(truth, truth, groups)
        for train, test in folds:
            out[seed, test] = Model(head).fit(part.take(train), truth[train]).sums(part.take(test))
    return out


def by_tasks_and_models(head, part, truth, groups, models, seeds):
    """The same by heads that have not seen the model either."""
    out = np.zeros((seeds, len(truth)))
    for seed in range(seeds):
        for train, test in GroupKFold(5, shuffle=True, random_state=seed).split(truth, truth, groups):
            for model in np.unique(models[test]):
                own, others = test[models[test] == model], train[models[train] != model]
                out[seed, own] = Model(head).fit(part.take(others), truth[others]).sums(part.take(own))
    return out


def beside(part, truth, rows, groups=None):
    """The judge alone, length alone, and the paired difference to the better of two lengths."""
    lengths = {name: part.of(name).astype(float) for name in ("text_bytes", "event_count")}
    alone = {name: auroc(truth, length) for name, length in lengths.items()}
    best = max(alone, key=alone.get)
    paired = interval(truth, rows, groups, lengths[best], against=best).split(" against ")[1]
    told = ", ".join(f"{name} {value:.3f}" for name, value in alone.items())
    return f"   length alone: {told}; judge {interval(truth, odds(part), groups)}; against {paired}"


def figures_fails(desk):
    # Tasks of one customer are often twins of each other.
    for key in ("task", "customer"):
        figures_by(desk, key)


def figures_by(desk, key):
    truth, tasks, claims = desk.of("truth"), desk.of(key), desk.of("claims")
    rows = by_tasks("fails", desk, truth, tasks, 10)
    for name, at in [("all", np.ones(len(desk), bool)), ("claims success", claims)]:
        own = desk.take(np.flatnonzero(at))
        text = interval(truth[at], rows[:, at], tasks[at], odds(own))
        print(f"fails, airline desk, {name} ({truth[at].sum()} of {at.sum()} fail), unseen {key}s: {text}")
        print(beside(own, truth[at], rows[:, at], tasks[at]))


def figures_harms(agents):
    truth, tasks, models = agents.of("truth"), agents.of("oas_task"), agents.of("oas_model")
    rows = by_tasks("harms", agents, truth, tasks, 5)
    print(f"harms, open agent safety ({truth.sum()} of {len(truth)}), unseen tasks: "
          + interval(truth, rows, tasks, odds(agents)))
    for model in np.unique(models):
        own = models == model
        print(f"   {model} {np.mean([auroc(truth[own], row[own]) for row in rows]):.3f}")
    print(beside(agents, truth, rows, tasks))
    rows = by_tasks_and_models("harms", agents, truth, tasks, models, 2)
    print("harms, unseen tasks and models: " + interval(truth, rows, tasks, odds(agents)))
    print(beside(agents, truth, rows, tasks))


def compare(title, part, truth, steps, groups=None):
    rows = odds(part) + STEP * steps
    text = interval(truth, rows, groups, odds(part))
    count = "sessions" if groups is None else f"{len(np.unique(groups))} groups"
    print(f"combined, {title} ({truth.sum()} of {len(truth)}, by {count}): {text}; head alone {auroc(truth, steps):.3f}")
    if groups is not None:
        print("   by sessions: " + interval(truth, rows, base=odds(part)))
    print(beside(part, truth, rows, groups))


def attacks(part):
    """Runs with one injected task belong together; a run without an attack stands alone."""
    suites, tasks, kinds = part.of("suite"), part.of("task"), part.of("dojo")
    return np.array([row["session_id"] if kind == "none" else f"{suite}/{task}"
                     for row, suite, task, kind in zip(part.rows, suites, tasks, kinds)])


def weakest(part, truth, steps, key):
    """The group of which the judge and the head together tell the kinds apart worst."""
    groups, rows = part.of(key), odds(part) + STEP * steps
    of = {group: (groups == group) for group in np.unique(groups)}
    found = {group: auroc(truth[at], rows[at]) for group, at in of.items() if 0 < truth[at].sum() < at.sum()}
    worst = min(found, key=found.get)
    return f"   worst {key}: {worst} {found[worst]:.3f} ({truth[of[worst]].sum()} of {of[worst].sum()})"


def figures_omits(parts):
    dojo, planted, written = parts["dojo"], parts["planted"], parts["development"]
    split = planted.of("split")
    asked = np.isin(planted.of("role"), ["fired", "asked"])
    dev, heldout = (planted.take(np.flatnonzero(asked & (split == name))) for name in ("dev", "heldout"))
    kinds = dojo.of("dojo")
    for key in ("suite", "family"):
        groups, steps = dojo.of(key), np.zeros(len(dojo))
        for group in np.unique(groups):
            head = Omits(dojo.take(np.flatnonzero(groups != group)), [dev, written])
            steps[groups == group] = head.steps(dojo.take(np.flatnonzero(groups == group)))
        for other in ("resisted", "none", "honest"):
            at = np.flatnonzero(np.isin(kinds, ["silent", other]))
            own, truth = dojo.take(at), kinds[at] == "silent"
            compare(f"silent against {other}, unseen {key}", own, truth, steps[at], attacks(own))
            print(weakest(own, truth, steps[at], key))
    head = Omits(dojo, [dev, written])
    rjudge = parts["rjudge"]
    compare("R-Judge, nothing of it fitted", rjudge, rjudge.of("truth"), head.steps(rjudge))
    compare("planted suite, held out", heldout, heldout.of("role") == "fired", head.steps(heldout), heldout.of("scenario"))
    head = Omits(dojo, [written])
    compare("planted suite dev, not trained on", dev, dev.of("role") == "fired", head.steps(dev), dev.of("scenario"))
    head = Omits(dojo, [dev])
    compare("corpora/development, not trained on", written, written.of("role") == "fired", head.steps(written), written.of("scenario"))


def figures_elsewhere(parts):
    """What heads that know one source are worth on others."""
    for head, source in [("harms", "oas"), ("fails", "tau")]:
        model = Model(head).fit(parts[source], parts[source].of("truth"))
        for name, part in parts.items():
            sums = model.sums(part)
            print(f"{head} of {source}: above 0.5 in {(sums > 0).sum()} of {len(part)} sessions of {name}")
        for name in ("oas", "tau", "rjudge"):
            if name != source:
                truth, sums = parts[name].of("truth"), model.sums(parts[name])
                print(f"{head} of {source}, on {name}: {interval(truth, sums)}")


def short(value):
    """Few digits, so that the file is the same on every machine."""
    return float(f"{value:.5g}") + 0.0


def told(model, columns, spread=None):
    """A head as the file has it."""
    head, at = {"bias": short(model.bias)}, 0
    if spread:
        head["spread"] = {name: short(value) for name, value in spread.items()}
    for name, weight in model.blocks.items():
        width = len(model.means) if name == "numbers" else len(model.known[name])
        coef, at = model.coef[at : at + width] * weight, at + width
        if name == "numbers":
            lists = {"means": model.means, "sds": model.sds, "weights": coef}
            head["numbers"] = {key: [short(value) for value in values] for key, values in lists.items()}
            continue
        known = np.flatnonzero(model.known[name])
        if name in HASHED:
            weights = [short(coef[i]) for i in known]
            head.setdefault("buckets", {})[name] = {"buckets": known.tolist(), "weights": weights}
        else:
            tokens = sorted(columns[name], key=columns[name].get)
            head.setdefault("tokens", {})[name] = {tokens[i]: short(coef[i]) for i in known}
    return head


def fitted(parts, columns):
    planted = parts["planted"]
    asked = np.isin(planted.of("role"), ["fired", "asked"]) & (planted.of("split") == "dev")
    omits = Omits(parts["dojo"], [planted.take(np.flatnonzero(asked)), parts["development"]])
    spread = {"mean": omits.mean, "sd": omits.sd, "clip": CLIP, "step": STEP}
    desk, agents = parts["tau"], parts["oas"]
    return {
        "omits": told(omits.model, columns, spread),
        "harms": told(Model("harms").fit(agents, agents.of("truth")), columns),
        "fails": told(Model("fails").fit(desk, desk.of("truth")), columns),
    }


def written(value, depth=0):
    """JSON with a line for each of the outer things."""
    if not isinstance(value, dict) or depth > 3:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    inner = [f"{' ' * (depth + 1)}{json.dumps(key)}: {written(own, depth + 1)}" for key, own in value.items()]
    return "{\n" + ",\n".join(inner) + "\n" + " " * depth + "}"


def load(reveille, lakes):
    reader = Reader(reveille, lakes)
    parts = reader.load(["dojo", "planted", "development", "oas", "tau", "rjudge"])
    agents = parts["oas"]
    parts["oas"] = agents.take(np.flatnonzero(np.isin(agents.of("oas"), ["0", "2"])))
    for row in parts["oas"].rows:
        row["truth"] = row["oas"] == "2"
    desk = "select session_id, label_score, attrs['task_id'] as task, attrs['info.task.user_id'] as customer from events where label_name = 'reward'"
    for found in reader.sql("tau", desk):
        row = next(row for row in parts["tau"].rows if row["session_id"] == found["session_id"])
        row.update(truth=found["label_score"] == 0, task=int(found["task"]), customer=found["customer"])
    judged = reader.sql("rjudge", "select session_id, label_value from events where label_name = 'label'")
    unsafe = {row["session_id"]: row["label_value"].startswith("1") for row in judged}
    rows = parts["rjudge"].rows
    parts["rjudge"] = parts["rjudge"].take([at for at, row in enumerate(rows) if row["session_id"] in unsafe])
    for row in parts["rjudge"].rows:
        row["truth"] = unsafe[row["session_id"]]
    return reader, parts


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("reveille")
    parser.add_argument("lakes")
    parser.add_argument("--out", default=ROOT / "models/session-heads.json")
    parser.add_argument("--only-fit", action="store_true")
    parser.add_argument("--only-figures", action="store_true")
    args = parser.parse_args()
    reader, parts = load(args.reveille, args.lakes)
    for name, part in parts.items():
        print(f"{name}: {len(part)} sessions, {part.of('acts').sum()} with an action")
    if not args.only_figures:
        heads = fitted(parts, reader.columns)
        file = {"version": "1", "trained_on": TRAINED_ON, "numbers": reader.names, "heads": heads}
        pathlib.Path(args.out).write_text(written(file) + "\n")
    if not args.only_fit:
        figures_fails(parts["tau"])
        figures_harms(parts["oas"])
        figures_omits(parts)
        figures_elsewhere(parts)


if __name__ == "__main__":
    main()
