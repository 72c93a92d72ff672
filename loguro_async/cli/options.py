"""Options that several commands share, and what they mean."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Annotated, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from loguro_async.errors import InvalidQueryError
from loguro_async.query.ranges import Between

if TYPE_CHECKING:
    from loguro_async.query.ranges import Chip, Range

ChipOption = Annotated[
    Literal["1h", "24h", "7d", "30d", "3m", "12m", "all"] | None,
    typer.Option("--range", help="A span that ends now."),
]
FromOption = Annotated[
    str | None, typer.Option("--from", help="Where the span begins: a date or an ISO time.")
]
ToOption = Annotated[
    str | None, typer.Option("--to", help="Where it ends; a date itself is not in it any more.")
]
ZoneOption = Annotated[
    str, typer.Option("--tz", help="Whose dates these are, such as Europe/Bucharest.")
]
FilterOption = Annotated[
    str | None, typer.Option("--filter", help="As in the dashboard: 'country:RO !device:mobile'.")
]
FormatOption = Annotated[
    Literal["parquet", "csv", "ndjson"] | None,
    typer.Option("--format", help="Left out, the file's ending tells."),
]
BomOption = Annotated[
    bool, typer.Option("--bom", help="Begin CSV with a byte order mark, for spreadsheets.")
]
UTC: Final = "UTC"
DEFAULT_TIMEOUT_SECONDS: Final = 30.0
_DAYS: Final = re.compile(r"([1-9][0-9]{0,3})d")


def _profile_names() -> list[str]:
    from loguro_async.cli.profiles import profile_names  # noqa: PLC0415 - for a shell's Tab only

    return profile_names()


ProfileOption = Annotated[
    str | None,
    typer.Option(
        "--profile",
        help="Whom to ask: a profile of the config file.  [default: $LOGURO_PROFILE]",
        autocompletion=_profile_names,
    ),
]
TimeoutOption = Annotated[float, typer.Option("--timeout", help="Seconds for each call.")]


def asked_range(chip: Chip | None, start: str | None, end: str | None, tz: str) -> Range | None:
    """The span that ``--range``, or ``--from`` and ``--to``, ask for; ``None`` if none does.

    Raises:
        InvalidQueryError: They cannot be read, or don't go together.
    """
    if start is None and end is None:
        return chip
    if start is None or end is None or chip is not None:
        message = "--from and --to belong together, without --range"
        raise InvalidQueryError(message)
    return Between(_moment("--from", start, tz), _moment("--to", end, tz))


def asked_date(option: str, text: str) -> dt.date:
    """The date that an option gives.

    Raises:
        InvalidQueryError: It is none.
    """
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        message = f"{option} is {text!r}; give a date such as 2026-06-01"
        raise InvalidQueryError(message) from None


def asked_days(
    start: str | None, end: str | None, last: str | None, *, yesterday: bool, tz: str
) -> tuple[dt.date, dt.date]:
    """Returns the first day that is asked for, and the day after the last one.

    Args:
        start: What ``--from`` says.
        end: What ``--to`` says.
        last: What ``--last`` says: so many days before today, and today.
        yesterday: Whether ``--yesterday`` is there.
        tz: Whose days these are.

    Raises:
        InvalidQueryError: They cannot be read, or don't go together.
    """
    ways = [start is not None or end is not None, last is not None, yesterday]
    if sum(ways) != 1:
        message = "give either --from and --to, or --last, or --yesterday"
        raise InvalidQueryError(message)
    today, day = dt.datetime.now(asked_zone(tz)).date(), dt.timedelta(days=1)
    if yesterday:
        return today - day, today
    if last is not None:
        return today - day * _days_in(last), today + day
    if start is None or end is None:
        message = "--from and --to belong together"
        raise InvalidQueryError(message)
    return asked_date("--from", start), asked_date("--to", end)


def _days_in(text: str) -> int:
    found = _DAYS.fullmatch(text)
    if found is None:
        message = f"--last must be a number of days, such as 7d, got {text!r}"
        raise InvalidQueryError(message)
    return int(found[1])


def asked_zone(name: str) -> ZoneInfo:
    """The time zone of that name.

    Raises:
        InvalidQueryError: There is none.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        message = f"--tz is {name!r}; give a name such as Europe/Bucharest"
        raise InvalidQueryError(message) from None


def _moment(option: str, text: str, tz: str) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        message = f"{option} is {text!r}; give a date or time such as 2026-06-01T12:00"
        raise InvalidQueryError(message) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=asked_zone(tz))
