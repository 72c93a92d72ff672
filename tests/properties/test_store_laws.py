"""Whatever comes and goes: bounds hold, and what is found is the last that was put."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hypothesis import given
from hypothesis import strategies as st

from loguro_async.pipeline.cache.store import Store
from tests.unit.pipeline.test_cache_store import Clock, entry, key

if TYPE_CHECKING:
    from loguro_async.pipeline.cache.entry import Entry

SLUGS: Final = tuple("abcdef")
ONE: Final = entry("a").size()

puts = st.tuples(
    st.sampled_from(SLUGS), st.integers(0, 40), st.integers(1, 5), st.booleans(), st.booleans()
)
looks = st.sampled_from(SLUGS)
hours = st.integers(1, 3)


@given(
    st.lists(st.one_of(puts, looks, hours), max_size=40),
    st.integers(0, 8),
    st.sampled_from([ONE - 1, ONE, 3 * ONE, 40 * ONE, 1000 * ONE]),
)
def test_bounds_hold_and_nothing_old_or_foreign_is_found(
    steps: list[tuple[str, int, int, bool, bool] | str | int], most: int, most_bytes: int
) -> None:
    clock = Clock()
    store = Store(max_bytes=most_bytes, max_entries=most, clock=clock)
    last: dict[str, Entry] = {}
    for step in steps:
        if isinstance(step, int):
            clock.time += step
        elif isinstance(step, str):
            found = store.get(key(step))
            assert found is None or (found is last[step] and clock.time < found.keep_until)
            has_room = most >= len(SLUGS) and most_bytes >= 1000 * ONE
            if has_room and step in last and clock.time < last[step].keep_until:
                assert found is last[step]
        else:
            slug, tens, lasts, in_passing, is_dropped = step
            last[slug] = entry(
                slug,
                body=b"x" * 10 * tens,
                keep_until=clock.time + lasts,
                in_passing=in_passing,
            )
            store.put(last[slug])
            if is_dropped:
                store.drop(key(slug))
                assert store.get(key(slug)) is None
                del last[slug]
        assert len(store) <= most
        assert store.size <= most_bytes
