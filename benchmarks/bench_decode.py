"""Measures decoding 1, 300 and 10,000 rows, against orjson with dataclasses and pydantic."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import orjson
from pydantic import BaseModel, TypeAdapter

from benchmarks.tables import Table, medians_in_turn
from loguro_async.decoding import decode
from loguro_async.endpoints import TOP_PAGES

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 7
ROWS_A_ROUND = 100_000
OURS = "this package"


@dataclass(frozen=True, slots=True)
class PlainRow:
    path: str
    count: int
    visitors: int


class ModelRow(BaseModel):
    path: str
    count: int
    visitors: int


class ModelList(BaseModel):
    items: list[ModelRow]


MODELS = TypeAdapter(ModelList)


def body_of(rows: int) -> bytes:
    return orjson.dumps(
        {"items": [{"path": f"/page/{n}", "count": 9 * n, "visitors": n} for n in range(rows)]}
    )


WAYS: dict[str, Callable[[bytes], object]] = {
    OURS: partial(decode, TOP_PAGES),
    "orjson and dataclasses": lambda body: [PlainRow(**row) for row in orjson.loads(body)["items"]],
    "pydantic": MODELS.validate_json,
}


def run(way: str, rows: int) -> None:
    """Prints the microseconds of decoding a body, while the previous result is referenced."""
    read, body = WAYS[way], body_of(rows)
    previous = read(body)
    times = max(30, ROWS_A_ROUND // rows)
    began = time.perf_counter()
    for _ in range(times):
        previous = read(body)
    print((time.perf_counter() - began) / times * 1e6)
    assert previous


async def measured(way: str, rows: int) -> float:
    command = [sys.executable, "-m", "benchmarks.bench_decode", way, str(rows)]
    process = partial(subprocess.run, command, check=True, capture_output=True)
    done = await asyncio.to_thread(process)
    return float(done.stdout)


def main() -> None:
    for rows in (1, 300, 10_000):
        table = Table(
            f"decode-{rows}",
            f"decoding a top list of {rows:,} rows",
            unit="µs",
            reference=OURS,
            method=(
                f"Bytes to structs, medians of {ROUNDS} interleaved rounds, each in a new "
                "process; the previous response stays in memory while the next one is read, as in "
                "a cache."
            ),
        )
        measures = {way: partial(measured, way, rows) for way in WAYS}
        table.rows = asyncio.run(medians_in_turn(measures, rounds=ROUNDS))
        table.show()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _, way, rows = sys.argv
        run(way, int(rows))
    else:
        main()
