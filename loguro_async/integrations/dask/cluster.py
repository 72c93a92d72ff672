"""What the caller's process does: deal out partitions, and gather what came of them."""

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
from loguro_async.export.workspace import workspace_of
from loguro_async.integrations.dask.partition import (
    LABEL,
    Answered,
    FailedSlug,
    PartReport,
    Task,
    as_frame,
    ask,
    frame_of,
    leave,
    report_of,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from os import PathLike

    import pandas as pd

    from loguro_async.project import Project

AnswerT = TypeVar("AnswerT", bound=Struct)
Progress: TypeAlias = Callable[[int, int | None], object]

# Partitions that wait or are under way at the most: enough that no thread is idle, and few enough
# that the scheduler's memory does not grow with the number of slugs.
_LEAST_AHEAD: Final = 64


class ClusterReport(Struct, frozen=True):
    """What came of a run on a cluster.

    Attributes:
        slugs: How many projects were asked.
        rows: How many rows their answers have.
        failures: Projects that did not answer, in the order of their slugs.
        parts: The files, where there are some, in the order of the slugs.
    """

    slugs: int
    rows: int
    failures: tuple[FailedSlug, ...]
    parts: tuple[Path, ...] = ()


class _Partition(Struct, frozen=True):
    """A partition that was dealt out, with its place among all."""

    number: int
    answered: Future[Answered]
    report: Future[PartReport]


class ClusterFanOut(Generic[AnswerT]):
    """One call for each of many projects, on the workers of a Dask cluster.

    Slugs go to the workers in partitions, and each worker process has a client of its own. The
    partitions of a worker that is lost are done again, and are in the result once. Shared limits
    (``loguro_async.shared_limits``) keep the cluster as a whole polite to the service.

    Args:
        cluster: A ``distributed.Client``, not an asynchronous one; in async code, run this in
            ``asyncio.to_thread``.
        slugs: Any iterable of slugs; taken as they are needed.
        call: Makes one project's call, such as ``lambda project: project.kpis(range="7d")``.
        kind: The type of its answers, such as ``Kpis`` or ``TopList[TopPage]``.
        connect: Makes a worker's client, there; left out, ``LoguroClient()``, which reads
            ``$LOGURO_PAT`` of the worker. It is sent to the scheduler: let it read the token on
            the worker, and hold none.
        partition_size: Slugs in a partition: what is done again when a worker is lost.
        concurrency: Calls under way at the most, in one partition; a worker has a partition for
            each of its threads.
        progress: Told ``(done, total)`` slugs after each partition; the total is ``None`` where
            ``slugs`` has no length.

    Raises:
        ConfigurationError: The cluster is an asynchronous one.
        InvalidQueryError: Another argument cannot be right.
    """

    def __init__(  # noqa: PLR0913 - what is asked, and how; the latter by keyword
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
        self._schema = pa.schema([pa.field(LABEL, pa.string()), *schema(kind)])
        self._cluster = cluster
        self._slugs = slugs
        self._partition_size = partition_size
        self._progress = progress
        name = f"loguro-{secrets.token_hex(8)}"
        self._task = Task(name, connect, call, kind, concurrency)

    def to_parquet(self, folder: str | PathLike[str]) -> ClusterReport:
        """Write the answers to Parquet files, one for each partition, the slug in front.

        A file appears under its name only when it is whole.

        Args:
            folder: Made where it is missing; all workers must be able to write to it.

        Raises:
            InvalidQueryError: The folder holds the parts of another run.
            AuthenticationError: The service refused the token.
            OSError: A worker cannot write there.
        """
        target = Path(folder).resolve()
        if any(target.glob("part-*.parquet")):
            message = f"{folder} holds the parts of another run; give another folder"
            raise InvalidQueryError(message)
        target.mkdir(parents=True, exist_ok=True)
        # Not in the folder: a file that a lost worker leaves there is in the way of readers.
        staging = workspace_of(target)
        staging.mkdir(exist_ok=True)
        self._task = replace(self._task, staging=staging)
        files: dict[int, Path] = {}

        def file(number: int) -> Path:
            return files.setdefault(number, target / f"part-{number:05}.parquet")

        try:
            with self._clients():
                reports = {one.number: report for one, report in self._ended(file)}
        finally:
            for unfinished in staging.glob(".part-*.tmp"):  # of workers that were lost
                unfinished.unlink(missing_ok=True)
            with suppress(OSError):  # an export of events may use it too
                staging.rmdir()
        return _add_up(reports, tuple(files.values()))

    def to_dataframe(self) -> tuple[dd.DataFrame, ClusterReport]:
        """The answers as a Dask dataframe, kept by the workers, and what came of the run.

        The columns are those of ``to_parquet``, with Arrow's types. A partition whose worker is
        lost later is asked again when the frame is used.

        Raises:
            AuthenticationError: The service refused the token.
        """
        frames: dict[int, Future[pd.DataFrame]] = {}
        reports: dict[int, PartReport] = {}
        with self._clients():
            for one, report in self._ended(lambda _: None):
                reports[one.number] = report
                frames[one.number] = self._cluster.submit(frame_of, one.answered)
        meta = as_frame(self._schema.empty_table())
        if not frames:
            return dd.from_pandas(meta, npartitions=1), _add_up(reports)
        in_order = [frames[number] for number in sorted(frames)]
        return dd.from_delayed(in_order, meta=meta), _add_up(reports)

    def _ended(self, file: Callable[[int], Path | None]) -> Iterator[tuple[_Partition, PartReport]]:
        """Each partition when it was asked, and what came of it.

        Nothing of it is kept here: what a cluster holds for nobody is not done again when the
        worker that did it is lost.
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
        waiting: dict[Future[PartReport], _Partition] = {}
        source = enumerate(_batches(self._slugs, self._partition_size))
        ended: as_completed[PartReport] = as_completed()

        def deal_out(how_many: int) -> None:
            for number, slugs in islice(source, how_many):
                one = self._submit(number, slugs, file(number))
                waiting[one.report] = one
                ended.add(one.report)

        try:
            deal_out(max(_LEAST_AHEAD, 2 * sum(self._cluster.nthreads().values())))
            for future in ended:
                yield waiting.pop(future)
                deal_out(1)
        finally:
            self._cluster.cancel([one.answered for one in waiting.values()], force=True)

    def _submit(self, number: int, slugs: list[str], file: Path | None) -> _Partition:
        answered = self._cluster.submit(ask, self._task, slugs, file, pure=False)
        return _Partition(number, answered, self._cluster.submit(report_of, answered))

    @contextmanager
    def _clients(self) -> Generator[None]:
        try:
            yield
        finally:
            self._cluster.run(leave, self._task.run, on_error="ignore")


def _add_up(reports: dict[int, PartReport], parts: tuple[Path, ...] = ()) -> ClusterReport:
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
            "the cluster is an asynchronous distributed.Client; give an ordinary one, and run "
            "this in asyncio.to_thread"
        )
        raise ConfigurationError(message)
    if isinstance(slugs, str | bytes) or not isinstance(slugs, Iterable):
        message = f"slugs is {slugs!r}; give a list of slugs"
        raise InvalidQueryError(message)
    for name, value in whole_numbers.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            message = f"{name} is {value!r}; give a whole number, 1 or above"
            raise InvalidQueryError(message)
