"""One answer that is kept, and what it belongs to."""

from __future__ import annotations

import sys
from collections.abc import Hashable
from math import inf
from typing import Any, Final

from msgspec import Struct

from loguro_async.models.responses import Response
from loguro_async.pipeline.cache.size import size_in_memory

_ALIASES: Final = 8
_ENTRY_BYTES: Final = 1024  # the entry, its key, its place in the tables and its aliases
# In memory, texts and numbers take no more than so many times their JSON, names included; and an
# object takes so much besides, for fields that its JSON may leave out.
_TIMES_ITS_JSON: Final = 6
_OBJECT_BYTES: Final = 256


class CacheKey(Struct, frozen=True, gc=False, cache_hash=True):
    """Identifies a request: path and canonical parameters, at one origin, with one token.

    The path holds the visitor id, which is no parameter. The token is not here, only a keyed hash.
    """

    origin: str
    identity: bytes
    slug: str
    endpoint: str
    path: str
    meant: tuple[tuple[str, str], ...]


class Entry(Struct, eq=False):
    """One answer that is kept.

    Attributes:
        key: What it belongs to.
        response: The answer.
        stored_at: When it was stored, by the clock.
        freshness: The share of the time to live that chance left it, 0 to 1.
        keep_until: When it is of no more use, by the clock.
        epoch: When the load began, as ``Coherence`` counts, or when it was last found valid.
        in_passing: Whether it came as one of very many, which nobody misses if it is never read.
        used: Whether it was read since it was last looked at for eviction.
        tried_until: No new attempt is made before this time, by the clock, after a failure.
    """

    key: CacheKey
    response: Response
    stored_at: float
    freshness: float
    keep_until: float
    epoch: int = 0
    in_passing: bool = False
    used: bool = False
    tried_until: float = -inf
    _size: int = 0
    _aliases: tuple[tuple[dict[Hashable, Any], Hashable], ...] = ()

    def size(self) -> int:
        """Bytes in memory."""
        if not self._size:
            response = self.response
            body = sys.getsizeof(response.raw)
            self._size = _ENTRY_BYTES + size_in_memory(response) + body
        return self._size

    def size_at_most(self) -> int:
        """Bytes in memory, guessed rather too high; costs next to nothing."""
        body = self.response.raw
        return _ENTRY_BYTES + _TIMES_ITS_JSON * len(body) + _OBJECT_BYTES * body.count(b"{")

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
