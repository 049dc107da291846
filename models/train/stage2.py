#!/usr/bin/env python3
"""Trains an encoder for the reasoning head and writes it as a model of token ids.

Usage: stage2.py BASE DATA OUT [--layers N] [--epochs N] [--hold K] [--checkpoint FILE]

BASE is the folder of the base model (model.safetensors, tokenizer.json; see prune.py). Fold K of 6 (whole
families of passages, whole groups of real texts) is never trained on, nor what folds.py keeps apart: figures, calibration and
thresholds come from these. With a checkpoint, which is written every few minutes, a run that was stopped goes on where it was.
"""

import argparse
import hashlib
import json
import pathlib
import time

import jax
import jax.numpy as jnp
import numpy as np
import optax
from sklearn.metrics import roc_auc_score
from tokenizers import Tokenizer

import encoder
import export_encoder
import real
from data import LABELS, load_benign, load_ordinary, load_passages
from folds import fold_numbers, is_apart, number
from stage1 import calibration
from within import within

ROOT = pathlib.Path(__file__).resolve().parents[2]
NAMES = ["turned", *LABELS]
BUCKETS = (64, 96, 128, 160, 192, 224, 256)
# Passages of one family that are compared with each other in a batch.
CLUMP = 4
# Pairs of opposites that a row of a batch has by and large, over all labels.
PAIRS = 2.3
# Writers who mostly hint at a trigger, in few words: each family of theirs is taught in every other epoch, since what they
# leave unsaid is more than so small an encoder can learn and takes room from those who think aloud.
HINTS = ("blunt", "curt", "dates", "duets", "eastern", "oblique", "people", "quartets", "systems", "terse", "tokens", "topics",
         "western")
# Windows of real innocent texts in an epoch, and those that are held out to look at after each.
REAL = 1800
SEEN = 400
# Batches between two checkpoints.
OFTEN = 100
# What every epoch has all of.
WRITTEN = ("passages", "ordinary")
# In every epoch so many of the passages, others each time, stand among real sentences.
WITHIN = 0.4


def tokens(tokenizer, texts):
    tokenizer.enable_truncation(BUCKETS[-1])
    tokenizer.no_padding()
    return [encoding.ids for encoding in tokenizer.encode_batch(texts)]


def batches(rows, size, rng):
    """Numbers of rows of like length, in random order."""
    by = {}
    for at in rng.permutation(len(rows)):
        by.setdefault(bucket(rows[at]), []).append(int(at))
    out = [(length, group[at:at + size]) for length, group in by.items() for at in range(0, len(group), size)]
    rng.shuffle(out)
    return out


