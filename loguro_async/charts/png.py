"""Specifications as PNG, off the event loop.

vl-convert holds the interpreter's lock while it works, so a thread would stop the loop all the
same. A process of its own does the work: it starts with the first picture and ends with this one.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from loguro_async.charts.png_worker import FAILED, read_message, write_message
from loguro_async.charts.render import VEGA_LITE, undrawable, vl_convert
from loguro_async.errors import ConfigurationError

if TYPE_CHECKING:
    from loguro_async.charts.frame import Spec

_WORKER: Final = Path(__file__).with_name("png_worker.py")
_LARGEST_SCALE: Final = 10


async def to_png(spec: Spec, scale: float = 2) -> bytes:
    """A specification as PNG, made in another process; the event loop goes on meanwhile.

    Args:
        spec: The specification.
        scale: Pixels of the picture for each of the specification's; 2 is sharp on most screens.

    Raises:
        ConfigurationError: ``scale`` is not above 0, or above 10.
        ImportError: The extra ``[charts]`` is missing.
        ValueError: It is no valid specification, or it asks for data from elsewhere.
    """
    if not 0 < scale <= _LARGEST_SCALE:
        message = f"scale is {scale!r}; give a number above 0, up to {_LARGEST_SCALE}"
        raise ConfigurationError(message)
    vl_convert()  # what is missing here is missing there
    order = {"spec": spec, "scale": scale, "vl_version": VEGA_LITE}
    return await asyncio.to_thread(_painter.paint, msgspec.json.encode(order))


class _Painter:
    """The process that makes pictures, one after the other, begun when it is first needed."""

    def __init__(self) -> None:
        self.leave_to_parent()

    def leave_to_parent(self) -> None:
        """After a fork, the process, its pipes and whoever holds the turn are the parent's."""
        self._turn = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def paint(self, order: bytes) -> bytes:
        """The picture; blocks until it is there."""
        with self._turn:
            try:
                status, answer = self._ask(order)
            except (BrokenPipeError, EOFError):  # it was ended from outside: begin again, once
                self.stop()
                status, answer = self._ask(order)
        if status == FAILED:
            raise undrawable(answer.decode())
        return answer

    def _ask(self, order: bytes) -> tuple[int, bytes]:
        if self._process is None:
            self._process = subprocess.Popen(  # noqa: S603 - this package's own file
                [sys.executable, "-P", str(_WORKER)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        if self._process.stdin is None or self._process.stdout is None:
            raise EOFError
        write_message(self._process.stdin, 0, order)
        return read_message(self._process.stdout)

    def stop(self) -> None:
        """End the process; another order begins a new one."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()


_painter = _Painter()
atexit.register(_painter.stop)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_painter.leave_to_parent)
