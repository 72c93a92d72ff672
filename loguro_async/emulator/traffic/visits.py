"""Visits and their events, drawn as tables of numbers that refer to the seed data."""

from __future__ import annotations

from itertools import chain, count
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from loguro_async.emulator.ranges import HOUR_MS
from loguro_async.emulator.traffic import seed_data
from loguro_async.emulator.traffic.random_numbers import Ints, RandomNumbers, WeightedChoice

if TYPE_CHECKING:
    from collections.abc import Sequence

Flags = NDArray[np.bool_]
Table = dict[str, NDArray[Any]]

_SESSION_BREAK_MS: Final = 1_800_000


class Period(NamedTuple):
    """The time that the traffic covers, in milliseconds since 1970; the end is excluded."""

    start_ms: int
    end_ms: int


_SIZE_CHOICE: Final = WeightedChoice(seed_data.SESSION_SIZES)
_PAUSE_CHOICE: Final = WeightedChoice([pause.weight for pause in seed_data.PAUSES])
_ENTRY_CHOICE: Final = WeightedChoice(seed_data.ENTRY)
_CLICK_CHOICE: Final = WeightedChoice(*seed_data.CLICKS.values())
_PAGE_CHOICE: Final = WeightedChoice(
    *([page.weight for page in some] for some in seed_data.PAGES.values())
)
_CUSTOM_CHOICE: Final = WeightedChoice(
    *([event.weight for event in some] for some in seed_data.CUSTOM_EVENTS.values())
)

PAGES: Final = tuple(chain.from_iterable(seed_data.PAGES.values()))
_SECTIONS: Final = len(seed_data.PAGES)
_SECTION_OF_PAGE: Final = np.repeat(
    np.arange(_SECTIONS), [len(pages) for pages in seed_data.PAGES.values()]
)
CUSTOM_EVENTS: Final = tuple(chain.from_iterable(seed_data.CUSTOM_EVENTS.values()))
_CUSTOM_NAMES: Final = [event.name for event in CUSTOM_EVENTS]
_PAGEVIEW: Final = -1
"""The number of the custom event of an event that is a pageview."""


class _Visits(NamedTuple):
    """The events: those of one visit side by side, oldest first."""

    visit: Ints
    """The number of the visit (session) of each event."""
    time_ms: Ints
    opening: Flags
    """Whether the event is its visit's first."""


def draw_tables(random: RandomNumbers, size: int, period: Period) -> dict[str, Table]:
    """Returns the events, visits and visitors of a period, as tables of numbers."""
    visits = _draw_visits(random, size, period)
    visitor_of_visit, visitors = _draw_visitors(random, visits, period)
    page, custom = _draw_actions(random, visits.opening)
    visitor = visitor_of_visit[visits.visit]
    custom, identified = _identify(visitor, visits.time_ms, custom)
    event: Table = {
        "visit": visits.visit,
        "time_ms": visits.time_ms,
        "opening": visits.opening,
        "page": page,
        "custom": custom,
        "identified": identified,
        "id_high": random.raw(size, 40),
        "id_low": random.raw(size, 40),
    }
    order = np.lexsort((event["id_low"], event["id_high"], visits.time_ms))
    return {
        "event": {name: column[order] for name, column in event.items()},
        "visit": {
            **_numbered_uuids(random, len(visitor_of_visit)),
            "visitor": visitor_of_visit,
            "source": WeightedChoice([s.weight for s in seed_data.SOURCES]).draw(
                random, len(visitor_of_visit)
            ),
        },
        "visitor": {
            **_numbered_uuids(random, visitors),
            "location": WeightedChoice([p.weight for p in seed_data.LOCATIONS]).draw(
                random, visitors
            ),
            "device": WeightedChoice([d.weight for d in seed_data.DEVICES]).draw(random, visitors),
            # Some share a number: one person with two browsers.
            "user": 10_000 + random.below(visitors, visitors),
        },
    }


def concatenated(parts: Sequence[dict[str, Table]]) -> dict[str, Table]:
    """Returns the tables of several periods as one; no visit or visitor is in two of them."""
    visits = visitors = 0
    for part in parts:
        part["event"]["visit"] += visits
        part["visit"]["no"] += visits
        part["visit"]["visitor"] += visitors
        part["visitor"]["no"] += visitors
        visits += len(part["visit"]["no"])
        visitors += len(part["visitor"]["no"])
    return {
        name: {column: np.concatenate([part[name][column] for part in parts]) for column in table}
        for name, table in parts[0].items()
    }


def _numbered_uuids(random: RandomNumbers, size: int) -> Table:
    """Returns rows with a number and the random bits of a UUID."""
    return {"no": np.arange(size), "high": random.raw(size, 60), "low": random.raw(size, 62)}