def together(rows, items, size, rng, epoch):
    """Batches of an epoch, in which passages of one family stand beside each other, some at a time: in even epochs as
    they were written, so that twins meet, else at random, so that all meet others; with the number of the clump of
    each row."""
    families = {}
    for at, item in enumerate(items):
        families.setdefault(item["group"] if item["source"] == "passages" else item["source"], []).append(at)
    by = {}
    for family in taught_in(families, items, epoch):
        start = int(rng.integers(0, CLUMP))
        turned = rng.permutation(family).tolist() if epoch % 2 else family[start:] + family[:start]
        for at in range(0, len(turned), CLUMP):
            clump = turned[at:at + CLUMP]
            by.setdefault(max(bucket(rows[one]) for one in clump), []).append(clump)
    out = []
    for length, clumps in by.items():
        rng.shuffle(clumps)
        for at in range(0, len(clumps), size // CLUMP):
            some = clumps[at:at + size // CLUMP]
            numbers = [one for clump in some for one in clump]
            out.append((length, numbers, [number for number, clump in enumerate(some) for _ in clump]))
    rng.shuffle(out)
    return out


def taught_in(families, items, epoch):
    """The families of an epoch, in order of their names."""
    for name in sorted(families):
        if items[families[name][0]]["writer"] not in HINTS or (number(name, 2) + epoch) % 2 == 0:
            yield families[name]


def bucket(row):
    return next(length for length in BUCKETS if len(row) <= length)


def padded(rows, numbers, length, size):
    ids = np.zeros((size, length), np.int32)
    mask = np.zeros((size, length), np.float32)
    for at, number in enumerate(numbers):
        ids[at, :len(rows[number])] = rows[number]
        mask[at, :len(rows[number])] = 1
    mask[len(numbers):, 0] = 1
    return ids, mask


def train(params, frozen, tokenizer, items, pool, args):
    """Learns from passages and, in every epoch, some windows of the pool; gives the parameters after each."""
    rng = np.random.default_rng(args.seed)
    some = items + [pool[at] for at in real.choose(len(pool), args.real, np.random.default_rng(args.seed), None)]
    rough = tokens(tokenizer, [item["text"] for item in some])
    steps = sum(len(together(rough, some, args.batch, np.random.default_rng(0), epoch)) for epoch in range(args.epochs))
    schedule = optax.warmup_cosine_decay_schedule(0, args.rate, steps // 10, steps)
    optimizer = optax.chain(optax.clip_by_global_norm(1.0), optax.adamw(schedule, weight_decay=0.01))
    state = optimizer.init(params)

    def loss(params, frozen, ids, mask, target, clump, key):
        logits = encoder.encode(params, frozen, ids, mask, key)
        use = clump >= 0
        each = optax.sigmoid_binary_cross_entropy(logits, target).mean(-1)
        alone = (each * use).sum() / use.sum()
        # Of two of a family the one that has a label ranks above the one that has not: what they share, which is
        # nearly all, weighs nothing here.
        same = (clump[:, None] == clump[None]) & use[:, None] & use[None]
        pair = same[..., None] * target[:, None] * (1 - target[None])
        apart = jax.nn.softplus(logits[None] - logits[:, None])
        return alone + args.twins * (apart * pair).sum() / (PAIRS * use.sum())

    @jax.jit
    def step(params, frozen, state, ids, mask, target, clump, key):
        value, grads = jax.value_and_grad(loss)(params, frozen, ids, mask, target, clump, key)
        updates, state = optimizer.update(grads, state, params)
        return optax.apply_updates(params, updates), state, value

    key, done, stamp, chosen = jax.random.PRNGKey(args.seed), 0, stamp_of(items + pool, args), []
    if args.checkpoint and pathlib.Path(args.checkpoint).exists():
        done, chosen, (params, state, key) = restored(args.checkpoint, stamp, (params, state, key))
        print(f"goes on after {done} of about {steps} batches", flush=True)
    at = 0
    for epoch in range(args.epochs):
        began, total = time.time(), 0.0
        look = None if epoch == 0 else lambda numbers: mistaken(params, frozen, tokens(tokenizer, [pool[one]["text"] for one in numbers]))
        known = (lambda numbers: np.zeros(len(numbers))) if epoch < len(chosen) else look
        picked = real.choose(len(pool), args.real, rng, known)
        if epoch == len(chosen):
            chosen.append(picked)
        some = items + [pool[one] for one in chosen[epoch]]
        truth = labels_of(some)
        rows = tokens(tokenizer, surroundings(some, rng))
        todo = together(rows, some, args.batch, rng, epoch)
        for length, numbers, clumps in todo:
            at += 1
            if at <= done:
                continue
            key, now = jax.random.split(key)
            ids, mask = padded(rows, numbers, length, args.batch)
            target = np.zeros((args.batch, truth.shape[1]), np.float32)
            target[:len(numbers)] = truth[numbers]
            clump = np.full(args.batch, -1, np.int32)
            clump[:len(numbers)] = clumps
            params, state, value = step(params, frozen, state, ids, mask, target, clump, now)
            total += float(value)
            if args.checkpoint and at % OFTEN == 0:
                save(args.checkpoint, stamp, at, chosen, (params, state, key))
        if at <= done and epoch + 1 < args.epochs:
            continue
        print(f"epoch {epoch + 1}: loss {total / max(min(len(todo), at - done), 1):.4f}, {time.time() - began:.0f} s", flush=True)
        yield params


def mistaken(params, frozen, rows):
    """How much innocent texts are taken for anything, over all labels."""
    return np.logaddexp(0, predict(params, frozen, rows)).sum(1)


def stamp_of(items, args):
    """What a checkpoint must have in common with a run: its texts, its base, and how it learns."""
    how = sorted((name, str(value)) for name, value in vars(args).items() if name not in ("out", "checkpoint", "base"))
    files = [pathlib.Path(args.base) / name for name in ("model.safetensors", "tokenizer.json")]
    files += [ROOT / "models/train" / name for name in ("encoder.py", "folds.py", "real.py", "stage2.py", "within.py")]
    sums = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
    return int(hashlib.sha256(f"{sum_of(items)} {how} {sums}".encode()).hexdigest()[:15], 16)


def save(path, stamp, at, chosen, tree):
    """Numbers only: what was chosen for each epoch, then the leaves of the tree in order; a file is whole or not there."""
    new = pathlib.Path(path).with_suffix(".new")
    with new.open("wb") as file:
        np.savez(file, stamp, at, np.array(chosen), *jax.tree.leaves(tree))
    new.replace(path)


def restored(path, stamp, like):
    with np.load(path) as file:
        known, at, chosen, *leaves = (file[f"arr_{number}"] for number in range(len(file.files)))
    if int(known) != stamp:
        raise SystemExit(f"{path} is of other texts or another way of learning: remove it to begin anew")
    return int(at), list(chosen), jax.tree.unflatten(jax.tree.structure(like), [jnp.asarray(leaf) for leaf in leaves])


def surroundings(items, rng):
    """The texts, some passages among sentences of others."""
    made = {item["of"]: item["text"] for item in within(items, [0] * len(items), rng, WITHIN)}
    return [made.get(item["id"], item["text"]) for item in items]


def predict(params, frozen, rows, size=32):
    run = jax.jit(lambda params, frozen, ids, mask: encoder.encode(params, frozen, ids, mask))
    out = np.zeros((len(rows), len(NAMES)), np.float32)
    for length, numbers in batches(rows, size, np.random.default_rng(0)):
        ids, mask = padded(rows, numbers, length, size)
        out[numbers] = np.asarray(run(params, frozen, ids, mask))[:len(numbers)]
    return out


def auroc_of(logits, items):
    truth = labels_of(items).astype(bool)
    return {label: round(roc_auc_score(truth[:, at], logits[:, at]), 4) for at, label in enumerate(NAMES)}


def above(logits, items, innocent):
    """Of each label how many that have it score above 99 of 100 real windows."""
    truth = labels_of(items).astype(bool)
    return {label: round(float((logits[truth[:, at], at] > np.quantile(innocent[:, at], 0.99)).mean()), 4) for at, label in enumerate(NAMES)}


def figures(logits, items):
    """AUROC of passages, by label, and of `turned` by language."""
    line = auroc_of(logits, items)
    truth = labels_of(items).astype(bool)
    aware = truth[:, 1]
    line["acts_among_aware"] = round(roc_auc_score(truth[aware, 2], logits[aware, 2]), 4)
    for lang in ("en", "zh", "es", "fr", "de", "ru"):
        of = np.array([item["lang"] == lang for item in items])
        line[lang] = round(roc_auc_score(truth[of, 0], logits[of, 0]), 4)
    return line


def labels_of(items):
    return np.array([[bool(item["labels"]), *(name in item["labels"] for name in LABELS)] for item in items], np.float32)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("base")
    parser.add_argument("data")
    parser.add_argument("out")
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--checkpoint", help="where a run that was stopped goes on")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float, default=1e-4)
    parser.add_argument("--twins", type=float, default=1.0, help="weight of comparing passages of one family")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--hold", type=int, default=0)
    parser.add_argument("--real", type=int, default=REAL, help="windows of real innocent texts in an epoch")
    args = parser.parse_args()
    if args.batch < CLUMP or args.batch % CLUMP:
        parser.error(f"--batch is {args.batch}; expected a multiple of {CLUMP}")
    base = pathlib.Path(args.base)
    items = texts(pathlib.Path(args.data))
    taught = is_taught(items, args.hold)
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    params = encoder.load(base / "model.safetensors", args.layers, len(NAMES), args.seed)
    words = params.pop("words")
    frozen = {"words": jnp.asarray(words)}
    params = jax.tree.map(jnp.asarray, params)
    written = [item for item, is_mine in zip(items, taught) if is_mine and item["source"] in WRITTEN]
    pool = real.windows([item for item, is_mine in zip(items, taught) if is_mine and item["source"] not in WRITTEN])
    unseen = [item for item, is_mine in zip(items, taught) if not is_mine]
    print(f"{len(written)} passages and {len(pool)} windows to train on, {len(unseen)} texts held out", flush=True)
    among = within(unseen, [0] * len(unseen), np.random.default_rng(0), 1.0)
    passages = [item for item in unseen if item["source"] == "passages"]
    others = real.windows([item for item in unseen if item["source"] not in WRITTEN])
    others = [others[at] for at in np.random.default_rng(0).permutation(len(others))[:SEEN]]
    rows = [tokens(tokenizer, [item["text"] for item in some]) for some in (passages, among, others)]
    for params in train(params, frozen, tokenizer, written, pool, args):
        logits = predict(params, frozen, rows[0])
        line = figures(logits, passages)
        line["within"] = auroc_of(predict(params, frozen, rows[1]), among)
        if others:
            line["above all but 1 % of real windows"] = above(logits, passages, predict(params, frozen, rows[2]))
        print(json.dumps(line), flush=True)
    params = jax.tree.map(np.asarray, params)
    hunt = calibrate(params, logits, passages)
    how = {name: getattr(args, name) for name in ("layers", "epochs", "batch", "rate", "twins", "seed", "real")}
    export_encoder.write(args.out, "encoder", base, params, words, NAMES, hunt, {
        "held out": line, "fold": args.hold, **how, "held": sum_of(unseen)})


def is_taught(items, hold):
    """Neither of the families of passages and groups of real texts of the fold that is held out, nor kept apart."""
    fold = fold_numbers(items, 6, "family")
    return np.array([at != hold and not is_apart(item) for at, item in zip(fold, items)])


def held_out(items, hold):
    return [item for item, is_mine in zip(items, is_taught(items, hold)) if not is_mine]


def sum_of(items):
    """What tells these texts from others."""
    lines = sorted(f"{item['source']} {item['id']} {item['text']}" for item in items)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def texts(data):
    """All passages, ordinary thoughts and real innocent texts."""
    folder = ROOT / "corpora/reasoning"
    return load_passages(folder) + load_ordinary(folder) + load_benign(data)


def calibrate(params, logits, items):
    """Puts slope and bias of each label into the head, so that a score is the chance for a passage that may as well
    be positive as not; returns what one innocent passage in twenty reaches."""
    innocent = np.array([not item["labels"] for item in items])
    head = {name: value.copy() for name, value in params["head"].items()}
    hunt = {}
    for at, label in enumerate(NAMES):
        truth = labels_of(items)[:, at].astype(bool)
        slope, shift = calibration(logits[:, at].astype(np.float64), truth)
        head["w"][:, at] *= slope
        head["b"][at] = head["b"][at] * slope + shift
        chance = 1 / (1 + np.exp(-(logits[:, at] * slope + shift)))
        hunt[label] = round(float(np.quantile(chance[innocent], 0.95)), 4)
    params["head"] = head
    return hunt


if __name__ == "__main__":
    main()
