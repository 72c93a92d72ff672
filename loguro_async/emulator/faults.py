"""Faults on request: which request goes wrong, and how.

`FaultPlan` only chooses; `delivery.py` makes the chosen fault happen.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypedDict

from loguro_async.emulator.endpoints import NAMES

if TYPE_CHECKING:
    from collections.abc import Mapping

Truncation = bool | Literal["silent"]


class FaultOptions(TypedDict, total=False):
    """What `LoguroEmulator.fail` takes beside the status; `Fault` explains each."""

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
    """Something that goes wrong, and with which requests.

    Attributes:
        status: The answer's status; without a `body`, the body is the reference's error.
        times: How many requests it hits; all of them, if left out.
        probability: How likely it hits a request, 0 to 1; always, if left out.
        endpoint: The endpoint whose requests it hits, such as `kpis`.
        slug: The project whose requests it hits.
        longer_than: It hits requests about a longer time than so many seconds, as if they were
            too much for the service; a request that names no time asks about 24 hours.
        latency: Seconds to wait before anything else.
        reset: Cut the connection instead of answering.
        truncate: Send the first half of the body, then cut the connection. `"silent"` gives no
            length either, so that a careless reader takes the half for the whole.
        body: What to send as the body, whatever was asked.
        drip: Seconds between one byte of the body and the next.
        headers: Headers to add, such as `Retry-After`.
        extra_fields: Fields to add to every JSON object of the answer, where they are not taken.
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
        """Refuse what can never happen.

        Raises:
            ValueError: A value cannot be used; the message says what to pass instead.
        """
        problem = None
        if self.status is not None and not 200 <= self.status <= 599:  # noqa: PLR2004 - HTTP's own
            problem = f"status is {self.status}: pass 200 to 599"
        elif self.times is not None and self.times < 1:
            problem = f"times is {self.times}: pass 1 or more, or leave it out"
        elif self.probability is not None and not 0 <= self.probability <= 1:
            problem = f"probability is {self.probability}: pass 0 to 1"
        elif self.endpoint is not None and self.endpoint not in NAMES:
            problem = f"endpoint is {self.endpoint!r}: pass one of {', '.join(sorted(NAMES))}"
        elif min(self.latency or 0, self.drip or 0, self.longer_than or 0) < 0:
            problem = "latency, drip and longer_than are seconds: pass 0 or more"
        if problem:
            raise ValueError(problem)

    @property
    def changes_nothing(self) -> bool:
        """Whether it only says which requests, and not what goes wrong with them."""
        return self.status is None and not (
            self.latency
            or self.reset
            or self.truncate
            or self.body is not None
            or self.drip
            or self.headers
            or self.extra_fields
        )

    def concerns(self, endpoint: str | None, slug: str | None, seconds: float) -> bool:
        """Whether it is about requests to this endpoint of this project, for so long a time."""
        is_long = self.longer_than is None or seconds > self.longer_than
        return is_long and self.endpoint in {None, endpoint} and self.slug in {None, slug}


HARMLESS: Final = Fault()


class FaultPlan:
    """The faults to come. The first that concerns a request, and happens, is the only one.

    Args:
        seed: Where the dice of `probability` start, so that a run can be repeated.
    """

    def __init__(self, seed: int) -> None:
        self._faults: list[Fault] = []
        self._happened: list[int] = []
        self._random = random.Random(seed)

    def add(self, fault: Fault) -> None:
        """Plan a fault, after those planned before."""
        self._faults.append(fault)
        self._happened.append(0)

    def clear(self) -> None:
        """Let nothing go wrong any more."""
        self._faults.clear()
        self._happened.clear()

    def draw(self, endpoint: str | None, slug: str | None, seconds: float) -> Fault:
        """The fault that hits this request; `HARMLESS` if none does.

        Args:
            endpoint: The endpoint's name; `None` for an unknown path.
            slug: The project asked about; `None` for an unknown path.
            seconds: How long a time it asks about.
        """
        for place, fault in enumerate(self._faults):
            spent = fault.times is not None and self._happened[place] >= fault.times
            if spent or not fault.concerns(endpoint, slug, seconds):
                continue
            if fault.probability is None or self._random.random() < fault.probability:
                self._happened[place] += 1
                return fault
        return HARMLESS
