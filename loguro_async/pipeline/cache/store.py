"""What is kept: answers by key, bounded in number and in bytes. The only user of cachetools."""

from __future__ import annotations

import datetime as dt
import sys
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from cachetools import TLRUCache
from msgspec import Raw, Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from loguro_async.models.responses import Response

_ALIASES: Final = 8
_ENTRY_BYTES: Final = 1024  # the entry, its key, its place in the tables and its aliases
_DATETIME_BYTES: Final = 64
_VIEW_BYTES: Final = 64


class CacheKey(NamedTuple):
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
        size: Bytes in memory.
        used: Whether it was read since it was last looked at for eviction.
    """

    __slots__ = (
        "_aliases",
        "freshness",
        "keep_until",
        "key",
        "response",
        "size",
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
        self.size = _ENTRY_BYTES + size_in_memory(response) + sys.getsizeof(response.raw)
        self.used = False
        self._aliases: list[tuple[dict[Hashable, Any], Hashable]] = []

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

    def popitem(self) -> tuple[CacheKey, Entry]:
        while True:
            key, entry = super().popitem()
            if not entry.used:
                entry.forget()
                return key, entry
            entry.used = False
            self[key] = entry


class Store:
    """Answers by key.

    Args:
        max_bytes: Of all answers together.
        max_entries: How many answers.
        clock: Tells when an answer is of no more use.
    """

    __slots__ = ("_answers", "_clock", "_max_entries")

    def __init__(self, *, max_bytes: int, max_entries: int, clock: Callable[[], float]) -> None:
        self._answers = _Answers(
            maxsize=max_bytes,
            ttu=lambda _key, entry, _now: entry.keep_until,
            timer=clock,
            getsizeof=lambda entry: entry.size,
        )
        self._max_entries = max_entries
        self._clock = clock

    def __len__(self) -> int:
        self._expire()
        return len(self._answers)

    @property
    def size(self) -> int:
        """Bytes of all answers together."""
        self._expire()
        return int(self._answers.currsize)

    def get(self, key: CacheKey) -> Entry | None:
        """The entry of a key, where there is one of any use."""
        entry = self._answers.get(key)
        if entry is not None:
            entry.used = True
        return entry

    def put(self, entry: Entry) -> bool:
        """Keep an entry in place of the one before it. Whether there was room for it."""
        self._expire()
        self.drop(entry.key)
        if entry.size > self._answers.maxsize or self._max_entries == 0:
            return False
        if entry.keep_until <= self._clock():
            return False
        while len(self._answers) >= self._max_entries:
            self._answers.popitem()
        self._answers[entry.key] = entry
        return True

    def drop(self, key: CacheKey) -> None:
        """Forget a key."""
        entry = self._answers.pop(key, None)
        if entry is not None:
            entry.forget()

    def drop_where(self, matches: Callable[[CacheKey], bool]) -> None:
        """Forget all keys that match."""
        for key in [key for key in self._answers if matches(key)]:
            self.drop(key)

    def _expire(self) -> None:
        for _, entry in self._answers.expire():
            entry.forget()


def size_in_memory(value: object) -> int:
    """The bytes that a decoded answer takes, with all that it holds.

    Args:
        value: A struct, or what structs are made of.
    """
    if isinstance(value, Struct):
        known: dict[str, object] = getattr(value, "__dict__", {})
        extra = known.get("_extra", b"")
        parts = sum(size_in_memory(getattr(value, name)) for name in value.__struct_fields__)
        return sys.getsizeof(value) + sys.getsizeof(extra) + parts
    if isinstance(value, tuple):
        parts = sum(map(size_in_memory, cast("tuple[object, ...]", value)))
        return sys.getsizeof(cast("object", value)) + parts
    if value is None or isinstance(value, bool):
        return 0
    if isinstance(value, dt.datetime):
        return _DATETIME_BYTES
    if isinstance(value, Raw):
        return _VIEW_BYTES  # of the body, which is counted; it does not know its own size
    return sys.getsizeof(value)
