"""Traffic for the embedded Loguro: made from a seed, the same on every machine, real to look at.

numpy draws who does what and when, as whole numbers; DuckDB joins the numbers with the catalogue's
texts and writes Parquet. Only the raw bits of PCG64 are used, whose stream numpy guarantees, and
they are shaped by integer arithmetic alone: no rounding, no library's idea of a distribution.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from datetime import UTC, date, datetime, timedelta
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import duckdb
import numpy as np
from numpy.typing import NDArray

from loguro_async.emulator import catalogue

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Table = dict[str, NDArray[Any]]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR_MS: Final = 3_600_000
_DAY_MS: Final = 24 * _HOUR_MS
_SESSION_BREAK_MS: Final = 1_800_000
_LONGEST_DAYS: Final = 3_660
_SLUG: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}")


class _Window(NamedTuple):
    """The time that the traffic covers, in milliseconds since 1970; the end is not part of it."""

    start_ms: int
    end_ms: int


class _Dice:
    """Random whole numbers that depend on the seed and the project, and on nothing else."""

    def __init__(self, seed: int, project: str) -> None:
        digest = hashlib.sha256(f"{seed}/{project}".encode()).digest()
        self._bits = np.random.PCG64(int.from_bytes(digest))

    def raw(self, size: int, bits: int) -> Ints:
        """Numbers of so many bits, 63 at most."""
        drawn: NDArray[np.uint64] = self._bits.random_raw(size)
        return (drawn >> np.uint64(64 - bits)).astype(np.int64)

    def below(self, limit: int | Ints, size: int) -> Ints:
        """Numbers from 0 to below the limit (2**31 at most), one limit for all or one for each."""
        scaled: Ints = (self.raw(size, 32) * limit) >> 32
        return scaled


class _Odds:
    """Weighted choices: rows of weights, numbered on from one row to the next."""

    def __init__(self, *rows: Sequence[int] | Ints) -> None:
        totals = np.array([sum(row) for row in rows], np.int64)
        self._edges = np.cumsum(np.concatenate(rows))
        self._totals = totals
        self._starts = np.cumsum(totals) - totals

    def draw(self, dice: _Dice, size: int) -> Ints:
        """So many choices from the first row."""
        return self.draw_from(dice, np.zeros(size, np.int64))

    def draw_from(self, dice: _Dice, rows: Ints) -> Ints:
        """A choice from each of the given rows."""
        points: Ints = self._starts[rows] + dice.below(self._totals[rows], len(rows))
        chosen: Ints = np.searchsorted(self._edges, points, side="right").astype(np.int64)
        return chosen


_SIZE_ODDS: Final = _Odds(catalogue.SESSION_SIZES)
_PAUSE_ODDS: Final = _Odds([pause.weight for pause in catalogue.PAUSES])
_ENTRY_ODDS: Final = _Odds(catalogue.ENTRY)
_CLICK_ODDS: Final = _Odds(*catalogue.CLICKS.values())
_PAGE_ODDS: Final = _Odds(*([page.weight for page in some] for some in catalogue.PAGES.values()))
_CUSTOM_ODDS: Final = _Odds(
    *([event.weight for event in some] for some in catalogue.CUSTOM_EVENTS.values())
)

_PAGES: Final = tuple(chain.from_iterable(catalogue.PAGES.values()))
_SECTIONS: Final = len(catalogue.PAGES)
_SECTION_OF_PAGE: Final = np.repeat(
    np.arange(_SECTIONS), [len(pages) for pages in catalogue.PAGES.values()]
)
_CUSTOM_EVENTS: Final = tuple(chain.from_iterable(catalogue.CUSTOM_EVENTS.values()))
_CUSTOM_NAMES: Final = [event.name for event in _CUSTOM_EVENTS]
_PAGEVIEW: Final = -1
"""Stands where the number of a custom event would."""


class _Visits(NamedTuple):
    """The events, in the order they were drawn: of one visit side by side, oldest first."""

    visit: Ints
    """Number of the visit (session) that each event belongs to."""
    time_ms: Ints
    opening: Flags
    """Whether the event is its visit's first."""


