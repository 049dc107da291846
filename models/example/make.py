#!/usr/bin/env python3
"""Makes the example of a model that reads token ids: a graph, its tokenizer, its sums.

A toy with everything such a model has: word pieces, one layer of attention, a norm, the highest
value over the tokens, one number per label. Nothing is learnt: a word either speaks for a label or not.
It shows what a folder must hold and is what the tests run; it judges nobody.

Usage: models/train/setup.sh; then python models/example/make.py [FOLDER]
"""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper

LABELS = ["calm", "hides", "harms"]
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
# What speaks for a label; everything else is spelled.
WORDS = {
    "hides": ["hide", "conceal", "secret", "##secret", "скрыть", "隐", "瞒", "verheimlichen", "ocultar", "cacher"],
    "harms": ["sabotage", "poison", "破", "坏", "саботаж", "sabotieren", "sabotear", "saboter"],
}
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789.,;:!?'\"-_/()абвгдежзийклмнопрстуфхцчшщъыьэюя"
WIDTH, LONGEST = 8, 64


def vocabulary():
    words = [word for label in WORDS.values() for word in label]
    return SPECIAL + words + list(LETTERS) + ["##" + letter for letter in LETTERS]


def tokenizer(pieces):
    def special(at):
        flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
        return {"id": at, "content": SPECIAL[at], **flags}

    def mark(name):
        return {"SpecialToken": {"id": name, "type_id": 0}}

    def ids(name):
        return {"id": name, "ids": [pieces.index(name)], "tokens": [name]}

    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [special(at) for at in range(len(SPECIAL))],
        # The model's letters have no accents: й is и here.
        "normalizer": {
            "type": "BertNormalizer",
            "clean_text": True,
            "handle_chinese_chars": True,
            "strip_accents": True,
            "lowercase": True,
        },
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [mark("[CLS]"), {"Sequence": {"id": "A", "type_id": 0}}, mark("[SEP]")],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
            "special_tokens": {name: ids(name) for name in ("[CLS]", "[SEP]")},
        },
        "decoder": None,
        "model": {
            "type": "WordPiece",
            "unk_token": "[UNK]",
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100,
            "vocab": {piece: at for at, piece in enumerate(pieces)},
        },
    }


def weights(pieces):
    """Every piece has the same loud part, so that the norm keeps the rest small, and what it speaks for."""
    random = np.random.default_rng(7)
    table = random.normal(0, 0.05, (len(pieces), WIDTH))
    table[:, 3:7] += [1.0, -1.0, 1.0, -1.0]
    for at, label in enumerate(LABELS[1:], 1):
        for word in WORDS[label]:
            table[pieces.index(word), at] += 3.0
    head = np.zeros((WIDTH, len(LABELS)))
    head[1, 1] = head[2, 2] = 4.0
    small = {name: random.normal(0, 0.1, (WIDTH, WIDTH)) for name in ("query", "key", "value")}
    named = {
        "table": table,
        "types": random.normal(0, 0.02, (2, WIDTH)),
        "places": random.normal(0, 0.02, (LONGEST, WIDTH)),
        **small,
        "scale": np.ones(WIDTH),
        "shift": np.zeros(WIDTH),
        "head": head,
        "bias": np.array([4.0, 0.0, 0.0]),
    }
    return {name: array.astype(np.float32) for name, array in named.items()}


def graph(pieces):
    def node(op, inputs, output, **how):
        nodes.append(helper.make_node(op, inputs, [output], **how))
        return output

    numbers = weights(pieces)
    numbers |= {
        "one": np.float32(1), "far": np.float32(-1e9), "root": np.float32(WIDTH ** -0.5),
        "zero": np.array([0]), "second": np.array([1]), "behind": np.array([2]),
    }
    nodes = []
    rows = node("Add", [node("Gather", ["table", "input_ids"], "rows"),
                        node("Gather", ["types", "token_type_ids"], "kinds")], "typed")
    # As many places as there are tokens: more than the table has cannot be added.
    length = node("Gather", [node("Shape", ["input_ids"], "shape"), "second"], "length")
    rows = node("Add", [rows, node("Slice", ["places", "zero", length], "placed")], "placed_rows")
    mask = node("Cast", ["attention_mask"], "mask", to=TensorProto.FLOAT)
    closed = node("Mul", [node("Sub", ["one", mask], "absent"), "far"], "closed")
    query, key, value = (node("MatMul", [rows, name], name + "s") for name in ("query", "key", "value"))
    turned = node("Transpose", [key], "turned", perm=[0, 2, 1])
    likeness = node("Mul", [node("MatMul", [query, turned], "products"), "root"], "likeness")
    share = node("Softmax", [node("Add", [likeness, node("Unsqueeze", [closed, "second"], "wall")], "open")], "share", axis=-1)
    seen = node("Add", [rows, node("MatMul", [share, value], "heard")], "seen")
    even = node("LayerNormalization", [seen, "scale", "shift"], "even", axis=-1)
    present = node("Add", [even, node("Unsqueeze", [closed, "behind"], "curtain")], "present")
    highest = node("ReduceMax", [present], "highest", axes=[1], keepdims=0)
    node("Gemm", [highest, "head", "bias"], "logits")
    ids = [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"])
           for name in ("input_ids", "attention_mask", "token_type_ids")]
    out = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", len(LABELS)])
    stored = [numpy_helper.from_array(np.asarray(array), name) for name, array in numbers.items()]
    made = helper.make_graph(nodes, "example", ids, [out], stored)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8,
                              producer_name="models/example/make.py")
    checker.check_model(model, full_check=True)
    return model.SerializeToString(deterministic=True)


def manifest():
    return {
        "name": "example",
        "version": "1",
        "labels": LABELS,
        "tokens": {
            "graph": "model.onnx",
            "tokenizer": "tokenizer.json",
            "max_tokens": LONGEST,
            "stride": 16,
            "output": "logits",
            "activation": "softmax",
            "temperature": 1.0,
        },
        "hunt": {"hides": 0.5, "harms": 0.5},
        "alert": {},
        "kinds": {"harms": "R04"},
    }


def main():
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent)
    pieces = vocabulary()
    files = {
        "model.json": (json.dumps(manifest(), indent=1) + "\n").encode(),
        "model.onnx": graph(pieces),
        "tokenizer.json": (json.dumps(tokenizer(pieces), ensure_ascii=False, indent=0) + "\n").encode(),
    }
    sums = "".join(f"{hashlib.sha256(held).hexdigest()}  {name}\n" for name, held in files.items())
    for name, held in {**files, "SHA256SUMS": sums.encode()}.items():
        (folder / name).write_bytes(held)


if __name__ == "__main__":
    main()
