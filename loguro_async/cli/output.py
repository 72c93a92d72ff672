"""Writes a response in the requested format to the terminal, a pipe or a file."""

from __future__ import annotations

import datetime as dt
import io
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import msgspec

from loguro_async.atomic_file import write_atomic
from loguro_async.cli.files import naming_file
from loguro_async.cli.options import OutputFormat
from loguro_async.cli.standard_streams import write_output
from loguro_async.errors import InvalidQueryError
from loguro_async.models.response_base import Response
from loguro_async.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from msgspec import Struct

    from loguro_async.models.data import Data

_FORMATS: Final[dict[str, OutputFormat]] = {
    ".csv": "csv",
    ".json": "json",
    ".jsonl": "ndjson",
    ".ndjson": "ndjson",
    ".parquet": "parquet",
    ".pq": "parquet",
}
_FORMATS_OF_FILES: Final[tuple[OutputFormat, ...]] = ("json", "ndjson", "csv", "parquet")
_WRITERS: Final[dict[OutputFormat, str]] = {
    "table": "loguro_async.cli.tables",
    "csv": "loguro_async.export",
    "parquet": "loguro_async.export",
}
_NDJSON: Final = msgspec.json.Encoder()


class Destination(msgspec.Struct, frozen=True):
    """The destination of a response and its format.

    Attributes:
        format: The format.
        out: The file; ``None`` for standard output.
        zone: The time zone of a table.
        bom: Whether CSV begins with a byte order mark.
    """

    format: OutputFormat
    out: Path | None
    zone: dt.tzinfo = dt.UTC
    bom: bool = False


def chosen_format(
    given: OutputFormat | None, out: Path | None, *, bom: bool = False
) -> OutputFormat:
    """Returns the requested format, else that of the file's extension, terminal or pipe.

    Raises:
        InvalidQueryError: The extension is unknown, the format does not suit the destination, or
            has no byte order mark.
    """
    usual: OutputFormat = "table" if sys.stdout.isatty() else "json"
    format = given or (usual if out is None else format_of(out, _FORMATS_OF_FILES))
    if format == "table" and out is not None:
        message = "a table is for the terminal; give --out with json, ndjson, csv or parquet"
        raise InvalidQueryError(message)
    check_format(format, out, bom=bom)
    return format


def format_of(out: Path, formats: Sequence[OutputFormat]) -> OutputFormat:
    """Returns the format of a file's extension.

    Raises:
        InvalidQueryError: The format is not in ``formats``.
    """
    format = _FORMATS.get(out.suffix.lower())
    if format is None or format not in formats:
        *others, last = (f".{one}" for one in formats)
        message = (
            f"cannot tell the format of {str(out)!r}; end the name with {', '.join(others)} or "
            f"{last}, or give --format"
        )
        raise InvalidQueryError(message)
    return format


def load_writer(format: OutputFormat) -> None:
    """Imports the writer of a format, so that a missing extra is found before anything is sent.

    Raises:
        ImportError: The extra ``[arrow]`` or ``[cli]`` is missing.
    """
    if format in _WRITERS:
        import_module(_WRITERS[format])


def check_format(format: OutputFormat, out: Path | None, *, bom: bool) -> None:
    """Refuses Parquet for a terminal, and a byte order mark for other formats than CSV.

    Raises:
        InvalidQueryError: The format is one of these.
    """
    if format == "parquet" and out is None and sys.stdout.isatty():
        message = "a terminal cannot show parquet; give --out FILE.parquet"
        raise InvalidQueryError(message)
    if bom and format != "csv":
        message = f"--bom needs the format csv, got {format}; leave it out, or give --format csv"
        raise InvalidQueryError(message)


async def show(response: Struct, to: Destination) -> None:
    """Writes a response; a file appears only when it is complete.

    Raises:
        ImportError: The extra ``[arrow]`` is missing, which CSV and Parquet need.
        OSError: The file cannot be written.
    """
    match to.format:
        case "table":
            _print(response, to.zone)
        case "json":
            write_bytes(cast("Data", response).to_json() + b"\n", to.out)
        case "ndjson":
            write_bytes(ndjson(rows_as_sent(response)), to.out)
        case "csv" | "parquet":
            with naming_file(to.out):
                await _write_columns(response, to)


def _print(response: Struct, zone: dt.tzinfo) -> None:
    from rich.console import Console  # noqa: PLC0415 - loaded for a table only

    from loguro_async.cli.tables import print_response  # noqa: PLC0415 - the same

    print_response(Console(highlight=False), response, rows_of(response), zone)


def rows_of(response: Struct) -> Sequence[Struct]:
    """Returns the rows of a response; the response itself if it has none."""
    name = _list_field(response)
    return (response,) if name is None else cast("tuple[Struct, ...]", getattr(response, name))


def ndjson(rows: Iterable[dict[str, Any]], *, project: str | None = None) -> bytes:
    """Returns a line for each row.

    Args:
        rows: Rows as the service sent them.
        project: The slug to put first in each line; ``None`` for none.
    """
    label = {} if project is None else {"project": project}
    return _NDJSON.encode_lines([label | row | label for row in rows])


def rows_as_sent(response: Struct) -> Sequence[dict[str, Any]]:
    """Returns the rows as the service sent them; the whole response if it has none."""
    sent = cast("Data", response).to_dict()
    field = _list_field(response)
    if field is None:
        return [sent]
    names = dict(zip(response.__struct_fields__, response.__struct_encode_fields__, strict=True))
    rows = sent.get(names[field])
    if isinstance(rows, list):
        return cast("list[dict[str, Any]]", rows)
    # The service calls the list by another name, or puts it inside another object.
    return [cast("Data", row).to_dict() for row in rows_of(response)]


def _list_field(response: Struct) -> str | None:
    """Returns the field that holds the rows of a response."""
    if not isinstance(response, Response):
        return None
    names = response.__struct_fields__
    return next((name for name in names if isinstance(getattr(response, name), tuple)), None)


def write_bytes(body: bytes, out: Path | None) -> None:
    """Writes to a file, which appears only when it is complete, or to standard output.

    Raises:
        OSError: The file cannot be written.
    """
    if out is None:
        write_output(body)
    else:
        write_atomic(out, body)


async def _write_columns(response: Struct, to: Destination) -> None:
    from loguro_async.export import Part, write  # noqa: PLC0415 - an optional part
    from loguro_async.export.tables import kind_of  # noqa: PLC0415 - the same

    format = cast("Any", to.format)
    if to.out is not None:
        await write(response, to.out, format, bom=to.bom)
        return
    is_shown = sys.stdout.isatty()
    target = io.BytesIO() if is_shown else sys.stdout.buffer
    async with Part(target, kind_of(response), format=format, bom=to.bom) as part:
        await part.add(response)
    if isinstance(target, io.BytesIO):
        # Visitors choose paths, which must not control the terminal.
        lines = target.getvalue().decode().splitlines()
        write_output("".join(f"{visible(line)}\n" for line in lines).encode())
