"""Runs a command in this process, and collects what it writes."""

from __future__ import annotations

import io
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from typing import Any, NamedTuple
from unittest.mock import patch

import pytest
import typer

from loguro_async.cli import program
from loguro_async.cli.app import app


class Ended(NamedTuple):
    """How a command ended, and what it wrote."""

    status: int
    out: str
    err: str


class _Terminal(io.BytesIO):
    def isatty(self) -> bool:
        return True


def run(*arguments: object, encoding: str = "utf-8", in_terminal: bool = False) -> Ended:
    kind = _Terminal if in_terminal else io.BytesIO
    out, err = (io.TextIOWrapper(made, encoding) for made in (kind(), io.BytesIO()))
    with (
        patch.dict(program.__dict__, {"app": _command()} if program.__dict__["app"] is app else {}),
        redirect_stdout(out),
        redirect_stderr(err),
        pytest.raises(SystemExit) as ended,
    ):
        program.run([str(argument) for argument in arguments])
    assert isinstance(ended.value.code, int)
    return Ended(ended.value.code, *(_body(stream).decode(encoding) for stream in (out, err)))


@cache
def _command() -> Any:  # noqa: ANN401 - the class is private to Typer
    """Returns the command of the application, which Typer makes anew for each run."""
    return typer.main.get_command(app)


def _body(stream: io.TextIOWrapper) -> bytes:
    body = stream.detach()
    assert isinstance(body, io.BytesIO)
    return body.getvalue()
