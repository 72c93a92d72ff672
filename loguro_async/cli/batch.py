"""``loguro-async batch``: one endpoint of many projects, into one file."""

from __future__ import annotations

import asyncio
import os
import shlex
from contextlib import aclosing, suppress
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct, field

from loguro_async.cli.advice import describe
from loguro_async.cli.batch_output import open_rows
from loguro_async.cli.exit_codes import FAILED, SOME_FAILED
from loguro_async.cli.failed_list import check_query, check_writable, is_listed, write_list
from loguro_async.cli.files import STDOUT
from loguro_async.cli.formatting import printable
from loguro_async.cli.input import STDIN, SlugSource
from loguro_async.cli.options import FileFormat
from loguro_async.cli.output import rows_of
from loguro_async.cli.progress import Bar
from loguro_async.cli.signals import INTERRUPTION
from loguro_async.cli.standard_streams import write_message
from loguro_async.endpoints import ENDPOINTS
from loguro_async.errors import InvalidQueryError, LoguroError
from loguro_async.models.events import EventList
from loguro_async.models.overview import Overview
from loguro_async.query.filters import as_filter
from loguro_async.query.ranges import Between

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable
    from contextlib import AbstractAsyncContextManager

    from loguro_async.cli.batch_output import RowWriter
    from loguro_async.client import LoguroClient
    from loguro_async.project import Project
    from loguro_async.query.ranges import Range
    from loguro_async.streams.fan_out import FanOutResult


class _Endpoint(Struct, frozen=True):
    takes: tuple[str, ...]
    shape: Any


_ENDPOINTS: Final = {"overview": _Endpoint(("range", "filter", "limit", "compare"), Overview)} | {
    one.name: _Endpoint(one.takes, one.shape) for one in ENDPOINTS if not one.needs_visitor
}
"""The endpoints that a batch can query: all except those of a single visitor."""


class BatchQuery(Struct, frozen=True):
    """A query that is sent to each project.

    Attributes:
        name: The endpoint, or ``overview``.
        arguments: The arguments of the project's method.
    """

    name: str
    arguments: dict[str, Any]

    @property
    def shape(self) -> Any:  # noqa: ANN401 - a type such as TopList[TopPage]
        """The type of the responses."""
        return _ENDPOINTS[self.name].shape

    @property
    def takes_limit(self) -> bool:
        """Whether the response is a list whose length ``--limit`` sets."""
        return self.name != "overview" and "limit" in _ENDPOINTS[self.name].takes

    def __str__(self) -> str:
        """Returns the query as options, the same for the same query."""
        options = ["--endpoint", self.name]
        for name, value in self.arguments.items():
            match value:
                case Between():
                    start, end = value.start.isoformat(), value.end.isoformat()
                    options += ("--from", start, "--to", end)
                case True:
                    options.append(f"--{name}")
                case _:
                    options += (f"--{name}", str(value))
        return printable(shlex.join(options))

    def send(self, project: Project) -> Awaitable[Struct]:
        """Sends the query to one project."""
        method = getattr(project, self.name.replace("-", "_"))
        response: Awaitable[Struct] = method(**self.arguments)
        return response


def batch_query(
    name: str, *, range: Range | None, filter: str | None, limit: int | None, compare: bool
) -> BatchQuery:
    """Returns the query of the options, checked before any request is sent.

    Raises:
        InvalidQueryError: The endpoint is unknown, an option does not apply to it, or the filter
            is not valid.
    """
    if name not in _ENDPOINTS:
        message = f"--endpoint must be one of {', '.join(_ENDPOINTS)}, got {name!r}"
        raise InvalidQueryError(message)
    condition = as_filter(filter) if filter else None
    given = {"range": range, "filter": condition, "limit": limit, "compare": compare or None}
    arguments = {option: value for option, value in given.items() if value is not None}
    for option in arguments.keys() - set(_ENDPOINTS[name].takes):
        message = f"--{option} does not apply to --endpoint {name}; leave it out"
        raise InvalidQueryError(message)
    return BatchQuery(name, arguments)


def chosen_slug_file(slugs: str | None, failed: Path | None) -> str:
    """Returns the file to read slugs from: the argument, else the list of failed projects.

    Raises:
        InvalidQueryError: There is neither.
    """
    if slugs is not None:
        return slugs
    if failed is None or not is_listed(failed):
        message = "give a file with a slug in each line, or - for stdin"
        raise InvalidQueryError(message)
    return str(failed)


