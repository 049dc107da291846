#!/usr/bin/env bash
# The compiler, with counters for libFuzzer in this project's own code only, so that dependencies need not be built
# again for it. Called by cargo as `rustc.sh RUSTC ARGUMENTS`.
set -euo pipefail
counters=()
for argument in "$@"; do
    [[ "$argument" == */fuzz_targets/* || "$argument" == src/lib.rs || "$argument" == */src/lib.rs ]] || continue
    case " $* " in
    *" --crate-name reveille "* | */fuzz_targets/*)
        counters=(-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4
            -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table
            -Cllvm-args=-sanitizer-coverage-trace-compares)
        ;;
    esac
done
exec "$@" "${counters[@]}"
