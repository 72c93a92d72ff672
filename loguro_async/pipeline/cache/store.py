"""What is kept: answers by key, bounded in number and in bytes. The only user of cachetools."""

from __future__ import annotations

import sys
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final

from cachetools import Cache, TLRUCache
from msgspec import Struct

from loguro_async.pipeline.cache.size import size_in_memory

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

    from loguro_async.models.responses import Response

_ALIASES: Final = 8
_ENTRY_BYTES: Final = 1024  # the entry, its key, its place in the tables and its aliases
_NONE: Final = (None, 0)
_MOST_PASSING: Final = 1000
# Of all bytes.
_PASSING_SHARE: Final = 1 / 16
# In memory, an answer takes no more than so many times its body.
_BODIES: Final = 6


class CacheKey(Struct, frozen=True, gc=False, cache_hash=True):
    """What an answer belongs to. The token itself is not here, only a keyed hash of it."""

    origin: str
    identity: bytes
    slug: str
    endpoint: str
    meant: tuple[tuple[str, str], ...]


class Entry:
    """One answer that is kept.

    Attributes:
        key: What it belongs to.
        response: The answer.
        stored_at: When it was stored, by the clock.
        freshness: The share of the time to live that chance left it, 0 to 1.
        keep_until: When it is of no more use, by the clock.
        tried_until: No new attempt is made before this time, by the clock, after a failure.
        used: Whether it was read since it was last looked at for eviction.
    """

    __slots__ = (
        "_aliases",
        "_size",
        "freshness",
        "keep_until",
        "key",
        "response",
        "stored_at",
        "tried_until",
        "used",
    )

    def __init__(
        self,
        key: CacheKey,
        response: Response,
        *,
        stored_at: float,
        freshness: float,
        keep_until: float,
    ) -> None:
        self.key = key
        self.response = response
        self.stored_at = stored_at
        self.freshness = freshness
        self.keep_until = keep_until
        self.tried_until = stored_at
        self.used = False
        self._size = 0
        self._aliases: tuple[tuple[dict[Hashable, Any], Hashable], ...] = ()

    def size(self) -> int:
        """Bytes in memory."""
        if not self._size:
            response = self.response
            body = sys.getsizeof(response.raw)
            self._size = _ENTRY_BYTES + size_in_memory(response) + body
        return self._size

    def alias(self, table: dict[Hashable, Any], name: Hashable, value: object) -> None:
        """Let a table find this entry under another name, for as long as it is kept."""
        if name in table:
            table[name] = value
        elif len(self._aliases) < _ALIASES:
            table[name] = value
            self._aliases += ((table, name),)

    def forget(self) -> None:
        """Take the entry out of every table that finds it under another name."""
        for table, name in self._aliases:
            table.pop(name, None)
        self._aliases = ()


class _Answers(TLRUCache[CacheKey, Entry]):
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


class _Passing:
    """The last of very many answers, in case that one is asked for again soon.

    They are not looked at when they come, so that keeping them costs next to nothing.
    """

    def __init__(self) -> None:
        # Each with its size, roughly.
        self._entries: OrderedDict[CacheKey, tuple[Entry, int]] = OrderedDict()
        self._bytes = self._most = self._most_bytes = 0

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[CacheKey]:
        return iter(tuple(self._entries))

    def put(self, entry: Entry) -> None:
        self.take(entry.key)
        size = _ENTRY_BYTES + _BODIES * len(entry.response.raw)
        self._entries[entry.key] = (entry, size)
        self._bytes += size
        self._trim()

    def fit(self, entries: int, max_bytes: float) -> None:
        """Keep no more than that, from now on."""
        self._most = min(_MOST_PASSING, entries)
        self._most_bytes = int(max_bytes)
        self._trim()

    def _trim(self) -> None:
        while len(self._entries) > self._most or self._bytes > self._most_bytes:
            _, (_, size) = self._entries.popitem(last=False)
            self._bytes -= size

    def take(self, key: CacheKey) -> Entry | None:
        entry, size = self._entries.pop(key, _NONE)
        self._bytes -= size
        return entry

    def size(self) -> int:
        return sum(entry.size() for entry, _ in self._entries.values())


class Store:
    """Answers by key.

    Args:
        max_bytes: Of all answers together.
        max_entries: How many answers.
        clock: Tells when an answer is of no more use.
    """

    __slots__ = ("_answers", "_clock", "_max_bytes", "_max_entries", "_passing")

    def __init__(self, *, max_bytes: int, max_entries: int, clock: Callable[[], float]) -> None:
        self._answers = _Answers(
            maxsize=max_bytes,
            ttu=lambda _key, entry, _now: entry.keep_until,
            timer=clock,
            getsizeof=Entry.size,
        )
        self._passing = _Passing()
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._clock = clock

    def __len__(self) -> int:
        return len(self._answers) + len(self._passing)

    @property
    def size(self) -> int:
        """Bytes of all answers together."""
        return int(self._answers.currsize) + self._passing.size()

    def get(self, key: CacheKey) -> Entry | None:
        """The entry of a key, where there is one of any use."""
        entry = self._answers.get(key) if self._answers.holds(key) else None
        if entry is None and (passing := self._passing.take(key)) is not None:
            entry = passing if self.put(passing) else None
        if entry is not None:
            entry.used = True
        return entry

    def put(self, entry: Entry) -> bool:
        """Keep an entry in place of the one before it. Whether there was room for it."""
        if not self._has_room_for(entry):
            self.drop(entry.key)
            return False
        self._passing.take(entry.key)
        if not self._answers.holds(entry.key):
            self._answers.make_room(self._max_entries)
        self._answers[entry.key] = entry
        if len(self._passing):
            self._give_rest_to_passing()
        return True

    def put_in_passing(self, entry: Entry) -> None:
        """Keep an entry that is one of very many, which must not push all others out."""
        if self._answers.holds(entry.key):
            self.put(entry)
            return
        if not len(self._passing):
            self._give_rest_to_passing()
        self._passing.put(entry)

    def drop(self, key: CacheKey) -> None:
        """Forget a key."""
        self._passing.take(key)
        if key in self._answers:
            self._answers.pop(key).forget()

    def drop_where(self, matches: Callable[[CacheKey], bool]) -> None:
        """Forget all keys that match."""
        self._answers.expire()  # else it leaves out what is too old, and keeps it
        for key in [key for key in (*self._answers, *self._passing) if matches(key)]:
            self.drop(key)

    def _has_room_for(self, entry: Entry) -> bool:
        is_of_use = self._max_entries > 0 and self._clock() < entry.keep_until
        return is_of_use and entry.size() <= self._max_bytes

    def _give_rest_to_passing(self) -> None:
        rest = self._max_bytes - self._answers.currsize
        self._passing.fit(
            self._max_entries - self._answers.count(), min(self._max_bytes * _PASSING_SHARE, rest)
        )
