from __future__ import annotations

import datetime as dt
import pickle
from typing import Any

import msgspec
import pytest

from loguro_async.decoding import decode
from loguro_async.endpoints import (
    CUSTOM_EVENTS,
    EVENTS,
    KPIS,
    TIMESERIES,
    VISITOR_SESSIONS,
    Endpoint,
)
from loguro_async.models.events import CustomEvent, CustomEvents, Event, EventList
from loguro_async.models.kpis import Kpis, KpiValues, RangeInfo, Timeseries, TimeseriesPoint
from loguro_async.models.visitors import Session, SessionEvent, VisitorSessions
from tests.contract.reference import SHOWN, golden, parsed


def at(day: int, hour: int = 0, minute: int = 0, second: int = 0) -> dt.datetime:
    return dt.datetime(2026, 6, day, hour, minute, second, tzinfo=dt.UTC)


def test_kpis() -> None:
    assert decode(KPIS, golden("kpis")) == Kpis(
        current=KpiValues(
            visitors=143, pageviews=402, sessions=181, bounce_rate=0.42, avg_duration_sec=96.5
        ),
        previous=KpiValues(
            visitors=120, pageviews=350, sessions=156, bounce_rate=0.47, avg_duration_sec=82.1
        ),
        range=RangeInfo(chip="7d", from_=at(4, 10), to=at(11, 10), bucket="day", has_previous=True),
    )


def test_timeseries() -> None:
    point = TimeseriesPoint(
        bucket=at(10),
        pageviews=84,
        visitors=51,
        sessions=63,
        previous_pageviews=72,
        previous_visitors=44,
        previous_sessions=55,
    )
    assert decode(TIMESERIES, golden("timeseries")) == Timeseries(items=(point,), bucket="day")


def test_events() -> None:
    events = decode(EVENTS, golden("events"))

    assert events == EventList(
        items=(
            Event(
                id="01J...",
                event_type="pageview",
                path="/pricing",
                url="https://example.com/pricing",
                visitor_id="01HZ...",
                session_id="01HZ...",
                country_code="RO",
                browser_family="Chrome",
                device_type="desktop",
                timestamp=at(11, 9, 59, 2),
            ),
        ),
        count=1,
    )
    assert events.items[0].extra == {}


def test_custom_events() -> None:
    row = CustomEvent(
        name="signup_completed", count=42, prev_count=31, delta_pct=35, spark=(2, 5, 4, 9)
    )
    assert decode(CUSTOM_EVENTS, golden("custom-events")) == CustomEvents(
        items=(row,), buckets=(at(8),), bucket="day"
    )


def test_visitor_sessions() -> None:
    event = SessionEvent(
        path="/checkout",
        url="https://example.com/checkout",
        event_type="pageview",
        custom_event_name=None,
        timestamp=at(11, 9, 10),
    )
    session = Session(
        session_id="01HZ...",
        start=at(11, 9),
        end=at(11, 9, 12),
        duration_ms=720_000,
        page_count=4,
        entry_page="/",
        exit_page="/checkout",
        events=(event,),
    )
    assert decode(VISITOR_SESSIONS, golden("visitor-sessions")) == VisitorSessions(
        sessions=(session,)
    )


@pytest.mark.parametrize("endpoint", SHOWN, ids=lambda endpoint: endpoint.name)
def test_re_encoding_gives_the_reference_s_own_json(endpoint: Endpoint[Any]) -> None:
    body = golden(endpoint.name)

    assert parsed(msgspec.json.encode(decode(endpoint, body))) == parsed(body)


@pytest.mark.parametrize("endpoint", SHOWN, ids=lambda endpoint: endpoint.name)
def test_pickling_changes_nothing(endpoint: Endpoint[Any]) -> None:
    answer = decode(endpoint, golden(endpoint.name))
    twin = pickle.loads(pickle.dumps(answer))  # noqa: S301 - made one line before

    assert twin == answer
    assert hash(twin) == hash(answer)
    assert msgspec.json.encode(twin) == msgspec.json.encode(answer)