def write_events(
    folder: Path, project: str, *, events: int, seed: int, now: datetime, days: int = 120
) -> None:
    """Write a project's events as Parquet, one file for each UTC day that has any.

    The files appear all at once, as `<folder>/project=<project>/day=YYYY-MM-DD/events.parquet`,
    ordered by timestamp and id. Equal arguments give equal rows on every machine. Without any
    events there is one file with no rows, so that a query finds the columns.

    Args:
        folder: Where the projects' folders are; made if need be.
        project: The project's slug.
        events: How many events to write, exactly.
        seed: Any whole number.
        now: When the traffic ends, aware of its time zone; every event is earlier.
        days: How many days the traffic goes back, 1 to 3660.

    Raises:
        ValueError: An argument cannot be used; the message says what to pass instead.
        FileExistsError: The project has files in the folder already.
    """
    window = _checked_window(project, events, now, days)
    target = folder / f"project={project}"
    if target.exists() and any(target.iterdir()):
        raise FileExistsError(f"{target} is not empty: serve what is there, or remove it first")
    tables = _draw_tables(_Dice(seed, project), events, window)
    folder.mkdir(parents=True, exist_ok=True)
    # An interrupted run must not leave half a project, which would pass for a whole one.
    with tempfile.TemporaryDirectory(prefix=".generating-", dir=folder) as unfinished:
        source = Path(unfinished) / target.name
        _write_days(tables, source, last_day=_day_of(window.end_ms - 1))
        source.replace(target)


def _checked_window(project: str, events: int, now: datetime, days: int) -> _Window:
    """The window that ends at `now`, if the arguments can be used."""
    problem = None
    if not _SLUG.fullmatch(project):
        problem = f"project {project!r} is no slug: use letters, digits, '-', '_' and '.'"
    elif events < 0:
        problem = f"events is {events}: pass 0 or more"
    elif not 1 <= days <= _LONGEST_DAYS:
        problem = f"days is {days}: pass 1 to {_LONGEST_DAYS}"
    elif now.utcoffset() is None:
        problem = "now has no time zone: pass an aware datetime, such as datetime.now(UTC)"
    elif now - _EPOCH < timedelta(days=days):
        problem = f"{days} days before {now} is earlier than 1970: pass a later now or fewer days"
    if problem:
        raise ValueError(problem)
    end_ms = (now - _EPOCH) // timedelta(milliseconds=1)
    return _Window(end_ms - days * _DAY_MS, end_ms)


def _day_of(time_ms: int) -> date:
    """The UTC day of a time."""
    return (_EPOCH + timedelta(milliseconds=time_ms)).date()


def _draw_tables(dice: _Dice, size: int, window: _Window) -> dict[str, Table]:
    """Everything about the traffic, as tables of numbers."""
    visits = _draw_visits(dice, size, window)
    visitor_of_visit, visitors = _draw_visitors(dice, visits, window)
    page, custom = _draw_actions(dice, visits.opening)
    visitor = visitor_of_visit[visits.visit]
    custom, identified = _identify(visitor, visits.time_ms, custom)
    event: Table = {
        "visit": visits.visit,
        "time_ms": visits.time_ms,
        "opening": visits.opening,
        "page": page,
        "custom": custom,
        "identified": identified,
        "id_high": dice.raw(size, 40),
        "id_low": dice.raw(size, 40),
    }
    order = np.lexsort((event["id_low"], event["id_high"], visits.time_ms))
    return {
        "event": {name: column[order] for name, column in event.items()},
        "visit": {
            **_numbered_uuids(dice, len(visitor_of_visit)),
            "visitor": visitor_of_visit,
            "source": _Odds([s.weight for s in catalogue.SOURCES]).draw(
                dice, len(visitor_of_visit)
            ),
        },
        "visitor": {
            **_numbered_uuids(dice, visitors),
            "place": _Odds([p.weight for p in catalogue.PLACES]).draw(dice, visitors),
            "device": _Odds([d.weight for d in catalogue.DEVICES]).draw(dice, visitors),
            # Some share a number: one person with two browsers.
            "user": 10_000 + dice.below(visitors, visitors),
        },
    }


def _numbered_uuids(dice: _Dice, size: int) -> Table:
    """Rows with a number and the random bits of a UUID."""
    return {"no": np.arange(size), "high": dice.raw(size, 60), "low": dice.raw(size, 62)}


