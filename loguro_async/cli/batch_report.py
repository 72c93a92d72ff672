"""The lines that ``loguro-async batch`` writes at its end, on standard error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from loguro_async.cli.advice import describe
from loguro_async.cli.formatting import printable
from loguro_async.cli.rows import STDOUT
from loguro_async.cli.standard_streams import say

if TYPE_CHECKING:
    from loguro_async.cli.batch import BatchQuery, Outcome, Target

_USUAL_ROWS: Final = 10


def report_batch(outcome: Outcome, query: BatchQuery, target: Target) -> None:
    """Says which projects failed and why, what was cut, and how many have a response."""
    if outcome.failures:
        _print_failures(outcome.failures)
    if outcome.ended_by is not None:
        say(f"loguro-async: {describe(outcome.ended_by)}")
    if query.takes_limit:
        _say_what_was_cut(outcome, query)
    if target.failed is not None and target.failed.exists():
        say(f"projects to ask again are listed in {target.failed}; run the same command again")
    where = "nothing was written" if outcome.is_nothing else f"written to {target.out}"
    stopped = "stopped: " if outcome.was_stopped else ""
    answered = f"{stopped}{outcome.worked:,} of {outcome.done:,} projects answered"
    say(answered if target.out == STDOUT else f"{answered}; {where}")


def _say_what_was_cut(outcome: Outcome, query: BatchQuery) -> None:
    limit = query.arguments.get("limit")
    if outcome.cut:
        lists = "1 list was" if outcome.cut == 1 else f"{outcome.cut:,} lists were"
        reason = "" if limit is None else f" at --limit {limit}"
        say(f"{lists} cut{reason}; a greater --limit gives more rows, as far as the service allows")
    elif limit is None and outcome.longest >= _USUAL_ROWS:
        say(
            f"lists have at most {outcome.longest:,} rows, which may be the service's default; "
            "--limit N asks for more"
        )


def _print_failures(failures: list[tuple[str, str]]) -> None:
    console = Console(stderr=True, highlight=False)
    if not console.is_terminal:
        for slug, why in failures:
            say(f"{printable(slug)}\t{printable(why)}")
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("Failed", overflow="fold")
    table.add_column("Why", overflow="fold")  # whole, in as many lines as it takes
    for slug, why in failures:
        table.add_row(Text(printable(slug)), Text(printable(why)))
    console.print(table)
