"""Writes a trained encoder as a model of token ids: graph, tokenizer, manifest, sums.

Standard operations of opset 17 only. Weights are stored in half precision and widened in the graph,
which both runtimes do once, at loading.
"""

import pathlib

import numpy as np
from onnx import TensorProto, helper, numpy_helper

import encoder
import export

MAX_TOKENS = 256


class Graph:
    """Nodes and weights as they come."""

    def __init__(self):
        self.nodes, self.weights, self.count = [], [], 0

    def op(self, kind, *inputs, **attributes):
        self.count += 1
        name = f"v{self.count}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def small(self, value, kind=np.float32):
        """A number or a shape, in full."""
        self.count += 1
        name = f"c{self.count}"
        self.weights.append(numpy_helper.from_array(np.asarray(value, kind), name))
        return name

    def weight(self, value):
        self.count += 1
        name = f"w{self.count}"
        self.weights.append(numpy_helper.from_array(np.asarray(value, np.float16), name))
        return self.op("Cast", name, to=TensorProto.FLOAT)

    def dense(self, x, p):
        return self.op("Add", self.op("MatMul", x, self.weight(p["w"])), self.weight(p["b"]))

    def norm(self, x, p):
        return self.op("LayerNormalization", x, self.weight(p["g"]), self.weight(p["b"]), axis=-1, epsilon=encoder.EPSILON)

    def gelu(self, x):
        erf = self.op("Erf", self.op("Div", x, self.small(np.sqrt(2.0))))
        half = self.op("Mul", x, self.small(0.5))
        return self.op("Mul", half, self.op("Add", erf, self.small(1.0)))


def attention(g, x, p, away, width):
    size = width // encoder.HEADS
    heads = g.small([0, 0, encoder.HEADS, size], np.int64)
    split = lambda name, perm: g.op("Transpose", g.op("Reshape", g.dense(x, p[name]), heads), perm=perm)
    q, k, v = split("q", [0, 2, 1, 3]), split("k", [0, 2, 3, 1]), split("v", [0, 2, 1, 3])
    scores = g.op("Div", g.op("MatMul", q, k), g.small(np.sqrt(size)))
    share = g.op("Softmax", g.op("Add", scores, away), axis=-1)
    mixed = g.op("Transpose", g.op("MatMul", share, v), perm=[0, 2, 1, 3])
    return g.dense(g.op("Reshape", mixed, g.small([0, 0, width], np.int64)), p["o"])


def graph(params, words, labels):
    """(input_ids, attention_mask) -> logits, [batch, labels]."""
    g = Graph()
    width = words.shape[1]
    # Looked up before it is widened: a runtime would widen all of the table for each window.
    g.weights.append(numpy_helper.from_array(words.astype(np.float16), "words"))
    found = g.op("Cast", g.op("Gather", "words", "input_ids", axis=0), to=TensorProto.FLOAT)
    length = g.op("Slice", g.op("Shape", "input_ids"), g.small([1], np.int64), g.small([2], np.int64))
    places = g.weight(params["places"][:MAX_TOKENS] + params["types"])
    x = g.op("Add", found, g.op("Slice", places, g.small([0], np.int64), length, g.small([0], np.int64)))
    x = g.norm(x, params["norm"])
    mask = g.op("Cast", "attention_mask", to=TensorProto.FLOAT)
    away = g.op("Mul", g.op("Sub", g.small(1.0), g.op("Unsqueeze", mask, g.small([1, 2], np.int64))), g.small(-1e9))
    for p in params["layers"]:
        x = g.norm(g.op("Add", x, attention(g, x, p, away, width)), p["norm1"])
        x = g.norm(g.op("Add", x, g.dense(g.gelu(g.dense(x, p["up"])), p["down"])), p["norm2"])
    wide = g.op("Unsqueeze", mask, g.small([2], np.int64))
    total = g.op("ReduceSum", g.op("Mul", x, wide), g.small([1], np.int64), keepdims=0)
    mean = g.op("Div", total, g.op("ReduceSum", wide, g.small([1], np.int64), keepdims=0))
    g.nodes.append(helper.make_node("Identity", [g.dense(mean, params["head"])], ["logits"]))
    ids = [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"]) for name in ("input_ids", "attention_mask")]
    out = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", len(labels)])
    return export.checked(helper.make_graph(g.nodes, "encoder", ids, [out], g.weights))


def write(out, name, base, params, words, labels, hunt, figures):
    """OUT gets model.json, model.onnx, tokenizer.json, metrics.json and SHA256SUMS. The head is calibrated already."""
    tokens = {"graph": "model.onnx", "tokenizer": "tokenizer.json", "max_tokens": MAX_TOKENS, "stride": 64,
              "output": "logits", "activation": "sigmoid", "temperature": 1.0}
    manifest = {"name": name, "version": "1", "labels": labels, "tokens": tokens, "hunt": hunt, "alert": {}}
    export.folder(out, manifest, figures, {
        "model.onnx": graph(params, words, labels).SerializeToString(deterministic=True),
        "tokenizer.json": (pathlib.Path(base) / "tokenizer.json").read_bytes(),
    })
