from __future__ import annotations

import asyncio

import pytest

from loguro_async.pipeline.coherence import Coherence
from tests.virtual_time import in_virtual_time

OLD, NEW = (b"t" * 16, b"1" * 16), (b"t" * 16, b"2" * 16)


class Store:
    """The cache in memory of a process, and the generations on a server."""

    def __init__(self) -> None:
        self.entries: dict[str, int] = {}
        self.dropped: list[str | None] = []
        self.marks: dict[bytes, tuple[bytes, bytes]] = {}
        self.is_up = True
        self.looks = self.listings = 0
        self.epoch = 0
        self.coherence = Coherence(self.name, self)
        self.coherence.generations = self.generations

    @staticmethod
    def name(slug: str) -> bytes:
        return slug.encode()

    def slugs(self) -> set[str]:
        self.listings += 1
        return set(self.entries)

    def drop(self, slug: str | None) -> None:
        self.dropped.append(slug)

    def begin_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    async def generations(self, project: bytes) -> tuple[bytes, bytes] | None:
        self.looks += 1
        await asyncio.sleep(0.001)
        return self.marks.get(project, OLD) if self.is_up else None


@pytest.fixture
def store() -> Store:
    store = Store()
    store.coherence.continued()
    return store


def read(store: Store, slug: str) -> int:
    """Reads an entry through the shared cache, and returns its epoch."""
    name, epoch = store.name(slug), store.coherence.epoch
    store.coherence.expect(slug, name)
    store.coherence.note(slug, name, store.marks.get(name, OLD), epoch)
    return epoch


@in_virtual_time
async def test_an_entry_of_this_epoch_is_valid_without_a_look(store: Store) -> None:
    assert await store.coherence.is_valid("shop", read(store, "shop"))
    assert (store.looks, store.epoch) == (0, 1)


@in_virtual_time
async def test_after_a_gap_an_unchanged_generation_makes_it_valid_with_one_look(
    store: Store,
) -> None:
    epoch = read(store, "shop")
    store.coherence.continued()
    for _ in range(10):
        assert await store.coherence.is_valid("shop", epoch)
    assert store.looks == 1
    assert store.dropped == []


@in_virtual_time
async def test_after_several_gaps_as_well(store: Store) -> None:
    epoch = read(store, "shop")
    for _ in range(3):
        store.coherence.continued()
    assert await store.coherence.is_valid("shop", epoch)


@in_virtual_time
async def test_a_changed_generation_makes_it_stale_for_ever_and_drops_nothing(
    store: Store,
) -> None:
    epoch = read(store, "shop")
    store.coherence.continued()
    store.marks[b"shop"] = NEW
    assert not await store.coherence.is_valid("shop", epoch)
    store.coherence.continued()
    assert not await store.coherence.is_valid("shop", epoch)
    assert await store.coherence.is_valid("shop", store.coherence.epoch - 1)
    assert store.dropped == []


@in_virtual_time
async def test_a_change_seen_by_another_read_first_makes_it_stale_too(store: Store) -> None:
    epoch = read(store, "shop")
    store.coherence.continued()
    store.marks[b"shop"] = NEW
    read(store, "shop")
    assert not await store.coherence.is_valid("shop", epoch)
    assert store.looks == 0


@in_virtual_time
async def test_while_the_server_is_down_entries_of_this_epoch_are_valid_and_older_ones_stale(
    store: Store,
) -> None:
    old = read(store, "shop")
    store.coherence.continued()
    now = read(store, "other")
    store.is_up = False
    assert await store.coherence.is_valid("other", now)
    assert not await store.coherence.is_valid("shop", old)
    store.is_up = True
    assert await store.coherence.is_valid("shop", old)


@in_virtual_time
async def test_an_entry_whose_project_was_never_seen_is_stale_after_a_gap(store: Store) -> None:
    epoch = store.coherence.epoch
    store.coherence.continued()
    assert not await store.coherence.is_valid("shop", epoch)


def test_an_invalidation_drops_what_is_known_and_costs_nothing_else(store: Store) -> None:
    for number in range(500):
        read(store, f"slug-{number}")
    for number in range(1000, 1100):
        store.coherence.invalidated(store.name(f"slug-{number}"))
    assert (store.dropped, store.listings) == ([], 0)
    store.coherence.invalidated(b"slug-7")
    store.coherence.invalidated(b"slug-7")
    assert store.dropped == ["slug-7"]
    store.coherence.invalidated(None)
    assert store.dropped == ["slug-7", None]
    assert store.listings == 0


def test_what_is_known_is_bounded_by_what_is_in_memory(store: Store) -> None:
    store.entries = {f"slug-{number}": 1 for number in range(10)}
    for number in range(20_000):
        read(store, f"slug-{number}")
    assert len(store.coherence._known) <= 2100
    assert store.listings <= 30
    for number in range(10):
        store.coherence.invalidated(store.name(f"slug-{number}"))
    assert len(store.dropped) == 10
