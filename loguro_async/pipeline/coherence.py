"""Finds out which entries in memory may have been invalidated by other processes.

Processes announce their invalidations by messages, which are lost while the connection is
down. The *epoch* is the number of times that messages began to arrive. An entry remembers the epoch
in which its load began. If that is not the current one, messages may have been missed since, and
the entry counts as stale until the project's generation, which every invalidation replaces, is
found to be what it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

_SPARE_PROJECTS: Final = 1000


class _Project(Struct):
    """The state of a project.

    Attributes:
        slug: The project.
        generations: Of the token and the project, when they were last seen.
        seen_in: The epoch in which they were last seen.
        valid_since: The epoch since which they have not changed unnoticed.
    """

    slug: str
    generations: tuple[bytes, bytes] = (b"", b"")
    seen_in: int = -1
    valid_since: int = 0


class MemoryCache(Protocol):
    """The cached responses of this process, as far as an invalidation concerns them."""

    def slugs(self) -> Collection[str]:
        """Returns the projects that have entries or loads in progress."""
        ...

    def drop(self, slug: str | None) -> None:
        """Drops the entries of a project, or all; loads in progress store nothing."""
        ...

    def begin_epoch(self, epoch: int) -> None:
        """Learns the epoch that has begun."""
        ...


class Coherence:
    """Applies the invalidations of other processes to the cache in memory.

    Args:
        name: Returns the name of a project, a keyed hash of its slug.
        memory: What this process has cached.

    Attributes:
        epoch: How many times messages began to arrive.
    """

    __slots__ = ("_known", "_memory", "_most_known", "_name", "epoch", "generations")

    def __init__(self, name: Callable[[str], bytes], memory: MemoryCache) -> None:
        self.epoch = 0
        self.generations: Callable[[bytes], Awaitable[tuple[bytes, bytes] | None]]
        self._name = name
        self._memory = memory
        self._known: dict[bytes, _Project] = {}
        self._most_known = _SPARE_PROJECTS

    async def is_valid(self, slug: str, epoch: int) -> bool:
        """Whether a project has not been invalidated since a load began in an epoch.

        Takes one round trip for each project and epoch. While the server is down, an entry of an
        earlier epoch counts as stale.
        """
        if epoch == self.epoch:
            return True
        known = await self.observe(slug)
        return known is not None and known.valid_since <= epoch

    async def observe(self, slug: str) -> _Project | None:
        """Fetches the generations of a project once in an epoch, and returns its state."""
        name, epoch = self._name(slug), self.epoch
        known = self.expect(slug, name)
        if known.seen_in != epoch or not epoch:
            generations = await self.generations(name)
            if generations is None:
                return None
            # The first command connects, which begins an epoch before it runs.
            self.note(slug, name, generations, epoch or self.epoch)
        return self._known.get(name)

    def expect(self, slug: str, name: bytes) -> _Project:
        """Begins to listen for invalidations of a project, before anything of it is read."""
        known = self._known.get(name)
        if known is None:
            self._make_room()
            known = self._known[name] = _Project(slug)
        return known

    def note(self, slug: str, name: bytes, generations: tuple[bytes, bytes], epoch: int) -> None:
        """Notes the generations of a project, as they were in an epoch."""
        known = self.expect(slug, name)
        if known.generations != generations:
            known.generations, known.valid_since = generations, epoch
        known.seen_in = epoch

    def forget(self, name: bytes | None) -> _Project | None:
        """Removes the state of a project, or of all, because it was invalidated."""
        if name is not None:
            return self._known.pop(name, None)
        self._known.clear()
        return None

    def invalidated(self, project: bytes | None) -> None:
        """Drops the entries of a project, or all, that another process invalidated."""
        known = self.forget(project)
        if project is None:
            self._memory.drop(None)
        elif known is not None:
            self._memory.drop(known.slug)

    def continued(self) -> None:
        """Begins an epoch: messages arrive again."""
        self.epoch += 1
        self._memory.begin_epoch(self.epoch)

    def _make_room(self) -> None:
        """Removes the state of projects without entries, if there are too many."""
        if len(self._known) >= self._most_known:
            slugs = set(self._memory.slugs())
            self._known = {
                name: known for name, known in self._known.items() if known.slug in slugs
            }
            self._most_known = 2 * len(self._known) + _SPARE_PROJECTS
