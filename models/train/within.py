"""Written passages in the midst of real innocent thoughts.

Real thoughts are all innocent here and all passages are written, so a model could tell them apart by how they
sound, and take whatever stands among real sentences for innocent. Here both stand together.
"""

import re

import numpy as np

# Words of a window, and the least of others that make a difference.
WINDOW = 160
LEAST = 15
# Letters of a real text that are looked at.
LOOK = 4000
REAL = ("traces", "coding", "offices", "repositories", "ordinary")


def size(text):
    """Words, and letters of scripts that put no space between them."""
    return len(text.split()) + len(re.findall(r"[\u3400-\u9fff]", text))


def surrounded(text, other, rng):
    """A passage between sentences of another text, in a window together; none if it fills one alone."""
    room = WINDOW - size(text)
    if room < LEAST:
        return None
    start = int(rng.integers(0, max(1, len(other) - LOOK)))
    parts = [part.strip() for part in re.split(r"(?<=[.!?])\s+|\n+", other[start:start + LOOK]) if part.strip()]
    at, total = int(rng.integers(0, len(parts) + 1)), room
    # A window in a long text is full.
    if rng.random() < 0.5:
        total = int(rng.integers(LEAST, room + 1))
    front = int(rng.integers(0, total + 1))
    before = upto(parts[:at][::-1], front)[::-1]
    after = upto(parts[at:], total - front)
    if not before and not after:
        return None
    return ("\n" if rng.random() < 0.5 else " ").join([*before, text, *after])


def upto(parts, words):
    out, used = [], 0
    for part in parts:
        used += size(part)
        if used > words:
            break
        out.append(part)
    return out


def within(items, fold, rng, share):
    """So large a share of the passages among items of their fold, as items of their own."""
    real = {}
    for item, number in zip(items, fold):
        if item["source"] in REAL:
            real.setdefault(number, []).append(item["text"])
    out = []
    for item, number in zip(items, fold):
        if item["source"] != "passages" or rng.random() >= share or number not in real:
            continue
        others = real[number]
        text = surrounded(item["text"], others[int(rng.integers(len(others)))], rng)
        if text:
            out.append({**item, "source": "within", "of": item["id"], "id": f"within-{item['id']}", "text": text})
    return out
