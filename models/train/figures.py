"""Figures of a fold that neither stage has seen, from scores of its texts."""

import numpy as np
from sklearn.metrics import roc_auc_score

import stage2
from folds import is_strange


def among_aware(held, scores):
    """Whether an aware reasoner acts or waits: of all, and apart of writers who think aloud and of those who hint."""
    aware, acts = held.truth("aware") & held.is_passage, held.truth("acts")
    hints = np.array([item["writer"] in stage2.HINTS for item in held.items])
    kinds = {"": aware, ", thinking aloud": aware & ~hints, ", hinting": aware & hints}
    return {f"acts_among_aware{name}": round(roc_auc_score(acts[of], scores[of]), 4) for name, of in kinds.items()}


def found_at(scores, positive, negative):
    return round(float((scores[positive] >= np.quantile(scores[negative], 0.99)).mean()), 4)


def real_at(held, chance):
    """What a threshold would have to be for so many false alarms on whole traces and coding agents; at one in
    a thousand it is about the highest of them all. `strange`: of makers and domains and sessions neither stage has seen any of."""
    long = np.array([item["source"] in ("traces", "coding") for item in held.items])
    strange = long & np.array([is_strange(item) for item in held.items])
    out = {}
    for name, of in (("real", long), ("strange", strange)):
        if of.any():
            out[f"{name}_thoughts"] = int(of.sum())
            out.update({f"{name}_at_{rate}": round(float(np.quantile(chance[of], 1 - rate)), 6) for rate in (0.01, 0.001)})
    return out


def weighted(scores, stands):
    """What one in a hundred of real windows reaches: of those that are far from passing there is a sample."""
    weight = stands / stands.sum()
    order = np.argsort(scores)[::-1]
    return scores[order[np.searchsorted(np.cumsum(weight[order]), 0.01)]]
