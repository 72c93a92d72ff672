"""Stops asking a service, or for a project, that keeps failing.

Two circuits stand in a request's way. The origin's learns from every attempt: whether there is a
service at all. The project's learns from every call: a 500 tells that the query was too much, so
one heavy project never closes the way for the others.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final, TypeVar

from loguro_async.errors import (
    LoguroError,
    QueryFailedError,
    ResponseError,
    StatusError,
    TransportError,
)
from loguro_async.pipeline.circuit import Circuit

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from loguro_async.config import BreakerPolicy
    from loguro_async.pipeline.call import Call, Fetch

_ORIGIN_IS_DOWN: Final = frozenset({502, 503, 504})
_QUERY_FAILED: Final = 500
_REFUSALS: Final = frozenset({400, 401, 404})
AnswerT = TypeVar("AnswerT")
# More projects than this do not fail at once; those that failed longest ago are forgotten.
_MOST_PROJECTS: Final = 1024


class OriginBreaker:
    """Learns from each attempt whether the service can be reached.

    Args:
        policy: When the circuit opens, and for how long.
        clock: Seconds, never going back.
        origin: The service's address.
    """

    __slots__ = ("_circuit", "_clock")

    def __init__(self, policy: BreakerPolicy, clock: Callable[[], float], origin: str) -> None:
        self._clock = clock
        self._circuit = Circuit(
            policy, clock, of=origin, advice="check the network and the service's status page"
        )

    def before(self, wait_and_send: Fetch) -> Fetch:
        """The stage that refuses an attempt before it waits for a place."""

        def fetch(call: Call) -> Awaitable[bytes]:
            self._circuit.check()
            return wait_and_send(call)

        return fetch

    def watch(self, send: Fetch) -> Fetch:
        """The stage that lets an attempt through, or not, and learns from its end."""

        async def fetch(call: Call) -> bytes:
            era = self._circuit.admit()
            failed: bool | None = None
            try:
                body = await send(call)
            except asyncio.CancelledError:
                failed = True if self._clock() >= call.deadline else None
                raise
            except (StatusError, TransportError, ResponseError) as error:
                failed = _tells_of_origin(error)
                if failed is None and self._circuit.is_open and _answered(error):
                    failed = False  # to a probe, any answer of the service's own is a good one
                raise
            else:
                failed = False
                return body
            finally:
                self._circuit.record(era, failed=failed)

        return fetch


class ProjectBreaker:
    """Learns from each call whether a project's queries are too much for the service.

    Args:
        policy: When a project's circuit opens, and for how long.
        clock: Seconds, never going back.
    """

    __slots__ = ("_circuits", "_clock", "_policy")

    def __init__(self, policy: BreakerPolicy, clock: Callable[[], float]) -> None:
        self._policy = policy
        self._clock = clock
        # Only of projects that failed not long ago: there may be any number of others.
        self._circuits: OrderedDict[str, Circuit] = OrderedDict()

    def around(
        self, load: Callable[[Call], Awaitable[AnswerT]]
    ) -> Callable[[Call], Coroutine[Any, Any, AnswerT]]:
        """The stage that lets a call through, or not, and learns from its end."""

        async def guarded(call: Call) -> AnswerT:
            slug = call.query.slug
            circuit = self._circuits.get(slug)
            era = circuit.admit() if circuit is not None else 0
            failed: bool | None = None
            try:
                answer = await load(call)
            except QueryFailedError as error:
                failed = error.status == _QUERY_FAILED or None
                circuit = circuit or (self._circuit_of(slug) if failed else None)
                raise
            else:
                failed = False
                # Another call of the project's may have failed meanwhile.
                circuit = circuit or self._circuits.get(slug)
                return answer
            finally:
                if circuit is not None:
                    circuit.record(era, failed=failed)

        return guarded

    def _circuit_of(self, slug: str) -> Circuit:
        """The project's circuit; a new one takes the place of those with nothing to remember."""
        circuits = self._circuits
        if slug not in circuits:
            while circuits and (
                len(circuits) >= _MOST_PROJECTS or next(iter(circuits.values())).is_idle
            ):
                circuits.popitem(last=False)
            circuits[slug] = Circuit(
                self._policy,
                self._clock,
                of=f"project {slug!r}",
                advice="reduce the range or filter",
            )
        circuits.move_to_end(slug)
        return circuits[slug]


def _answered(error: LoguroError) -> bool:
    return isinstance(error, StatusError) and error.status in _REFUSALS


def _tells_of_origin(error: StatusError | TransportError | ResponseError) -> bool | None:
    """Whether the origin failed; ``None`` where the error tells nothing of it."""
    if isinstance(error, StatusError):
        if error.status in _ORIGIN_IS_DOWN:
            return True
        return False if error.status == _QUERY_FAILED else None
    return isinstance(error, TransportError)
