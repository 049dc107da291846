#!/usr/bin/env python3
"""Scores and speed of a model of token ids on a GPU, beside the CPU.

    python3 benches/cuda/measure.py REVEILLE MODEL [--onnxruntime LIBRARY] [--device cuda] [--texts N]

REVEILLE is the built program, MODEL a folder whose model.json has `tokens` (of a cascade, as the shipped model is, the
second stage is measured alone, on everything), LIBRARY that of ONNX Runtime's GPU build, with its providers beside it and the CUDA libraries on
LD_LIBRARY_PATH. With `--device cpu` it runs anywhere and shows that the script works.

Prints one JSON object: whether scores agree, texts a second for each number of windows that run together,
start and tokenising included, and how busy the GPU was (`nvidia-smi`, where there is one). Python's standard
library only. Texts are made up from a list of words, by a seed.
"""

import argparse
import hashlib
import json
import pathlib
import random
import shutil
import subprocess
import tempfile
import threading
import time

WORDS = ("the agent reads a file and tells nobody what it found because the report must stay short while "
         "tests run again until they pass and the user waits for an answer about rows columns totals dates "
         "keys tokens branches merges deploys alerts tickets refunds orders mails meetings").split()
# About as many words are 256 tokens of a window.
LONG = 200


def texts(count, words, seed):
    draw = random.Random(seed)
    return [" ".join(draw.choice(WORDS) for _ in range(words)) for _ in range(count)]


def score(args, device, lines, batch):
    """Rows of scores, and seconds."""
    command = [args.reveille, "model", "score", "--model", args.model, "--device", device, "--gpu-batch", str(batch)]
    command += ["--onnxruntime", args.onnxruntime] if args.onnxruntime else []
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as made:
        given.write(lines.encode())
        given.seek(0)
        began = time.monotonic()
        subprocess.run(command, stdin=given, stdout=made, check=True)
        seconds = time.monotonic() - began
        made.seek(0)
        return [json.loads(line) for line in made], seconds


def lines_of(some):
    return "".join(json.dumps({"id": str(at), "text": text}) + "\n" for at, text in enumerate(some))


class Busy:
    """How busy the GPU is meanwhile, as it says itself twice a second."""

    def __enter__(self):
        self.seen, self.stop = [], threading.Event()
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()
        return self

    def watch(self):
        tool = shutil.which("nvidia-smi")
        while tool and not self.stop.wait(0.5):
            out = subprocess.run([tool, "--query-gpu=utilization.gpu", "--format=csv,noheader,nounits"],
                                 capture_output=True, text=True, check=False).stdout
            self.seen += [int(word) for word in out.split() if word.isdigit()]

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()

    def share(self):
        return round(sum(self.seen) / len(self.seen) / 100, 3) if self.seen else None


def second_stage(model, folder):
    """A model of what a cascade reads again by, in a folder of its own; any other model is what it is."""
    manifest = json.loads((model / "model.json").read_text())
    if "cascade" not in manifest:
        return model
    manifest = {name: value for name, value in manifest.items() if name not in ("recipe", "cascade", "alert", "scripts")}
    manifest["name"] += "-stage2"
    files = {"model.json": json.dumps(manifest).encode()}
    files |= {name: (model / name).read_bytes() for name in (manifest["tokens"]["graph"], manifest["tokens"]["tokenizer"])}
    for name, content in files.items():
        (folder / name).write_bytes(content)
    sums = [f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in files.items()]
    (folder / "SHA256SUMS").write_text("".join(sums))
    return folder


def agreement(args, labels):
    """The largest difference of a score between the device and the CPU, over texts of all lengths."""
    some = [text for words in (3, 20, 60, 130, 230, 700) for text in texts(20, words, words)]
    there, _ = score(args, args.device, lines_of(some), 32)
    here, _ = score(args, "cpu", lines_of(some), 1)
    return max(abs(a[label] - b[label]) for a, b in zip(there, here) for label in labels)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("reveille")
    parser.add_argument("model")
    parser.add_argument("--onnxruntime")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--texts", type=int, default=40_000)
    parser.add_argument("--batches", default="32,64,128,256,512,1024")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        args.model = str(second_stage(pathlib.Path(args.model), pathlib.Path(folder)))
        measure(args)


def measure(args):
    info = [args.reveille, "model", "info", "--model", args.model, "--device", args.device]
    info += ["--onnxruntime", args.onnxruntime] if args.onnxruntime else []
    about = json.loads(subprocess.run(info, capture_output=True, text=True, check=True).stdout)
    labels = json.loads((pathlib.Path(args.model) / "model.json").read_text())["labels"]
    result = {"about": about, "largest difference": agreement(args, labels), "speed": []}
    lines, one = lines_of(texts(args.texts, LONG, 1)), lines_of(texts(1, LONG, 1))
    for batch in map(int, args.batches.split(",")):
        _, start = score(args, args.device, one, batch)
        with Busy() as busy:
            rows, seconds = score(args, args.device, lines, batch)
        windows = sum(row["windows"] for row in rows)
        result["speed"].append({
            "batch": batch, "windows": windows, "seconds": round(seconds, 2), "of that to start": round(start, 2),
            "windows a second": round(windows / max(seconds - start, 1e-9)), "busy": busy.share(),
        })
        print(json.dumps(result["speed"][-1]), flush=True)
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
