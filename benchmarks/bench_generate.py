"""How long the embedded Loguro takes to make its traffic, writing included, and how much memory."""

from __future__ import annotations

import resource
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from benchmarks.tables import Table
from loguro_async.emulator.traffic.writer import write_events

NOW = datetime(2026, 6, 11, 10, tzinfo=UTC)
RUNS = {500: 5, 100_000: 3, 1_000_000: 3}
ROW = "{:,} events"


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
    table = Table(
        "generate",
        "traffic made and written for the embedded Loguro",
        unit="s",
        reference=ROW.format(100_000),
        method="Medians of 3 to 5 runs; the note is the peak of memory so far.",
    )
    for events, runs in RUNS.items():
        row = ROW.format(events)
        table.rows[row] = statistics.median(seconds_to_write(events) for _ in range(runs))
        peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        table.notes[row] = f"{peak_mib:,.0f} MiB"
    table.show()


if __name__ == "__main__":
    main()
