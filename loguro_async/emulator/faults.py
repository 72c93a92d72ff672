"""Faults on request: which requests fail, and how.

`FaultPlan` only chooses a fault; `fault_injection.py` carries it out.
"""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypedDict

from loguro_async.emulator.endpoints import NAMES

if TYPE_CHECKING:
    from collections.abc import Mapping

Truncation = bool | Literal["silent"]


class FaultOptions(TypedDict, total=False):
    """The arguments of `LoguroEmulator.fail` besides the status; `Fault` explains each."""

    times: int | None
    probability: float | None
    endpoint: str | None
    slug: str | None
    longer_than: float | None
    latency: float | None
    reset: bool
    truncate: Truncation | None
    body: bytes | str | None
    drip: float | None
    headers: Mapping[str, str] | None
    extra_fields: Mapping[str, object] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault, and the requests that it applies to.

    Attributes:
        status: The status of the response; without a `body`, the body is the reference's error.
        times: The number of requests that it applies to; all of them, if left out.
        probability: The probability that it applies to a request, 0 to 1; 1, if left out.
        endpoint: The endpoint that it applies to, such as `kpis`.
        slug: The project that it applies to.
        longer_than: It applies to windows longer than this number of seconds, as if they were too
            large for the service. A request without a window covers 24 hours.
        latency: Seconds to wait before anything else.
        reset: Resets the connection instead of sending a response.
        truncate: Sends the first half of the body, then closes the connection. `"silent"` sends no
            length either, so that a careless reader takes the half for the whole.
        body: The body to send in any case.
        drip: Seconds between one byte of the body and the next.
        headers: Headers to add, such as `Retry-After`.
        extra_fields: Fields to add to every JSON object of the response, unless it has them.
    """

    status: int | None = None
    times: int | None = None
    probability: float | None = None
    endpoint: str | None = None
    slug: str | None = None
    longer_than: float | None = None
    latency: float | None = None
    reset: bool = False
    truncate: Truncation | None = None
    body: bytes | str | None = None
    drip: float | None = None
    headers: Mapping[str, str] | None = None
    extra_fields: Mapping[str, object] | None = None

    def __post_init__(self) -> None:
        """Checks the values.

        Raises:
            ValueError: A value is invalid; the message says what to pass instead.
        """
        problem = None
        if self.status is not None and not 200 <= self.status <= 599:  # noqa: PLR2004 - HTTP's own
            problem = f"status must be 200 to 599, got {self.status}"
        elif self.times is not None and self.times < 1:
            problem = f"times must be 1 or greater, got {self.times}"
        elif self.probability is not None and not 0 <= self.probability <= 1:
            problem = f"probability must be 0 to 1, got {self.probability}"
        elif self.endpoint is not None and self.endpoint not in NAMES:
            problem = f"endpoint must be one of {', '.join(sorted(NAMES))}, got {self.endpoint!r}"
        elif min(self.latency or 0, self.drip or 0, self.longer_than or 0) < 0:
            problem = "latency, drip and longer_than are seconds: pass 0 or more"
        if problem:
            raise ValueError(problem)

    @property
    def has_no_effect(self) -> bool:
        """Whether it selects requests without an effect on them."""
        return self.status is None and not (
            self.latency
            or self.reset
            or self.truncate
            or self.body is not None
            or self.drip
            or self.headers
            or self.extra_fields
        )

    def applies_to(self, endpoint: str | None, slug: str | None, seconds: float) -> bool:
        """Whether it applies to requests to an endpoint of a project, for a window in seconds."""
        is_long = self.longer_than is None or seconds > self.longer_than
        return is_long and self.endpoint in {None, endpoint} and self.slug in {None, slug}


NO_FAULT: Final = Fault()


class FaultPlan:
    """The planned faults. The first one that applies to a request is the only one that happens.

    Safe to use from several threads.

    Args:
        seed: The seed for `probability`, so that a run can be repeated.
    """

    def __init__(self, seed: int) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._happened: list[int] = []
        self._random = random.Random(seed)

    def add(self, fault: Fault) -> None:
        """Adds a fault after those planned before."""
        with self._lock:
            self._faults.append(fault)
            self._happened.append(0)

    def clear(self) -> None:
        """Removes all faults."""
        with self._lock:
            self._faults.clear()
            self._happened.clear()

    def next_fault(self, endpoint: str | None, slug: str | None, seconds: float) -> Fault:
        """Returns the fault that happens to a request, and counts it; `NO_FAULT` for none.

        Args:
            endpoint: The endpoint's name; `None` for an unknown path.
            slug: The project; `None` for an unknown path.
            seconds: The length of the window.
        """
        with self._lock:
            for index, fault in enumerate(self._faults):
                is_used_up = fault.times is not None and self._happened[index] >= fault.times
                if is_used_up or not fault.applies_to(endpoint, slug, seconds):
                    continue
                if fault.probability is None or self._random.random() < fault.probability:
                    self._happened[index] += 1
                    return fault
        return NO_FAULT
