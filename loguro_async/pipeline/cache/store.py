"""What is kept: answers by key, bounded in number and in bytes. The only user of cachetools."""

from __future__ import annotations

import datetime as dt
import sys
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final, cast

from cachetools import Cache, TLRUCache
from msgspec import Raw, Struct
from msgspec.structs import astuple

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

    from loguro_async.models.responses import Response

_ALIASES: Final = 8
_ENTRY_BYTES: Final = 1024  # the entry, its key, its place in the tables and its aliases
_DATETIME_BYTES: Final = 64
_VIEW_BYTES: Final = 64
_SAMPLE: Final = 64
_NOTHING: Final[dict[str, object]] = {}
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
        self._aliases: list[tuple[dict[Hashable, Any], Hashable]] = []

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
            self._aliases.append((table, name))

    def forget(self) -> None:
        """Take the entry out of every table that finds it under another name."""
        for table, name in self._aliases:
            table.pop(name, None)
        self._aliases.clear()


class _Answers(TLRUCache[CacheKey, Entry]):
    """A TLRU cache in which an entry that was read gets a second chance.

    Reads by an alias pass this cache by; they only mark the entry as used.
    """

    def holds(self, key: CacheKey) -> bool:
        """Whether there is an entry, expired or not; where there is none, it costs little."""
        return Cache[CacheKey, Entry].__contains__(self, key)

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


class _Passing:
    """The last of very many answers, in case that one is asked for again soon.

    They are not looked at when they come, so that keeping them costs next to nothing.
    """

    def __init__(self) -> None:
        self._entries: OrderedDict[CacheKey, Entry] = OrderedDict()
        self._bytes = self._most = self._most_bytes = 0

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[CacheKey]:
        return iter(tuple(self._entries))

    def put(self, entry: Entry) -> None:
        replaced = self._entries.pop(entry.key, None)
        self._entries[entry.key] = entry
        self._bytes += _about(entry) - (_about(replaced) if replaced else 0)
        self._trim()

    def fit(self, entries: int, max_bytes: float) -> None:
        """Keep no more than that, from now on."""
        self._most = min(_MOST_PASSING, entries)
        self._most_bytes = int(max_bytes)
        self._trim()

    def _trim(self) -> None:
        while len(self._entries) > self._most or self._bytes > self._most_bytes:
            _, oldest = self._entries.popitem(last=False)
            self._bytes -= _about(oldest)

    def take(self, key: CacheKey) -> Entry | None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._bytes -= _about(entry)
        return entry

    def size(self) -> int:
        return sum(entry.size() for entry in self._entries.values())


def _about(entry: Entry) -> int:
    return _ENTRY_BYTES + _BODIES * len(entry.response.raw)


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
        self._give_rest_to_passing()

    def __len__(self) -> int:
        self._answers.expire()
        return len(self._answers) + len(self._passing)

    @property
    def size(self) -> int:
        """Bytes of all answers together."""
        self._answers.expire()
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
        self.drop(entry.key)
        if self._max_entries == 0 or entry.keep_until <= self._clock():
            return False
        if entry.size() > self._answers.maxsize:
            return False
        while len(self._answers) >= self._max_entries:
            self._answers.popitem()
        self._answers[entry.key] = entry
        self._give_rest_to_passing()
        return True

    def _give_rest_to_passing(self) -> None:
        answers = self._answers
        rest = min(self._max_bytes * _PASSING_SHARE, self._max_bytes - answers.currsize)
        self._passing.fit(self._max_entries - len(answers), rest)

    def put_in_passing(self, entry: Entry) -> None:
        """Keep an entry that is one of very many, which must not push all others out."""
        if self._answers.holds(entry.key):
            self.put(entry)
        else:
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


def size_in_memory(value: object) -> int:
    """The bytes that a decoded answer takes, with all that it holds.

    Of a long list, some rows all over it stand for the others.

    Args:
        value: A struct, or what structs are made of.
    """
    size = 0
    left = [value]
    while left:
        value = left.pop()
        if isinstance(value, tuple) and len(rows := cast("tuple[object, ...]", value)) > _SAMPLE:
            seen = rows[:: -(-len(rows) // _SAMPLE)]
            of_seen = size_in_memory(seen) - sys.getsizeof(seen)
            size += sys.getsizeof(rows) + of_seen * len(rows) // len(seen)
        elif isinstance(value, Struct):
            known: dict[str, object] = getattr(value, "__dict__", _NOTHING)
            size += sys.getsizeof(value) + sys.getsizeof(known.get("_extra", b""))
            left += astuple(value)
        elif isinstance(value, tuple):
            size += sys.getsizeof(cast("object", value))
            left += cast("tuple[object, ...]", value)
        elif isinstance(value, dt.datetime):
            size += _DATETIME_BYTES
        elif isinstance(value, Raw):
            size += _VIEW_BYTES  # of the body, which is counted; it does not know its own size
        elif value is not None and not isinstance(value, bool):
            size += sys.getsizeof(value)
    return size
