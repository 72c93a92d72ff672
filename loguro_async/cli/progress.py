"""Shows the progress of a command: a bar on a terminal, elsewhere only a line when it waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

from loguro_async.cli.standard_streams import write_message

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

_WAITING: Final = "waiting for the service"


class Bar:
    """A progress bar on standard error with rate, errors and time left.

    Args:
        what: The unit of progress, such as ``projects``.
        total: The number of units, if known.
        rate: The unit of the rate, such as ``events``.
    """

    def __init__(self, what: str, total: int | None, rate: str) -> None:
        console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TextColumn("[red]{task.fields[errors]}"),
            TimeRemainingColumn(compact=True),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )
        self._what = what
        self._rate = rate
        self._is_waiting = False
        self._task = self._progress.add_task(what, total=total, rate="", errors="")

    def show(self, done: int, total: int | None, *, counted: int, errors: int = 0) -> None:
        """Shows the progress.

        Args:
            done: The number of units that are done.
            total: The number of units, if known.
            counted: The number of units of the rate.
            errors: The number of failures.
        """
        seconds = self._progress.tasks[0].elapsed or 0
        rate = f"{counted / seconds:,.0f} {self._rate}/s" if seconds else ""
        failed = f"{errors:,} failed" if errors else ""
        self._progress.update(self._task, completed=done, total=total, rate=rate, errors=failed)
        self._is_waiting = False

    def wait(self) -> None:
        """Shows that the run pauses until the service is back."""
        self._progress.update(self._task, rate=_WAITING)
        if not self._is_waiting and self._progress.disable:
            done = int(self._progress.tasks[0].completed)
            write_message(f"{_WAITING}; {self._what} done: {done:,}")
        self._is_waiting = True

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._progress.stop()
