"""What decoding 1, 300 and 10,000 rows costs, beside orjson with dataclasses and pydantic."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import orjson
from pydantic import BaseModel, TypeAdapter

from benchmarks.tables import Table, medians_in_turn
from loguro_async.endpoints import TOP_PAGES
from loguro_async.pipeline.decode import decode

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 7
ROWS_A_ROUND = 40_000
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


async def microseconds(read: Callable[[], object], times: int) -> float:
    began = time.perf_counter()
    for _ in range(times):
        read()
    return (time.perf_counter() - began) / times * 1e6


async def measure(rows: int) -> dict[str, float]:
    body = body_of(rows)
    ways: dict[str, Callable[[], object]] = {
        OURS: partial(decode, TOP_PAGES, body),
        "orjson and dataclasses": lambda: [PlainRow(**row) for row in orjson.loads(body)["items"]],
        "pydantic": lambda: MODELS.validate_json(body),
    }
    times = max(3, ROWS_A_ROUND // rows)
    measures = {name: partial(microseconds, read, times) for name, read in ways.items()}
    return await medians_in_turn(measures, rounds=ROUNDS)


def main() -> None:
    for rows in (1, 300, 10_000):
        table = Table(
            f"decode-{rows}",
            f"decoding a top list of {rows:,} rows",
            unit="µs",
            reference=OURS,
            method=f"Bytes to structs, medians of {ROUNDS} rounds that take turns.",
        )
        table.rows = asyncio.run(measure(rows))
        table.show()


if __name__ == "__main__":
    main()
