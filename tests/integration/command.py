"""Runs a command as a person does: piped, or in a terminal."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import pty
import re
import resource
import struct
import sys
import termios
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple

from tests.integration.terminal_session import END

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence
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
    loguro: LoguroEmulator,
    *arguments: str | Path,
    stderr: int = asyncio.subprocess.PIPE,
    most_bytes: int | None = None,
) -> AsyncGenerator[asyncio.subprocess.Process, None]:
    """A command under way; its streams are pipes, but for a stderr of one's own.

    Its disk is full as soon as a file of it has ``most_bytes``.
    """
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        *map(str, arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=stderr,
        env=environment(loguro) if most_bytes is None else _unmeasured(environment(loguro)),
    )
    if most_bytes is not None:
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
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
    most_bytes: int | None = None,
) -> Ended:
    """Run a command, piped, to its end."""
    async with running(loguro, *arguments, most_bytes=most_bytes) as process:
        out, err = await process.communicate(stdin.encode())
    return Ended(process.returncode or 0, out.decode(), err.decode())


async def ended_in_terminal(
    loguro: LoguroEmulator, *arguments: str | Path, stdin: str = ""
) -> Ended:
    """Run a command whose stderr is a terminal; what it said there comes without styles."""
    reading, terminal = pty.openpty()
    try:
        async with running(loguro, *arguments, stderr=terminal) as process:
            os.close(terminal)
            said = asyncio.create_task(asyncio.to_thread(_read_all, reading))
            out, _ = await process.communicate(stdin.encode())
            err = await said
    finally:
        os.close(reading)
    return Ended(process.returncode or 0, out.decode(), _STYLE.sub("", err.decode()))


async def ended_on_screen(
    loguro: LoguroEmulator, *arguments: str | Path, columns: int = 80, encoding: str = "utf-8"
) -> Ended:
    """Run a command in a terminal; what it said comes without styles, errors and all."""
    reading, terminal = open_terminal(columns)
    try:
        process = await asyncio.create_subprocess_exec(
            *COMMAND,
            *map(str, arguments),
            stdin=terminal,
            stdout=terminal,
            stderr=asyncio.subprocess.PIPE,
            env=of_terminal(loguro, encoding),
        )
        os.close(terminal)
        said = asyncio.create_task(asyncio.to_thread(_read_all, reading))
        _, err = await process.communicate()
        out = await said
    finally:
        os.close(reading)
    return Ended(process.returncode or 0, shown(out, encoding), err.decode())


async def session(
    loguro: LoguroEmulator, *commands: Sequence[str], columns: int, encoding: str
) -> list[Ended]:
    """Run commands in one terminal, one after the other, in one process."""
    reading, terminal = open_terminal(columns)
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.integration.terminal_session", json.dumps(commands)),
            stdin=terminal,
            stdout=terminal,
            stderr=asyncio.subprocess.PIPE,
            env=of_terminal(loguro, encoding),
        )
        os.close(terminal)
        said = asyncio.create_task(asyncio.to_thread(_read_all, reading))
        _, err = await process.communicate()
        out = shown(await said, encoding)
    finally:
        os.close(reading)
    parts = re.split(rf"^{END} (.*)\n", out, flags=re.MULTILINE)
    texts, statuses = parts[:-1:2], parts[1::2]
    assert len(statuses) == len(commands), (out, err)
    return [
        Ended(int(status), text, err.decode()) for status, text in zip(statuses, texts, strict=True)
    ]


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


def _unmeasured(variables: dict[str, str]) -> dict[str, str]:
    """Returns the variables without those that would measure coverage in the command."""
    return {name: text for name, text in variables.items() if not name.startswith("COVERAGE_")}


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
