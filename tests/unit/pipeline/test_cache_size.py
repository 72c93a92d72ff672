"""The bytes that an answer takes: every row is counted, or stands for some that are."""

from __future__ import annotations

import sys

from loguro_async import Event, EventList, TopList, TopPage
from loguro_async.decoding import decode
from loguro_async.endpoints import EVENTS, TOP_PAGES
from loguro_async.pipeline.cache.size import size_in_memory


def test_the_size_counts_every_row_and_its_extra() -> None:
    rows = b",".join(b'{"path":"/%d","count":%d,"more":[1,2,3]}' % (n, n) for n in range(100))
    answer = decode(TOP_PAGES, b'{"items":[' + rows + b"]}")
    assert isinstance(answer, TopList)
    counted = size_in_memory(answer)
    by_hand = sum(
        sys.getsizeof(row) + sys.getsizeof(row.path) + sys.getsizeof(row.count)
        for row in answer.items
    )
    assert counted > by_hand
    assert size_in_memory(TopList[TopPage](())) < 1000


def test_of_a_long_list_some_rows_stand_for_all() -> None:
    def pages(count: int) -> TopList[TopPage]:
        return TopList(tuple(TopPage(path=f"/{n:05}", count=n + 1000) for n in range(count)))

    one = size_in_memory(pages(1)) - size_in_memory(pages(0))
    for count in (64, 65, 127, 128, 5000):
        rows = size_in_memory(pages(count)) - size_in_memory(pages(0))
        assert 0.97 < rows / (count * one) < 1.03


def test_the_size_counts_texts_and_moments_of_events() -> None:
    event = (
        b'{"id":"1","event_type":"custom","path":"/","url":"https://example.com/%s",'
        b'"visitor_id":"v","session_id":"s","timestamp":"2026-06-11T09:59:02.000Z",'
        b'"custom_props":{"plan":"team"}}'
    )
    short, long = (
        decode(EVENTS, b'{"items":[' + event % url + b'],"count":1}') for url in (b"x", b"x" * 5000)
    )
    assert isinstance(short, EventList)
    assert isinstance(short.items[0], Event)
    assert size_in_memory(long) - size_in_memory(short) == 4999
