#!/usr/bin/env python3
"""Leaves out of a base model the words that our texts do not use; whoever meets one later reads its pieces.

Usage: prune.py BASE DATA OUT

BASE is the folder of the base model (model.safetensors, tokenizer.json), DATA the folder of real
transcripts, OUT gets both files with fewer words. Single letters and signs all stay.
"""

import collections
import json
import pathlib
import sys

from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer

from data import load_benign, load_ordinary, load_passages

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORDS = "embeddings.word_embeddings.weight"
# Words that stay, so that all files of the model keep within 40 million bytes.
MOST = 18_600
# Real texts are long and full of names: a word of theirs counts a tenth of one in a passage.
REAL = 0.1


def used(tokenizer, texts):
    counts = collections.Counter()
    for at in range(0, len(texts), 500):
        for encoding in tokenizer.encode_batch(texts[at:at + 500], add_special_tokens=False):
            counts.update(encoding.ids)
    return counts


def main():
    base, data, out = map(pathlib.Path, sys.argv[1:4])
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    folder = ROOT / "corpora/reasoning"
    passages = used(tokenizer, [item["text"] for item in load_passages(folder) + load_ordinary(folder)])
    real = used(tokenizer, [item["text"][:20_000] for item in load_benign(data)])
    made = json.loads((base / "tokenizer.json").read_text(encoding="utf-8"))
    vocabulary = made["model"]["vocab"]
    special = {token["content"] for token in made["added_tokens"]}
    needed = {word for word in vocabulary if word in special or len(word.removeprefix("##")) == 1}
    weight = {word: passages[number] + REAL * real[number] for word, number in vocabulary.items()}
    often = sorted(vocabulary.keys() - needed, key=lambda word: (-weight[word], vocabulary[word]))
    often = [word for word in often if weight[word] >= 1][:max(MOST - len(needed), 0)]
    kept = sorted((vocabulary[word], word) for word in (*needed, *often))
    numbers = {word: at for at, (_, word) in enumerate(kept)}
    made["model"]["vocab"] = numbers
    for token in made["added_tokens"]:
        token["id"] = numbers[token["content"]]
    for token in made["post_processor"].get("special_tokens", {}).values():
        token["ids"] = [numbers[word] for word in token["tokens"]]
    for part in ("sep", "cls"):
        if part in made["post_processor"]:
            made["post_processor"][part][1] = numbers[made["post_processor"][part][0]]
    made["truncation"] = made["padding"] = None
    weights = load_file(base / "model.safetensors")
    weights[WORDS] = weights[WORDS][[number for number, _ in kept]].copy()
    out.mkdir(parents=True, exist_ok=True)
    (out / "tokenizer.json").write_text(json.dumps(made, ensure_ascii=False), encoding="utf-8")
    save_file(weights, out / "model.safetensors")
    print(f"{len(kept)} of {len(vocabulary)} words kept; the rarest weighs {weight[often[-1]]:.1f}")


if __name__ == "__main__":
    main()
