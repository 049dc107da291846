#!/usr/bin/env bash
# Builds all targets with the stable compiler and runs each for a while, with its share of the demo to begin with.
#
#   fuzz/run.sh [SECONDS [TARGET...]]
#
# What is found is written to fuzz/artifacts, what is learnt to fuzz/corpus; neither is kept in the repository.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
seconds=${1:-60}
shift || true
targets=("$@")
[[ ${#targets[@]} -gt 0 ]] || targets=($(sed -n 's/^name = "\(.*\)"$/\1/p' Cargo.toml | tail -n +2))
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}"
RUSTC_WRAPPER="$PWD/rustc.sh" cargo build --quiet --bins
failed=0
for target in "${targets[@]}"; do
    mkdir -p "corpus/$target" "artifacts/$target"
    if [[ -z "$(ls "corpus/$target")" ]]; then
        find ../corpora/demo -type f -size -64k | sort | head -100 | xargs -I{} cp {} "corpus/$target"
    fi
    printf '\n==> %s, %s s\n' "$target" "$seconds"
    "$CARGO_TARGET_DIR/debug/$target" "corpus/$target" -max_total_time="$seconds" -timeout=25 -rss_limit_mb=4096 \
        -max_len=65536 -artifact_prefix="artifacts/$target/" -print_final_stats=1 2>&1 | tail -12 || failed=1
done
exit $failed
