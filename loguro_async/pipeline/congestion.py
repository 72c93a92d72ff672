"""Finds out how many requests in flight the service bears.

Additive increase, multiplicative decrease: while all places are taken and answers come well there
is one more with each round (twice as many, until the first sign of overload); at a sign, a share
less. Signs
are 429, 503, a deadline that passed, and answers that queue up: requests beyond what the service
works on at once only wait there, so that answers take longer, in proportion. Single answers differ
much in any case, so times are told by the means of whole rounds of them, and by their spread.
"""

from __future__ import annotations

import asyncio
from math import sqrt
from typing import TYPE_CHECKING, Final

from loguro_async.errors import StatusError, TransportError

if TYPE_CHECKING:
    from collections.abc import Callable

    from loguro_async.pipeline.call import Call, Fetch

_OVERLOADED: Final = frozenset({429, 503})
_FIRST: Final = 4
_DECREASE: Final = 0.9
_DECREASE_QUEUE: Final = 0.8
_DECREASE_MOST: Final = 0.5
# A queue that is a fifth shorter is passed in four fifths of the time.
_NO_QUICKER: Final = 0.9
# Answers in a round, for each place.
_SHORT_ROUND: Final = 2
_LONG_ROUND: Final = 16
_LEAST_IN_A_ROUND: Final = 8
_LEAST_TO_MEASURE: Final = 64
# A round is slower than another if its mean is, by so much and by so many standard errors.
_SLOWER_BY: Final = 1.15
_STANDARD_ERRORS: Final = 3.0
# After so many rounds, nobody knows any more how quick an answer can be: it is tried anew.
_ROUNDS_REMEMBERED: Final = 30


class Round:
    """How long answers took, in seconds, while there were so many places."""

    __slots__ = ("_squares", "_sum", "began", "count", "full")

    def __init__(self, began: float) -> None:
        self.began = began
        self.count = 0
        self.full = 0
        self._sum = 0.0
        self._squares = 0.0

    def add(self, seconds: float, *, is_full: bool) -> None:
        """Take in one answer; ``is_full``: most places were taken when it came."""
        self.count += 1
        self.full += is_full
        self._sum += seconds
        self._squares += seconds * seconds

    @property
    def was_full(self) -> bool:
        """Whether most places were taken for most of it."""
        return 2 * self.full >= self.count

    @property
    def mean(self) -> float:
        """The mean of all answers."""
        return self._sum / self.count

    def variance_of_mean(self) -> float:
        """How far the mean may be off, squared."""
        return max(0.0, self._squares / self.count - self.mean**2) / self.count

    def is_slower_than(self, other: Round) -> bool:
        """Whether its answers took longer, and not by chance."""
        off = sqrt(self.variance_of_mean() + other.variance_of_mean())
        by = self.mean - other.mean
        return self.mean > _SLOWER_BY * other.mean and by > _STANDARD_ERRORS * off


class Congestion:
    """Opens and closes places as the service bears them.

    Args:
        most: The most places there are ever.
        clock: Tells how long an answer took.
        add: Adds places to ``most`` of them, or takes them away.
    """

    __slots__ = (
        "_add",
        "_clock",
        "_eased_at",
        "_eased_for",
        "_in_flight",
        "_is_growing_quickly",
        "_level",
        "_looked_from",
        "_most",
        "_quickest",
        "_round",
        "_rounds_since",
    )

    def __init__(self, most: int, clock: Callable[[], float], add: Callable[[int], None]) -> None:
        self._most = most
        self._level = float(min(most, _FIRST))
        self._clock = clock
        self._add = add
        add(self.places - most)
        self._in_flight = 0
        self._is_growing_quickly = True
        self._eased_at = clock()
        self._round = Round(clock())
        self._quickest: Round | None = None
        self._eased_for: Round | None = None
        self._rounds_since = 0
        self._looked_from = 0.0

    @property
    def places(self) -> int:
        """How many places there are now."""
        return int(self._level)

    def watch(self, send: Fetch) -> Fetch:
        """The stage that learns from each attempt of ``send``."""

        async def fetch(call: Call) -> bytes:
            began = self._clock()
            self._in_flight += 1
            try:
                body = await send(call)
            except asyncio.CancelledError:
                if self._clock() >= call.deadline:
                    self._overloaded(began)
                raise
            except (StatusError, TransportError) as error:
                if isinstance(error, TransportError) or error.status in _OVERLOADED:
                    self._overloaded(began)
                raise
            else:
                self._answered(began)
                return body
            finally:
                self._in_flight -= 1

        return fetch

    def _overloaded(self, began: float) -> None:
        """One step down for a round of requests: those sent before the last step don't count."""
        if began >= self._eased_at:
            self._ease(_DECREASE)

    def _answered(self, began: float) -> None:
        if began < self._round.began:
            return
        now = self._clock()
        self._round.add(now - began, is_full=2 * self._in_flight >= self.places)
        wanted = self.places * (_SHORT_ROUND if self._is_growing_quickly else _LONG_ROUND)
        least = _LEAST_IN_A_ROUND if self._quickest else _LEAST_TO_MEASURE
        if self._round.count >= max(least, wanted):
            self._judge(self._round)
            self._round = Round(now)

    def _judge(self, ended: Round) -> None:
        """Tell from a round whether answers queue up, and set the places for the next one."""
        eased_for, self._eased_for = self._eased_for, None
        self._rounds_since += 1
        quickest = self._quickest
        if quickest is None or (eased_for and ended.mean > _NO_QUICKER * eased_for.mean):
            # The first round; or fewer in flight, and no quicker: it is not for our requests.
            self._take_for_quickest(ended)
            self._set(max(self._level, self._looked_from))
            self._looked_from = 0.0
        elif ended.is_slower_than(quickest):
            self._eased_for = ended
            self._ease(min(_DECREASE_QUEUE, max(_DECREASE_MOST, quickest.mean / ended.mean)))
        elif ended.was_full and self._rounds_since > _ROUNDS_REMEMBERED:
            # With half as many for one round.
            self._quickest, self._looked_from = None, self._level
            self._ease(_DECREASE_MOST)
        else:
            if ended.mean < quickest.mean and ended.count >= _LEAST_TO_MEASURE:
                self._take_for_quickest(ended)
            if ended.was_full:
                self._set(2 * self._level if self._is_growing_quickly else self._level + 1)

    def _take_for_quickest(self, ended: Round) -> None:
        self._quickest = ended
        self._rounds_since = 0

    def _ease(self, share: float) -> None:
        self._is_growing_quickly = False
        self._eased_at = self._clock()
        self._round = Round(self._eased_at)
        self._set(self._level * share)

    def _set(self, level: float) -> None:
        before = self.places
        self._level = min(max(level, 1.0), float(self._most))
        if self.places != before:
            self._add(self.places - before)