class Target(Struct, frozen=True):
    """The files that a batch writes.

    Attributes:
        out: The file for the rows, or ``-`` for standard output.
        format: The format of the rows.
        failed: The file that lists the projects without a response; ``None`` for no such file.
        bom: Whether CSV begins with a byte order mark.
    """

    out: str
    format: FileFormat
    failed: Path | None = None
    bom: bool = False

    def open(self, shape: Any, *, extend: bool) -> AbstractAsyncContextManager[RowWriter]:  # noqa: ANN401 - a type
        """Opens ``out`` for responses of one type; ``extend`` adds to the rows of the file."""
        extend = extend and self.out != STDOUT and Path(self.out).exists()
        return open_rows(shape, self.out, self.format, extend=extend, bom=self.bom)


def check_distinct_files(slugs: str | None, target: Target) -> None:
    """Checks that the file of slugs, the output and the list of failed projects are not one file.

    Args:
        slugs: The argument FILE; ``None`` if it was not given.
        target: The files to write.

    Raises:
        InvalidQueryError: Two of them are the same file, or the list is standard output.
    """
    if target.failed is not None and str(target.failed) == STDOUT:
        message = "--retry-failed must be a file, got -"
        raise InvalidQueryError(message)
    files: list[tuple[str, str | Path]] = []
    if slugs is not None and slugs != STDIN:
        files.append(("FILE", slugs))
    if target.out != STDOUT:
        files.append(("--out", target.out))
    if target.failed is not None:
        files.append(("--retry-failed", target.failed))
    for (name, path), (other_name, other) in combinations(files, 2):
        if _is_same_file(path, other):
            message = f"{name} and {other_name} are the same file, {path}; give different files"
            raise InvalidQueryError(message)


def _is_same_file(path: str | Path, other: str | Path) -> bool:
    if os.path.realpath(path) == os.path.realpath(other):
        return True
    with suppress(OSError):  # one of them does not exist
        return Path(path).samefile(other)  # on a file system that ignores case
    return False


class Outcome(Struct):
    """The outcome of a batch.

    Attributes:
        succeeded: The number of projects with a response.
        failures: The projects whose query failed, each with the reason.
        was_stopped: Whether a signal ended the run early.
        fatal_error: The error that ended the run early.
        most_rows: The number of rows of the longest response.
        truncated: The number of lists that may have more rows than were received.
        requested: The number of projects whose query was started.
        total: The number of projects that were given; ``None`` if they come from a pipe.
        list_error: The error that kept the list of failed projects from being written.
    """

    succeeded: int = 0
    failures: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    was_stopped: bool = False
    fatal_error: LoguroError | None = None
    most_rows: int = 0
    truncated: int = 0
    requested: int = 0
    total: int | None = None
    list_error: OSError | None = None

    @property
    def done(self) -> int:
        """The number of projects that have a result."""
        return self.succeeded + len(self.failures)

    @property
    def ended_early(self) -> bool:
        """Whether the run ended before all projects had a result."""
        return self.was_stopped or self.fatal_error is not None

    @property
    def has_no_rows(self) -> bool:
        """Whether no project has a response, although projects were queried."""
        return not self.succeeded and (self.ended_early or bool(self.failures))

    @property
    def status(self) -> int:
        """The exit status: 0 all succeeded, 1 none did, 3 some did, 128 and more for a signal."""
        if self.was_stopped:
            return INTERRUPTION.status
        if self.list_error is not None:
            return FAILED
        if not self.failures and self.fatal_error is None:
            return 0
        return SOME_FAILED if self.succeeded else FAILED


