"""Handles SIGINT, SIGTERM and SIGHUP, so that a command cleans up before it ends."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar

from loguro_async.cli.exit_codes import SIGNALLED

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Coroutine, Generator

T = TypeVar("T")

# Windows has no SIGHUP.
_NAMES: Final = ("SIGINT", "SIGTERM", "SIGHUP")


class StoppedError(Exception):
    """A signal ended the command."""

    def __init__(self) -> None:
        super().__init__("stopped")


class Interruption:
    """Handles the signals that end this program.

    The first signal cancels the coroutine of ``run``, or raises ``KeyboardInterrupt`` if none is
    running. Later signals raise ``KeyboardInterrupt`` at once.

    Attributes:
        number: The first signal that came; ``None`` before.
    """

    def __init__(self) -> None:
        self.number: int | None = None
        self._task: asyncio.Task[Any] | None = None

    @property
    def status(self) -> int:
        """The exit status: 128 and the number of the signal."""
        return SIGNALLED + (self.number or signal.SIGINT)

    @contextmanager
    def handled(self) -> Generator[None]:
        """Handles the signals inside the block. Those that are ignored (``nohup``) stay ignored."""
        self.number = None
        if threading.current_thread() is not threading.main_thread():
            yield  # only the main thread can set handlers
            return
        numbers = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
        before = {number: signal.getsignal(number) for number in numbers}
        for number, handler in before.items():
            if handler is not signal.SIG_IGN:
                signal.signal(number, self._receive)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def run(self, work: Coroutine[object, object, T]) -> T:
        """Runs a coroutine to its end.

        Raises:
            StoppedError: A signal came before the end. The coroutine was cancelled.
        """
        import asyncio  # noqa: PLC0415 - quick --help

        async def cancellable() -> T:
            self._task = asyncio.current_task()
            try:
                return await work
            finally:
                self._task = None

        with asyncio.Runner() as runner:
            try:
                return runner.run(cancellable())
            except asyncio.CancelledError:
                raise StoppedError from None

    def run_server(self, serving: Coroutine[object, object, None]) -> None:
        """Runs a server until a signal stops it, which is its normal end."""
        with suppress(StoppedError):
            self.run(serving)

    def _receive(self, number: int, _frame: object) -> None:
        is_first, self.number = self.number is None, self.number or number
        task = self._task
        if task is None or not is_first:
            raise KeyboardInterrupt
        # Wakes the event loop, which may be waiting while the handler runs.
        task.get_loop().call_soon_threadsafe(task.cancel)


INTERRUPTION: Final = Interruption()
"""The only instance, because signals belong to the process."""
