"""Answers made by hand, a kind each, and names that strangers could choose."""

from __future__ import annotations

import datetime as dt
from typing import Final

from loguro_async import (
    Count,
    CustomEvent,
    CustomEvents,
    Event,
    EventList,
    Kpis,
    KpiValues,
    Overview,
    RangeInfo,
    RecentEvent,
    RecentEvents,
    Response,
    Session,
    SessionEvent,
    Timeseries,
    TimeseriesPoint,
    TopCountry,
    TopFlow,
    TopList,
    TopPage,
    Visitor,
    VisitorSessions,
)

START: Final = dt.datetime(2026, 6, 4, tzinfo=dt.UTC)
DAY: Final = dt.timedelta(days=1)
HOUR: Final = dt.timedelta(hours=1)

HOSTILE: Final = (
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "/\u202egnirts-desrever",
    "/مرحبا/بالعالم",
    "/עברית/עמוד",
    "/日本語/ページ",
    "/हिन्दी/पृष्ठ",
    "/🎉" * 60,
    "/" + "a-very-long-path/" * 18,
    "/line\nbreak\ttab\0nul",
    "\ud83d",
    "javascript:alert(1)",
    "| a | table | `row` |",
    "**bold** _it_ [link](https://evil.example) <!channel> @everyone",
    "{{ 7 * 7 }} ${vega} %s",
    "datum.name",
    "",
)


def series(
    buckets: int, *, previous: bool = True, hourly: bool = False, scale: int = 1
) -> Timeseries:
    """A series that rises and falls a little."""
    step = HOUR if hourly else DAY
    points = (
        TimeseriesPoint(
            START + place * step,
            *_counts(place, scale),
            *(_counts(place + 2, scale) if previous else ()),
        )
        for place in range(buckets)
    )
    return Timeseries(tuple(points), "hour" if hourly else "day")


def _counts(place: int, scale: int) -> tuple[int, int, int]:
    wave = (place * 37 % 23 + 40) * scale
    return wave * 3, wave, wave + 8 * scale


def kpis(*, previous: bool = True, visitors: int = 143) -> Kpis:
    """The reference's own figures."""
    return Kpis(
        KpiValues(visitors, 402 if visitors else 0, 181 if visitors else 0, 0.42, 96.5),
        KpiValues(120, 350, 156, 0.47, 82.1) if previous else None,
        RangeInfo(START, START + 7 * DAY, "day", previous, "7d"),
    )


def pages(*names: str | None) -> TopList[TopPage]:
    """A list of pages, each with fewer views than the one before."""
    rows = (
        TopPage(path=name, count=100 * (len(names) - place), prev_count=150, delta_pct=12.0)
        for place, name in enumerate(names)
    )
    return TopList(tuple(rows))


def custom_events(*names: str, buckets: int = 7) -> CustomEvents:
    """Custom events, each with a count for each bucket."""
    rows = (
        CustomEvent(
            name,
            40 - place,
            30,
            delta_pct=33.0,
            spark=tuple((place + bucket) * 7 % 11 for bucket in range(buckets)),
        )
        for place, name in enumerate(names)
    )
    return CustomEvents(tuple(rows), tuple(START + n * DAY for n in range(buckets)), "day")


def event(place: int, *, kind: str = "pageview", path: str = "/") -> Event:
    """An event, some minutes after the others."""
    at = START + place * dt.timedelta(minutes=11)
    return Event(f"e{place}", kind, path, f"https://example.com{path}", "v", "s", at)


def visits(*names: str) -> VisitorSessions:
    """A visit for each name, which is the path of its pages."""
    return VisitorSessions(
        tuple(
            Session(
                f"s{place}",
                START + place * DAY,
                START + place * DAY + dt.timedelta(minutes=4 + place),
                (4 + place) * 60_000,
                2,
                name,
                name,
                (
                    SessionEvent(name, name, "pageview", None, START + place * DAY),
                    SessionEvent(
                        name, name, "custom", name, START + place * DAY + dt.timedelta(minutes=2)
                    ),
                ),
            )
            for place, name in enumerate(names)
        )
    )


ANSWERS: Final[dict[str, Response | Overview]] = {
    "kpis": kpis(),
    "series": series(8),
    "pages": pages("/", "/pricing", "/docs/getting-started", "/blog"),
    "countries": TopList(
        (TopCountry(country_code="RO", count=50), TopCountry(country_code="US", count=20))
    ),
    "flows": TopList((TopFlow(steps=("/", "/pricing", "/signup"), count=9),)),
    "custom-events": custom_events("signup_completed", "cta_clicked", "video_played"),
    "events": EventList(
        tuple(event(place, kind="custom" if place % 5 == 0 else "pageview") for place in range(60)),
        60,
    ),
    "recent-events": RecentEvents(
        (
            RecentEvent(event_type="pageview", timestamp=START),
            RecentEvent(event_type="custom", timestamp=START + dt.timedelta(minutes=3)),
            RecentEvent(event_type="pageview"),
        )
    ),
    "count": Count(12_345),
    "visitor": Visitor(visitor_id="v", sessions=3, pageviews=14, events=20, first_seen=START),
    "visits": visits("/", "/pricing", "/docs"),
    "overview": Overview(kpis(), series(8), pages("/", "/pricing")),
}
"""A response of every kind."""
