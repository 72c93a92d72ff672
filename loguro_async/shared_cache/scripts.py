"""What the server does in one step: the scripts, and the names of their keys.

KEYS are always entry, lease, the token's generation and the project's generation. A lease holds
its owner and the generations it began with, so that it ends by itself when either moves on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from loguro_async.shared_cache.envelope import NAME_BYTES

if TYPE_CHECKING:
    from loguro_async.shared_cache.protocol import Place

OWNER_BYTES: Final = 16
DONE: Final = b"done"
GONE: Final = b"gone"

_GENERATIONS: Final = """
local generations = (redis.call('GET', KEYS[3]) or '') .. (redis.call('GET', KEYS[4]) or '')
"""
_RELEASE: Final = f"""
local held = redis.call('GET', KEYS[2])
if not held or string.sub(held, 1, {OWNER_BYTES}) ~= ARGV[1] then return 0 end
"""

# ARGV: owner, wish, lease ms, largest envelope, a random value, how long generations live in ms
READ: Final = """
local sealed = redis.call('GETRANGE', KEYS[1], 0, ARGV[4])
local has_turn = 0
if sealed == '' or ARGV[2] ~= 'if-empty' then
  for at = 3, 4 do
    if redis.call('PEXPIRE', KEYS[at], ARGV[6]) == 0 then
      redis.call('SET', KEYS[at], ARGV[5], 'PX', ARGV[6])
    end
  end
  local generations = redis.call('GET', KEYS[3]) .. redis.call('GET', KEYS[4])
  local held = redis.call('GET', KEYS[2])
  if not held or ARGV[2] == 'in-any-case' or string.sub(held, OWNER_BYTES + 1) ~= generations then
    redis.call('SET', KEYS[2], ARGV[1] .. generations, 'PX', ARGV[3])
    has_turn = 1
  end
end
return {sealed, redis.call('GET', KEYS[3]) or '', redis.call('GET', KEYS[4]) or '', has_turn}
""".replace("OWNER_BYTES", str(OWNER_BYTES))

# ARGV: owner, generations, envelope, how long it lives in ms, channel, message
STORE: Final = f"""
{_GENERATIONS}
if generations ~= ARGV[2] or redis.call('GET', KEYS[2]) ~= ARGV[1] .. generations then return 0 end
redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4])
redis.call('DEL', KEYS[2])
return redis.call('PUBLISH', ARGV[5], ARGV[6])
"""

# ARGV: owner, lease ms
RENEW: Final = f"{_RELEASE} return redis.call('PEXPIRE', KEYS[2], ARGV[2])"

# ARGV: owner, channel, message
RELEASE: Final = f"""
{_RELEASE}
redis.call('DEL', KEYS[2])
return redis.call('PUBLISH', ARGV[2], ARGV[3])
"""

# KEYS: a generation. ARGV: a random value, how long it lives in ms, channel, message
FORGET: Final = """
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return redis.call('PUBLISH', ARGV[3], ARGV[4])
"""


class Names(NamedTuple):
    """The names of keys and channel for one token.

    Attributes:
        root: Before all names. The braces keep all of a token's keys on one node of a cluster.
    """

    root: str

    @classmethod
    def of(cls, prefix: str, scope: bytes) -> Names:
        """The names below a prefix of the user's."""
        return cls(f"{prefix}:1:{{{scope.hex()}}}")

    @property
    def channel(self) -> str:
        """Where invalidations and ended turns are told."""
        return f"{self.root}:news"

    def keys(self, place: Place) -> tuple[str, str, str, str]:
        """Entry, lease, the token's generation, the project's generation."""
        entry = place.entry.hex()
        return (
            f"{self.root}:entry:{entry}",
            f"{self.root}:lease:{entry}",
            self.generation(None),
            self.generation(place.slug),
        )

    def generation(self, slug: bytes | None) -> str:
        """The key of a project's generation; the token's for ``None``."""
        return f"{self.root}:generation:{slug.hex() if slug else 'all'}"


def done(place: Place) -> bytes:
    """The message that a turn has ended."""
    return DONE + place.entry


def gone(sender: bytes, slug: bytes | None) -> bytes:
    """The message that a project, or all, was invalidated."""
    return GONE + sender + (slug or b"")


def read_gone(message: bytes) -> tuple[bytes, bytes | None] | None:
    """Who invalidated what; ``None`` where the message says no such thing."""
    sender, slug = message[4 : 4 + OWNER_BYTES], message[4 + OWNER_BYTES :]
    if not message.startswith(GONE) or len(slug) not in {0, NAME_BYTES}:
        return None
    return sender, slug or None
