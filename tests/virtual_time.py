"""An event loop whose time is virtual: it jumps to the next timer as soon as nothing is ready.

For code that waits by timers alone; a socket would never be waited for.
"""

from __future__ import annotations

import asyncio
import functools
import os
import selectors
import sys
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

# Set to run the laws as in an application that starts its tasks eagerly.
EAGER_TASKS = bool(os.environ.get("EAGER_TASKS"))

P = ParamSpec("P")
T = TypeVar("T")


class _NoWaiting(selectors.SelectSelector):
    """Looks at what is ready, and takes the time it was told to wait for as gone."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds_gone = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout is None:
            raise RuntimeError("nothing is ready and no timer is set: this test would hang")
        if not ready and timeout:
            self.seconds_gone += timeout
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Begins at time 0."""

    def __init__(self) -> None:
        self._no_waiting = _NoWaiting()
        super().__init__(self._no_waiting)
        if EAGER_TASKS and sys.version_info >= (3, 12):
            self.set_task_factory(asyncio.eager_task_factory)

    def time(self) -> float:
        return self._no_waiting.seconds_gone

    def block(self, seconds: float) -> None:
        """Let time pass as code does that doesn't give way to the loop."""
        self._no_waiting.seconds_gone += seconds


def run(main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine function in virtual time, and leave no task behind."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main())


def in_virtual_time(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Run a test's coroutine in virtual time. Fixtures that need a loop are not for such a test."""

    @functools.wraps(test)
    def run_test(*args: P.args, **kwargs: P.kwargs) -> None:
        run(lambda: test(*args, **kwargs))

    return run_test
