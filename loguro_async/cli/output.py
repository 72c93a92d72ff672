"""An answer, written as it was asked for: to the terminal, a pipe or a file."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, cast, get_args

import msgspec
import typer
from msgspec.structs import astuple
from rich.console import Console

from loguro_async.atomic_file import write_atomic
from loguro_async.cli.tables import print_answer
from loguro_async.errors import InvalidQueryError
from loguro_async.models.responses import Response

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from msgspec import Struct

    from loguro_async.models.data import Data
    from loguro_async.models.overview import Overview

Form: TypeAlias = Literal["table", "json", "ndjson", "csv", "parquet"]

_FORMS: Final[tuple[Form, ...]] = get_args(Form)
_NDJSON: Final = msgspec.json.Encoder()


def chosen_form(given: Form | None, out: Path | None, *, bom: bool = False) -> Form:
    """The form that was asked for, else what the file's name or the reader needs.

    Raises:
        InvalidQueryError: The file's name tells none, or the form does not go where it should.
    """
    form = given or (_form_of(out) if out else "table" if sys.stdout.isatty() else "json")
    if form == "table" and out is not None:
        message = "a table is for the terminal; give --out with json, ndjson, csv or parquet"
        raise InvalidQueryError(message)
    if bom and form != "csv":
        message = f"--bom is for csv, and the format is {form}; leave it out, or give --format csv"
        raise InvalidQueryError(message)
    if form == "parquet" and out is None and sys.stdout.isatty():
        message = "parquet is nothing for a terminal; give --out FILE.parquet"
        raise InvalidQueryError(message)
    return form


def _form_of(out: Path) -> Form:
    ending = out.suffix.lower().removeprefix(".")
    if ending in _FORMS:
        return ending
    message = f"{str(out)!r} tells no format; end it with .json, .ndjson, .csv or .parquet"
    raise InvalidQueryError(message)


async def show(answer: Struct, form: Form, out: Path | None, *, bom: bool = False) -> None:
    """Write an answer; a file appears only when it is whole.

    Raises:
        ImportError: The extra ``[arrow]`` is missing, which CSV and Parquet need.
        OSError: It cannot be written.
    """
    if form == "table":
        _print_table(answer)
    elif form == "json":
        write_bytes(_as_json(answer), out)
    elif form == "ndjson":
        rows = cast("Sequence[Data]", rows_of(answer))
        write_bytes(_NDJSON.encode_lines([row.to_dict() for row in rows]), out)
    else:
        await _write_columns(answer, form, out, bom=bom)


def rows_of(answer: Struct) -> Sequence[Struct]:
    """The rows that an answer lists; itself where it lists none."""
    if isinstance(answer, Response):
        for value in astuple(answer):
            if isinstance(value, tuple):
                return cast("tuple[Struct, ...]", value)
    return (answer,)


def _print_table(answer: Struct) -> None:
    console = Console(highlight=False)
    with console.capture() as captured:
        print_answer(console, answer, rows_of(answer))
    typer.echo(captured.get(), nl=False)


def _as_json(answer: Struct) -> bytes:
    """What the service sent; of an overview, its three parts under their names."""
    return cast("Response | Overview", answer).raw.rstrip() + b"\n"


def write_bytes(body: bytes, out: Path | None) -> None:
    """Write to a file, which appears only when it is whole; left out, to the output.

    Raises:
        OSError: It cannot be written.
    """
    if out is None:
        typer.echo(body, nl=False)
        return
    write_atomic(out, body)


async def _write_columns(
    answer: Struct, form: Literal["csv", "parquet"], out: Path | None, *, bom: bool
) -> None:
    from loguro_async.export import Part, write  # noqa: PLC0415 - an optional part
    from loguro_async.export.tables import kind_of  # noqa: PLC0415 - the same

    if out is not None:
        await write(answer, out, form, bom=bom)
        return
    async with Part(sys.stdout.buffer, kind_of(answer), format=form, bom=bom) as part:
        await part.add(answer)
