"""Folds: whole groups, at random, or whole writers; and the real thoughts that no encoder learns from."""

import hashlib

import numpy as np

# Who made the models and what the work is of traces that are for measuring: a fold that has seen neither needs both to be left
# out together. Of coding agents one session in so many is left out too.
MAKERS = ("glm", "grok", "kimi")
DOMAINS = ("medical",)
SESSIONS = 3


def fold_numbers(items, count, by):
    """The fold of each item. `by` is family (whole groups), writer (whole files), or random. What is made of an item
    is of its fold."""
    if by == "random":
        return np.array([number(item.get("of", item["id"]), count) for item in items])
    key = "group" if by == "family" else "writer"
    sizes = {}
    for item in items:
        # A real source is never one group: its sessions, or models with domains, are.
        name = item[key] if is_written(item) else item["group"]
        if item["source"] == "within":
            continue
        sizes[name] = sizes.get(name, 0) + 1
    loads, fold = [0] * count, {}
    for name in sorted(sizes, key=lambda name: (-sizes[name], number(name, 1 << 30))):
        at = min(range(count), key=lambda at: (loads[at], at))
        fold[name] = at
        loads[at] += sizes[name]
    return np.array([fold[item[key] if is_written(item) else item["group"]] for item in items])


def is_written(item):
    return item["source"] in ("passages", "within")


def number(name, count):
    return int(hashlib.sha256(name.encode()).hexdigest(), 16) % count


def is_strange(item):
    """Of a trace whether neither its maker nor its domain is learnt from, of other thoughts whether their session is not."""
    if item["source"] == "traces":
        return item["maker"] in MAKERS and item["domain"] in DOMAINS
    return item["source"] == "coding" and number(item["group"], SESSIONS) == 0


def is_apart(item):
    """Whether a real thought is for measuring: it is strange, or a trace of which one thing is learnt from and another not."""
    half = item["source"] == "traces" and (item["maker"] in MAKERS or item["domain"] in DOMAINS)
    return half or is_strange(item)
