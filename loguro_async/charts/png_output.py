"""Specifications as PNG, off the event loop.

vl-convert holds the interpreter's lock while it draws, so that a thread would block the event loop.
A pool of one process draws instead. The pool is loky's, which does not import the user's main
module in its process, and therefore works in scripts without ``if __name__ == "__main__"``.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import threading
from concurrent.futures import BrokenExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final

from loguro_async.charts.svg_output import VEGA_LITE, drawing_error, vl_convert
from loguro_async.errors import ConfigurationError

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future

    from loguro_async.charts.chart_options import Spec

_MAX_SCALE: Final = 10
# A process without work ends after this time, also where its parent was killed.
_IDLE_SECONDS = 60.0
_INTERPRETER: Final = re.compile(r"(?i)(python|pypy)[\d.wt]*(\.exe)?")


async def to_png(spec: Spec, scale: float = 2) -> bytes:
    """Returns a specification as PNG, drawn in another process.

    Args:
        spec: The specification.
        scale: Pixels of the picture for each of the specification's; 2 is sharp on most screens.

    Raises:
        ConfigurationError: ``scale`` is not greater than 0, or greater than 10; or there is no
            Python interpreter to start, as in a frozen application.
        ImportError: The extra ``[charts]`` is missing.
        ValueError: The specification is invalid, or names data that is not inside.
    """
    if not 0 < scale <= _MAX_SCALE:
        message = f"scale must be greater than 0, at most {_MAX_SCALE}, got {scale!r}"
        raise ConfigurationError(message)
    try:
        try:
            return await _drawn(spec, scale)
        except BrokenExecutor:  # its process was ended from outside: start another one, once
            _pool.close()
            return await _drawn(spec, scale)
    except ValueError as error:
        raise drawing_error(error) from None


async def _drawn(spec: Spec, scale: float) -> bytes:
    future = await asyncio.to_thread(_pool.submit, spec, scale)
    return await asyncio.wrap_future(future)


class _Pool:
    """A pool of one process, started when it is first needed."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Leaves the pool to the parent, after a fork."""
        self._lock = threading.Lock()
        self._executor: Executor | None = None

    def submit(self, spec: Spec, scale: float) -> Future[bytes]:
        """Draws a picture; only starting the process takes time."""
        draw = vl_convert().vegalite_to_png
        with self._lock:
            if self._executor is None:
                self._executor = _new_executor()
            return self._executor.submit(
                draw, spec, vl_version=VEGA_LITE, scale=scale, allowed_base_urls=[]
            )

    def close(self) -> None:
        """Ends the process; the next picture starts another one."""
        with self._lock:
            executor, self._executor = self._executor, None
        if executor is not None:
            executor.shutdown(wait=False)


def _new_executor() -> Executor:
    check_interpreter(sys.executable)
    try:
        from loky import ProcessPoolExecutor  # noqa: PLC0415 - an optional part, loaded on use
    except ImportError as error:
        message = 'PNG pictures need an extra: pip install "loguro-async[charts]"'
        raise ImportError(message) from error
    executor: Executor = ProcessPoolExecutor(max_workers=1, timeout=_IDLE_SECONDS)
    return executor


def check_interpreter(path: str | None) -> None:
    """Refuses a path that is no Python interpreter: in uWSGI and the like, it is another program.

    Raises:
        ConfigurationError: No process can be started with it.
    """
    if path and _INTERPRETER.fullmatch(Path(path).name) and os.access(path, os.X_OK):
        return
    message = (
        "PNG pictures are drawn in a process of their own, and sys.executable, "
        f"{path!r}, is no Python interpreter; set sys.executable to the path of one "
        f"(Python {sys.version_info.major}.{sys.version_info.minor}), or use to_svg"
    )
    raise ConfigurationError(message)


_pool = _Pool()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.forget)
