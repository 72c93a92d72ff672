"""Runs ``python -m MODULE`` in processes forked from one that has imported the package already.

Starting Python and importing the package takes nearly all time of a command. A forked command is
still a process of its own: it has its own descriptors, signals, environment and folder, and it ends
as Python ends. Tests of how Python starts need a new interpreter: ``command.new_python``.

``python -m tests.integration.warm_python`` takes requests from the socket that is its standard
input, until the other side closes it: a byte, with the descriptors of a socket and of the standard
streams. Through that socket come the fields of ``Request`` as JSON, and go two lines: the number of
the process, and how it ended.
"""

from __future__ import annotations

import gc
import json
import os
import runpy
import socket
import sys
import warnings
from contextlib import suppress
from importlib import import_module
from typing import IO, TYPE_CHECKING, Any, TextIO, TypedDict

if TYPE_CHECKING:
    from collections.abc import Sequence

# Those of their libraries that have threads (OpenBLAS, jemalloc) start them again after a fork.
_IMPORTED = (
    "loguro_async.cli.program",
    "loguro_async.cli.batch",
    "loguro_async.cli.dashboard",
    "loguro_async.cli.doctor",
    "loguro_async.cli.export",
    "loguro_async.cli.live",
    "loguro_async.cli.query",
    "loguro_async.cli.report",
    "loguro_async.export",
    "pandas",  # by pyarrow
    "typer._adapters",
)


class Request(TypedDict):
    """A module to run, and what a shell would give it."""

    module: str
    arguments: list[str]
    variables: dict[str, str]
    folder: str
    closed: list[int]
    """The standard streams that are closed."""


def main() -> None:
    for name in _IMPORTED:
        import_module(name)
    gc.collect()
    gc.freeze()  # no process collects or frees what all of them share
    import_module("loguro_async.emulator")  # later, because DuckDB reports what is not freed
    with socket.socket(fileno=os.dup(0)) as requests:
        descriptors = _forked(requests)
    if descriptors:
        _run(*descriptors)


def _forked(requests: socket.socket) -> list[int]:
    """Returns in a new process for each request, with its descriptors; in the end without any."""
    while True:
        received, descriptors, _, _ = socket.recv_fds(requests, 1, 4)
        if not received:
            return []
        with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
            process = os.fork()  # Python 3.12 warns of threads
        if process == 0:
            return descriptors
        _close(descriptors)
        with suppress(ChildProcessError):  # none is left
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def _run(report: int, *streams: int) -> None:
    """Runs a module in one more process, and reports how it ended."""
    with socket.socket(fileno=report) as connection, connection.makefile("rw") as lines:
        request: Request = json.loads(lines.readline())
        process = os.fork()
        if process:
            _close(streams)
            print(process, file=lines, flush=True)
            _, status = os.waitpid(process, 0)
            print(os.waitstatus_to_exitcode(status), file=lines, flush=True)
            os._exit(0)
    _take(request, streams)
    sys.argv[1:] = request["arguments"]
    runpy.run_module(request["module"], run_name="__main__", alter_sys=True)


def _take(request: Request, streams: Sequence[int]) -> None:
    """Gives this process what a shell gives to a new one."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    _close(streams)
    _close(request["closed"])
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["variables"])
    sys.stdin, sys.stdout, sys.stderr = map(_opened, (sys.stdin, sys.stdout, sys.stderr))


def _opened(stream: TextIO) -> IO[Any] | None:
    """Opens a standard stream as Python does when it starts; a closed one is ``None``."""
    encoding = os.environ.get("PYTHONIOENCODING", stream.encoding)
    buffering = 1 if stream is sys.stderr else -1
    try:
        return open(stream.fileno(), stream.mode, buffering, encoding, stream.errors, closefd=False)
    except OSError:
        return None


def _close(descriptors: Sequence[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)


if __name__ == "__main__":
    main()
