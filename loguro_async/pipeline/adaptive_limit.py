"""The adaptive concurrency limit: learns how many concurrent attempts the service can handle.

The algorithm combines two known ones: the latency is compared with a baseline that is measured at
a reduced limit, as Envoy's adaptive concurrency filter does (minRTT) and the gradient limit of
Netflix's concurrency-limits. Signs of overload decrease the limit by a factor, as in TCP (AIMD,
RFC 5681).

By Little's law, attempts beyond those that the service works on only add latency, in proportion.
So twice the baseline latency means about twice the attempts that the service needs. With that
many it is always busy, although latencies are measured with errors, and its queue stays short.
"""

from __future__ import annotations

from math import exp, inf, log
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

_FIRST_LIMIT: Final = 16
# Below _GROW baselines of latency the limit grows, above _SHRINK it is halved. The band between
# is wide because latencies vary: a limit that follows their noise loses more than a queue costs.
_GROW: Final = 2.0
_SHRINK: Final = 4.0
_DECREASE: Final = 0.9
# Successes that are compared: at least this number, and this multiple of the limit.
_MIN_WINDOW: Final = 16
_WINDOW_LIMITS: Final = 2
_MIN_PROBE: Final = 8
# A probe divides the limit by this: more than _GROW, or a baseline that was measured while requests
# queued is never corrected.
_PROBE: Final = 3
_SUCCESSES_BETWEEN_PROBES: Final = 1500
# A latency that falls by more than this in a probe falls nearly as much as the limit did.
_STILL_QUEUEING: Final = 2.4
# A baseline that is off by more than this is replaced, else averaged.
_CHANGED: Final = 3.0


class _Window:
    """The latencies of attempts that began since the limit was last set."""

    __slots__ = ("_at_limit", "_sum_of_logs", "began", "count")

    def __init__(self, began: float) -> None:
        self.began = began
        self.count = 0
        self._at_limit = 0
        self._sum_of_logs = 0.0

    def add(self, seconds: float, *, at_limit: bool) -> None:
        """Adds a success; `at_limit` is whether the limit was reached when it began."""
        self.count += 1
        self._at_limit += at_limit
        self._sum_of_logs += log(max(seconds, 1e-6))

    @property
    def latency(self) -> float:
        """The geometric mean: a few very slow responses move it little."""
        return exp(self._sum_of_logs / self.count)

    @property
    def is_saturated(self) -> bool:
        """Whether demand reached the limit most of the time."""
        return 2 * self._at_limit >= self.count


class _Probe(NamedTuple):
    """A window at a reduced limit: what the limit and the latency were before."""

    limit: float
    latency: float
    latency_above: float  # at the limit that was reduced; another one in a second reduction


class AdaptiveLimit:
    """Limits concurrent attempts to the number that the service handles without long queues.

    Call `started` when an attempt begins, and exactly one of `succeeded`, `overloaded` and
    `ignored` with its result when the attempt ends. The limit changes only in the last three, so
    a queue of permits reads `limit` when it takes a permit back.

    Args:
        most: The highest limit.
        clock: Returns seconds.
    """

    __slots__ = (
        "_baseline",
        "_clock",
        "_has_halved",
        "_in_flight",
        "_level",
        "_most",
        "_probe",
        "_step",
        "_until_probe",
        "_window",
    )

    def __init__(self, most: int, clock: Callable[[], float]) -> None:
        self._most = most
        self._clock = clock
        self._level = float(min(most, _FIRST_LIMIT))
        self._step = self._level
        self._in_flight = 0
        self._window = _Window(clock())
        self._baseline = inf
        self._probe: _Probe | None = None
        self._until_probe = 0
        self._has_halved = False

    @property
    def limit(self) -> int:
        """The maximum of concurrent attempts at present, from 1 to `most`."""
        return int(self._level)

    def started(self) -> float:
        """Counts an attempt as in progress; returns when it began."""
        self._in_flight += 1
        return self._clock()

    def ignored(self, began: float) -> None:  # noqa: ARG002 - one form for all three
        """Ends an attempt that says nothing about the service's load."""
        self._in_flight -= 1

    def overloaded(self, began: float) -> None:
        """Ends an attempt that shows an overload; one in each window decreases the limit."""
        self._in_flight -= 1
        if began < self._window.began:
            return
        level = self._probe.limit if self._probe else self._level
        self._probe = None
        self._step = 1.0
        self._set(level * _DECREASE)

    def succeeded(self, began: float) -> None:
        """Ends an attempt that got its response, and learns from its latency."""
        at_limit = self._in_flight >= self.limit
        self._in_flight -= 1
        if began < self._window.began:
            return
        self._until_probe -= 1
        self._window.add(self._clock() - began, at_limit=at_limit)
        if self._window.count >= self._window_length():
            if self._probe:
                self._end_probe(self._probe)
            else:
                self._judge()

    def _window_length(self) -> int:
        """Returns how many successes to compare; fewer while a wrong limit costs more."""
        if self._probe:
            return max(_MIN_PROBE, self.limit)
        return max(_MIN_WINDOW, self.limit * (_WINDOW_LIMITS if self._until_probe > 0 else 1))

    def _judge(self) -> None:
        """Sets the limit for the next window."""
        latency = self._window.latency
        if self.limit == 1 or latency * _SHRINK < self._baseline:
            self._learn_baseline(latency)
        ratio = latency / self._baseline
        if not self._window.is_saturated:
            self._set(self._level)
        elif ratio <= _GROW:
            self._has_halved = False
            self._set(min(self._level + self._step, self._level * _GROW / ratio))
            self._step = min(2 * self._step, self._most)
        elif self._until_probe <= 0 or self._has_halved:
            # A latency that stays high at half the limit may not be due to our requests.
            self._has_halved = False
            self._start_probe(_Probe(self._level, latency, latency))
        elif ratio > _SHRINK:
            self._has_halved = True
            self._set(self._level / 2)
        else:
            self._set(self._level)

    def _start_probe(self, probe: _Probe) -> None:
        self._probe = probe
        self._set(self._level / _PROBE)

    def _end_probe(self, probe: _Probe) -> None:
        """Measures the baseline; goes on at a lower limit where requests still queue."""
        latency = self._window.latency
        has_changed = self._learn_baseline(latency)
        if latency * _STILL_QUEUEING < probe.latency_above and self.limit > 1:
            self._start_probe(probe._replace(latency_above=latency))
            return
        self._probe = None
        self._until_probe = 0 if has_changed else _SUCCESSES_BETWEEN_PROBES
        self._set(probe.limit * min(1.0, _GROW * self._baseline / probe.latency))

    def _learn_baseline(self, latency: float) -> bool:
        """Takes a latency into the baseline; returns whether the baseline was far off."""
        has_changed = not 1 / _CHANGED < latency / self._baseline < _CHANGED
        self._baseline = latency if has_changed else (self._baseline * latency) ** 0.5
        return has_changed

    def _set(self, level: float) -> None:
        self._level = min(max(level, 1.0), float(self._most))
        self._window = _Window(self._clock())
