from __future__ import annotations

import datetime as dt
import pickle
from typing import TYPE_CHECKING

import msgspec
import pytest

from loguro_async.decoding import decode
from loguro_async.endpoints import KPIS, TIMESERIES, TOP_PAGES
from loguro_async.models.overview import Overview
from loguro_async.models.response_base import as_stale, note_received

if TYPE_CHECKING:
    from collections.abc import Sequence

NOON = dt.datetime(2026, 6, 11, 12, tzinfo=dt.UTC)
BODIES = (
    (
        b'{"current":{"visitors":1,"pageviews":2,"sessions":1,"bounceRate":0,"avgDurationSec":9},'
        b'"previous":null,"range":{"from":"2026-06-10T12:00:00Z","to":"2026-06-11T12:00:00Z",'
        b'"bucket":"hour","hasPrevious":false}}'
    ),
    b'{"items":[],"bucket":"hour"}',
    b'{"items":[{"path":"/"}]}',
)


def overview(stale: Sequence[bool] = (False, False, False)) -> Overview:
    """An overview whose parts arrived an hour apart, the series first."""
    shapes = (KPIS.shape, TIMESERIES.shape, TOP_PAGES.shape)
    kpis, timeseries, top_pages = parts = (
        decode(KPIS, BODIES[0]),
        decode(TIMESERIES, BODIES[1]),
        decode(TOP_PAGES, BODIES[2]),
    )
    for part, shape, body, hours in zip(parts, shapes, BODIES, (1, 0, 2), strict=True):
        fetched_at = NOON + dt.timedelta(hours=hours)
        note_received(part, raw=body, fetched_at=fetched_at, shape=shape)
    return Overview(
        kpis=as_stale(kpis) if stale[0] else kpis,
        timeseries=as_stale(timeseries) if stale[1] else timeseries,
        top_pages=as_stale(top_pages) if stale[2] else top_pages,
    )


def test_an_overview_is_as_old_as_its_oldest_part() -> None:
    assert overview().fetched_at == NOON


@pytest.mark.parametrize(
    "stale", [(True, False, False), (False, True, False), (False, False, True)]
)
def test_one_stale_part_makes_an_overview_stale(stale: Sequence[bool]) -> None:
    assert overview(stale).stale
    assert not overview().stale


def test_the_three_bodies_are_members_of_one_object() -> None:
    one = overview()
    whole = msgspec.json.decode(one.raw)

    assert whole == {
        "kpis": msgspec.json.decode(BODIES[0]),
        "timeseries": msgspec.json.decode(BODIES[1]),
        "topPages": msgspec.json.decode(BODIES[2]),
    }
    assert one.to_json() == one.raw
    assert one.to_dict() == whole
    assert list(one.keys()) == list(msgspec.to_builtins(one)) == list(whole)


def test_an_overview_is_a_value() -> None:
    one = overview()
    twin = pickle.loads(pickle.dumps(one))  # noqa: S301 - made here

    assert twin == one == overview((True, True, True))
    assert hash(twin) == hash(one)
    assert (twin.raw, twin.fetched_at) == (one.raw, one.fetched_at)
    with pytest.raises(AttributeError):
        one.kpis = one.kpis  # type: ignore[misc]
