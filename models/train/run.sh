#!/usr/bin/env bash
# Trains and measures the shipped model. Usage: run.sh REVEILLE DATA [OUT]
# REVEILLE is the built program, DATA the folder of real transcripts (an empty one does, with less to
# tell innocent thoughts by). OUT is models/reasoning unless given.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
python="${REVEILLE_TRAIN:-${XDG_CACHE_HOME:-$HOME/.cache}/reveille/train}/bin/python"
out="${3:-$here/../reasoning}"
"$python" "$here/stage1.py" "$1" "$2" "$out"
"$python" "$here/evaluate.py" "$1" "$2" "$out"
