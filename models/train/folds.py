"""Folds: whole groups, at random, or whole writers."""

import hashlib

import numpy as np


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
