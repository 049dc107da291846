#!/usr/bin/env bash
# Trains and measures the first stage of the shipped model. Usage: run.sh REVEILLE DATA OUT
# REVEILLE is the built program, DATA the folder of real transcripts (an empty one does, with less to
# tell innocent thoughts by). OUT is a folder for cascade.py, which joins it with the second stage.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
python="${REVEILLE_TRAIN:-${XDG_CACHE_HOME:-$HOME/.cache}/reveille/train}/bin/python"
"$python" "$here/stage1.py" "$1" "$2" "$3"
"$python" "$here/evaluate.py" "$1" "$2" "$3"
