"""Writes a model's folder: graph, manifest, figures, sums."""

import hashlib
import json
import pathlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def graph(table, biases):
    """Row of feature numbers -> chance of each label: sum of the features' rows, divided by the root of
    how many there are. Row 0 of the table is empty. Standard operations of opset 17 only."""
    table = table.astype(np.float16)
    table[0] = 0
    initializers = [
        numpy_helper.from_array(table, "table"),
        numpy_helper.from_array(biases.astype(np.float32), "bias"),
        numpy_helper.from_array(np.array([0], np.int32), "nothing"),
        numpy_helper.from_array(np.array([table.shape[0] - 1], np.int32), "last"),
        numpy_helper.from_array(np.array([1.0], np.float32), "one"),
        numpy_helper.from_array(np.array([1], np.int64), "axis"),
    ]
    nodes = [
        # Widened after the look-up: tract would widen the whole table for each batch.
        # No number may point beyond the table, whatever a recipe says: the runtimes do not look.
        helper.make_node("Min", ["features", "last"], ["inside"]),
        helper.make_node("Gather", ["table", "inside"], ["narrow"], axis=0),
        helper.make_node("Cast", ["narrow"], ["found"], to=TensorProto.FLOAT),
        helper.make_node("ReduceSum", ["found", "axis"], ["sum"], keepdims=0),
        helper.make_node("Greater", ["features", "nothing"], ["is_feature"]),
        helper.make_node("Cast", ["is_feature"], ["ones"], to=TensorProto.FLOAT),
        helper.make_node("ReduceSum", ["ones", "axis"], ["count"], keepdims=1),
        helper.make_node("Max", ["count", "one"], ["at_least_one"]),
        helper.make_node("Sqrt", ["at_least_one"], ["root"]),
        helper.make_node("Div", ["sum", "root"], ["mean"]),
        helper.make_node("Add", ["mean", "bias"], ["odds"]),
        helper.make_node("Sigmoid", ["odds"], ["scores"]),
    ]
    inputs = [helper.make_tensor_value_info("features", TensorProto.INT32, ["rows", "width"])]
    outputs = [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["rows", len(biases)])]
    return checked(helper.make_graph(nodes, "stage1", inputs, outputs, initializers))


def checked(made):
    """A graph as a model that both runtimes read."""
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], producer_name="reveille")
    model.ir_version = 8
    onnx.checker.check_model(model)
    return model


def write(out, labels, table, biases, recipe, hunt, alert, figures):
    manifest = {"name": "reasoning-stage1", "version": "1", "labels": labels, "recipe": recipe, "hunt": hunt, "alert": alert}
    folder(out, manifest, figures, {"stage1.onnx": graph(table, biases).SerializeToString(deterministic=True)})


def folder(out, manifest, figures, files):
    """Writes the manifest, the figures, the other files that are loaded, and the sums of all that is."""
    out = pathlib.Path(out)
    out.mkdir(parents=True, exist_ok=True)
    files = {"model.json": (json.dumps(manifest, indent=1) + "\n").encode(), **files}
    for name, content in files.items():
        (out / name).write_bytes(content)
    (out / "metrics.json").write_text(json.dumps(figures, indent=1) + "\n")
    lines = [f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in files.items()]
    (out / "SHA256SUMS").write_text("".join(lines))
