"""The cached responses, bounded in number and bytes, with an index by project.

The least recently used entries are evicted. An entry knows when it was fetched; whether it is
fresh is judged by the view that reads it. The only user of cachetools.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakValueDictionary

from cachetools import TTLCache
from msgspec import Struct

from loguro_async.models.response_base import Response, estimated_bytes
from loguro_async.request import Query

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_MOST_QUERIES: Final = 8
_MOST_ONE_SHOTS: Final = 1000
# The entry, its key, and what the index and the fast path hold of it.
_ENTRY_BYTES: Final = 1024


class Entry(Struct, eq=False, gc=False):
    """One cached response.

    Attributes:
        key: The cache key of its request.
        slug: The project.
        response: The response.
        fetched_at: When it was fetched, by the clock.
        jitter: A random number, 0 to 1, of which a policy's jitter takes its share.
        failed_at: When a load for this key failed last, by the clock.
        epoch: The epoch of the shared cache in which it was fetched, see ``Store.epoch``.
        queries: The queries under which the fast path finds it.
    """

    key: str
    slug: str
    response: Response
    fetched_at: float
    jitter: float = 0.0
    failed_at: float | None = None
    epoch: int = 0
    queries: tuple[Query[Any], ...] = ()


class _Entries(TTLCache[str, Entry]):
    """Calls ``on_removed`` for each entry that is evicted or expires."""

    def __init__(self, on_removed: Callable[[Entry], None], **options: Any) -> None:  # noqa: ANN401 - those of TTLCache
        super().__init__(**options)
        self._on_removed = on_removed

    def popitem(self) -> tuple[str, Entry]:
        key, entry = super().popitem()
        self._on_removed(entry)
        return key, entry

    def expire(self, time: float | None = None) -> list[tuple[str, Entry]]:
        expired = super().expire(time)
        for _, entry in expired:
            self._on_removed(entry)
        return expired


class FastPath(dict[Query[Any], tuple[Entry, float]]):
    """Maps a query, as it was given, to its entry and the time until which that is fresh."""

    __slots__ = ("__weakref__",)


class Store:
    """The cached responses of a client.

    Args:
        max_bytes: Bytes of memory for all entries, estimated.
        max_entries: Number of entries.
        max_age: Seconds after which an entry is of no use to any view.
        clock: Returns seconds; never goes back.

    Attributes:
        epoch: Raised by the shared cache when invalidations of other processes may have been
            missed: entries of an earlier epoch are not fresh any more, and can be stale copies.
    """

    __slots__ = (
        "_entries",
        "_fast_paths",
        "_keys_by_slug",
        "_max_entries",
        "_one_shots",
        "epoch",
    )

    def __init__(
        self, *, max_bytes: int, max_entries: int, max_age: float, clock: Callable[[], float]
    ) -> None:
        self.epoch = 0
        self._max_entries = max_entries
        self._entries = _Entries(
            self._removed, maxsize=max_bytes, ttl=max_age, timer=clock, getsizeof=_weight_of
        )
        self._keys_by_slug: dict[str, set[str]] = {}
        # Keys that background work stored and no call has read, oldest first.
        self._one_shots: OrderedDict[str, None] = OrderedDict()
        # Held by the views: each may have a policy of its own, and there may be one for each call.
        self._fast_paths: WeakValueDictionary[object, FastPath] = WeakValueDictionary()

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def size(self) -> int:
        """Bytes of all entries, estimated."""
        return int(self._entries.currsize)

    def get(self, key: str) -> Entry | None:
        """Returns the entry of a key, which counts as used now."""
        if self._one_shots:
            self._one_shots.pop(key, None)
        return self._entries.get(key)

    def put(self, entry: Entry, *, one_shot: bool = False) -> None:
        """Stores an entry instead of the one before it; the least recently used ones are evicted.

        Args:
            entry: The entry.
            one_shot: Whether background work stored it. Of those that no call reads, only the
                latest stay: a run over very many projects must not evict what others use.
        """
        entries = self._entries
        if entry.key in entries:
            self._forget_queries(entries[entry.key])
        elif len(entries) >= self._max_entries:
            if not self._max_entries:
                return
            entries.popitem()
        try:
            entries[entry.key] = entry
        except ValueError:  # it is larger than the store
            self.drop(entry.key)
            return
        keys = self._keys_by_slug.get(entry.slug)
        if keys is None:
            self._keys_by_slug[entry.slug] = {entry.key}
        else:
            keys.add(entry.key)
        if one_shot:
            self._one_shots[entry.key] = None
            if len(self._one_shots) > _MOST_ONE_SHOTS:
                self.drop(next(iter(self._one_shots)))

    def drop(self, key: str) -> None:
        """Removes the entry of a key, where there is one."""
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._removed(entry)

    def drop_project(self, slug: str) -> None:
        """Removes all entries of a project."""
        for key in tuple(self._keys_by_slug.get(slug, ())):
            self.drop(key)

    def clear(self) -> None:
        """Removes all entries."""
        self._entries.clear()
        self._keys_by_slug.clear()
        self._one_shots.clear()
        for fast_path in self._fast_paths.values():
            fast_path.clear()

    def slugs(self) -> Iterable[str]:
        """Returns the projects that have entries."""
        return self._keys_by_slug.keys()

    def fast_path(self, policy: object) -> FastPath:
        """Returns the fast path that all views with the same cache policy share."""
        fast_path = self._fast_paths.get(policy)
        if fast_path is None:
            fast_path = self._fast_paths[policy] = FastPath()
        return fast_path

    def remember(self, fast_path: FastPath, query: Query[Any], entry: Entry, until: float) -> None:
        """Lets a fast path find an entry, for a limited number of spellings of one request."""
        if query not in entry.queries:
            if len(entry.queries) >= _MOST_QUERIES:
                return
            entry.queries += (query,)
        fast_path[query] = (entry, until)

    def _removed(self, entry: Entry) -> None:
        self._one_shots.pop(entry.key, None)
        keys = self._keys_by_slug.get(entry.slug)
        if keys is not None:
            keys.discard(entry.key)
            if not keys:
                del self._keys_by_slug[entry.slug]
        self._forget_queries(entry)

    def _forget_queries(self, entry: Entry) -> None:
        for query in entry.queries:
            for fast_path in self._fast_paths.values():
                fast_path.pop(query, None)


def _weight_of(entry: Entry) -> int:
    return _ENTRY_BYTES + estimated_bytes(entry.response)
