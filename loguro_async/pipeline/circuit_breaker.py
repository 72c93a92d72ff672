"""A circuit breaker: closed while enough succeeds, open after too many failures, then half-open.

Source: the circuit breaker of "Release It!" (Nygard), as in resilience4j, with a time-based window.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from loguro_async.errors import CircuitOpenError

if TYPE_CHECKING:
    from collections.abc import Callable

    from loguro_async.policies import BreakerPolicy

_LOG: Final = logging.getLogger("loguro_async")
# Background work waits for the circuit, and probes it early, so that a short outage costs little.
_EARLY_PROBE_SECONDS: Final = 0.25


class CircuitBreaker:
    """Counts outcomes, and refuses requests for a while when too many were failures.

    Outcomes are counted in two slices of time, the current one and the one before, so that no
    outcome counts for longer than the policy's window.

    Args:
        policy: When it opens, and for how long.
        clock: Returns seconds; never goes back.
        name: What it is the circuit of, for messages.
        advice: What the user can do while it is open.
    """

    __slots__ = (
        "_advice",
        "_clock",
        "_early_probe_at",
        "_failures",
        "_generation",
        "_name",
        "_open_until",
        "_outcomes",
        "_policy",
        "_probes_in_flight",
        "_probes_succeeded",
        "_slice_ends",
    )

    def __init__(
        self, policy: BreakerPolicy, clock: Callable[[], float], *, name: str, advice: str
    ) -> None:
        self._policy = policy
        self._clock = clock
        self._name = name
        self._advice = advice
        # Outcomes of requests that were admitted in an earlier generation are ignored.
        self._generation = 0
        self._open_until: float | None = None
        self._early_probe_at = 0.0
        self._probes_in_flight = self._probes_succeeded = 0
        # The current slice first, then the one before.
        self._outcomes = [0, 0]
        self._failures = [0, 0]
        self._slice_ends = clock() + policy.window / 2

    @property
    def is_open(self) -> bool:
        """Whether it refuses requests, or admits only probes."""
        return self._open_until is not None

    @property
    def is_idle(self) -> bool:
        """Whether it is closed and no outcome counts any more."""
        if self._clock() >= self._slice_ends:
            self._turn_slice()
        return self._open_until is None and not sum(self._outcomes)

    def check(self, *, is_background: bool = False) -> None:
        """Refuses a request that would not be admitted.

        Args:
            is_background: Whether the request may be an early probe.

        Raises:
            CircuitOpenError: The circuit is open, or enough probes are in progress.
        """
        if self._open_until is None:
            return
        opens_at = self._early_probe_at if is_background else self._open_until
        wait = min(opens_at, self._open_until) - self._clock()
        if wait > 0:
            raise self._refusal(wait)
        if self._probes_in_flight + self._probes_succeeded >= self._policy.probes:
            raise self._refusal(self._policy.open_seconds)

    def admit(self, *, is_background: bool = False) -> int:
        """Admits a request, as a probe while the circuit is half-open; ``record`` must follow.

        Returns:
            The generation that the request belongs to.

        Raises:
            CircuitOpenError: The circuit is open, or enough probes are in progress.
        """
        if self._open_until is not None:
            self.check(is_background=is_background)
            self._probes_in_flight += 1
            self._early_probe_at = self._clock() + _EARLY_PROBE_SECONDS
        return self._generation

    def record(self, generation: int, *, failed: bool | None) -> None:
        """Records the outcome of a request.

        Args:
            generation: What ``admit`` returned.
            failed: Whether it failed; ``None`` where the outcome says nothing.
        """
        if generation != self._generation:
            return
        if self._open_until is not None:
            self._record_probe(failed)
        elif failed is not None:
            self._record_outcome(failed=failed)

    def _record_probe(self, failed: bool | None) -> None:  # noqa: FBT001 - as in `record`
        self._probes_in_flight -= 1
        if failed:
            self._open("a probe failed")
        elif failed is not None:
            self._probes_succeeded += 1
            self._open_until = self._early_probe_at = self._clock()
            if self._probes_succeeded >= self._policy.probes:
                self._close()

    def _record_outcome(self, *, failed: bool) -> None:
        if self._clock() >= self._slice_ends:
            self._turn_slice()
        self._outcomes[0] += 1
        if not failed:
            return
        self._failures[0] += 1
        outcomes, failures = sum(self._outcomes), sum(self._failures)
        policy = self._policy
        if outcomes >= policy.min_requests and failures >= policy.failure_rate * outcomes:
            self._open(f"{failures} of {outcomes} requests failed")

    def _turn_slice(self) -> None:
        length = self._policy.window / 2
        late = self._clock() - self._slice_ends
        is_next = late < length
        self._outcomes = [0, self._outcomes[0] if is_next else 0]
        self._failures = [0, self._failures[0] if is_next else 0]
        self._slice_ends += (late // length + 1) * length

    def _open(self, reason: str) -> None:
        seconds = self._policy.open_seconds
        log = _LOG.debug if self._open_until is not None else _LOG.warning  # once an outage
        log("circuit of %s opens (%s); next probe in %.1f s", self._name, reason, seconds)
        self._generation += 1
        self._probes_in_flight = self._probes_succeeded = 0
        self._open_until = self._clock() + seconds
        self._early_probe_at = self._clock() + _EARLY_PROBE_SECONDS

    def _close(self) -> None:
        self._generation += 1
        self._probes_in_flight = self._probes_succeeded = 0
        self._open_until = None
        self._outcomes, self._failures = [0, 0], [0, 0]
        _LOG.warning("circuit of %s closes: the probes succeeded", self._name)

    def _refusal(self, seconds: float) -> CircuitOpenError:
        message = (
            f"too many requests to {self._name} failed, so none is sent for now; the next probe "
            f"is due in {seconds:.1f} s; {self._advice}"
        )
        return CircuitOpenError(message, retry_after=seconds)
