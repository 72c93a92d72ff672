"""``loguro-async batch``: one endpoint of many projects, into one file."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct, field

from loguro_async.cli.advice import describe
from loguro_async.cli.exit_codes import FAILED, SOME_FAILED
from loguro_async.cli.files import write_file
from loguro_async.cli.input import SlugSource
from loguro_async.cli.options import FileForm
from loguro_async.cli.output import rows_of
from loguro_async.cli.progress import Bar
from loguro_async.cli.rows import STDOUT, open_rows
from loguro_async.cli.signals import INTERRUPTION
from loguro_async.endpoints import ENDPOINTS
from loguro_async.errors import InvalidQueryError, LoguroError
from loguro_async.models.events import EventList
from loguro_async.models.overview import Overview
from loguro_async.query.filters import as_filter

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from contextlib import AbstractAsyncContextManager

    from loguro_async.cli.rows import RowWriter
    from loguro_async.client import LoguroClient
    from loguro_async.project import Project
    from loguro_async.query.ranges import Range
    from loguro_async.streams.fan_out import FanOutResult


class _Kind(Struct, frozen=True):
    takes: tuple[str, ...]
    shape: Any


_KINDS: Final = {"overview": _Kind(("range", "filter", "limit", "compare"), Overview)} | {
    one.name: _Kind(one.takes, one.shape) for one in ENDPOINTS if not one.needs_visitor
}
"""The endpoints that a batch can ask: all but those of a single visitor."""


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
        return _KINDS[self.name].shape

    @property
    def takes_limit(self) -> bool:
        """Whether the response is a list that the service cuts."""
        return self.name != "overview" and "limit" in _KINDS[self.name].takes

    def ask(self, project: Project) -> Awaitable[Struct]:
        """Asks one project."""
        method = getattr(project, self.name.replace("-", "_"))
        response: Awaitable[Struct] = method(**self.arguments)
        return response


def batch_query(
    name: str, *, range: Range | None, filter: str | None, limit: int | None, compare: bool
) -> BatchQuery:
    """Returns what to ask, checked before any project is asked.

    Raises:
        InvalidQueryError: The endpoint is unknown or takes no such option, or the filter is wrong.
    """
    if name not in _KINDS:
        message = f"--endpoint is {name!r}; give one of {', '.join(_KINDS)}"
        raise InvalidQueryError(message)
    condition = as_filter(filter) if filter else None
    given = {"range": range, "filter": condition, "limit": limit, "compare": compare or None}
    arguments = {option: value for option, value in given.items() if value is not None}
    for option in arguments.keys() - set(_KINDS[name].takes):
        message = f"--{option} does not apply to --endpoint {name}"
        raise InvalidQueryError(message)
    return BatchQuery(name, arguments)


def chosen_source(slugs: str | None, failed: Path | None) -> str:
    """Returns where the slugs are read from.

    Raises:
        InvalidQueryError: None is named.
    """
    if slugs is not None:
        return slugs
    if failed is None or not _is_listed(failed):
        message = "give a file with a slug in each line, or - for stdin"
        raise InvalidQueryError(message)
    return str(failed)


class Target(Struct, frozen=True):
    """Where the rows go.

    Attributes:
        out: A file, or ``-`` for standard output.
        form: Their format.
        failed: The file that lists the projects to ask again; ``None`` for none.
        bom: Whether CSV begins with a byte order mark.
    """

    out: str
    form: FileForm
    failed: Path | None = None
    bom: bool = False

    def open(self, shape: Any, *, extend: bool) -> AbstractAsyncContextManager[RowWriter]:  # noqa: ANN401 - a type
        """Opens it for responses of one type, after the rows that it has, or anew."""
        extend = extend and self.out != STDOUT and Path(self.out).exists()
        return open_rows(shape, self.out, self.form, extend=extend, bom=self.bom)


class Outcome(Struct):
    """The outcome of a batch.

    Attributes:
        worked: The number of projects with a response.
        failures: The other projects that were asked, and why they have none.
        was_stopped: Whether a signal came before the end.
        ended_by: The error that ended the run early.
        longest: The most rows of one response.
        cut: The number of lists that are known to be cut.
    """

    worked: int = 0
    failures: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    was_stopped: bool = False
    ended_by: LoguroError | None = None
    longest: int = 0
    cut: int = 0

    @property
    def done(self) -> int:
        """The number of projects that have a result."""
        return self.worked + len(self.failures)

    @property
    def is_early(self) -> bool:
        """Whether the run ended before all projects had a result."""
        return self.was_stopped or self.ended_by is not None

    @property
    def is_nothing(self) -> bool:
        """Whether there is nothing to write, though there should be."""
        return not self.worked and (self.is_early or bool(self.failures))

    @property
    def status(self) -> int:
        """The exit status: 0 all worked, 1 none did, 3 some did, 128 and more for a signal."""
        if self.was_stopped:
            return INTERRUPTION.status
        if not self.failures and self.ended_by is None:
            return 0
        return SOME_FAILED if self.worked else FAILED


async def run_batch(
    client: LoguroClient,
    query: BatchQuery,
    slugs: str,
    target: Target,
    *,
    concurrency: int,
) -> Outcome:
    """Asks each project, and writes the responses as they come.

    A signal ends it early, and so does a refused token; the file then holds the responses until
    then. Where there are none, no file is written, and one that was there before stays.

    Args:
        client: Closed at the end.
        query: What to ask.
        slugs: A file with a slug in each line, or ``-`` for standard input. Where ``target.failed``
            lists projects, those are asked instead, and their rows are added to the file.
        target: Where the rows go.
        concurrency: The number of projects that are asked at a time.

    Raises:
        ImportError: The extra ``[arrow]`` is missing.
        InvalidQueryError: A row is of another kind than the file.
        LoguroError: The token is missing, or was refused at once.
        OSError: A file cannot be read or written.
    """
    is_retry = _is_listed(target.failed)
    source = SlugSource(str(target.failed) if is_retry else slugs)
    outcome = Outcome()
    with suppress(_NothingToWriteError):
        async with (
            client,
            target.open(query.shape, extend=is_retry) as rows,
        ):
            with Bar("projects", source.total, "projects") as bar:
                run = _Run(query, source, rows, bar, outcome)
                await run.take_all(client, concurrency)
            if outcome.is_nothing:
                raise _NothingToWriteError
    if target.failed is not None:
        _write_failed(target.failed, outcome, source)
    return outcome


class _NothingToWriteError(Exception):
    """There are no rows: the new file must not replace the one that was there before."""


class _Run:
    """One pass over the projects."""

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

    async def take_all(self, client: LoguroClient, concurrency: int) -> None:
        """Takes the results as they come."""
        outcome = self._outcome
        results = client.fan_out(
            aiter(self._source),
            self._query.ask,
            concurrency=concurrency,
            progress=self._note_progress,
        )
        try:
            async with aclosing(results):
                async for result in results:
                    await self._take(result)
        except asyncio.CancelledError:
            if INTERRUPTION.number is None:
                raise
            outcome.was_stopped = True
            # The work that is left, to write what there is, is not to be cancelled.
            _this_task().uncancel()
        except LoguroError as error:
            if not outcome.worked:
                raise
            outcome.ended_by = error

    async def _take(self, result: FanOutResult[Struct]) -> None:
        outcome = self._outcome
        self._source.finish(result.slug)
        if result.error is not None:
            outcome.failures.append((result.slug, describe(result.error)))
        else:
            response = result.unwrap()
            outcome.worked += 1
            self._note_length(response)
            await self._rows.add(response, label=result.slug)
        failed = len(outcome.failures)
        self._bar.show(outcome.done, self._source.total, counted=outcome.done, errors=failed)

    def _note_length(self, response: Struct) -> None:
        count = len(rows_of(response))
        self._outcome.longest = max(self._outcome.longest, count)
        limit = self._query.arguments.get("limit")
        is_cut = isinstance(response, EventList) and (response.count or 0) > count
        self._outcome.cut += is_cut or count == limit

    def _note_progress(self, done: int, _total: int | None) -> None:
        """Is called for each result, and with the same number again while the run pauses."""
        if done == self._outcome.done:
            self._bar.wait()


def _this_task() -> asyncio.Task[Any]:
    task = asyncio.current_task()
    if task is None:
        message = "this runs in a task"
        raise RuntimeError(message)
    return task


def _is_listed(failed: Path | None) -> bool:
    """Returns whether a file lists projects of an earlier run."""
    return failed is not None and failed.exists() and failed.stat().st_size > 0


def _write_failed(path: Path, outcome: Outcome, source: SlugSource) -> None:
    """Lists the projects to ask again; where there are none, there is no such file."""
    slugs = [slug for slug, _ in outcome.failures]
    slugs += source.unfinished() if outcome.is_early else ()
    if slugs:
        write_file(path, "".join(f"{slug}\n" for slug in slugs).encode())
    else:
        path.unlink(missing_ok=True)
