"""Starts ``python -m MODULE`` in a process that ``warm_python.py`` forks."""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack, asynccontextmanager, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from tests.integration.warm_python import Request

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence


class WarmProcess:
    """A process under way, with what tests use of ``asyncio.subprocess.Process``."""

    def __init__(
        self,
        number: int,
        report: asyncio.StreamReader,
        stdin: asyncio.StreamWriter,
        stdout: asyncio.StreamReader,
        stderr: asyncio.StreamReader,
    ) -> None:
        self.returncode: int | None = None
        self.stdin = stdin
        self.stdout = stdout
        self.stderr = stderr
        self._number = number
        self._report = report

    def send_signal(self, number: int) -> None:
        os.kill(self._number, number)

    async def wait(self) -> int:
        if self.returncode is None:
            self.returncode = int(await self._report.readline())
        return self.returncode

    async def communicate(self, body: bytes = b"") -> tuple[bytes, bytes]:
        with suppress(ConnectionError):
            self.stdin.write(body)
            await self.stdin.drain()
        self.stdin.close()
        out, err = await asyncio.gather(self.stdout.read(), self.stderr.read())
        await self.wait()
        return out, err


@asynccontextmanager
async def start(
    module: str,
    arguments: Sequence[str],
    variables: dict[str, str],
    streams: Mapping[int, int | None],
) -> AsyncGenerator[WarmProcess, None]:
    """Starts a process; its standard streams are pipes, but for those that are given.

    Args:
        module: The module to run.
        arguments: Its arguments.
        variables: Its environment.
        streams: Descriptors for standard streams, by number; ``None`` for a closed one.
    """
    with ExitStack() as closing:
        with ExitStack() as passing:
            report, request, reporting = await _socket(closing, passing)
            _, stdin, reading = await _socket(closing, passing)
            stdout, writing = await _pipe(closing, passing)
            stderr, messages = await _pipe(closing, passing)
            piped = {0: reading, 1: writing, 2: messages}
            given = {number: stream for number, stream in streams.items() if stream is not None}
            socket.send_fds(_server(), [b"\n"], [reporting, *(piped | given).values()])
        wanted = Request(
            module=module,
            arguments=[*arguments],
            variables=variables,
            folder=str(Path.cwd()),
            closed=sorted(streams.keys() - given.keys()),
        )
        request.write(json.dumps(wanted).encode() + b"\n")
        process = WarmProcess(int(await report.readline()), report, stdin, stdout, stderr)
        try:
            yield process
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.send_signal(signal.SIGKILL)
            await process.wait()


@cache
def _server() -> socket.socket:
    """Returns a connection to a server that ends with this process."""
    ours, theirs = socket.socketpair()
    with theirs:
        server = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.warm_python"],
            cwd=Path(__file__).parents[2],
            stdin=theirs.fileno(),
            start_new_session=True,  # Ctrl-C in the terminal of the tests is not for it
        )
    atexit.register(server.wait)
    atexit.register(ours.close)
    return ours


async def _socket(
    closing: ExitStack, passing: ExitStack
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, int]:
    """Returns one side of a connection, and the descriptor of the other."""
    ours, theirs = socket.socketpair()
    reader, writer = await asyncio.open_unix_connection(sock=ours)
    closing.callback(writer.close)
    return reader, writer, passing.enter_context(theirs).fileno()


async def _pipe(closing: ExitStack, passing: ExitStack) -> tuple[asyncio.StreamReader, int]:
    """Returns the reader of a pipe, and the descriptor to write to."""
    reading, writing = os.pipe()
    passing.callback(os.close, writing)
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(reading, "rb", 0)
    )
    closing.callback(transport.close)
    return reader, writing
