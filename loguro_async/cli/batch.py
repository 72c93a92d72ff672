"""``loguro-async batch``: one endpoint of many projects, into one file."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from loguro_async.cli.advice import describe
from loguro_async.cli.exit_codes import FAILED, SOME_FAILED
from loguro_async.cli.failed_list import check_query, check_writable, is_listed, write_list
from loguro_async.cli.files import STDOUT
from loguro_async.cli.input import SlugSource
from loguro_async.cli.output import rows_of
from loguro_async.cli.progress import Bar
from loguro_async.cli.signals import INTERRUPTION
from loguro_async.cli.standard_streams import write_message
from loguro_async.errors import LoguroError
from loguro_async.models.events import EventList

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from loguro_async.cli.batch_files import Target
    from loguro_async.cli.batch_output import RowWriter
    from loguro_async.cli.batch_query import BatchQuery
    from loguro_async.client import LoguroClient
    from loguro_async.streams.fan_out import FanOutResult


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
    if target.failed is not None and is_retry and source.total != 0:
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
            if outcome.has_no_rows or (is_retry and not outcome.requested):
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
