"""How long `import loguro_async` takes, beside what it cannot do without, each in a new process."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from functools import partial

from benchmarks.tables import Table, medians_in_turn

ROUNDS = 15
FLOOR = "import aiohttp, msgspec, cachetools"
STATEMENTS = (FLOOR, "import loguro_async", "import httpx, pydantic")
TIMED = "import time; began = time.perf_counter(); {}; print(time.perf_counter() - began)"


async def milliseconds(statement: str) -> float:
    command = [sys.executable, "-c", TIMED.format(statement)]
    done = await asyncio.to_thread(subprocess.run, command, check=True, capture_output=True)
    return float(done.stdout) * 1000


def main() -> None:
    table = Table(
        "import",
        "importing",
        unit="ms",
        reference=FLOOR,
        method=f"Medians of {ROUNDS} new processes each, in turn, with warm files.",
    )
    measures = {statement: partial(milliseconds, statement) for statement in STATEMENTS}
    table.rows = asyncio.run(medians_in_turn(measures, rounds=ROUNDS))
    table.show()


if __name__ == "__main__":
    main()
