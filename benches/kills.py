#!/usr/bin/env python3
"""Kills sweeps at evenly spread moments and checks that the next one makes up for it.

    kills.py REVEILLE INPUT [KILLS] [-- SWEEP OPTIONS]

One undisturbed sweep gives the duration and the rows to expect. Then, for each kill, a fresh lake:
a sweep is killed after its share of that duration, a second one runs to its end, and the rows of
`events`, `raw_records` and `findings` must be those of the undisturbed lake. Needs a work folder as
large as the lake, in TMPDIR.
"""

import hashlib
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

EVENTS = (
    "select event_id, content_hash, stream_id, seq, kind, text, reasoning, tool_call_arguments, "
    "tool_call_result, raw_sha256, byte_offset from events order by event_id, content_hash"
)
RAW = "select raw_sha256, byte_offset, byte_len from raw_records order by 1, 2"
FINDINGS = "select finding_id, detector_id, session_id from findings order by finding_id"


def rows(tool: str, lake: pathlib.Path) -> list[str]:
    out = []
    for sql in (EVENTS, RAW, FINDINGS):
        command = [tool, "sql", "--lake", str(lake), "--format", "ndjson", sql]
        digest, count = hashlib.sha256(), 0
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            for line in process.stdout:
                digest.update(line)
                count += 1
        out.append(f"{count} {digest.hexdigest()[:16]}")
    return out


def commits(lake: pathlib.Path) -> int:
    log = lake / "events" / "_delta_log"
    # The first entry makes the table.
    return max(0, len(list(log.glob("*.json"))) - 1) if log.exists() else 0


def main() -> None:
    arguments = sys.argv[1:]
    options = []
    if "--" in arguments:
        at = arguments.index("--")
        arguments, options = arguments[:at], arguments[at + 1 :]
    tool, source = arguments[0], arguments[1]
    kills = int(arguments[2]) if len(arguments) > 2 else 20
    work = pathlib.Path(tempfile.mkdtemp(prefix="reveille-kills-"))

    def sweep(lake: pathlib.Path) -> list[str]:
        return [tool, "sweep", "--quiet", "--lake", str(lake), *options, source]

    try:
        undisturbed = work / "undisturbed"
        started = time.monotonic()
        subprocess.run(sweep(undisturbed), check=False, capture_output=True)
        duration = time.monotonic() - started
        expected = rows(tool, undisturbed)
        print(f"undisturbed: {duration:.2f} s, {commits(undisturbed)} commits, rows {expected}")
        after_commit = failures = 0
        for kill in range(1, kills + 1):
            lake = work / "killed"
            process = subprocess.Popen(
                sweep(lake), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            time.sleep(duration * (kill - 0.5) / kills)
            alive = process.poll() is None
            process.kill()
            process.wait()
            before = commits(lake)
            after_commit += alive and before > 0
            done = subprocess.run(sweep(lake), capture_output=True, text=True, check=False)
            found = rows(tool, lake)
            good = found == expected and done.returncode in (0, 4)
            failures += not good
            state = "killed" if alive else "was done"
            print(f"{kill:2}: {state}, {before} commits, {'equal' if good else f'DIFFERS {found}'}")
            shutil.rmtree(lake)
        print(f"{kills} kills, {after_commit} after the first commit, {failures} differ")
        sys.exit(1 if failures else 0)
    finally:
        shutil.rmtree(work, ignore_errors=True)


main()
