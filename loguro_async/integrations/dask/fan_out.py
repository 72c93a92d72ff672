"""Submits the partitions of a fan-out to a Dask cluster and combines their results.

Runs in the caller's process; ``partition`` runs in the workers.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Generator, Iterable, Iterator, Sized
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Generic, TypeAlias, TypeVar

import dask.dataframe as dd
import pyarrow as pa
from distributed import Client, Future, as_completed
from msgspec import Struct
from msgspec.structs import replace

from loguro_async.client import LoguroClient
from loguro_async.errors import ConfigurationError, InvalidQueryError
from loguro_async.export import schema
from loguro_async.export.staging_folder import staging_folder_of
from loguro_async.integrations.dask.partition import (
    SLUG_COLUMN,
    FailedSlug,
    PartitionReport,
    PartitionResult,
    RunSettings,
    close_client,
    dataframe_of,
    report_of,
    run_partition,
    to_pandas,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from os import PathLike

    import pandas as pd

    from loguro_async.project import Project

AnswerT = TypeVar("AnswerT", bound=Struct)
Progress: TypeAlias = Callable[[int, int | None], object]

# The minimum of partitions that are submitted at once. Two for each thread keep all threads busy; a
# bound keeps the scheduler's memory from growing with the number of slugs.
_MIN_SUBMITTED: Final = 64


class ClusterReport(Struct, frozen=True):
    """The outcome of a run on a cluster.

    Attributes:
        slugs: The number of projects that were queried.
        rows: The number of rows of their responses.
        failures: The projects whose call failed, in the order of the slugs.
        parts: The files of ``to_parquet``, in the order of the slugs.
    """

    slugs: int
    rows: int
    failures: tuple[FailedSlug, ...]
    parts: tuple[Path, ...] = ()


class _Partition(Struct, frozen=True):
    """A submitted partition, with its position among all partitions."""

    number: int
    result: Future[PartitionResult]
    report: Future[PartitionReport]


class ClusterFanOut(Generic[AnswerT]):
    """Makes one call for each of many projects, on the workers of a Dask cluster.

    Slugs go to the workers in partitions, and each worker process has its own client. When a worker
    is lost, another one runs its partitions again; the result has each partition once. To bound
    the requests of all workers in total, use shared limits (``loguro_async.shared_limits``).

    Args:
        cluster: A ``distributed.Client`` with ``asynchronous=False``; in async code, run this in
            ``asyncio.to_thread``.
        slugs: Any iterable of slugs, read as they are needed.
        call: Makes one project's call, such as ``lambda project: project.kpis(range="7d")``.
        kind: The type of the responses, such as ``Kpis`` or ``TopList[TopPage]``.
        connect: Makes the client of a worker, in the worker; by default ``LoguroClient()``, which
            reads the worker's ``$LOGURO_PAT``. The function passes through the scheduler, so it
            must read the token in the worker and not contain one.
        partition_size: The number of slugs in a partition, which is what runs again when a worker
            is lost.
        concurrency: The maximum of concurrent calls in one partition; a worker runs one partition
            on each of its threads.
        progress: Called with ``(done, total)`` slugs after each partition; the total is ``None``
            where ``slugs`` has no length.

    Raises:
        ConfigurationError: The ``distributed.Client`` is asynchronous.
        InvalidQueryError: Another argument is not valid.
    """

    def __init__(  # noqa: PLR0913 - the query, and options by keyword
        self,
        cluster: Client,
        slugs: Iterable[str],
        call: Callable[[Project], Awaitable[AnswerT]],
        kind: Any,  # noqa: ANN401 - a class, or an alias such as TopList[TopPage]
        *,
        connect: Callable[[], LoguroClient] = LoguroClient,
        partition_size: int = 1_000,
        concurrency: int = 64,
        progress: Progress | None = None,
    ) -> None:
        _check(cluster, slugs, partition_size=partition_size, concurrency=concurrency)
        self._schema = pa.schema([pa.field(SLUG_COLUMN, pa.string()), *schema(kind)])
        self._cluster = cluster
        self._slugs = slugs
        self._partition_size = partition_size
        self._progress = progress
        name = f"loguro-{secrets.token_hex(8)}"
        self._settings = RunSettings(name, connect, call, kind, concurrency)

    def to_parquet(self, folder: str | PathLike[str]) -> ClusterReport:
        """Writes the responses to Parquet files, one for each partition, with the slug in front.

        A file appears under its name only when it is complete.

        Args:
            folder: Created if it does not exist; all workers must be able to write to it.

        Raises:
            InvalidQueryError: The folder has files of another run.
            AuthenticationError: The service refused the token.
            OSError: A worker cannot write there.
        """
        target = Path(folder).resolve()
        if any(target.glob("part-*.parquet")):
            message = f"{folder} has the part-*.parquet files of another run; give another folder"
            raise InvalidQueryError(message)
        target.mkdir(parents=True, exist_ok=True)
        # Outside the folder, because readers of the whole folder would read the unfinished file
        # that a lost worker leaves behind.
        staging = staging_folder_of(target)
        staging.mkdir(exist_ok=True)
        self._settings = replace(self._settings, staging=staging)
        files: dict[int, Path] = {}

        def file(number: int) -> Path:
            return files.setdefault(number, target / f"part-{number:05}.parquet")

        try:
            with self._closing_clients():
                reports = {one.number: report for one, report in self._finished(file)}
        finally:
            for unfinished in staging.glob(".part-*.tmp"):  # of workers that were lost
                unfinished.unlink(missing_ok=True)
            with suppress(OSError):  # not empty: an export of events uses it too
                staging.rmdir()
        return _combined(reports, tuple(files.values()))

    def to_dataframe(self) -> tuple[dd.DataFrame, ClusterReport]:
        """Returns a Dask dataframe of the responses, in the workers' memory, and a report.

        The columns are those of ``to_parquet``, with Arrow's types. When a worker is lost later,
        its partitions are queried again as soon as the dataframe is used.

        Raises:
            AuthenticationError: The service refused the token.
        """
        frames: dict[int, Future[pd.DataFrame]] = {}
        reports: dict[int, PartitionReport] = {}
        with self._closing_clients():
            for one, report in self._finished(lambda _: None):
                reports[one.number] = report
                frames[one.number] = self._cluster.submit(dataframe_of, one.result)
        meta = to_pandas(self._schema.empty_table())
        if not frames:
            return dd.from_pandas(meta, npartitions=1), _combined(reports)
        in_order = [frames[number] for number in sorted(frames)]
        return dd.from_delayed(in_order, meta=meta), _combined(reports)

    def _finished(
        self, file: Callable[[int], Path | None]
    ) -> Iterator[tuple[_Partition, PartitionReport]]:
        """Yields each partition when it has finished, with its report.

        No future is held here after that, because Dask runs the task of a future again when the
        worker with its result is lost.
        """
        total = len(self._slugs) if isinstance(self._slugs, Sized) else None
        done = 0
        for one in self._partitions(file):
            report = one.report.result()
            done += report.slugs
            if self._progress is not None:
                self._progress(done, total)
            yield one, report

    def _partitions(self, file: Callable[[int], Path | None]) -> Iterator[_Partition]:
        pending: dict[Future[PartitionReport], _Partition] = {}
        source = enumerate(_batches(self._slugs, self._partition_size))
        completed: as_completed[PartitionReport] = as_completed()

        def submit_next(how_many: int) -> None:
            for number, slugs in islice(source, how_many):
                one = self._submit(number, slugs, file(number))
                pending[one.report] = one
                completed.add(one.report)

        try:
            submit_next(max(_MIN_SUBMITTED, 2 * sum(self._cluster.nthreads().values())))
            for future in completed:
                yield pending.pop(future)
                submit_next(1)
        finally:
            self._cluster.cancel([one.result for one in pending.values()], force=True)

    def _submit(self, number: int, slugs: list[str], file: Path | None) -> _Partition:
        result = self._cluster.submit(run_partition, self._settings, slugs, file, pure=False)
        return _Partition(number, result, self._cluster.submit(report_of, result))

    @contextmanager
    def _closing_clients(self) -> Generator[None]:
        try:
            yield
        finally:
            self._cluster.run(close_client, self._settings.run, on_error="ignore")


def _combined(reports: dict[int, PartitionReport], parts: tuple[Path, ...] = ()) -> ClusterReport:
    in_order = [reports[number] for number in sorted(reports)]
    return ClusterReport(
        slugs=sum(report.slugs for report in in_order),
        rows=sum(report.rows for report in in_order),
        failures=tuple(failure for report in in_order for failure in report.failures),
        parts=parts,
    )


def _batches(slugs: Iterable[str], size: int) -> Iterator[list[str]]:
    source = iter(slugs)
    while batch := list(islice(source, size)):
        yield batch


def _check(cluster: Client, slugs: Iterable[str], **whole_numbers: int) -> None:
    if cluster.asynchronous:
        message = (
            "cluster must be a distributed.Client with asynchronous=False, got an asynchronous "
            "one; in async code, run this in asyncio.to_thread"
        )
        raise ConfigurationError(message)
    if isinstance(slugs, str | bytes) or not isinstance(slugs, Iterable):
        message = f"slugs must be an iterable of slugs, got {slugs!r}"
        raise InvalidQueryError(message)
    for name, value in whole_numbers.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            message = f"{name} must be a whole number, 1 or greater, got {value!r}"
            raise InvalidQueryError(message)
