"""What is kept: bounded in bytes and in number, and what was read lately goes last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loguro_async import Count
from loguro_async.models.responses import received
from loguro_async.pipeline.cache.entry import CacheKey, Entry
from loguro_async.pipeline.cache.store import Store
from tests.unit.wire import NOW

if TYPE_CHECKING:
    from collections.abc import Hashable


class Clock:
    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


def a_store(
    *, max_bytes: int = 10**6, max_entries: int = 1000, clock: Clock | None = None
) -> Store:
    return Store(max_bytes=max_bytes, max_entries=max_entries, clock=clock or Clock())


def key(slug: str, identity: bytes = b"token") -> CacheKey:
    return CacheKey(
        "https://logu.ro", identity, slug, "count", f"/{slug}/count", (("range", "24h"),)
    )


def entry(
    slug: str, *, body: bytes = b"{}", keep_until: float = 100.0, in_passing: bool = False
) -> Entry:
    answer = Count(1)
    received(answer, raw=body, fetched_at=NOW, shape=Count)
    return Entry(
        key(slug),
        answer,
        stored_at=0.0,
        freshness=1.0,
        keep_until=keep_until,
        in_passing=in_passing,
    )


def test_what_was_put_is_found_until_it_is_of_no_more_use() -> None:
    clock = Clock()
    store = a_store(clock=clock)
    kept = entry("local", keep_until=10.0)
    store.put(kept)
    clock.time = 9.9
    assert store.get(key("local")) is kept
    clock.time = 10.0
    assert store.get(key("local")) is None
    assert len(store) == store.size == 0


def test_what_is_of_no_use_already_is_not_kept() -> None:
    store = a_store()
    store.put(entry("local"))
    store.put(entry("local", keep_until=0.0))
    assert store.get(key("local")) is None
    assert len(store) == 0


def test_another_token_is_another_key() -> None:
    store = a_store()
    store.put(entry("local"))
    assert store.get(key("local", b"another token")) is None


def test_the_bytes_of_all_answers_are_bounded() -> None:
    one = entry("size").size()
    store = a_store(max_bytes=3 * one + 10)
    for number in range(10):
        store.put(entry(f"s{number:03}"))
        assert store.size <= 3 * one + 10
    assert len(store) == 3
    assert store.get(key("s009")) is not None


def test_an_answer_larger_than_all_the_room_is_not_kept_and_drives_nothing_out() -> None:
    store = a_store(max_bytes=5000)
    store.put(entry("small"))
    store.put(entry("large", body=b"x" * 5000))
    assert store.get(key("large")) is None
    assert store.get(key("small")) is not None


def test_the_number_of_answers_is_bounded() -> None:
    store = a_store(max_entries=2)
    for number in range(5):
        store.put(entry(f"site-{number}"))
    assert len(store) == 2


def test_no_answers_at_all_may_be_asked_for() -> None:
    store = a_store(max_entries=0)
    store.put(entry("local"))
    assert store.get(key("local")) is None


def test_an_answer_that_was_read_by_another_name_is_not_the_first_to_go() -> None:
    store = a_store(max_entries=2)
    first = entry("first")
    store.put(first)
    store.put(entry("second"))
    first.used = True
    store.put(entry("third"))
    assert store.get(key("first")) is first
    assert store.get(key("second")) is None


def test_a_newer_answer_takes_the_older_ones_place() -> None:
    store = a_store()
    store.put(entry("local", body=b"older"))
    newer = entry("local", body=b"newer")
    store.put(newer)
    assert store.get(key("local")) is newer
    assert store.size == newer.size()


def test_an_entry_that_goes_takes_its_other_names_along() -> None:
    table: dict[Hashable, object] = {}
    store = a_store(max_entries=1)
    kept = entry("first")
    store.put(kept)
    kept.alias(table, "a name", kept)
    kept.alias(table, "a name", kept)
    assert table == {"a name": kept}
    store.put(entry("second"))
    assert table == {}


def test_the_names_of_an_entry_are_bounded() -> None:
    table: dict[Hashable, object] = {}
    kept = entry("local")
    for number in range(100):
        kept.alias(table, number, kept)
    assert len(table) == 8
    kept.forget()
    assert table == {}


def test_of_what_passes_only_the_last_thousand_are_kept_and_what_was_read() -> None:
    store = a_store(max_bytes=10**8, max_entries=10_000)
    store.put(entry("somebody-s"))
    store.put(entry("read", in_passing=True))
    assert store.get(key("read")) is not None
    for number in range(3000):
        store.put(entry(f"p{number}", in_passing=True))
    assert len(store) == 1002
    assert store.size > 1000 * len(store)
    assert store.get(key("somebody-s")) is not None
    assert store.get(key("read")) is not None
    assert store.get(key("p1999")) is None
    assert store.get(key("p2000")) is not None


def test_what_somebody_waited_for_is_kept_though_a_thousand_newer_ones_came() -> None:
    store = a_store(max_bytes=10**8, max_entries=10_000)
    for number in range(3000):
        store.put(entry(f"s{number}"))
    assert len(store) == 3000
    assert all(store.get(key(f"s{number}")) for number in range(3000))


def test_newcomers_that_are_of_no_more_use_are_not_counted() -> None:
    clock = Clock()
    store = a_store(clock=clock)
    store.put(entry("short", keep_until=1.0))
    store.put(entry("long", keep_until=2.0))
    assert len(store) == 2
    clock.time = 1.0
    assert len(store) == 1
    assert store.size == entry("long").size()


def test_what_passes_is_bounded_in_bytes_too() -> None:
    store = a_store(max_bytes=160_000)
    for number in range(100):
        store.put(entry(f"p{number}", body=b"x" * 1000, in_passing=True))
        assert store.size <= 10_000
    assert len(store) > 0


def test_what_passes_makes_room_for_what_was_asked_for() -> None:
    store = a_store(max_entries=5)
    for number in range(100):
        store.put(entry(f"p{number}", in_passing=True))
    assert len(store) == 5
    for number in range(4):
        store.put(entry(f"s{number}"))
        assert len(store) == 5
    assert all(store.get(key(f"s{number}")) for number in range(4))


def test_what_passes_is_replaced_dropped_and_expires_like_all_else() -> None:
    clock = Clock()
    store = a_store(clock=clock)
    store.put(entry("one", body=b"older", in_passing=True))
    newer = entry("one", body=b"newer")
    store.put(newer)
    assert store.get(key("one")) is newer
    newest = entry("one", body=b"newest", in_passing=True)
    store.put(newest)
    assert store.get(key("one")) is newest
    store.put(entry("two", in_passing=True))
    store.drop_where(lambda each: each.slug == "two")
    assert store.get(key("two")) is None
    store.put(entry("old", keep_until=clock() + 1.0, in_passing=True))
    clock.time += 2.0
    assert store.get(key("old")) is None


def test_where_nothing_is_kept_nothing_is_kept_in_passing() -> None:
    store = a_store(max_entries=0)
    store.put(entry("local", in_passing=True))
    assert store.get(key("local")) is None


def test_keys_are_dropped_by_what_matches() -> None:
    store = a_store()
    for slug in ("one", "two"):
        store.put(entry(slug))
    store.drop_where(lambda each: each.slug == "one")
    assert store.get(key("one")) is None
    assert store.get(key("two")) is not None
