"""One circuit: closed while enough succeeds, open after too many failures, then tried out."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from loguro_async.errors import CircuitOpenError

if TYPE_CHECKING:
    from collections.abc import Callable

    from loguro_async.config import BreakerPolicy

_LOG: Final = logging.getLogger("loguro_async")


class Circuit:
    """Counts outcomes, and refuses requests for a while when too many were failures.

    Outcomes are counted in two slices of time, the current one and the one before, so that what
    is counted is never older than the policy's window.

    Args:
        policy: When it opens, and for how long.
        clock: Seconds, never going back.
        of: Whose circuit it is, for messages.
        advice: What else there is to do while it is open.
    """

    __slots__ = (
        "_advice",
        "_clock",
        "_era",
        "_failures",
        "_of",
        "_open_until",
        "_outcomes",
        "_policy",
        "_probed_well",
        "_probing",
        "_slice_ends",
    )

    def __init__(
        self, policy: BreakerPolicy, clock: Callable[[], float], *, of: str, advice: str
    ) -> None:
        self._policy = policy
        self._clock = clock
        self._of = of
        self._advice = advice
        # Outcomes of requests that were let through in another era tell nothing of this one.
        self._era = 0
        self._open_until: float | None = None
        self._probing = self._probed_well = 0
        # The current slice first, then the one before.
        self._outcomes = [0, 0]
        self._failures = [0, 0]
        self._slice_ends = clock() + policy.window / 2

    @property
    def is_open(self) -> bool:
        """Whether it refuses requests, or lets only probes through."""
        return self._open_until is not None

    @property
    def is_idle(self) -> bool:
        """Whether it is closed and has nothing to remember."""
        if self._clock() >= self._slice_ends:
            self._turn_slice()
        return self._open_until is None and not sum(self._outcomes)

    def check(self) -> None:
        """Refuse a request that would not be let through.

        Raises:
            CircuitOpenError: The circuit is open, or probes are under way.
        """
        if self._open_until is None:
            return
        wait = self._open_until - self._clock()
        if wait > 0:
            self._refuse(wait)
        if self._probing + self._probed_well >= self._policy.probes:
            self._refuse(self._policy.open_seconds)

    def admit(self) -> int:
        """Let a request through, as a probe where need be; its outcome is to be told.

        Returns:
            The era that the request belongs to.

        Raises:
            CircuitOpenError: The circuit is open, or probes are under way.
        """
        if self._open_until is not None:
            self.check()
            self._probing += 1
        return self._era

    def record(self, era: int, *, failed: bool | None) -> None:
        """Take in how a request ended.

        Args:
            era: What ``admit`` gave.
            failed: Whether it failed; ``None`` where its end tells nothing.
        """
        if era != self._era:
            return
        if self._open_until is not None:
            self._record_probe(failed)
        elif failed is not None:
            self._record_outcome(failed=failed)

    def _record_probe(self, failed: bool | None) -> None:  # noqa: FBT001 - as `record` has it
        self._probing -= 1
        if failed:
            self._open("a probe failed")
        elif failed is not None:
            self._probed_well += 1
            if self._probed_well >= self._policy.probes:
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

    def _open(self, why: str) -> None:
        self._era += 1
        self._probing = self._probed_well = 0
        self._open_until = self._clock() + self._policy.open_seconds
        _LOG.warning(
            "the circuit of %s opens (%s); probes in %.1f s",
            self._of,
            why,
            self._policy.open_seconds,
        )

    def _close(self) -> None:
        self._era += 1
        self._probing = self._probed_well = 0
        self._open_until = None
        self._outcomes, self._failures = [0, 0], [0, 0]
        _LOG.warning("the circuit of %s closes: it has recovered", self._of)

    def _refuse(self, seconds: float) -> None:
        message = (
            f"too many requests to {self._of} failed, nothing is sent for now; the next probe is "
            f"due in {seconds:.1f} s; {self._advice}"
        )
        raise CircuitOpenError(message, retry_after=seconds)
