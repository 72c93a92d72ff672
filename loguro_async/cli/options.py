"""Options that several commands share.

Imports nothing of the client, so that help and completion are fast.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeAlias

import typer

OutputFormat: TypeAlias = Literal["table", "json", "ndjson", "csv", "parquet"]
"""The formats of one response."""

FileFormat: TypeAlias = Literal["parquet", "csv", "ndjson"]
"""The formats of the rows of many responses."""

SlugArgument = Annotated[str, typer.Argument(metavar="SLUG", help="The project.")]
ChipOption = Annotated[
    Literal["1h", "24h", "7d", "30d", "3m", "12m", "all"] | None,
    typer.Option(
        "--range", metavar="RANGE", help="A period that ends now: 1h, 24h, 7d, 30d, 3m, 12m or all."
    ),
]
FromOption = Annotated[
    str | None,
    typer.Option(
        "--from", metavar="TIME", help="The start: a date, or a time such as 2026-06-01T12:00."
    ),
]
ToOption = Annotated[
    str | None,
    typer.Option("--to", metavar="TIME", help="The end; a date is itself not included."),
]
ZoneOption = Annotated[
    str,
    typer.Option(
        "--tz",
        metavar="ZONE",
        help="The time zone of dates and of printed times, such as Europe/Bucharest.",
    ),
]
FilterOption = Annotated[
    str | None,
    typer.Option(
        "--filter", metavar="TEXT", help="As in the dashboard: 'country:RO !device:mobile'."
    ),
]
FileFormatOption = Annotated[
    FileFormat | None,
    typer.Option(
        "--format",
        metavar="FORMAT",
        help="parquet, csv or ndjson.",
        show_default="by the file's extension; ndjson for stdout",
    ),
]
BomOption = Annotated[
    bool,
    typer.Option(
        "--bom", help="Begin CSV with a byte order mark, for spreadsheets.", show_default=False
    ),
]
UTC: Final = "UTC"
DEFAULT_TIMEOUT_SECONDS: Final = 30.0


def _profile_names() -> list[str]:
    from loguro_async.cli.profiles import profile_names  # noqa: PLC0415 - for a shell's Tab only

    return profile_names()


ProfileOption = Annotated[
    str | None,
    typer.Option(
        "--profile",
        metavar="NAME",
        help="A profile of the configuration file.",
        show_default="$LOGURO_PROFILE",
        autocompletion=_profile_names,
    ),
]
TimeoutOption = Annotated[
    float, typer.Option("--timeout", metavar="SECONDS", help="Seconds for each call.")
]
ConcurrencyOption = Annotated[
    int, typer.Option("--concurrency", min=1, metavar="N", help="Projects queried at a time.")
]
LimitOption = Annotated[
    int | None,
    typer.Option(
        min=1, metavar="N", help="The most rows to list.", show_default="the service's default"
    ),
]
CompareOption = Annotated[
    bool, typer.Option("--compare", help="Compare with the period before.", show_default=False)
]
PortOption = Annotated[
    int,
    typer.Option(
        "--port", min=0, max=65535, metavar="PORT", help="The port to listen on; 0: any free one."
    ),
]
