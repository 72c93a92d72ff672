"""Counts work while it is done, on this thread."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Generator
    from types import FrameType


@contextmanager
def counting_calls() -> Generator[Counter[str]]:
    """Calls of functions, whether they are written in Python (`call`) or in C (`c_call`)."""
    seen: Counter[str] = Counter()

    def profile(_frame: FrameType, event: str, _argument: object) -> None:
        seen[event] += 1

    sys.setprofile(profile)
    try:
        yield seen
    finally:
        sys.setprofile(None)


@contextmanager
def counting_instructions() -> Generator[Counter[str]]:
    """Instructions of bytecode (`opcode`), in the functions that are called from now on."""
    seen: Counter[str] = Counter()

    def trace(frame: FrameType, event: str, _argument: object) -> Any:  # noqa: ANN401 - itself
        frame.f_trace_opcodes = True
        frame.f_trace_lines = False
        seen[event] += 1
        return trace

    sys.settrace(trace)
    try:
        yield seen
    finally:
        sys.settrace(None)


@contextmanager
def counting_tasks() -> Generator[Counter[str]]:
    """Tasks (`task`) that are made on the running loop."""
    seen: Counter[str] = Counter()

    def make(
        loop: asyncio.AbstractEventLoop,
        work: Any,  # noqa: ANN401 - handed on as they are
        **options: Any,  # noqa: ANN401 - the same
    ) -> asyncio.Task[Any]:
        seen["task"] += 1
        return asyncio.Task(work, loop=loop, **options)

    loop = asyncio.get_running_loop()
    loop.set_task_factory(make)
    try:
        yield seen
    finally:
        loop.set_task_factory(None)
