"""A response in the format that was asked for, to the terminal, a pipe or a file."""

from __future__ import annotations

import datetime as dt
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import msgspec

from loguro_async.cli.files import naming, write_file
from loguro_async.cli.options import Form
from loguro_async.cli.standard_streams import write_output
from loguro_async.errors import InvalidQueryError
from loguro_async.models.responses import Response

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from msgspec import Struct

    from loguro_async.models.data import Data

_FORMS: Final[dict[str, Form]] = {
    ".csv": "csv",
    ".json": "json",
    ".jsonl": "ndjson",
    ".ndjson": "ndjson",
    ".parquet": "parquet",
    ".pq": "parquet",
}
_IN_FILES: Final[tuple[Form, ...]] = ("json", "ndjson", "csv", "parquet")
_WRITERS: Final[dict[Form, str]] = {
    "table": "loguro_async.cli.tables",
    "csv": "loguro_async.export",
    "parquet": "loguro_async.export",
}
_NDJSON: Final = msgspec.json.Encoder()


class Destination(msgspec.Struct, frozen=True):
    """How and where a response is written.

    Attributes:
        form: The format.
        out: The file; ``None`` for standard output.
        zone: The time zone of a table.
        bom: Whether CSV begins with a byte order mark.
    """

    form: Form
    out: Path | None
    zone: dt.tzinfo = dt.UTC
    bom: bool = False


def chosen_form(given: Form | None, out: Path | None, *, bom: bool = False) -> Form:
    """Returns the format that was asked for, else that of the file's extension or of the reader.

    Raises:
        InvalidQueryError: The extension is unknown, the format does not go there, or has no byte
            order mark.
    """
    usual: Form = "table" if sys.stdout.isatty() else "json"
    form = given or (usual if out is None else form_of(out, _IN_FILES))
    if form == "table" and out is not None:
        message = "a table is for the terminal; give --out with json, ndjson, csv or parquet"
        raise InvalidQueryError(message)
    check_form(form, out, bom=bom)
    return form


def form_of(out: Path, forms: Sequence[Form]) -> Form:
    """Returns the format of a file's extension.

    Raises:
        InvalidQueryError: It is none of ``forms``.
    """
    form = _FORMS.get(out.suffix.lower())
    if form is None or form not in forms:
        *others, last = (f".{one}" for one in forms)
        message = (
            f"{str(out)!r} tells no format; end it with {', '.join(others)} or {last}, "
            "or use --format"
        )
        raise InvalidQueryError(message)
    return form


def load_writer(form: Form) -> None:
    """Imports the writer of a format. A missing extra is an error before anything is sent.

    Raises:
        ImportError: The extra ``[arrow]`` or ``[cli]`` is missing.
    """
    if form in _WRITERS:
        import_module(_WRITERS[form])


def check_form(form: Form, out: Path | None, *, bom: bool) -> None:
    """Refuses a format where it does not go, and a byte order mark where there is none.

    Raises:
        InvalidQueryError: Parquet is for a terminal, or the mark is not for CSV.
    """
    if form == "parquet" and out is None and sys.stdout.isatty():
        message = "a terminal cannot show parquet; give --out FILE.parquet"
        raise InvalidQueryError(message)
    if bom and form != "csv":
        message = f"--bom is for csv, and the format is {form}; leave it out, or give --format csv"
        raise InvalidQueryError(message)


async def show(response: Struct, to: Destination) -> None:
    """Writes a response; a file appears only when it is whole.

    Raises:
        ImportError: The extra ``[arrow]`` is missing, which CSV and Parquet need.
        OSError: It cannot be written.
    """
    match to.form:
        case "table":
            _print(response, to.zone)
        case "json":
            write_bytes(cast("Data", response).to_json() + b"\n", to.out)
        case "ndjson":
            write_bytes(ndjson(rows_as_sent(response)), to.out)
        case "csv" | "parquet":
            with naming(to.out):
                await _write_columns(response, to)


def _print(response: Struct, zone: dt.tzinfo) -> None:
    from rich.console import Console  # noqa: PLC0415 - loaded for a table only

    from loguro_async.cli.tables import print_response  # noqa: PLC0415 - the same

    print_response(Console(highlight=False), response, rows_of(response), zone)


def rows_of(response: Struct) -> Sequence[Struct]:
    """Returns the rows that a response lists; itself where it lists none."""
    name = _list_field(response)
    return (response,) if name is None else cast("tuple[Struct, ...]", getattr(response, name))


def ndjson(rows: Iterable[dict[str, Any]], *, project: str | None = None) -> bytes:
    """Returns a line for each row.

    Args:
        rows: Rows as the service sent them.
        project: The slug, where it stands first in each line.
    """
    label = {} if project is None else {"project": project}
    return _NDJSON.encode_lines([label | row | label for row in rows])


def rows_as_sent(response: Struct) -> Sequence[dict[str, Any]]:
    """Returns the rows that a response lists, as the service sent them; all of it where none."""
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
    """Writes to a file, which appears only when it is whole, or to standard output.

    Raises:
        OSError: The file cannot be written.
    """
    if out is None:
        write_output(body)
    else:
        write_file(out, body)


async def _write_columns(response: Struct, to: Destination) -> None:
    from loguro_async.export import Part, write  # noqa: PLC0415 - an optional part
    from loguro_async.export.tables import kind_of  # noqa: PLC0415 - the same

    form = cast("Any", to.form)
    if to.out is not None:
        await write(response, to.out, form, bom=to.bom)
        return
    async with Part(sys.stdout.buffer, kind_of(response), format=form, bom=to.bom) as part:
        await part.add(response)
