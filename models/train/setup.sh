#!/usr/bin/env bash
# Makes the environment in which models are trained. Usage: setup.sh [FOLDER]
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
folder="${1:-${XDG_CACHE_HOME:-$HOME/.cache}/reveille/train}"
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --requirement "$here/requirements.txt"
echo "$folder"
