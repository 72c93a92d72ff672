"""By how much a call overshoots its deadline, alone and among two hundred others."""

from __future__ import annotations

import asyncio
import statistics
import time

from benchmarks.raw_server import serving
from benchmarks.tables import Table
from loguro_async import DeadlineExceededError, LoguroClient

TIMEOUT = 0.1
ALONE = 30
AMONG = 200


async def overshoot_ms(client: LoguroClient, number: int) -> float:
    began = time.perf_counter()
    try:
        await client.project(f"p{number}").kpis()
    except DeadlineExceededError:
        return (time.perf_counter() - began - TIMEOUT) * 1000
    message = "the service was quicker than the deadline"
    raise AssertionError(message)


async def measure(origin: str) -> dict[str, list[float]]:
    async with LoguroClient(
        "pat_made-up", base_url=origin, timeout=TIMEOUT, retry=None, breaker=None
    ) as client:
        alone = [await overshoot_ms(client, number) for number in range(ALONE)]
        among = await asyncio.gather(*(overshoot_ms(client, number) for number in range(AMONG)))
    return {"one call at a time": alone, f"{AMONG} calls at once": list(among)}


def main() -> None:
    table = Table(
        "deadline",
        f"overshoot of a deadline of {TIMEOUT * 1000:.0f} ms",
        unit="ms, at the most",
        reference="one call at a time",
        method="The service never responds in time. The note is the median.",
    )
    with serving(seconds=60.0) as origin:
        for name, overshoots in asyncio.run(measure(origin)).items():
            table.rows[name] = max(overshoots)
            table.notes[name] = f"median {statistics.median(overshoots):.2f} ms"
    table.show()


if __name__ == "__main__":
    main()
