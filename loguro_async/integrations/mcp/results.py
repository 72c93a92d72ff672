"""The results of the tools: typed for programs, and as compact text for assistants."""

import datetime as dt
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from loguro_async.text import NOTHING, noun_for, printable

_LONGEST_TEXT: Final = 200
KPI_UNITS: Final = {
    "visitors": "unique visitors",
    "pageviews": "page views",
    "sessions": "visits",
    "bounceRate": "share of visits with one page view, 0 to 1",
    "avgDurationSec": "seconds, mean length of a visit",
}
SERIES_UNITS: Final = {
    "pageviews": "page views",
    "visitors": "unique visitors within each row; they cannot be added up",
    "sessions": "visits",
}
More = Annotated[
    bool | None,
    Field(
        description="Whether the service has more rows than are shown; null where it cannot be "
        "told, because the service may have truncated the list itself."
    ),
]


def clean(text: str | None) -> str | None:
    """Returns text of strangers on one line, without characters that act, of bounded length."""
    if text is None:
        return None
    shown = printable(text, _LONGEST_TEXT + 1)
    return shown if len(shown) <= _LONGEST_TEXT else f"{shown[: _LONGEST_TEXT - 1]}…"


class Model(BaseModel):
    """A model that is written whole, under the service's names."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)


class Window(Model):
    """The window of time that a result is about."""

    range: str | None = Field(default=None, description="The time chip, where the window is one.")
    from_: dt.datetime | None = Field(
        default=None, serialization_alias="from", description="The beginning."
    )
    to: dt.datetime | None = Field(default=None, description="The end.")

    def __str__(self) -> str:
        ends = ""
        if self.from_ is not None or self.to is not None:
            ends = f"{moment(self.from_)} to {moment(self.to)}"
        if self.range is None:
            return ends
        return f"{self.range} ({ends})" if ends else self.range


class Result(Model):
    """The members that all results have."""

    how_to_see_more: ClassVar[str] = "raise limit, or narrow the filter"

    project: str = Field(description="The project's slug.")
    window: Window
    filter: str = Field(description="The filter that was applied; empty for none.")
    units: dict[str, str] = Field(description="What each figure counts.")
    more_rows: More = False

    def lines(self) -> Iterator[str]:
        """Yields the result as text."""
        raise NotImplementedError

    def text(self) -> str:
        """Returns the result as compact text."""
        condition = f"filter {self.filter}" if self.filter else "no filter"
        about = f"{self.project}, {self.window}, {condition}"
        return "\n".join([about, *self.lines(), *self._more()])

    def _more(self) -> Iterator[str]:
        if self.more_rows is None:
            yield "There may be more rows: the service may have truncated the list."
        elif self.more_rows:
            yield f"More rows exist: {self.how_to_see_more}."


class Figures(Model):
    """The key figures of a window."""

    visitors: int
    pageviews: int
    sessions: int
    bounce_rate: float | None = Field(
        serialization_alias="bounceRate", description="0 to 1; null of no visits."
    )
    avg_duration_sec: float | None = Field(
        serialization_alias="avgDurationSec", description="Seconds; null of no visits."
    )


class Change(Model):
    """One figure in a window and in the period of equal length before it."""

    now: float | None
    before: float | None
    percent: float | None = Field(
        description="The change in percent of what was before; null where that was 0."
    )

    @classmethod
    def of(cls, now: float | None, before: float | None) -> Self:
        """Returns the change from one figure to another."""
        percent = None
        if now is not None and before:
            percent = round((now - before) / before * 100, 1)
        return cls(now=now, before=before, percent=percent)

    def __str__(self) -> str:
        change = "" if self.percent is None else f", {self.percent:+.1f} %"
        return f"{number(self.now)} (before {number(self.before)}{change})"


class Changes(Result):
    """The key figures and their changes."""

    changes: dict[str, Change]
    units: dict[str, str] = KPI_UNITS

    def lines(self) -> Iterator[str]:
        """Yields a line for each figure."""
        for name, change in self.changes.items():
            yield f"{name} {change} [{self.units[name]}]"


class Row(Model):
    """A row of a list."""

    label: str | None = Field(description="What the row is about; written by visitors of the site.")
    value: int | None = Field(description="The main count; units say of what.")
    visitors: int | None = Field(
        default=None, description="Unique visitors, where the service counts them."
    )
    previous: int | None = Field(default=None, description="The main count of the period before.")
    change_percent: float | None = Field(
        default=None, description="The change since then, in percent."
    )

    def __str__(self) -> str:
        line = f"{number(self.value)} {self.label or NOTHING}"
        if self.visitors is not None:
            line += f" ({counted(self.visitors, 'visitor')})"
        if self.previous is not None:
            line += f" (before {number(self.previous)}"
            line += ")" if self.change_percent is None else f", {self.change_percent:+.1f} %)"
        return line


class Rows(Result):
    """A list, most first."""

    what: str = Field(description="What is listed.")
    rows: list[Row]

    def lines(self) -> Iterator[str]:
        """Yields a heading and a line for each row."""
        yield from _listed(self.what, self.units["value"], self.rows)


class Overview(Result):
    """Key figures, those of the period before, and top pages."""

    how_to_see_more: ClassVar[str] = "call top"

    current: Figures
    previous: Figures | None = Field(description="The period of equal length before the window.")
    top_pages: list[Row] = Field(serialization_alias="topPages")
    units: dict[str, str] = KPI_UNITS

    def lines(self) -> Iterator[str]:
        """Yields the figures, then the pages."""
        before: dict[str, Any] = (
            {} if self.previous is None else self.previous.model_dump(by_alias=True)
        )
        for name, now in self.current.model_dump(by_alias=True).items():
            shown = Change.of(now, before[name]) if before else number(now)
            yield f"{name} {shown} [{self.units[name]}]"
        yield from _listed("pages", self.units["value"], self.top_pages)


class Point(Model):
    """A row of a series."""

    bucket: dt.datetime = Field(description="The beginning of the row's hour, day, week or month.")
    pageviews: int | None
    visitors: int | None
    sessions: int | None
    is_complete: bool = Field(description="Whether the window holds the whole of it.")


class Series(Result):
    """Figures over time, oldest first."""

    how_to_see_more: ClassVar[str] = "pass a wider by, or a window that ends earlier"

    by: Literal["hour", "day", "week", "month"] = Field(description="The width of a row.")
    points: list[Point]
    units: dict[str, str] = SERIES_UNITS

    def lines(self) -> Iterator[str]:
        """Yields a line for each row."""
        yield f"{self.by} (UTC): pageviews, visitors, sessions [visitors are unique in each row]"
        for point in self.points:
            start = (
                f"{point.bucket:%Y-%m-%d %H:%M}"
                if self.by == "hour"
                else f"{point.bucket:%Y-%m-%d}"
            )
            figures = (point.pageviews, point.visitors, point.sessions)
            partial = "" if point.is_complete else " (partly inside the window)"
            yield f"{start}: {', '.join(map(number, figures))}{partial}"
        if not self.points:
            yield "nothing in this window"


class Projects(Model):
    """The projects that the tools are allowed to read."""

    projects: list[str] | None = Field(
        description="Their slugs; null for all that the token has access to. "
        "The service does not list those."
    )

    def text(self) -> str:
        """Returns the slugs."""
        if self.projects is None:
            return "All projects that the token has access to; the service does not list them."
        return "\n".join(self.projects)


class Health(Model):
    """A check-up of the service."""

    project: str
    ok: bool = Field(description="Whether token, project and every endpoint work.")
    requests: int = Field(description="Requests that were sent.")
    problems: list[str] = Field(description="What is wrong, and what to do.")

    def text(self) -> str:
        """Returns whether all is well, and what is not."""
        verdict = "all endpoints work" if self.ok else "not all is well"
        return "\n".join(
            [f"{self.project}: {verdict} ({counted(self.requests, 'request')})", *self.problems]
        )


def _listed(what: str, unit: str, rows: list[Row]) -> Iterator[str]:
    yield f"{what}, in {unit}:" if rows else f"no {what} in this window"
    yield from map(str, rows)


def counted(value: float | None, noun: str) -> str:
    """Returns a count with its noun: ``1 visit``."""
    return f"{number(value)} {noun_for(value, noun)}"


def number(value: float | None) -> str:
    """Returns a figure as text; a dash for none."""
    if value is None:
        return NOTHING
    return f"{value:,}" if isinstance(value, int) else f"{round(value, 3):,g}"


def moment(at: dt.datetime | None) -> str:
    """Returns a time in UTC as text; a dash for none."""
    return NOTHING if at is None else f"{at.astimezone(dt.UTC):%Y-%m-%d %H:%MZ}"
