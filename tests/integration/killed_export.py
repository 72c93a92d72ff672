"""An export that is killed at a chosen moment, as a program of its own.

Run as ``killed_export.py FOLDER FORMAT MOMENT``: MOMENT ``3-`` is just before the third file gets
its name, ``3+`` just after, ``event 12`` when the twelfth event came.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

from loguro_async.export import export_events
from tests.unit.export.samples import Source, event

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from loguro_async import Between, Event, Filter
    from loguro_async.export import FileFormat

START = dt.date(2026, 6, 1)
END = dt.date(2026, 6, 4)
EVENTS = [
    event(n, dt.datetime(2026, 6, 1, tzinfo=dt.UTC) + dt.timedelta(hours=3 * n)) for n in range(24)
]


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class DeadlySource(Source):
    """Kills the program after a number of events; waits before each event."""

    def __init__(self, deadly: int | None, *, seconds: float = 0.0) -> None:
        super().__init__(EVENTS)
        self._left = deadly
        self._seconds = seconds

    async def iter_events(self, *, range: Between, filter: Filter) -> AsyncIterator[Event]:
        async for one in super().iter_events(range=range, filter=filter):
            await asyncio.sleep(self._seconds)
            if self._left is not None:
                self._left -= 1
                if self._left == 0:
                    die()
            yield one


def kill_at_name(number: int, *, after: bool) -> None:
    """Kill the program around the moment in which its ``number``-th file gets its name."""
    replace = Path.replace
    left = number

    def deadly(path: Path, target: str | os.PathLike[str]) -> Path:
        nonlocal left
        left -= 1
        if left == 0 and not after:
            die()
        result = replace(path, target)
        if left == 0:
            die()
        return result

    Path.replace = deadly  # type: ignore[method-assign, assignment]


def main() -> None:
    folder, format, moment = sys.argv[1:]
    deadly = int(moment.removeprefix("event ")) if moment.startswith("event ") else None
    if deadly is None and moment != "slow":
        kill_at_name(int(moment[:-1]), after=moment.endswith("+"))
    kind = cast("FileFormat", format)
    source = DeadlySource(deadly, seconds=0.02 if moment == "slow" else 0.0)
    asyncio.run(export_events(source, folder, start=START, end=END, format=kind))


if __name__ == "__main__":
    main()
