"""Windows of real innocent thoughts that an encoder learns from: some at random, and those it takes for turned.

A few of all windows, at random, teach little: nearly none is mistaken for anything, and those that are decide what a
log of thousands costs in false alarms. So from the second epoch on most are the hardest of some that were looked at.
"""

import numpy as np

# Letters of a window, and the fewest of one that is not the first of its text.
LETTERS = 800
LEAST = 200
# Windows that are looked at for hard ones, and the share of those learnt from that are.
LOOK = 3200
HARD = 0.6


def windows(items):
    """All windows of these texts, as items of their own."""
    out = []
    for item in items:
        for start in range(0, len(item["text"]), LETTERS):
            text = item["text"][start:start + LETTERS]
            if start == 0 or len(text) >= LEAST:
                out.append({**item, "id": f"{item['id']}-{start}", "text": text})
    return out


def choose(count, size, rng, mistaken):
    """Numbers of `size` windows of `count`. `mistaken` tells of some how much each is taken for what it is not; without it all
    are at random."""
    order = rng.permutation(count)
    if mistaken is None:
        return order[:size]
    looked = order[:LOOK]
    hard = looked[np.argsort(-mistaken(looked), kind="stable")[:int(size * HARD)]]
    others = order[~np.isin(order, hard)]
    return np.concatenate([hard, others[:size - len(hard)]])
