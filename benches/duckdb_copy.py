#!/usr/bin/env python3
"""The peer: DuckDB reads the same file, unnests the messages and writes Parquet.

    duckdb_copy.py FILE OUT.parquet [THREADS]

Prints seconds and peak memory. Needs `pip install duckdb`.
"""

import resource
import sys
import time

import duckdb

source, target = sys.argv[1], sys.argv[2]
threads = int(sys.argv[3]) if len(sys.argv) > 3 else 2
connection = duckdb.connect()
connection.execute(f"set threads to {threads}")
started = time.monotonic()
connection.execute(
    "copy (select * exclude (messages), unnest(messages) as message from "
    f"read_json('{source}', format = 'newline_delimited', maximum_object_size = 268435456)) "
    f"to '{target}' (format parquet, compression zstd)"
)
seconds = time.monotonic() - started
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(f"duckdb {duckdb.__version__}: {seconds:.2f} s, peak {peak:.0f} MB")