def _draw_visits(dice: _Dice, size: int, window: _Window) -> _Visits:
    """How many events each visit has, and when they happen."""
    visit = np.repeat(np.arange(size), 1 + _SIZE_ODDS.draw(dice, size))[:size]
    opening = np.diff(visit, prepend=-1) > 0
    since_start = np.cumsum(np.where(opening, 0, _draw_pauses(dice, size)))
    since_start -= since_start[opening][visit]
    starts = _draw_starts(dice, size, window)
    time_ms = starts[visit] + since_start
    # What would lie in the future is a short visit of somebody else's instead.
    late = time_ms >= window.end_ms
    visit[late] = visit.max(initial=-1) + 1 + np.arange(np.count_nonzero(late))
    time_ms[late] = starts[visit[late]]
    return _Visits(visit, time_ms, opening | late)


def _draw_pauses(dice: _Dice, size: int) -> Ints:
    """Times between events of one session, in milliseconds: most are short, a few long."""
    chosen = _PAUSE_ODDS.draw(dice, size)
    pauses: Ints = np.array(catalogue.PAUSES, np.int64)[chosen]
    shortest, below = pauses[:, 0], pauses[:, 1]
    drawn: Ints = shortest + dice.below(below - shortest, size)
    return drawn


def _draw_starts(dice: _Dice, size: int, window: _Window) -> Ints:
    """When visits begin: by the rhythm of the day and the week, and a little growth."""
    hours = np.arange(window.start_ms // _HOUR_MS, (window.end_ms - 1) // _HOUR_MS + 1)
    opens: Ints = np.maximum(hours * _HOUR_MS, window.start_ms)
    widths = np.minimum((hours + 1) * _HOUR_MS, window.end_ms) - opens
    weekdays = (hours // 24 + 3) % 7  # 1970 began on a Thursday
    growth = 100 + catalogue.GROWTH_PERCENT * np.arange(len(hours)) // len(hours)
    of_day, of_week = np.array(catalogue.HOURS), np.array(catalogue.WEEKDAYS)
    busyness = of_day[hours % 24] * of_week[weekdays] * growth // 100
    chosen = _Odds(busyness * widths // _HOUR_MS).draw(dice, size)
    return opens[chosen] + dice.below(widths[chosen], size)


def _draw_visitors(dice: _Dice, visits: _Visits, window: _Window) -> tuple[Ints, int]:
    """The visitor of each visit, and how many numbers of visitors there are."""
    start = visits.time_ms[visits.opening] - window.start_ms
    start = start[np.argsort(visits.visit[visits.opening])]
    end = start.copy()
    np.maximum.at(end, visits.visit, visits.time_ms - window.start_ms)
    size = len(start)
    regulars = size // 8 + 1
    newcomer = regulars + np.arange(size)
    returning = dice.below(100, size) < catalogue.RETURNING_PERCENT
    # Two draws, one within the other, favour low numbers: some come far more often than others.
    regular = dice.below(1 + dice.below(regulars, size), size)
    visitor = np.where(returning, regular, newcomer)
    # All visitors' times side by side on one axis, so that one running maximum serves them all.
    axis = visitor * (window.end_ms - window.start_ms + _SESSION_BREAK_MS)
    order = np.lexsort((start, visitor))
    last_seen = np.maximum.accumulate((axis + end)[order])
    too_soon = order[1:][(axis + start)[order][1:] < last_seen[:-1] + _SESSION_BREAK_MS]
    visitor[too_soon] = newcomer[too_soon]
    return visitor, regulars + size


def _draw_actions(dice: _Dice, opening: Flags) -> tuple[Ints, Ints]:
    """The page of each event, and its custom event; a custom event happens on the page before."""
    size = len(opening)
    is_custom = (dice.below(100, size) < catalogue.CUSTOM_PERCENT) & ~opening
    page = np.empty(size, np.int64)
    first = np.flatnonzero(opening)
    visit_sizes = np.diff(first, append=size)
    page[first] = _PAGE_ODDS.draw_from(dice, _ENTRY_ODDS.draw(dice, len(first)))
    for step in count(1):
        here = first[visit_sizes > step] + step
        if not len(here):
            break
        before = page[here - 1]
        section = _CLICK_ODDS.draw_from(dice, _SECTION_OF_PAGE[before]) % _SECTIONS
        page[here] = np.where(is_custom[here], before, _PAGE_ODDS.draw_from(dice, section))
    custom = np.full(size, _PAGEVIEW)
    custom[is_custom] = _CUSTOM_ODDS.draw_from(dice, _SECTION_OF_PAGE[page[is_custom]])
    return page, custom


def _identify(visitor: Ints, time_ms: Ints, custom: Ints) -> tuple[Ints, Flags]:
    """Who is known from when on: whoever has signed up or logged in, and stays so.

    Returns:
        The custom events, where nobody signs up twice, and whether each event has a user.
    """
    names = np.array([*_CUSTOM_NAMES, ""])[custom]  # the last name stands for a pageview
    known_from = np.full(visitor.max(initial=0) + 1, np.iinfo(np.int64).max)
    identifying = (names == catalogue.SIGNED_UP) | (names == catalogue.LOGGED_IN)
    np.minimum.at(known_from, visitor[identifying], time_ms[identifying])
    again = (names == catalogue.SIGNED_UP) & (time_ms > known_from[visitor])
    return np.where(again, _CUSTOM_NAMES.index(catalogue.LOGGED_IN), custom), time_ms >= known_from[
        visitor
    ]


_MACROS: Final = """
CREATE MACRO uuid_text(high, low) AS printf('%08x-%04x-4%03x-%04x-%012x', high >> 28,
    (high >> 12) & 65535, high & 4095, 32768 | (low >> 48), low & 281474976710655);
CREATE MACRO base32(number, length) AS
    translate(to_base(number, 32, length), 'IJKLMNOPQRSTUV', 'JKMNPQRSTVWXYZ');
"""

_VISITS: Final = """
CREATE TABLE visits AS
SELECT visit.no AS visit, uuid_text(visit.high, visit.low) AS session_id,
    uuid_text(visitor.high, visitor.low) AS visitor_id, 'user_' || visitor.user AS user_id,
    referrer, query, place.* EXCLUDE (no, weight), device.* EXCLUDE (no, weight)
FROM visit JOIN visitor ON visitor.no = visit.visitor JOIN source ON source.no = visit.source
    JOIN place ON place.no = visitor.place JOIN device ON device.no = visitor.device
"""

_EVENTS: Final = """
CREATE TABLE events AS
SELECT base32(time_ms, 10) || base32(id_high, 8) || base32(id_low, 8) AS id,
    if(custom.no IS NULL, 'pageview', 'custom') AS event_type,
    make_timestamp(time_ms * 1000) AS timestamp,
    path, $origin || path || if(opening AND query <> '', '?' || query, '') AS url, title,
    referrer, visitor_id, session_id, if(identified, user_id, NULL) AS user_id,
    country_code, region, city, browser_family, os_family, device_type,
    viewport_width::INTEGER AS viewport_width, viewport_height::INTEGER AS viewport_height,
    custom.name AS custom_event_name, custom.props AS custom_props
FROM event JOIN visits USING (visit) JOIN page ON page.no = event.page
    LEFT JOIN custom ON custom.no = event.custom
"""

_WRITE_DAY: Final = """
COPY (
    SELECT * FROM events
    WHERE timestamp >= $day::DATE AND timestamp < $day::DATE + INTERVAL 1 DAY
    ORDER BY timestamp, id
) TO $file (FORMAT parquet, USE_TMP_FILE false)
"""


def _catalogue_tables() -> dict[str, Table]:
    """The catalogue's texts, each row with the number by which the traffic refers to it."""
    named: Mapping[str, Sequence[NamedTuple]] = {
        "source": catalogue.SOURCES,
        "place": catalogue.PLACES,
        "device": catalogue.DEVICES,
        "page": _PAGES,
        "custom": _CUSTOM_EVENTS,
    }
    return {
        name: {
            "no": np.arange(len(rows)),
            **{
                field: np.array([getattr(row, field) for row in rows], dtype=object)
                for field in rows[0]._fields
            },
        }
        for name, rows in named.items()
    }


def _write_days(tables: dict[str, Table], folder: Path, last_day: date) -> None:
    """Put texts for numbers, and write a folder with a file for each day that has events."""
    days = np.unique(tables["event"]["time_ms"] // _DAY_MS)
    with duckdb.connect() as connection:
        for name, table in {**tables, **_catalogue_tables()}.items():
            connection.register(name, table)
        connection.execute(_MACROS)
        connection.execute(_VISITS)
        connection.execute(_EVENTS, {"origin": catalogue.ORIGIN})
        for day in [_day_of(int(day) * _DAY_MS) for day in days] or [last_day]:
            file = folder / f"day={day}" / "events.parquet"
            file.parent.mkdir(parents=True)
            connection.execute(_WRITE_DAY, {"day": day, "file": str(file)})
