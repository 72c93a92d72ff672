"""The sources of an emulator's events: files that exist, generated files, and live traffic."""

from __future__ import annotations

import asyncio
import logging
import math
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from loguro_async.emulator.cancellation import CancellationToken
from loguro_async.emulator.parquet_folder import ParquetFolder
from loguro_async.emulator.ranges import milliseconds
from loguro_async.emulator.store import Store
from loguro_async.emulator.traffic.live import LiveTraffic
from loguro_async.emulator.traffic.writer import are_generated, write_events

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AsyncExitStack
    from datetime import datetime

T = TypeVar("T")

logger = logging.getLogger("loguro_async.emulator")


class TrafficOptions(NamedTuple):
    """The generated events.

    Attributes:
        events: The number of events of each project.
        days: The number of days that they go back.
        seed: The seed.
        events_per_minute: The number of events that happen in each project as time passes.
    """

    events: int
    days: int
    seed: int
    events_per_minute: float

    def checked(self) -> TrafficOptions:
        """Returns the options if the rate is valid; the rest is checked when it is used.

        Raises:
            ValueError: The rate is negative or not finite.
        """
        rate = self.events_per_minute
        if not (math.isfinite(rate) and rate >= 0):
            message = f"events_per_minute must be 0 or greater, got {rate}"
            raise ValueError(message)
        return self


class _Worker:
    """Runs the work on files in a thread, one piece after the other.

    Files that are still being written when the start is cancelled are removed after that, not
    before.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="loguro-files")
        self.cancellation = CancellationToken()

    async def run(self, work: Callable[[], T]) -> T:
        """Runs a function, and returns its result."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def close(self) -> None:
        """Lets the thread end after the work that it has."""
        self._thread.shutdown(wait=False)


class Events:
    """The events of an emulator that runs.

    Args:
        store: The store.
        live: Adds events as time passes.
        worker: Runs that.
    """

    def __init__(self, store: Store, live: LiveTraffic | None, worker: _Worker) -> None:
        self.store = store
        self._live = live
        self._worker = worker

    async def extend(self, present_ms: int) -> None:
        """Adds the live traffic up to a time, in milliseconds since 1970."""
        live = self._live
        if live is not None and not live.covers(present_ms):
            await self._worker.run(lambda: live.extend(present_ms))


async def open_events(
    data: Path | None,
    projects: tuple[str, ...],
    traffic: TrafficOptions,
    now: datetime,
    cleanup: AsyncExitStack,
) -> Events:
    """Opens the events of some projects; generates them for projects that have none.

    Args:
        data: The folder or file of `data=`; `None` for generated events only.
        projects: The slugs.
        traffic: The generated events.
        now: The end of the generated events.
        cleanup: Closes everything; if the start is cancelled, too.

    Raises:
        ValueError: A file or an option cannot be used.
    """
    worker = _Worker()
    cleanup.callback(worker.close)
    temporary = tempfile.TemporaryDirectory(prefix="loguro-", ignore_cleanup_errors=True)
    cleanup.push_async_callback(worker.run, temporary.cleanup)
    cleanup.callback(worker.cancellation.cancel)

    def files() -> dict[str, list[Path]]:
        return _files(
            data, projects, traffic, now, Path(temporary.name), cancellation=worker.cancellation
        )

    found = await worker.run(files)
    store = await worker.run(lambda: Store(found))
    cleanup.push_async_callback(worker.run, store.close)
    live = None
    if traffic.events_per_minute:
        live = LiveTraffic(
            store,
            projects,
            events_per_minute=traffic.events_per_minute,
            seed=traffic.seed,
            start_ms=milliseconds(now),
            cancellation=worker.cancellation,
        )
        cleanup.callback(worker.cancellation.cancel)
    return Events(store, live, worker)


def _files(
    data: Path | None,
    projects: tuple[str, ...],
    traffic: TrafficOptions,
    now: datetime,
    temporary: Path,
    *,
    cancellation: CancellationToken,
) -> dict[str, list[Path]]:
    """Returns the files of each project, generated where there are none."""
    folder = ParquetFolder.scan(temporary if data is None else data)
    folder.check_servable()
    files = folder.assign(projects)
    missing = [slug for slug in projects if not files[slug]]
    home = folder.path
    if missing and folder.is_used and not are_generated(folder.files):
        home = temporary
        logger.warning(
            "%s has files of your own, and none of %s: the generated events of these projects are "
            "in a temporary folder",
            folder.path,
            ", ".join(missing),
        )
    for slug in missing:
        write_events(
            home,
            slug,
            events=traffic.events,
            seed=traffic.seed,
            now=now,
            days=traffic.days,
            cancellation=cancellation,
        )
    generated = ParquetFolder.scan(home).by_project if missing else {}
    return files | {slug: generated[slug] for slug in missing}
