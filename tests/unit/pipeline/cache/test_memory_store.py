"""The store: bounded in bytes and in number, with an index by project."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

from loguro_async import Count
from loguro_async.endpoints import COUNT
from loguro_async.models.response_base import note_received
from loguro_async.pipeline.cache.memory_store import Entry, Store
from loguro_async.request import Query
from tests.calls import a_request
from tests.unit.wire import NOW

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_AGE = 100.0


class Clock:
    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


def a_store(
    *,
    max_bytes: int = 10**6,
    max_entries: int = 1000,
    clock: Callable[[], float] = Clock(),  # noqa: B008 - one that stands still
) -> Store:
    return Store(max_bytes=max_bytes, max_entries=max_entries, max_age=MAX_AGE, clock=clock)


def key(slug: str, range_: str = "24h") -> str:
    return a_request(COUNT, slug, range=range_).key


def an_entry(slug: str, range_: str = "24h", *, body: bytes = b"{}") -> Entry:
    response = Count(1)
    note_received(response, raw=body, fetched_at=NOW, shape=Count)
    return Entry(key(slug, range_), slug, response, fetched_at=0.0)


def test_an_entry_is_found_until_it_is_too_old_for_any_view() -> None:
    clock = Clock()
    store = a_store(clock=clock)
    entry = an_entry("local")
    store.put(entry)
    clock.time = MAX_AGE - 0.1
    assert store.get(key("local")) is entry
    clock.time = MAX_AGE
    assert store.get(key("local")) is None
    assert len(store) == store.size == 0
    assert list(store.slugs()) == []


def test_the_bytes_of_all_entries_are_bounded() -> None:
    measure = a_store()
    measure.put(an_entry("s000"))
    one = measure.size
    store = a_store(max_bytes=3 * one + 10)
    for number in range(10):
        store.put(an_entry(f"s{number:03}"))
        assert store.size <= 3 * one + 10
    assert len(store) == 3
    assert store.get(key("s009")) is not None


def test_an_entry_larger_than_the_store_is_not_stored_and_evicts_nothing() -> None:
    store = a_store(max_bytes=5000)
    store.put(an_entry("small"))
    store.put(an_entry("large", body=b"x" * 5000))
    assert store.get(key("large")) is None
    assert store.get(key("small")) is not None


def test_the_number_of_entries_is_bounded() -> None:
    store = a_store(max_entries=2)
    for number in range(5):
        store.put(an_entry(f"site-{number}"))
    assert len(store) == 2


def test_a_store_for_no_entries_stores_none() -> None:
    store = a_store(max_entries=0)
    store.put(an_entry("local"))
    assert store.get(key("local")) is None


def test_the_least_recently_used_entry_is_evicted_first() -> None:
    store = a_store(max_entries=2)
    store.put(an_entry("first"))
    store.put(an_entry("second"))
    assert store.get(key("first")) is not None
    store.put(an_entry("third"))
    assert store.get(key("first")) is not None
    assert store.get(key("second")) is None


def test_a_newer_entry_replaces_the_older_one() -> None:
    store = a_store()
    store.put(an_entry("local", body=b"older" * 100))
    newer = an_entry("local", body=b"newer")
    store.put(newer)
    assert store.get(key("local")) is newer
    assert len(store) == 1


def test_dropping_a_project_drops_its_entries_alone() -> None:
    store = a_store()
    for slug in ("one", "two"):
        for range_ in ("24h", "7d"):
            store.put(an_entry(slug, range_))
    store.drop_project("one")
    assert [store.get(key("one", range_)) for range_ in ("24h", "7d")] == [None, None]
    assert all(store.get(key("two", range_)) for range_ in ("24h", "7d"))
    assert list(store.slugs()) == ["two"]


def test_dropping_a_project_visits_no_other_entry() -> None:
    """Counts what is compared, because a test must not measure time."""

    class Counting(str):
        __slots__ = ()
        compared = 0

        def __eq__(self, other: object) -> bool:
            type(self).compared += 1
            return str.__eq__(self, other)

        __hash__ = str.__hash__

    def compared_with(others: int) -> int:
        store = a_store(max_entries=10**6, max_bytes=10**9)
        for number in range(others):
            entry = an_entry(f"p{number}")
            entry.key = Counting(entry.key)
            store.put(entry)
        Counting.compared = 0
        store.drop_project("absent")
        store.drop_project("p0")
        return Counting.compared

    assert compared_with(2000) == compared_with(10)


def test_clearing_drops_everything() -> None:
    store = a_store()
    query: Query[Any] = Query(COUNT, "local")
    entry = an_entry("local")
    store.put(entry)
    fast_path = store.fast_path("a policy")
    store.remember(fast_path, query, entry, 10.0)
    store.clear()
    assert (len(store), list(store.slugs()), fast_path) == (0, [], {})


def test_an_evicted_entry_is_not_found_on_the_fast_path() -> None:
    store = a_store(max_entries=1)
    query: Query[Any] = Query(COUNT, "first")
    entry = an_entry("first")
    store.put(entry)
    fast_path, another = store.fast_path("a policy"), store.fast_path("another policy")
    store.remember(fast_path, query, entry, 10.0)
    store.remember(another, query, entry, 10.0)
    assert query in fast_path
    store.put(an_entry("second"))
    assert (fast_path, another) == ({}, {})


def test_a_replaced_entry_is_not_found_on_the_fast_path() -> None:
    store = a_store()
    query: Query[Any] = Query(COUNT, "local")
    entry = an_entry("local")
    store.put(entry)
    fast_path = store.fast_path("a policy")
    store.remember(fast_path, query, entry, 10.0)
    store.put(an_entry("local"))
    assert fast_path == {}


def test_the_spellings_of_one_request_are_bounded() -> None:
    store = a_store()
    entry = an_entry("local")
    store.put(entry)
    fast_path = store.fast_path("a policy")
    for number in range(100):
        query: Query[Any] = Query(COUNT, "local", filter=f"path:/a{' ' * number}")
        store.remember(fast_path, query, entry, 10.0)
    assert len(fast_path) == 8
    store.drop(entry.key)
    assert fast_path == {}


def test_background_work_over_many_projects_evicts_nothing_that_calls_use() -> None:
    store = a_store(max_bytes=10**8, max_entries=10_000)
    store.put(an_entry("of-a-page"))
    store.put(an_entry("read"), one_shot=True)
    assert store.get(key("read")) is not None
    for number in range(3000):
        store.put(an_entry(f"p{number}"), one_shot=True)
    assert len(store) == 1002
    assert store.get(key("of-a-page")) is not None
    assert store.get(key("read")) is not None
    assert store.get(key("p1999")) is None
    assert store.get(key("p2000")) is not None


def test_the_fast_path_of_a_view_that_is_gone_is_dropped() -> None:
    store = a_store()
    query: Query[Any] = Query(COUNT, "local")
    entry = an_entry("local")
    store.put(entry)
    for number in range(100):
        store.remember(store.fast_path(number), query, entry, 10.0)
    kept = store.fast_path("a policy")
    store.remember(kept, query, entry, 10.0)
    assert (query in kept, entry.queries) == (True, (query,))
    assert store.fast_path("a policy") is kept
    gc.collect()
    assert len(store._fast_paths) == 1
