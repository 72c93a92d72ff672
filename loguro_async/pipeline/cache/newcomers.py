"""Answers that just came: kept at next to no cost, until they are read or pushed out."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loguro_async.pipeline.cache.entry import CacheKey, Entry

_MOST: Final = 1000
_NONE: Final = (None, 0)


class Newcomers:
    """Entries in the order in which they came. They are not looked at when they come.

    Attributes:
        max_entries: How many there may be.
        max_bytes: Of all of them together.
    """

    __slots__ = ("_bytes", "_entries", "max_bytes", "max_entries")

    def __init__(self) -> None:
        # Each with its size, guessed.
        self._entries: OrderedDict[CacheKey, tuple[Entry, int]] = OrderedDict()
        self._bytes = 0
        self.max_entries = 0
        self.max_bytes = 0.0

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[CacheKey]:
        return iter(self._entries)

    def put(self, entry: Entry) -> None:
        """Take an entry in, in place of the one of the same key."""
        self.take(entry.key)
        size = entry.size_at_most()
        self._entries[entry.key] = (entry, size)
        self._bytes += size

    def take(self, key: CacheKey) -> Entry | None:
        """Give an entry away, where there is one."""
        entry, size = self._entries.pop(key, _NONE)
        self._bytes -= size
        return entry

    def next_to_go(self) -> Entry | None:
        """Give away the one that came first, where there are too many."""
        entries = self._entries
        if len(entries) <= self.max_entries and self._bytes <= self.max_bytes:
            return None
        _, (entry, size) = entries.popitem(last=False)
        self._bytes -= size
        return entry

    def fit(self, max_entries: int, max_bytes: float) -> None:
        """Have no more room than that, from now on."""
        self.max_entries = min(_MOST, max_entries)
        self.max_bytes = max_bytes

    def expire(self, now: float) -> None:
        """Forget those that are of no more use."""
        for entry in [entry for entry, _ in self._entries.values() if entry.keep_until <= now]:
            self.take(entry.key)

    def size(self) -> int:
        """Bytes of all of them together."""
        return sum(entry.size() for entry, _ in self._entries.values())
