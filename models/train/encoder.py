"""A BERT encoder of MiniLM's shape in JAX: weights from safetensors, mean pooling, one linear head."""

import jax
import jax.numpy as jnp
import numpy as np
from safetensors.numpy import load_file

HEADS = 12
EPSILON = 1e-12


def load(path, layers, labels, seed):
    """Weights of the first `layers` layers, and a new head."""
    raw = load_file(path)
    dense = lambda name: {"w": raw[f"{name}.weight"].T.copy(), "b": raw[f"{name}.bias"]}
    norm = lambda name: {"g": raw[f"{name}.weight"], "b": raw[f"{name}.bias"]}
    e = "embeddings"
    params = {
        "words": raw[f"{e}.word_embeddings.weight"],
        "places": raw[f"{e}.position_embeddings.weight"],
        "types": raw[f"{e}.token_type_embeddings.weight"][0],
        "norm": norm(f"{e}.LayerNorm"),
        "layers": [],
    }
    for at in range(layers):
        l = f"encoder.layer.{at}"
        params["layers"].append({
            "q": dense(f"{l}.attention.self.query"), "k": dense(f"{l}.attention.self.key"),
            "v": dense(f"{l}.attention.self.value"), "o": dense(f"{l}.attention.output.dense"),
            "norm1": norm(f"{l}.attention.output.LayerNorm"),
            "up": dense(f"{l}.intermediate.dense"), "down": dense(f"{l}.output.dense"),
            "norm2": norm(f"{l}.output.LayerNorm"),
        })
    width = params["words"].shape[1]
    head = np.random.default_rng(seed).normal(0, 0.02, (width, labels)).astype(np.float32)
    params["head"] = {"w": head, "b": np.zeros(labels, np.float32)}
    return params


def layer_norm(x, p):
    mean = x.mean(-1, keepdims=True)
    var = ((x - mean) ** 2).mean(-1, keepdims=True)
    return (x - mean) / jnp.sqrt(var + EPSILON) * p["g"] + p["b"]


def apply(x, p):
    return x @ p["w"] + p["b"]


def drop(x, rate, key):
    if key is None:
        return x
    return x * jax.random.bernoulli(key, 1 - rate, x.shape) / (1 - rate)


def encode(params, frozen, ids, mask, key=None, rate=0.1):
    """Logits of each label. `frozen` holds the word embeddings, which stay as they are."""
    keys = iter(jax.random.split(key, 2 * len(params["layers"]) + 2)) if key is not None else None
    take = lambda: next(keys) if keys else None
    x = frozen["words"][ids] + params["places"][: ids.shape[1]] + params["types"]
    x = drop(layer_norm(x, params["norm"]), rate, take())
    batch, length, width = x.shape
    away = (1.0 - mask[:, None, None, :]) * -1e9
    split = lambda t: t.reshape(batch, length, HEADS, -1).transpose(0, 2, 1, 3)
    for p in params["layers"]:
        q, k, v = split(apply(x, p["q"])), split(apply(x, p["k"])), split(apply(x, p["v"]))
        attention = jax.nn.softmax(q @ k.transpose(0, 1, 3, 2) / np.sqrt(width / HEADS) + away, -1)
        mixed = (attention @ v).transpose(0, 2, 1, 3).reshape(batch, length, width)
        x = layer_norm(x + drop(apply(mixed, p["o"]), rate, take()), p["norm1"])
        inner = jax.nn.gelu(apply(x, p["up"]), approximate=False)
        x = layer_norm(x + drop(apply(inner, p["down"]), rate, take()), p["norm2"])
    pooled = (x * mask[..., None]).sum(1) / mask.sum(1, keepdims=True)
    return apply(drop(pooled, rate, take()), params["head"])