async def run_batch(
    client: LoguroClient,
    query: BatchQuery,
    slugs: str,
    target: Target,
    *,
    concurrency: int,
) -> Outcome:
    """Sends the query to each project, and writes the responses as they arrive.

    A signal or a refused token ends the run early; the file then has the responses that arrived
    until then. Without any response no file is written, and an existing file stays as it was.

    Args:
        client: The client; closed at the end.
        query: The query.
        slugs: A file with a slug in each line, or ``-`` for standard input. If ``target.failed``
            lists projects, only those are queried, and their rows are added to the output file.
        target: The files to write.
        concurrency: The number of projects that are queried at a time.

    Raises:
        ImportError: The extra ``[arrow]`` is missing.
        InvalidQueryError: The output file has other columns than the rows, or the projects of
            ``target.failed`` failed for another query.
        LoguroError: The token is missing, or was refused before any response.
        OSError: A file cannot be read or written.
    """
    if target.failed is not None:
        check_writable(target.failed)
    is_retry = is_listed(target.failed)
    source = SlugSource(str(target.failed) if is_retry else slugs)
    outcome = Outcome(total=source.total)
    if target.failed is not None and is_retry:
        check_query(target.failed, str(query))
        _warn_of_missing_rows(slugs, source, target)
    with suppress(_NothingToWriteError):
        async with (
            client,
            target.open(query.shape, extend=is_retry) as rows,
        ):
            with Bar("projects", source.total, "projects") as bar:
                run = _Run(query, source, rows, bar, outcome)
                await run.process_all(client, concurrency)
            if outcome.has_no_rows:
                raise _NothingToWriteError
    if not (outcome.requested or outcome.ended_early):
        write_message(f"no projects in {source.name}")
    if target.failed is not None:
        failed = [slug for slug, _ in outcome.failures]
        failed += source.unfinished() if outcome.ended_early else ()
        try:
            write_list(target.failed, str(query), failed)
        except OSError as error:
            outcome.list_error = error
    return outcome


class _NothingToWriteError(Exception):
    """Raised to discard a file without rows, so that it does not replace an existing one."""


class _Run:
    """Sends the query to all projects, and writes the rows of each result."""

    def __init__(
        self,
        query: BatchQuery,
        source: SlugSource,
        rows: RowWriter,
        bar: Bar,
        outcome: Outcome,
    ) -> None:
        self._query = query
        self._source = source
        self._rows = rows
        self._bar = bar
        self._outcome = outcome

    async def process_all(self, client: LoguroClient, concurrency: int) -> None:
        """Processes the results as they arrive."""
        outcome = self._outcome
        results = client.fan_out(
            self._slugs(),
            self._query.send,
            concurrency=concurrency,
            progress=self._show_progress,
        )
        try:
            async with aclosing(results):
                async for result in results:
                    await self._process(result)
        except asyncio.CancelledError:
            if INTERRUPTION.number is None:
                raise
            outcome.was_stopped = True
            # Otherwise the writes that follow would be cancelled too.
            _current_task().uncancel()
        except LoguroError as error:
            if not outcome.succeeded:
                raise
            outcome.fatal_error = error

    async def _slugs(self) -> AsyncGenerator[str]:
        async for slug in self._source:
            self._outcome.requested += 1
            yield slug

    async def _process(self, result: FanOutResult[Struct]) -> None:
        outcome = self._outcome
        self._source.finish(result.slug)
        if result.error is not None:
            outcome.failures.append((result.slug, describe(result.error)))
        else:
            response = result.unwrap()
            outcome.succeeded += 1
            self._count_rows(response)
            await self._rows.add(response, label=result.slug)
        failed = len(outcome.failures)
        self._bar.show(outcome.done, self._source.total, counted=outcome.done, errors=failed)

    def _count_rows(self, response: Struct) -> None:
        count = len(rows_of(response))
        self._outcome.most_rows = max(self._outcome.most_rows, count)
        limit = self._query.arguments.get("limit")
        has_more = isinstance(response, EventList) and (response.count or 0) > count
        self._outcome.truncated += has_more or count == limit

    def _show_progress(self, done: int, _total: int | None) -> None:
        # The fan-out calls this for each result, and with the same number while it is paused.
        if done == self._outcome.done:
            self._bar.wait()


def _current_task() -> asyncio.Task[Any]:
    task = asyncio.current_task()
    if task is None:
        message = "a batch must run in a task"
        raise RuntimeError(message)
    return task


def _warn_of_missing_rows(slugs: str, source: SlugSource, target: Target) -> None:
    """Warns that the output lacks the rows of an earlier run, as its file does not exist."""
    if target.out == STDOUT or Path(target.out).exists():
        return
    given = None if slugs == str(target.failed) else SlugSource(slugs).total
    if given is not None and given == source.total:
        return  # no project had a response
    write_message(
        f"warning: {target.out} does not exist, and will have only the projects that "
        f"{target.failed} lists; to query all projects, remove {target.failed} and run the command "
        "again"
    )
