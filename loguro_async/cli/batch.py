"""``loguro-async batch``: one question, asked of many projects, into one file."""

from __future__ import annotations

import asyncio
import sys
from contextlib import aclosing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typer
from msgspec import Struct, field
from rich.console import Console
from rich.table import Table
from rich.text import Text

from loguro_async.cli.ending import FAILED, INTERRUPTED, SOME_FAILED
from loguro_async.cli.progress import Bar
from loguro_async.cli.render import printable
from loguro_async.cli.slugs import count_slugs, read_slugs
from loguro_async.endpoints import ENDPOINTS
from loguro_async.errors import InvalidQueryError
from loguro_async.models.overview import Overview
from loguro_async.query.filters import Filter, as_filter
from loguro_async.query.ranges import Range

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable

    from loguro_async.client import LoguroClient
    from loguro_async.export import FileFormat, Part
    from loguro_async.project import Project
    from loguro_async.streams.fan_out import FanOutResult

STDOUT: Final = "-"

KINDS: Final[dict[str, Any]] = {"overview": Overview} | {
    one.name: one.shape for one in ENDPOINTS if "range" in one.takes
}
"""What can be asked of many projects, and the type of each answer."""


class Question(Struct, frozen=True):
    """What is asked of each project.

    Attributes:
        name: The endpoint, or ``overview``.
        range: The span of time; ``None`` for the endpoint's own.
        filter: Which events count.
    """

    name: str
    range: Range | None
    filter: Filter

    def ask(self, project: Project) -> Awaitable[Struct]:
        """Ask one project."""
        method = getattr(project, self.name.replace("-", "_"))
        answer: Awaitable[Struct] = method(range=self.range, filter=self.filter)
        return answer


class Outcome(Struct):
    """What came of a batch.

    Attributes:
        worked: Projects that answered.
        failures: Those that did not, and why.
        was_stopped: Whether Ctrl-C came before the end.
    """

    worked: int = 0
    failures: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    was_stopped: bool = False

    @property
    def done(self) -> int:
        """Projects that were asked."""
        return self.worked + len(self.failures)

    @property
    def is_nothing(self) -> bool:
        """Whether nobody answered, though somebody was asked or should have been."""
        return not self.worked and (self.was_stopped or bool(self.failures))

    @property
    def status(self) -> int:
        """The exit status: 0 all worked, 1 none did, 3 some did, 130 stopped."""
        if self.was_stopped:
            return INTERRUPTED
        if not self.failures:
            return 0
        return SOME_FAILED if self.worked else FAILED


def question(name: str, range: Range | None, filter: str | None) -> Question:
    """Check what is to be asked, before anybody is asked.

    Raises:
        InvalidQueryError: There is no such question, or the filter cannot be read.
    """
    if name not in KINDS:
        message = f"--endpoint is {name!r}; give one of {', '.join(KINDS)}"
        raise InvalidQueryError(message)
    return Question(name, range, as_filter(filter or ""))


async def run_batch(
    client: LoguroClient,
    asked: Question,
    source: str,
    out: str,
    *,
    format: FileFormat | None,
    concurrency: int,
    bom: bool = False,
) -> Outcome:
    """Ask each project, and write the answers as they come.

    Ctrl-C ends it early; the file is then whole and holds what was answered until then. Where
    nothing was, there is no file, and one that was there before stays.

    Args:
        client: Closed in the end.
        asked: What to ask.
        source: A file with a slug in each line, or ``-`` for standard input.
        out: The file to write, or ``-`` for standard output.
        format: How it is written; left out, the file's ending tells.
        concurrency: Projects that are asked at once.
        bom: Whether CSV begins with a byte order mark.

    Raises:
        ImportError: The extra ``[arrow]`` is missing.
        InvalidQueryError: The format is not known.
        LoguroError: The token is missing or was refused.
        OSError: A file cannot be read or written.
    """
    outcome = Outcome()
    total = count_slugs(source)
    with suppress(_NothingToKeepError):
        async with client, _part(asked, out, format, bom=bom) as part:
            results = client.fan_out(read_slugs(source), asked.ask, concurrency=concurrency)
            with suppress(asyncio.CancelledError), Bar("projects", total, "projects") as bar:
                outcome.was_stopped = True
                await _take_all(results, part, outcome, bar, total)
                outcome.was_stopped = False
            if outcome.is_nothing:
                raise _NothingToKeepError
    return outcome


class _NothingToKeepError(Exception):
    """No project answered: the part must not replace what was there before."""


async def _take_all(
    results: AsyncGenerator[FanOutResult[Struct], None],
    part: Part,
    outcome: Outcome,
    bar: Bar,
    total: int | None,
) -> None:
    async with aclosing(results):
        async for result in results:
            await _take(result, part, outcome)
            bar.show(outcome.done, total, counted=outcome.done, errors=len(outcome.failures))


async def _take(result: FanOutResult[Struct], part: Part, outcome: Outcome) -> None:
    if result.error is not None:
        outcome.failures.append((result.slug, str(result.error)))
        return
    await part.add(result.unwrap(), label=result.slug)
    outcome.worked += 1


def _part(asked: Question, out: str, format: FileFormat | None, *, bom: bool) -> Part:
    from loguro_async.export import Part  # noqa: PLC0415 - an optional part

    kind = KINDS[asked.name]
    if out == STDOUT:
        # A line as soon as there is one: whoever reads the pipe may be waiting for it.
        shown = format or "ndjson"
        return Part(sys.stdout.buffer, kind, format=shown, label="project", rows=1, bom=bom)
    return Part(Path(out), kind, format=format, label="project", bom=bom)


def report(outcome: Outcome, out: str) -> None:
    """Say on stderr what came of it: a table of what failed, and a line about the whole."""
    console = Console(stderr=True, highlight=False)
    if outcome.failures:
        _print_failures(console, outcome.failures)
    where = "nothing was written" if outcome.is_nothing else f"written to {out}"
    stopped = "stopped: " if outcome.was_stopped else ""
    answered = f"{stopped}{outcome.worked:,} of {outcome.done:,} projects answered"
    typer.echo(answered if out == STDOUT else f"{answered}; {where}", err=True)


def _print_failures(console: Console, failures: list[tuple[str, str]]) -> None:
    if not console.is_terminal:
        for slug, why in failures:
            typer.echo(f"{printable(slug)}\t{printable(why)}", err=True)
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("Failed", overflow="fold")
    table.add_column("Why", overflow="fold")
    for slug, why in failures:
        table.add_row(Text(printable(slug)), Text(printable(why)))
    console.print(table)
