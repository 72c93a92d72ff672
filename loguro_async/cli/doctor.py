"""``loguro-async doctor``: prints the result of a check-up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from loguro_async.cli.advice import for_shell
from loguro_async.cli.exit_codes import FAILED
from loguro_async.cli.formatting import printable
from loguro_async.cli.output import write_bytes
from loguro_async.doctor import check_up
from loguro_async.text import counted
from loguro_async.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from loguro_async.client import LoguroClient
    from loguro_async.doctor import CheckUp, Difference, EndpointCheck, Step
    from loguro_async.query.ranges import Range

OutputFormat: TypeAlias = Literal["table", "json"]

_NOTHING: Final = "-"
_LINES: Final = {
    "new": "new field {path} ({found})",
    "missing": "field {path} ({expected}) is missing",
    "name": "{path} is called {found}",
    "wrapped": "{path} comes inside {found}",
    "bare": "{path} is a bare {found}",
    "label": "no row of {path} has a label ({expected}); the service sends {found}",
    "value": "no row of {path} has a value ({expected}); the service sends {found}",
}
_STYLES: Final = {"fails": "red", "changed": "red", "ok, notes": "yellow", "not called": "dim"}


async def run_doctor(client: LoguroClient, slug: str, *, range: Range) -> CheckUp:
    """Checks every endpoint of a project.

    Args:
        client: The client; closed at the end.
        slug: The project.
        range: The range of each request.

    Raises:
        LoguroError: There is no token, or the slug is not valid.
    """
    with Console(stderr=True).status("Calling each endpoint ..."):
        async with client:
            return await check_up(client, slug, range=range)


def save(found: CheckUp, path: Path | None) -> None:
    """Writes the shapes of the responses, for a bug report: names and types, no values.

    Args:
        found: The check-up.
        path: The file; ``None`` for standard output.

    Raises:
        OSError: The file cannot be written.
    """
    shapes = {endpoint.name: endpoint.shape for endpoint in found.endpoints if endpoint.shape}
    report = {"version": __version__, "shapes": shapes}
    write_bytes(msgspec.json.format(msgspec.json.encode(report)) + b"\n", path)


def status_of(found: CheckUp) -> int:
    """Returns the exit status: 0 if the check-up found no fault, else 1."""
    return 0 if found.ok else FAILED


def show(found: CheckUp, format: OutputFormat) -> None:
    """Prints the result of the check-up."""
    if format == "json":
        write_bytes(msgspec.json.format(msgspec.json.encode(found)) + b"\n", None)
        return
    console = Console(highlight=False)
    for step in found.steps:
        _print_line(console, _step_line(step, found.first_ms))
    if found.endpoints:
        console.print(_table(found))
    for endpoint in found.endpoints:
        for line in _lines(endpoint):
            _print_line(console, f"{endpoint.name}: {line}")
    for line in _summary(found):
        _print_line(console, line)


def _print_line(console: Console, line: str) -> None:
    """Prints a line without wrapping it."""
    console.print(Text(printable(for_shell(line))), soft_wrap=True)


def _step_line(step: Step, first_ms: float | None) -> str:
    if step.ok is None:
        return f"{step.name}: not known yet"
    if not step.ok:
        return f"{step.name}: {step.hint}"
    took = (
        f", first response after {first_ms:,.0f} ms" if first_ms and step.name == "origin" else ""
    )
    return f"{step.name}: works{took}"


def _table(found: CheckUp) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column("Endpoint", no_wrap=True)
    table.add_column("ms", justify="right", no_wrap=True)
    table.add_column("Rows", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for endpoint in found.endpoints:
        state = _state(endpoint)
        ms = _NOTHING if endpoint.ms is None else f"{endpoint.ms:,.0f}"
        rows = _NOTHING if endpoint.rows is None else f"{endpoint.rows:,}"
        table.add_row(endpoint.name, ms, rows, Text(state, _STYLES.get(state, "green")))
    return table


def _state(endpoint: EndpointCheck) -> str:
    """Returns the state in one or two words, because the table must fit a narrow terminal."""
    if endpoint.failure:
        return "fails"
    if endpoint.ms is None:
        return "not called"
    if not endpoint.ok:
        return "changed"
    return "ok, notes" if any(one.kind != "unseen" for one in endpoint.differences) else "ok"


def _lines(endpoint: EndpointCheck) -> Iterator[str]:
    """Yields the lines about one endpoint."""
    if endpoint.failure:
        yield endpoint.failure
    elif endpoint.ms is None:
        yield "not called, because no event has a visitor id"
    elif endpoint.rows == 0:
        yield "no rows, whose fields could not be compared"
    for one in endpoint.differences:
        if one.kind != "unseen":
            yield _difference_line(one)


def _difference_line(one: Difference) -> str:
    template = _LINES.get(one.kind, "{path} is {found}, not {expected}")
    line = template.format(path=one.path, expected=one.expected, found=one.found)
    if one.kind == "missing":
        return f"optional {line}" if one.harmless else line
    return f"{line}, which was tolerated" if one.harmless and one.kind != "new" else line


def _summary(found: CheckUp) -> Iterator[str]:
    unseen = sum(one.kind == "unseen" for each in found.endpoints for one in each.differences)
    if unseen:
        yield (
            f"optional fields that no response had, which is no fault: {unseen} "
            "(--format json lists them)"
        )
    requests = counted(found.requests, "request")
    yield f"{'all is well' if found.ok else 'not all is well'} ({requests})"
