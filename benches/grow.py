#!/usr/bin/env python3
"""Makes a large NDJSON file out of a folder of JSON files, one object per line.

    grow.py FOLDER OUT BYTES [SEED]

Every copy of an object has other ids and other wording (each word of a text has a chance to be
replaced by a made-up one), so that neither deduplication nor compression wins from repetition.
Same folder and seed, same bytes.
"""

import json
import pathlib
import random
import sys


def reword(text: str, rng: random.Random) -> str:
    words = text.split(" ")
    for _ in range(max(1, len(words) // 12)):
        at = rng.randrange(len(words))
        words[at] = "".join(rng.choice("bcdfglmnprst") + rng.choice("aeiou") for _ in range(3))
    return " ".join(words)


def vary(value, rng: random.Random, key: str = ""):
    if isinstance(value, dict):
        return {k: vary(v, rng, k) for k, v in value.items()}
    if isinstance(value, list):
        return [vary(v, rng, key) for v in value]
    if isinstance(value, str):
        if key == "id":
            return f"call_{rng.getrandbits(64):016x}"
        if len(value) > 40:
            return reword(value, rng)
    return value


def main() -> None:
    folder, out, size = pathlib.Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    rng = random.Random(int(sys.argv[4]) if len(sys.argv) > 4 else 1)
    objects = [json.loads(path.read_bytes()) for path in sorted(folder.rglob("*.json"))]
    written = 0
    with open(out, "w", encoding="utf-8") as file:
        while written < size:
            for thing in objects:
                line = json.dumps(vary(thing, rng), ensure_ascii=False, separators=(",", ":"))
                written += len(line.encode()) + 1
                file.write(line + "\n")
                if written >= size:
                    break


main()
