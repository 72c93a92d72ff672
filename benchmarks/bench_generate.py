"""How long the embedded Loguro takes to make its traffic, writing included, and how much memory.

Run: python benchmarks/bench_generate.py
"""

from __future__ import annotations

import resource
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from loguro_async.emulator.generate import write_events

NOW = datetime(2026, 6, 11, 10, tzinfo=UTC)
RUNS = {0: 5, 10: 5, 500: 5, 100_000: 3, 1_000_000: 3}


def seconds_to_write(events: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        write_events(Path(folder), "local", events=events, seed=7, now=NOW)
        taken = time.perf_counter() - begun
        with duckdb.connect() as connection:
            query = "SELECT count(*) FROM read_parquet(?)"
            counted = connection.execute(query, [f"{folder}/*/*/*.parquet"]).fetchone()
        assert counted == (events,)
    return taken


def main() -> None:
    for events, runs in RUNS.items():
        taken = statistics.median(seconds_to_write(events) for _ in range(runs))
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{events:>9,} events: {taken:6.3f} s   (peak so far {peak_mb:,.0f} MB)")


if __name__ == "__main__":
    main()
