"""Permits from the server that processes share, for the calls of one event loop."""

from __future__ import annotations

import asyncio
import math
import random
import secrets
from collections import OrderedDict
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from loguro_async.errors import DeadlineExceededError
from loguro_async.shared.connection import Connection
from loguro_async.shared.script_pipeline import Script
from loguro_async.text import counted

if TYPE_CHECKING:
    from loguro_async.shared.script_pipeline import Run
    from loguro_async.shared.server_address import Server

_PATIENCE_SECONDS: Final = 0.25
# Messages say when a permit comes free, but not when the lease of a process that died has ended.
_LONGEST_PAUSE_SECONDS: Final = 1.0
_WAITING_MS: Final = 3000
_RENEWALS_PER_LEASE: Final = 3
# How late a request may use its turn without the rate falling behind (the tolerance of GCRA).
_TOLERANCE_MS: Final = 10

# Virtual scheduling as in GCRA (ITU-T I.371): the time of the next turn is stored, and increases
# when a turn is used.
# KEYS: permits, turn, processes that wait for callers, processes that wait in the background.
# ARGV: permit, concurrency (0: none), lease ms, ms between requests (0: no rate), process,
#       1 where it waits in the background, how long it counts as waiting in ms, tolerance in ms,
#       channel.
# Returns the ms until it may be granted: 0 where it is, -1 where that is not known.
_TAKE: Final = Script.of("""
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local concurrency, lease, between = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local queue = ARGV[6] == '1' and KEYS[4] or KEYS[3]
local has_waited = redis.call('ZREM', KEYS[3], ARGV[5]) + redis.call('ZREM', KEYS[4], ARGV[5])
local wait, turn = 0, now
if between > 0 then
  turn = math.max(now, tonumber(redis.call('GET', KEYS[2]) or now))
  wait = math.max(0, turn - now - tonumber(ARGV[8]))
end
if concurrency > 0 then
  redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
  if redis.call('ZCARD', KEYS[1]) >= concurrency then wait = -1 end
end
if ARGV[6] == '1' and wait >= 0 and redis.call('ZCOUNT', KEYS[3], now, '+inf') > 0 then
  wait = between > 0 and math.max(wait, between, 5) or -1
end
if wait ~= 0 then
  redis.call('ZADD', queue, now + ARGV[7], ARGV[5])
  redis.call('PEXPIRE', queue, ARGV[7])
  return tostring(wait)
end
if concurrency > 0 then
  redis.call('ZADD', KEYS[1], now + lease, ARGV[1])
  redis.call('PEXPIRE', KEYS[1], lease)
end
if between > 0 then
  turn = turn + between
  redis.call('SET', KEYS[2], string.format('%.3f', turn), 'PX', math.ceil(turn - now) + 1000)
end
if has_waited > 0 and redis.call('EXISTS', KEYS[3], KEYS[4]) > 0 then
  redis.call('PUBLISH', ARGV[9], '')
end
return '0'
""")

# KEYS: as above. ARGV: channel, a process that waits no more, turns not used, ms between requests,
#       then permits.
_GIVE_BACK: Final = Script.of("""
redis.call('ZREM', KEYS[3], ARGV[2])
redis.call('ZREM', KEYS[4], ARGV[2])
for at = 5, #ARGV do redis.call('ZREM', KEYS[1], ARGV[at]) end
local turn = tonumber(redis.call('GET', KEYS[2]) or 0)
if turn > 0 and tonumber(ARGV[3]) > 0 then
  redis.call('SET', KEYS[2], string.format('%.3f', turn - ARGV[3] * ARGV[4]), 'KEEPTTL')
end
if redis.call('EXISTS', KEYS[3], KEYS[4]) > 0 then redis.call('PUBLISH', ARGV[1], '') end
return 1
""")

# KEYS: permits. ARGV: lease ms, then permits
_RENEW: Final = Script.of("""
local time = redis.call('TIME')
local expiry = time[1] * 1000 + time[2] / 1000 + ARGV[1]
for at = 2, #ARGV do redis.call('ZADD', KEYS[1], 'XX', expiry, ARGV[at]) end
return redis.call('PEXPIRE', KEYS[1], ARGV[1])
""")


