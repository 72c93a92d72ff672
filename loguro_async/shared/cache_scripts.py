"""Scripts of the shared cache, which the server runs atomically, and the names of keys.

KEYS are entry, lease, the token's generation and the project's generation, unless noted. A lease
holds its owner and the generations it began with, so that it ends by itself when either is
replaced. A key of another type, or of another length, counts as missing and is replaced.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from loguro_async.shared.cache_entry import GENERATION_BYTES, NAME_BYTES, OWNER_BYTES
from loguro_async.shared.script_pipeline import Script

if TYPE_CHECKING:
    from loguro_async.shared.cache_entry import Location

_FINISHED: Final = b"done"
_INVALIDATED: Final = b"gone"
_TEXT: Final = """
local function text(key)
  local found = redis.pcall('GET', key)
  return type(found) == 'string' and found or ''
end
"""
_GENERATION: Final = f"""
{_TEXT}
local function generation(key, new, ms)
  local found = text(key)
  if #found ~= {GENERATION_BYTES} then found = new end
  redis.call('SET', key, found, 'PX', ms)
  return found
end
"""
_IF_NOT_OWNER: Final = (
    f"if string.sub(text(KEYS[2]), 1, {OWNER_BYTES}) ~= ARGV[1] then return 0 end"
)

# ARGV: owner, lock mode, lease ms, largest envelope, a random value, ms that generations live
READ: Final = Script.of(f"""
{_GENERATION}
local sealed = redis.pcall('GETRANGE', KEYS[1], 0, ARGV[4])
if type(sealed) ~= 'string' then sealed = '' end
if sealed ~= '' and ARGV[2] == 'if-missing' then
  return {{sealed, text(KEYS[3]), text(KEYS[4]), '', 0}}
end
local token, project = generation(KEYS[3], ARGV[5], ARGV[6]), generation(KEYS[4], ARGV[5], ARGV[6])
local lease = text(KEYS[2])
if string.sub(lease, {OWNER_BYTES} + 1) ~= token .. project or ARGV[2] == 'take-over' then
  lease = ARGV[1] .. token .. project
  redis.call('SET', KEYS[2], lease, 'PX', ARGV[3])
end
local left = redis.call('PTTL', KEYS[2])
return {{sealed, token, project, string.sub(lease, 1, {OWNER_BYTES}), left}}
""")

# ARGV: owner, generations, envelope, ms that it lives, channel, message
STORE: Final = Script.of(f"""
{_TEXT}
if text(KEYS[3]) .. text(KEYS[4]) ~= ARGV[2] then return 0 end
if text(KEYS[2]) ~= ARGV[1] .. ARGV[2] then return 0 end
redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4])
redis.call('DEL', KEYS[2])
return redis.call('PUBLISH', ARGV[5], ARGV[6])
""")

# ARGV: owner, lease ms
RENEW: Final = Script.of(f"{_TEXT} {_IF_NOT_OWNER} return redis.call('PEXPIRE', KEYS[2], ARGV[2])")

# ARGV: owner, channel, message
RELEASE: Final = Script.of(f"""
{_TEXT} {_IF_NOT_OWNER}
redis.call('DEL', KEYS[2])
return redis.call('PUBLISH', ARGV[2], ARGV[3])
""")

# KEYS: generations. ARGV: a random value, ms that they live
GENERATIONS: Final = Script.of(f"""
{_GENERATION}
return {{generation(KEYS[1], ARGV[1], ARGV[2]), generation(KEYS[2], ARGV[1], ARGV[2])}}
""")

# KEYS: generations. ARGV: ms that they live, channel, then a new value and a message for each
INVALIDATE: Final = Script.of("""
for at, key in ipairs(KEYS) do
  redis.call('SET', key, ARGV[2 * at + 1], 'PX', ARGV[1])
  redis.call('PUBLISH', ARGV[2], ARGV[2 * at + 2])
end
return #KEYS
""")


class Names(NamedTuple):
    """The names of keys for one token.

    Attributes:
        root: Before all names. The braces keep all of a token's keys on one node of a cluster.
    """

    root: str

    @classmethod
    def of(cls, prefix: str, scope: bytes) -> Names:
        """Returns the names below a prefix of the user's."""
        return cls(f"{prefix}:1:{{{scope.hex()}}}")

    def keys(self, location: Location) -> tuple[str, str, str, str]:
        """Returns entry, lease, the token's generation and the project's generation."""
        entry = location.entry.hex()
        return (
            f"{self.root}:entry:{entry}",
            f"{self.root}:lease:{entry}",
            self.generation(None),
            self.generation(location.project),
        )

    def generation(self, project: bytes | None) -> str:
        """Returns the key of a project's generation; the token's for ``None``."""
        return f"{self.root}:generation:{project.hex() if project else 'all'}"


class LoadFinished(NamedTuple):
    """The message that a load has ended.

    Attributes:
        entry: The name of its entry.
        owner: The owner of the lease.
        outcome: The sealed failure; empty where there is none to share.
    """

    entry: bytes
    owner: bytes
    outcome: bytes = b""

    def encode(self) -> bytes:
        """Returns the message's bytes."""
        return _FINISHED + self.entry + self.owner + self.outcome


class Invalidated(NamedTuple):
    """The message that a project, or everything, was invalidated.

    Attributes:
        sender: The process that invalidated it.
        project: Its name; ``None`` for everything.
    """

    sender: bytes
    project: bytes | None

    def encode(self) -> bytes:
        """Returns the message's bytes."""
        return _INVALIDATED + self.sender + (self.project or b"")


def decode_message(message: bytes) -> LoadFinished | Invalidated | None:
    """Returns a decoded message; ``None`` for one of another kind."""
    kind, rest = message[:4], message[4:]
    if kind == _FINISHED and len(rest) >= NAME_BYTES + OWNER_BYTES:
        at = NAME_BYTES + OWNER_BYTES
        return LoadFinished(rest[:NAME_BYTES], rest[NAME_BYTES:at], rest[at:])
    if kind == _INVALIDATED and len(rest) in {OWNER_BYTES, OWNER_BYTES + NAME_BYTES}:
        return Invalidated(rest[:OWNER_BYTES], rest[OWNER_BYTES:] or None)
    return None
