"""The data that responses carry beside their fields, and its cost."""

from __future__ import annotations

import datetime as dt
import gc
import json
import pickle
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest

from loguro_async.decoding import decode
from loguro_async.endpoints import EVENTS, KPIS, TIMESERIES, TOP_PAGES, VISITOR, Endpoint
from loguro_async.models.response_base import (
    Response,
    as_stale,
    estimated_bytes,
    note_parts,
    note_received,
)
from tests.contract.reference import golden

if TYPE_CHECKING:
    from collections.abc import Callable

NOON = dt.datetime(2026, 6, 11, 12, tzinfo=dt.UTC)


def fetched(endpoint: Endpoint[Any], body: bytes) -> Any:  # noqa: ANN401 - any response
    response: Response = decode(endpoint, body)
    note_received(response, raw=body, fetched_at=NOON, shape=endpoint.shape)
    return response


def pages(count: int, more: str = "") -> bytes:
    rows = (f'{{"path":"/page/{n}","count":{9 * n},"visitors":{n}{more}}}' for n in range(count))
    return f'{{"items":[{",".join(rows)}]}}'.encode()


def events(count: int) -> bytes:
    (event,) = json.loads(golden("events"))["items"]
    rows = [{**event, "id": f"01J{n}", "url": f"{event['url']}/{n}"} for n in range(count)]
    return json.dumps({"items": rows, "count": count}).encode()


def points(count: int) -> bytes:
    (point,) = json.loads(golden("timeseries"))["items"]
    rows = [{**point, "pageviews": 1_000 + n} for n in range(count)]
    return json.dumps({"items": rows, "bucket": "day"}).encode()


@pytest.mark.parametrize("endpoint", [KPIS, TIMESERIES, EVENTS], ids=lambda one: one.name)
def test_the_garbage_collector_does_not_track_rows_and_what_is_carried(
    endpoint: Endpoint[Any],
) -> None:
    response = fetched(endpoint, golden(endpoint.name))
    rows = getattr(response, "items", (getattr(response, "current", None),))

    assert rows
    assert not any(gc.is_tracked(row) for row in rows)
    assert not gc.is_tracked(response.__dict__)


def test_the_garbage_collector_does_not_track_rows_read_tolerantly() -> None:
    response = fetched(TOP_PAGES, pages(3, ',"share":0.5'))
    gc.collect()  # what holds nothing tracked is found out by a collection

    assert len(response.items) == 3
    assert not any(gc.is_tracked(row.__dict__) for row in response.items)
    assert not any(gc.is_tracked(row) for row in response.items)


def test_a_visitor_carries_its_body_and_what_no_field_holds() -> None:
    visitor = fetched(VISITOR, b'{"visitor_id":"v","tags":["a"]}')
    old = as_stale(visitor)
    twin = pickle.loads(pickle.dumps(old))  # noqa: S301 - made here

    for one in (visitor, old, twin):
        assert one.extra == {"tags": ["a"]}
        assert (one.raw, one.fetched_at) == (visitor.raw, NOON)
    assert (visitor.stale, old.stale, twin.stale) == (False, True, True)


def test_notes_do_not_replace_each_other() -> None:
    response = fetched(TOP_PAGES, b'[{"page":"/"}]')
    note_parts(response, 3)
    old = as_stale(response)

    assert (old.parts, old.stale, old.raw) == (3, True, response.raw)
    assert [one.kind for one in old.tolerated] == ["bare", "name"]
    assert str(old.shape) == str(TOP_PAGES.shape)


def in_memory(make: Callable[[], object], count: int) -> float:
    """The bytes that one of many responses takes."""
    make()
    gc.collect()
    tracemalloc.start()
    kept = [make() for _ in range(count)]
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert len(kept) == count
    return taken / count


@pytest.mark.parametrize(
    ("endpoint", "body"),
    [
        (KPIS, golden("kpis")),
        (TOP_PAGES, pages(0)),
        (TOP_PAGES, pages(10)),
        (TOP_PAGES, pages(300)),
        (TOP_PAGES, pages(300, ',"share":0.5')),
        (EVENTS, events(100)),
        (TIMESERIES, points(365)),
    ],
)
def test_the_estimate_of_bytes_is_near_what_is_taken(endpoint: Endpoint[Any], body: bytes) -> None:
    def make() -> object:
        return fetched(endpoint, bytes(bytearray(body)))

    taken = in_memory(make, 20)
    assert 0.75 < estimated_bytes(fetched(endpoint, body)) / taken < 2
