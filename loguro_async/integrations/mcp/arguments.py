"""The arguments of the tools, under the names of the service's own parameters."""

import datetime as dt
from collections.abc import Collection
from difflib import get_close_matches
from typing import Annotated, Any, Final, Literal, Self, TypeAlias

from mcp.server.mcpserver.utilities.func_metadata import ArgModelBase
from pydantic import ConfigDict, Field, ValidationError, model_validator

from loguro_async.query.ranges import Between, Chip, Range

TopName: TypeAlias = Literal[
    "pages",
    "referrers",
    "countries",
    "browsers",
    "os",
    "devices",
    "entry-pages",
    "exit-pages",
]
Width: TypeAlias = Literal["hour", "day", "week", "month"]
FilterText: TypeAlias = Annotated[
    str | None,
    Field(
        description="Which events count, such as 'country:RO|US !device:mobile path:/pricing'. "
        "Keys: path, country, device, browser, os, event_type, custom_event_name, search. "
        "! excludes, | separates alternatives. Default: all events."
    ),
]

_DEFAULT_RANGE: Final[Chip] = "7d"
_LONGEST_VALUE: Final = 60
# The names of version 0.1, which written-down prompts still use. No schema lists them.
_FORMER_NAMES: Final = {"span": "range", "rows": "limit"}
# What assistants write instead, beside misspellings.
_OTHER_NAMES: Final = {
    "period": "range",
    "days": "range",
    "start": "from",
    "since": "from",
    "end": "to",
    "until": "to",
    "slug": "project",
    "n": "limit",
    "list": "what",
    "bucket": "by",
    "interval": "by",
    "granularity": "by",
}


class NoArguments(ArgModelBase):
    """No argument at all; others are refused."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _take_former_names(cls, arguments: dict[str, Any]) -> dict[str, Any]:
        known = cls.model_fields
        names = {
            former: name
            for former, name in _FORMER_NAMES.items()
            if former in arguments and name in known and name not in arguments
        }
        return {names.get(name, name): value for name, value in arguments.items()}


class ProjectArguments(NoArguments):
    """A project."""

    project: Annotated[
        str, Field(description="The project's slug, as the tool `projects` lists it.")
    ]


class WindowArguments(ProjectArguments):
    """A project, and a window of time."""

    range: Annotated[
        Chip | None,
        Field(
            description="The time up to now: 1h, 24h, 7d, 30d, 3m, 12m or all. Default: "
            f"{_DEFAULT_RANGE}. Leave it out where from and to are given."
        ),
    ] = None
    from_: Annotated[
        dt.datetime | None,
        Field(
            alias="from",
            description="The beginning of the window, in ISO 8601, such as 2026-06-01 or "
            "2026-06-01T09:00:00+03:00; UTC where it names no offset. Needs to.",
        ),
    ] = None
    to: Annotated[
        dt.datetime | None,
        Field(description="The end of the window, written as from. Needs from."),
    ] = None

    @model_validator(mode="after")
    def _check_window(self) -> Self:
        if (self.from_ is None) != (self.to is None):
            raise ValueError("pass both from and to")
        if self.from_ is not None and self.range is not None:
            raise ValueError("pass either range, or from and to, not both")
        return self

    @property
    def window(self) -> Range:
        """The window, as the client takes it.

        Raises:
            InvalidQueryError: ``to`` is not after ``from``.
        """
        if self.from_ is None or self.to is None:
            return self.range or _DEFAULT_RANGE
        return Between(_aware(self.from_), _aware(self.to))


class QueryArguments(WindowArguments):
    """A project, a window of time and a filter."""

    filter: FilterText = None


class ListArguments(QueryArguments):
    """A query for a list."""

    limit: Annotated[int, Field(ge=1, le=50, description="Rows at most.")] = 10


class TopArguments(ListArguments):
    """A query for a top list."""

    what: Annotated[TopName, Field(description="What to list.")]
    compare: Annotated[
        bool, Field(description="Whether to include the counts of the previous period.")
    ] = False


class FlowArguments(ListArguments):
    """A query for the first pages of sessions."""

    depth: Annotated[int, Field(ge=2, le=5, description="Pages of a flow.")] = 3


class SeriesArguments(QueryArguments):
    """A query for a series."""

    by: Annotated[
        Width,
        Field(
            description="The width of a row: hour for 24 hours at most. Weeks begin on Monday; "
            "all widths are in UTC."
        ),
    ]
    limit: Annotated[
        int,
        Field(
            ge=1,
            le=400,
            description="Rows at most, the latest; 366 days fit, and 60 weeks or months.",
        ),
    ] = 100


class LiveArguments(ProjectArguments):
    """A look at the last minutes."""

    windowMs: Annotated[  # noqa: N815 - the service's name
        int,
        Field(ge=60_000, le=3_600_000, description="How far to look back, in milliseconds."),
    ] = 300_000
    filter: FilterText = None
    limit: Annotated[int, Field(ge=1, le=200, description="Events at most, the latest.")] = 20


class VisitorArguments(WindowArguments):
    """One visitor."""

    visitor_id: Annotated[str, Field(description="The visitor's id, as `visitors` lists it.")]
    limit: Annotated[int, Field(ge=1, le=50, description="Sessions at most, the latest.")] = 10


def explain(error: ValidationError, known: Collection[str]) -> str:
    """Returns what is wrong with arguments, in one line without links.

    Args:
        error: The error of the arguments' model.
        known: The names of the tool's arguments.
    """
    return "; ".join(_explain(one, known) for one in error.errors(include_url=False))


def _explain(error: Any, known: Collection[str]) -> str:  # noqa: ANN401 - pydantic's ErrorDetails
    name = ".".join(map(str, error["loc"]))
    if error["type"] == "extra_forbidden":
        return _explain_unknown(name, known)
    if error["type"] == "missing":
        return f"{name} is missing"
    message = error["msg"].removeprefix("Value error, ")
    if not name:
        return str(message)
    value = repr(error["input"])
    shown = value if len(value) <= _LONGEST_VALUE else f"{value[:_LONGEST_VALUE]}…"
    return f"{name}: {message[:1].lower()}{message[1:]}, got {shown}"


def _explain_unknown(name: str, known: Collection[str]) -> str:
    shown = f"unknown argument {name[:_LONGEST_VALUE]!r}"
    if not known:
        return f"{shown}: this tool takes none"
    meant = (_FORMER_NAMES | _OTHER_NAMES).get(name.lower())
    near = [meant] if meant in known else get_close_matches(name.lower(), known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return f"{shown}: {hint}this tool takes {', '.join(known)}"


def _aware(moment: dt.datetime) -> dt.datetime:
    return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment
