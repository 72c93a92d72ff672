"""How long `import loguro_async` takes, beside what it cannot do without, each in a new process."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from functools import partial

from benchmarks.tables import Table, medians_in_turn

ROUNDS = 15
FLOOR = "import aiohttp, msgspec, cachetools"
STATEMENTS = (FLOOR, "from loguro_async import LoguroClient", "import httpx, pydantic")
# As installed: bytecode is read, not made again, whatever the environment says about writing it.
PLAIN = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
TIMED = "import time; began = time.perf_counter(); {}; print(time.perf_counter() - began)"


async def milliseconds(statement: str) -> float:
    command = [sys.executable, "-c", TIMED.format(statement)]
    run = partial(subprocess.run, command, env=PLAIN, check=True, capture_output=True)
    done = await asyncio.to_thread(run)
    return float(done.stdout) * 1000


def main() -> None:
    table = Table(
        "import",
        "importing",
        unit="ms",
        reference=FLOOR,
        method=f"Medians of {ROUNDS} new processes each, in turn, with warm files and bytecode.",
    )
    measures = {statement: partial(milliseconds, statement) for statement in STATEMENTS}
    table.rows = asyncio.run(medians_in_turn(measures, rounds=ROUNDS))
    table.show()


if __name__ == "__main__":
    main()
