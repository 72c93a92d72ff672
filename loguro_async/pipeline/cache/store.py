"""What is kept: answers by key, bounded in number and in bytes. The only user of cachetools.

An answer comes in as a newcomer, and settles when it is read or when newer ones push it out. One
that comes in passing, as one of very many, and is never read, goes then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cachetools import Cache, TLRUCache

from loguro_async.pipeline.cache.entry import CacheKey, Entry
from loguro_async.pipeline.cache.newcomers import Newcomers

if TYPE_CHECKING:
    from collections.abc import Callable

# Of all bytes.
_NEWCOMERS_SHARE: Final = 1 / 16


class _Settled(TLRUCache[CacheKey, Entry]):
    """A TLRU cache in which an entry that was read gets a second chance.

    Reads by an alias pass this cache by; they only mark the entry as used.
    """

    def holds(self, key: CacheKey) -> bool:
        """Whether there is an entry, expired or not; a look that costs little."""
        return super(TLRUCache, self).__contains__(key)

    def count(self) -> int:
        """How many entries there are, those that have expired among them."""
        return Cache[CacheKey, Entry].__len__(self)

    def __setitem__(self, key: CacheKey, entry: Entry) -> None:
        before = super(TLRUCache, self).__getitem__(key) if self.holds(key) else entry
        super().__setitem__(key, entry)
        if before is not entry:
            before.forget()

    def expire(self, time: float | None = None) -> list[tuple[CacheKey, Entry]]:
        expired = list(super().expire(time))
        for _, entry in expired:
            entry.forget()
        return expired

    def popitem(self) -> tuple[CacheKey, Entry]:
        while True:
            key, entry = super().popitem()
            if not entry.used:
                entry.forget()
                return key, entry
            entry.used = False
            self[key] = entry

    def make_room(self, most: int) -> None:
        """Let entries go until there are fewer than that."""
        if self.count() >= most:
            self.expire()
        while self.count() >= most:
            self.popitem()


class Store:
    """Answers by key.

    Args:
        max_bytes: Of all answers together.
        max_entries: How many answers.
        clock: Tells when an answer is of no more use.
    """

    __slots__ = ("_clock", "_max_bytes", "_max_entries", "_newcomers", "_settled")

    def __init__(self, *, max_bytes: int, max_entries: int, clock: Callable[[], float]) -> None:
        self._settled = _Settled(
            maxsize=max_bytes,
            ttu=lambda _key, entry, _now: entry.keep_until,
            timer=clock,
            getsizeof=Entry.size,
        )
        self._newcomers = Newcomers()
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._clock = clock
        self._give_rest_to_newcomers()

    def __len__(self) -> int:
        self._newcomers.expire(self._clock())
        return len(self._settled) + len(self._newcomers)

    @property
    def size(self) -> int:
        """Bytes of all answers together."""
        self._newcomers.expire(self._clock())
        return int(self._settled.currsize) + self._newcomers.size()

    def get(self, key: CacheKey) -> Entry | None:
        """The entry of a key, where there is one of any use."""
        newcomer = self._newcomers.take(key)
        if newcomer is not None:
            self._settle(newcomer)
            self._push_out()
        entry = self._settled.get(key) if self._settled.holds(key) else None
        if entry is not None:
            entry.used = True
        return entry

    def put(self, entry: Entry) -> None:
        """Keep an entry in place of the one before it, where there is room for it."""
        if entry.keep_until <= self._clock():
            self.drop(entry.key)
            return
        if self._settled.holds(entry.key):
            self._settle(entry)
        else:
            self._newcomers.put(entry)
        self._push_out()

    def drop(self, key: CacheKey) -> None:
        """Forget a key."""
        self._newcomers.take(key)
        if key in self._settled:
            self._settled.pop(key).forget()

    def slugs(self) -> set[str]:
        """The slugs of all entries."""
        return {key.slug for key in (*self._settled, *self._newcomers)}

    def drop_where(self, matches: Callable[[CacheKey], bool]) -> None:
        """Forget all keys that match."""
        self._settled.expire()  # else it leaves out what is too old, and keeps it
        for key in [key for key in (*self._settled, *self._newcomers) if matches(key)]:
            self.drop(key)

    def _push_out(self) -> None:
        while (oldest := self._newcomers.next_to_go()) is not None:
            if not oldest.in_passing:
                self._settle(oldest)

    def _settle(self, entry: Entry) -> None:
        if self._max_entries == 0 or entry.size() > self._max_bytes:
            self.drop(entry.key)
            return
        if not self._settled.holds(entry.key):
            self._settled.make_room(self._max_entries)
        self._settled[entry.key] = entry
        self._give_rest_to_newcomers()

    def _give_rest_to_newcomers(self) -> None:
        rest = self._max_bytes - self._settled.currsize
        self._newcomers.fit(
            self._max_entries - self._settled.count(),
            min(self._max_bytes * _NEWCOMERS_SHARE, rest),
        )