_Waiters: TypeAlias = "OrderedDict[asyncio.Future[str], float]"
"""The calls that wait for a permit, in their order, each with its deadline."""


class Limit(NamedTuple):
    """The limits and their keys; 0 for no limit."""

    concurrency: int
    ms_between: float
    lease_ms: int
    root: str


class Permits:
    """The calls of one event loop that wait for permits, and the permits that they hold.

    One task requests the next permit from the server and grants it to the call that is then first,
    so that a call that was cancelled does not use a permit.

    Args:
        server: The server.
        limit: The limits.
    """

    def __init__(self, server: Server, limit: Limit) -> None:
        self.users = 0  # calls that wait for a permit or hold one
        self._limit = limit
        root = limit.root
        self._keys = (root, f"{root}:turn", f"{root}:waiting", f"{root}:background")
        self._process = secrets.token_hex(8)
        self._connection = Connection(
            server, self, name="shared limits", root=root, patience_seconds=_PATIENCE_SECONDS
        )
        self._callers: _Waiters = OrderedDict()
        self._background: _Waiters = OrderedDict()
        self._held: set[str] = set()
        # Permits and turns that are to be given back to the server.
        self._owed_permits: set[str] = set()
        self._owed_turns = 0
        self._renew_at = 0.0
        self._next_turn = -math.inf
        self._is_waiting = False  # as the server sees it
        self._changed = asyncio.Event()
        self._serving: asyncio.Task[None] | None = None

    async def take(self, deadline: float, *, is_background: bool) -> str:
        """Waits for a permit, and returns it; an empty one while the server is down.

        Raises:
            DeadlineExceededError: No permit can be had by the deadline.
        """
        loop = asyncio.get_running_loop()
        ahead = len(self._callers) + (len(self._background) if is_background else 0)
        if self._connection.is_up and self._is_too_late(ahead, deadline):
            raise self._refusal(ahead)
        granted: asyncio.Future[str] = loop.create_future()
        waiters = self._background if is_background else self._callers
        waiters[granted] = deadline
        if len(self._callers) <= 1:  # otherwise the task already requests one for callers
            self._changed.set()
        if self._serving is None or self._serving.done():
            self._serving = loop.create_task(self._serve())
        begun = loop.time()
        try:
            async with asyncio.timeout_at(deadline if deadline < math.inf else None):
                return await granted
        except (TimeoutError, asyncio.CancelledError) as error:
            if granted.done() and not granted.cancelled() and granted.exception() is None:
                self.give_back(granted.result(), is_unused=True)
            if isinstance(error, asyncio.CancelledError | DeadlineExceededError):
                raise
            raise DeadlineExceededError(
                f"waited {loop.time() - begun:.1f} s for a permit of the shared limits; "
                "give a longer timeout, or send fewer requests"
            ) from None
        finally:
            waiters.pop(granted, None)
            if not self._callers and not self._background:
                self._changed.set()

    def give_back(self, permit: str, *, is_unused: bool = False) -> None:
        """Gives a permit back, now or as soon as the server can be reached again."""
        self._held.discard(permit)
        if permit:
            self._owed_turns += is_unused and self._limit.ms_between > 0
            if self._limit.concurrency:
                self._owed_permits.add(permit)
            if self._owed_turns or self._owed_permits:
                self._connection.flush()

    async def aclose(self) -> None:
        """Gives back permits if the server can be reached, and closes the connection."""
        if self._serving is not None:  # ends after its last reply, because no call waits
            await asyncio.wait({self._serving}, timeout=2 * _PATIENCE_SECONDS)
            self._serving.cancel()
        await self._connection.aclose()

    def received(self, message: bytes) -> None:  # noqa: ARG002 - there is only one kind
        """Requests a permit again, because one became free."""
        self._changed.set()

    def connected(self) -> None:
        """Does nothing, because ``flush`` is called as well."""

    def disconnected(self) -> None:
        """Lets all waiting calls continue without permits."""
        self._changed.set()

    async def flush(self, run: Run) -> None:
        """Gives back unused permits and turns, and extends the leases of held permits."""
        permits, turns = tuple(self._owed_permits), self._owed_turns
        if permits or turns:
            arguments = (self._connection.channel, "", turns, self._limit.ms_between)
            self._owed_permits.difference_update(permits)
            self._owed_turns -= turns
            try:
                await run(_GIVE_BACK, self._keys, (*arguments, *permits))
            except BaseException:
                self._owed_permits.update(permits)
                self._owed_turns += turns
                raise
        now = asyncio.get_running_loop().time()
        if self._held and self._limit.concurrency and now >= self._renew_at:
            self._renew_at = now + self._limit.lease_ms / 1000 / _RENEWALS_PER_LEASE
            await run(_RENEW, self._keys[:1], (self._limit.lease_ms, *self._held))

    async def _serve(self) -> None:
        """Requests permits while any call waits, for callers before background work."""
        while waiters := self._callers or self._background:
            self._changed.clear()
            permit = secrets.token_hex(8)
            wait_seconds = await self._request(permit, is_background=waiters is self._background)
            if wait_seconds is None:
                self._grant("")
            elif wait_seconds == 0:
                self._held.add(permit)
                if not self._grant(permit):
                    self.give_back(permit, is_unused=True)
            else:
                await self._pause(wait_seconds)
            if self._is_waiting and not self._callers and not self._background:
                await self._stop_waiting()

    async def _stop_waiting(self) -> None:
        """Tells the server that no call of this process waits any more."""
        self._is_waiting = False
        if self._connection.is_up:
            arguments = (self._connection.channel, self._process, 0, 0)
            await self._connection.call(_GIVE_BACK, self._keys, arguments)

    async def _request(self, permit: str, *, is_background: bool) -> float | None:
        """Requests a permit.

        Returns the seconds until it may be granted: 0 if it was granted, infinity if that is not
        known, and ``None`` while the server is down.
        """
        limit = self._limit
        arguments = (
            permit,
            limit.concurrency,
            limit.lease_ms,
            limit.ms_between,
            self._process,
            int(is_background),
            _WAITING_MS,
            _TOLERANCE_MS,
            self._connection.channel,
        )
        was_up = self._connection.is_up
        reply = await self._connection.call(_TAKE, self._keys, arguments)
        if not isinstance(reply, bytes):
            if was_up and limit.concurrency:  # the server may have granted it nevertheless
                self._owed_permits.add(permit)
            return None
        milliseconds = float(reply)
        self._is_waiting = milliseconds != 0
        if milliseconds >= 0:
            now = asyncio.get_running_loop().time()
            turn = milliseconds or limit.ms_between - _TOLERANCE_MS
            self._next_turn = now + turn / 1000
        return milliseconds / 1000 if milliseconds >= 0 else math.inf

    def _grant(self, permit: str) -> bool:
        """Hands a permit to the first call that still waits. Returns whether there was one."""
        while waiters := self._callers or self._background:
            granted, _ = waiters.popitem(last=False)
            if not granted.done():
                granted.set_result(permit)
                return True
        return False

    async def _pause(self, seconds: float) -> None:
        """Waits until a permit may be granted, and refuses calls for which that is too late."""
        loop = asyncio.get_running_loop()
        while waiters := self._callers or self._background:
            granted, deadline = next(iter(waiters.items()))
            if not self._is_too_late(0, deadline):
                break
            del waiters[granted]
            if not granted.done():
                granted.set_exception(self._refusal(0))
        # Random, so that processes do not all request permits at the same time.
        longest = _LONGEST_PAUSE_SECONDS * random.uniform(0.5, 1.0)  # noqa: S311 - no secret
        waiting = loop.create_task(self._changed.wait())
        await asyncio.wait({waiting}, timeout=min(seconds, longest))
        waiting.cancel()

    def _is_too_late(self, ahead: int, deadline: float) -> bool:
        """Whether a call's turn, behind others of this process, comes after its deadline."""
        between = self._limit.ms_between / 1000
        now = asyncio.get_running_loop().time()
        return between > 0 and max(self._next_turn, now - between) + ahead * between > deadline

    def _refusal(self, ahead: int) -> DeadlineExceededError:
        rate = 1000 / self._limit.ms_between
        return DeadlineExceededError(
            f"no turn before the deadline: the shared rate is {rate:g} a second, and "
            f"{counted(ahead, 'call')} of this process before it; give a longer timeout, or send "
            "fewer requests"
        )
