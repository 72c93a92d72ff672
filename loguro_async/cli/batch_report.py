"""Writes the summary of ``loguro-async batch`` to standard error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from loguro_async.cli.advice import describe
from loguro_async.cli.files import STDOUT
from loguro_async.cli.formatting import printable
from loguro_async.cli.standard_streams import write_message
from loguro_async.text import counted

if TYPE_CHECKING:
    from loguro_async.cli.batch import Outcome
    from loguro_async.cli.batch_files import Target
    from loguro_async.cli.batch_query import BatchQuery

_USUAL_ROWS: Final = 10


def report_batch(outcome: Outcome, query: BatchQuery, target: Target) -> None:
    """Writes the failed projects with reasons, the truncated lists, and the number of successes."""
    if outcome.failures:
        _print_failures(outcome.failures)
    if outcome.fatal_error is not None:
        write_message(f"loguro-async: {describe(outcome.fatal_error)}")
    if query.takes_limit:
        _report_truncated_lists(outcome, query)
    if outcome.list_error is not None:
        write_message(
            f"loguro-async: --retry-failed was not written: {describe(outcome.list_error)}"
        )
    elif target.failed is not None and target.failed.exists():
        write_message(
            f"projects without a response are listed in {target.failed}; "
            "to retry them, run the same command again"
        )
    where = "nothing was written" if outcome.has_no_rows else f"written to {target.out}"
    stopped = "stopped: " if outcome.was_stopped else ""
    summary = f"{stopped}{outcome.succeeded:,} of {_total(outcome)} succeeded"
    write_message(summary if target.out == STDOUT else f"{summary}; {where}")


def _total(outcome: Outcome) -> str:
    if not outcome.ended_early:
        return counted(outcome.done, "project")
    if outcome.total is None:
        return counted(outcome.requested, "requested project")
    return counted(outcome.total, "project")


def _report_truncated_lists(outcome: Outcome, query: BatchQuery) -> None:
    limit = query.arguments.get("limit")
    if outcome.truncated:
        lists = counted(outcome.truncated, "list")
        reached = "may have more rows" if limit is None else f"reached --limit {limit}"
        write_message(
            f"{lists} {reached}; give a greater --limit for more, up to the service's maximum"
        )
    elif limit is None and outcome.most_rows >= _USUAL_ROWS:
        write_message(
            f"lists have at most {outcome.most_rows:,} rows, which may be the service's default; "
            "give --limit for more"
        )


def _print_failures(failures: list[tuple[str, str]]) -> None:
    console = Console(stderr=True, highlight=False)
    if not console.is_terminal:
        for slug, why in failures:
            write_message(f"{printable(slug)}\t{printable(why)}")
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("Failed", overflow="fold")
    table.add_column("Why", overflow="fold")  # complete, on several lines if necessary
    for slug, why in failures:
        table.add_row(Text(printable(slug)), Text(printable(why)))
    console.print(table)
