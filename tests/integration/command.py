"""Runs a command as a person does: piped, or in a terminal."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import pty
import re
import struct
import sys
import termios
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple

from tests.integration.terminal_session import END
from tests.integration.warm_process import WarmProcess, start

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence
    from pathlib import Path

    from loguro_async.emulator import LoguroEmulator

_STYLE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
COMMAND = (sys.executable, "-m", "loguro_async")


class Ended(NamedTuple):
    """How a command ended, and what it said."""

    status: int
    out: str
    err: str


def environment(loguro: LoguroEmulator) -> dict[str, str]:
    return {
        **os.environ,
        "LOGURO_PAT": loguro.token,
        "LOGURO_BASE_URL": loguro.base_url,
        "COLUMNS": "80",
    }


@asynccontextmanager
async def running(
    loguro: LoguroEmulator, *arguments: str | Path, streams: Mapping[int, int | None] | None = None
) -> AsyncGenerator[WarmProcess, None]:
    """A command under way; its streams are pipes, but for those that are given by number."""
    words = [*map(str, arguments)]
    async with start("loguro_async", words, environment(loguro), streams or {}) as process:
        yield process


@asynccontextmanager
async def new_python(
    loguro: LoguroEmulator, *arguments: str | Path, script: str = 'exec "$@"'
) -> AsyncGenerator[asyncio.subprocess.Process, None]:
    """The same in a Python that starts for it, by a script of ``sh`` that has it as arguments."""
    process = await asyncio.create_subprocess_exec(
        *("/bin/sh", "-c", script, "sh", *COMMAND, *map(str, arguments)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment(loguro),
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def ended(
    loguro: LoguroEmulator,
    *arguments: str | Path,
    stdin: str = "",
    streams: Mapping[int, int | None] | None = None,
) -> Ended:
    """Run a command to its end; its streams are pipes, but for those that are given by number."""
    async with running(loguro, *arguments, streams=streams) as process:
        out, err = await process.communicate(stdin.encode())
        return Ended(await process.wait(), out.decode(errors="replace"), err.decode())


async def ended_in_new_python(
    loguro: LoguroEmulator, *arguments: str | Path, stdin: str = "", script: str
) -> Ended:
    """The same in a Python that starts for it, by a script of ``sh`` that has it as arguments."""
    async with new_python(loguro, *arguments, script=script) as process:
        out, err = await process.communicate(stdin.encode())
        return Ended(await process.wait(), out.decode(errors="replace"), err.decode())


async def ended_on_full_disk(
    loguro: LoguroEmulator, *arguments: str | Path, stdin: str = ""
) -> Ended:
    """Run a command whose disk is full as soon as one of its files has 1024 bytes."""
    # In a new Python, so that no measurement of coverage has a file there.
    script = 'ulimit -f 2; unset COVERAGE_PROCESS_CONFIG; exec "$@"'
    return await ended_in_new_python(loguro, *arguments, stdin=stdin, script=script)


async def ended_in_terminal(
    loguro: LoguroEmulator, *arguments: str | Path, stdin: str = ""
) -> Ended:
    """Run a command whose stderr is a terminal; what it said there comes without styles."""
    reading, terminal = pty.openpty()
    try:
        async with running(loguro, *arguments, streams={2: terminal}) as process:
            os.close(terminal)
            said = asyncio.create_task(asyncio.to_thread(_read_all, reading))
            out, _ = await process.communicate(stdin.encode())
            err = await said
    finally:
        os.close(reading)
    return Ended(await process.wait(), out.decode(), _STYLE.sub("", err.decode()))


async def ended_on_screen(
    loguro: LoguroEmulator, *arguments: str, columns: int = 80, encoding: str = "utf-8"
) -> Ended:
    """Run a command in a terminal; what it said comes without styles, errors and all."""
    return await _on_screen(loguro, "loguro_async", arguments, columns, encoding)


async def _on_screen(
    loguro: LoguroEmulator, module: str, arguments: Sequence[str], columns: int, encoding: str
) -> Ended:
    reading, terminal = open_terminal(columns)
    streams = {0: terminal, 1: terminal}
    try:
        async with start(module, arguments, of_terminal(loguro, encoding), streams) as process:
            os.close(terminal)
            said = asyncio.create_task(asyncio.to_thread(_read_all, reading))
            _, err = await process.communicate()
            out = await said
    finally:
        os.close(reading)
    return Ended(await process.wait(), shown(out, encoding), err.decode())


async def session(
    loguro: LoguroEmulator, *commands: Sequence[str], columns: int, encoding: str
) -> list[Ended]:
    """Run commands in one terminal, one after the other, in one process."""
    module = "tests.integration.terminal_session"
    _, out, err = await _on_screen(loguro, module, [json.dumps(commands)], columns, encoding)
    parts = re.split(rf"^{END} (.*)\n", out, flags=re.MULTILINE)
    texts, statuses = parts[:-1:2], parts[1::2]
    assert len(statuses) == len(commands), (out, err)
    return [Ended(int(status), text, err) for status, text in zip(statuses, texts, strict=True)]


def open_terminal(columns: int) -> tuple[int, int]:
    """Opens a terminal; returns the descriptor to read from, and that of a command."""
    reading, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    return reading, terminal


def of_terminal(loguro: LoguroEmulator, encoding: str) -> dict[str, str]:
    """The environment of a command whose terminal knows its own width."""
    variables = {**environment(loguro), "TERM": "xterm-256color", "PYTHONIOENCODING": encoding}
    del variables["COLUMNS"]
    return variables


def shown(out: bytes, encoding: str) -> str:
    return _STYLE.sub("", out.decode(encoding)).replace("\r\n", "\n")


async def requested(loguro: LoguroEmulator, slug: str) -> None:
    """Waits until a command has sent a request for a project."""
    while slug not in {request.slug for request in loguro.requests}:  # noqa: ASYNC110 - see below
        await asyncio.sleep(0.01)  # the command is another process


def _read_all(terminal: int) -> bytes:
    said = b""
    while True:
        try:
            some = os.read(terminal, 4096)
        except OSError:  # Linux, when the other side is closed
            return said
        if not some:
            return said
        said += some