def _draw_visits(random: RandomNumbers, size: int, period: Period) -> _Visits:
    """Returns how many events each visit has, and when they happen."""
    visit = np.repeat(np.arange(size), 1 + _SIZE_CHOICE.draw(random, size))[:size]
    opening = np.diff(visit, prepend=-1) > 0
    since_start = np.cumsum(np.where(opening, 0, _draw_pauses(random, size)))
    since_start -= since_start[opening][visit]
    starts = _draw_starts(random, size, period)
    time_ms = starts[visit] + since_start
    # An event that would be too late becomes a short visit of another visitor.
    late = time_ms >= period.end_ms
    visit[late] = visit.max(initial=-1) + 1 + np.arange(np.count_nonzero(late))
    time_ms[late] = starts[visit[late]]
    return _Visits(visit, time_ms, opening | late)


def _draw_pauses(random: RandomNumbers, size: int) -> Ints:
    """Returns times between events of one session, in milliseconds: most short, a few long."""
    chosen = _PAUSE_CHOICE.draw(random, size)
    pauses: Ints = np.array(seed_data.PAUSES, np.int64)[chosen]
    shortest, below = pauses[:, 0], pauses[:, 1]
    drawn: Ints = shortest + random.below(below - shortest, size)
    return drawn


def _draw_starts(random: RandomNumbers, size: int, period: Period) -> Ints:
    """Returns when visits begin: by the hour of the day, the day of the week and some growth."""
    hours = np.arange(period.start_ms // HOUR_MS, (period.end_ms - 1) // HOUR_MS + 1)
    opens: Ints = np.maximum(hours * HOUR_MS, period.start_ms)
    widths = np.minimum((hours + 1) * HOUR_MS, period.end_ms) - opens
    weekdays = (hours // 24 + 3) % 7  # 1970 began on a Thursday
    growth = 100 + seed_data.GROWTH_PERCENT * np.arange(len(hours)) // len(hours)
    of_day, of_week = np.array(seed_data.HOURS), np.array(seed_data.WEEKDAYS)
    busyness = of_day[hours % 24] * of_week[weekdays] * growth // 100
    chosen = WeightedChoice(busyness * widths // HOUR_MS).draw(random, size)
    return opens[chosen] + random.below(widths[chosen], size)


def _draw_visitors(random: RandomNumbers, visits: _Visits, period: Period) -> tuple[Ints, int]:
    """Returns the number of the visitor of each visit, and the count of such numbers."""
    start = visits.time_ms[visits.opening] - period.start_ms
    start = start[np.argsort(visits.visit[visits.opening])]
    end = start.copy()
    np.maximum.at(end, visits.visit, visits.time_ms - period.start_ms)
    size = len(start)
    regulars = size // 8 + 1
    first_time = regulars + np.arange(size)
    returning = random.below(100, size) < seed_data.RETURNING_PERCENT
    # Two draws, one within the other, favour low numbers: some come far more often than others.
    regular = random.below(1 + random.below(regulars, size), size)
    visitor = np.where(returning, regular, first_time)
    # One axis with the times of all visitors side by side needs only one running maximum.
    axis = visitor * (period.end_ms - period.start_ms + _SESSION_BREAK_MS)
    order = np.lexsort((start, visitor))
    last_seen = np.maximum.accumulate((axis + end)[order])
    too_soon = order[1:][(axis + start)[order][1:] < last_seen[:-1] + _SESSION_BREAK_MS]
    visitor[too_soon] = first_time[too_soon]
    return visitor, regulars + size


def _draw_actions(random: RandomNumbers, opening: Flags) -> tuple[Ints, Ints]:
    """Returns the page and the custom event of each event.

    A custom event happens on the page of the event before it.
    """
    size = len(opening)
    is_custom = (random.below(100, size) < seed_data.CUSTOM_PERCENT) & ~opening
    page = np.empty(size, np.int64)
    first = np.flatnonzero(opening)
    visit_sizes = np.diff(first, append=size)
    page[first] = _PAGE_CHOICE.draw_from(random, _ENTRY_CHOICE.draw(random, len(first)))
    for step in count(1):
        here = first[visit_sizes > step] + step
        if not len(here):
            break
        previous = page[here - 1]
        section = _CLICK_CHOICE.draw_from(random, _SECTION_OF_PAGE[previous]) % _SECTIONS
        page[here] = np.where(is_custom[here], previous, _PAGE_CHOICE.draw_from(random, section))
    custom = np.full(size, _PAGEVIEW)
    custom[is_custom] = _CUSTOM_CHOICE.draw_from(random, _SECTION_OF_PAGE[page[is_custom]])
    return page, custom


def _identify(visitor: Ints, time_ms: Ints, custom: Ints) -> tuple[Ints, Flags]:
    """Identifies the visitors who signed up or logged in, from then on.

    Returns:
        The custom events, where no visitor signs up twice, and whether each event has a user.
    """
    names = np.array([*_CUSTOM_NAMES, ""])[custom]  # -1, a pageview, gets the last name
    known_from = np.full(visitor.max(initial=0) + 1, np.iinfo(np.int64).max)
    identifying = (names == seed_data.SIGNED_UP) | (names == seed_data.LOGGED_IN)
    np.minimum.at(known_from, visitor[identifying], time_ms[identifying])
    again = (names == seed_data.SIGNED_UP) & (time_ms > known_from[visitor])
    is_known = time_ms >= known_from[visitor]
    return np.where(again, _CUSTOM_NAMES.index(seed_data.LOGGED_IN), custom), is_known
