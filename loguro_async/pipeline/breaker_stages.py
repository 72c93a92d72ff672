"""Stops sending requests to a failing service, or for a failing project.

The origin's circuit counts attempts, and opens when the service cannot be reached. The circuit of a
project counts calls that end in a 500, which means that a query was too heavy, so that one heavy
project never stops the others. Cancellations and short deadlines of callers do not count.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from loguro_async.errors import QueryFailedError, ResponseError, StatusError, TransportError
from loguro_async.pipeline.availability import is_outage
from loguro_async.pipeline.circuit_breaker import CircuitBreaker

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from loguro_async.models.response_base import Response
    from loguro_async.pipeline.availability import Availability
    from loguro_async.pipeline.call import Call, Load, Send
    from loguro_async.policies import BreakerPolicy

_QUERY_FAILED: Final = 500
# More projects than this do not fail at once; those that failed longest ago are forgotten.
_MOST_PROJECTS: Final = 1024


class OriginBreaker:
    """Learns from each attempt whether the service can be reached.

    Args:
        policy: When the circuit opens, and for how long; ``None`` for never.
        availability: Where outages are noted.
        clock: Returns seconds; never goes back.
        origin: The service's address.
    """

    __slots__ = ("_availability", "_circuit", "_clock", "_slow_seconds")

    def __init__(
        self,
        policy: BreakerPolicy | None,
        availability: Availability,
        clock: Callable[[], float],
        origin: str,
    ) -> None:
        advice = "check the network and the service's status page"
        self._circuit = (
            CircuitBreaker(policy, clock, name=origin, advice=advice) if policy else None
        )
        self._slow_seconds = policy.slow_seconds if policy else 0.0
        self._availability = availability
        self._clock = clock

    def fail_fast(self, send: Send) -> Send:
        """The stage that refuses an attempt before it waits for a permit."""
        circuit = self._circuit
        if circuit is None:
            return send

        def fail_fast(call: Call) -> Awaitable[bytes]:
            circuit.check(is_background=call.max_outage is not None)
            return send(call)

        return fail_fast

    def origin_breaker(self, send: Send) -> Send:
        """The stage that admits an attempt, and learns from its outcome."""
        circuit, availability = self._circuit, self._availability

        async def origin_breaker(call: Call) -> bytes:
            generation = circuit.admit(is_background=call.max_outage is not None) if circuit else 0
            failed: bool | None = None
            try:
                body = await send(call)
            except asyncio.CancelledError:
                failed = True if self._was_slow(call) else None
                raise
            except (StatusError, ResponseError, TransportError) as error:
                failed = is_outage(error)
                if not failed:
                    availability.succeeded()
                    # Only a query that was run says something about the closed circuit.
                    is_telling = getattr(error, "status", None) == _QUERY_FAILED
                    failed = False if is_telling or (circuit and circuit.is_open) else None
                raise
            else:
                failed = False
                availability.succeeded()
                return body
            finally:
                if failed:
                    availability.failed(call.request.slug)
                if circuit is not None:
                    circuit.record(generation, failed=failed)

        return origin_breaker

    def _was_slow(self, call: Call) -> bool:
        """Returns whether a deadline ended an attempt that had run for long enough itself."""
        if not call.deadline.is_expired or call.sent_at is None:
            return False
        return self._clock() - call.sent_at >= self._slow_seconds


class ProjectBreaker:
    """Learns from each call whether a project's queries are too much for the service.

    Args:
        policy: When a project's circuit opens, and for how long.
        clock: Returns seconds; never goes back.
    """

    __slots__ = ("_circuits", "_clock", "_policy")

    def __init__(self, policy: BreakerPolicy, clock: Callable[[], float]) -> None:
        self._policy = policy
        self._clock = clock
        # Only of projects that failed not long ago: there may be any number of others.
        self._circuits: OrderedDict[str, CircuitBreaker] = OrderedDict()

    def project_breaker(self, load: Load) -> Load:
        """The stage that admits a call, and learns from its outcome."""

        async def project_breaker(call: Call) -> Response:
            slug = call.request.slug
            circuit = self._circuits.get(slug)
            generation = circuit.admit() if circuit is not None else 0
            failed: bool | None = None
            try:
                response = await load(call)
            except QueryFailedError as error:
                failed = error.status == _QUERY_FAILED or None
                circuit = circuit or (self._circuit_of(slug) if failed else None)
                raise
            else:
                failed = False
                # Another call of the project's may have failed meanwhile.
                circuit = circuit or self._circuits.get(slug)
                return response
            finally:
                if circuit is not None:
                    circuit.record(generation, failed=failed)

        return project_breaker

    def _circuit_of(self, slug: str) -> CircuitBreaker:
        """Returns the project's circuit; a new one replaces those that count nothing."""
        circuits = self._circuits
        if slug not in circuits:
            while circuits and (
                len(circuits) >= _MOST_PROJECTS or next(iter(circuits.values())).is_idle
            ):
                circuits.popitem(last=False)
            circuits[slug] = CircuitBreaker(
                self._policy,
                self._clock,
                name=f"project {slug!r}",
                advice="reduce the range or filter",
            )
        circuits.move_to_end(slug)
        return circuits[slug]
