"""What one call carries through the pipeline, and what the pipeline takes from its surroundings."""

from __future__ import annotations

import asyncio
import datetime as dt
import random
import time
from collections.abc import Awaitable, Callable
from contextvars import Context
from typing import Any

from msgspec import Struct

from loguro_async.config import CacheMode
from loguro_async.endpoints import Endpoint
from loguro_async.models.responses import Response
from loguro_async.query.request import Query


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class Surroundings(Struct, frozen=True):
    """Clock, sleep and chance, handed in so that tests need not wait or guess.

    Attributes:
        clock: Seconds, never going back.
        now: The present moment, in UTC.
        sleep: Waits for so many seconds.
        chance: A random number, 0 up to but not including 1.
    """

    clock: Callable[[], float] = time.monotonic
    now: Callable[[], dt.datetime] = _utc_now
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    chance: Callable[[], float] = random.random


class Call(Struct):
    """One question on its way through the pipeline.

    Attributes:
        endpoint: Whom it asks.
        query: What it asks.
        deadline: The clock's time until which an answer is of use; callers that join put it off.
        mode: How it uses the caches.
        attempts: Requests sent for it so far.
        age: Seconds since its answer was fetched, where another process had fetched it.
        epoch: When the load began, as ``Coherence`` counts; 0 without a shared cache.
        background: Whether calls that somebody waits for go before it.
        context: The caller's context variables, where there are hooks to run with them.
    """

    endpoint: Endpoint[Any]
    query: Query
    deadline: float
    mode: CacheMode = "default"
    attempts: int = 0
    age: float = 0.0
    epoch: int = 0
    background: bool = False
    context: Context | None = None


class Counters:
    """What the client has done so far; ``ClientStats`` is a snapshot of it.

    Slots, because one of them is written for every answer that is kept.
    """

    __slots__ = (
        "coalesced",
        "errors",
        "hits",
        "in_flight",
        "misses",
        "requests",
        "retries",
        "shared_hits",
        "stale",
    )

    def __init__(self) -> None:
        self.requests = 0
        self.retries = 0
        self.hits = 0
        self.misses = 0
        self.stale = 0
        self.coalesced = 0
        self.errors = 0
        self.in_flight = 0
        self.shared_hits = 0


class ClientStats(Struct, frozen=True):
    """What a client has done since it was made.

    Attributes:
        requests: Requests sent, every attempt counted.
        retries: Requests sent again after a failure.
        hits: Calls answered from the cache with a fresh answer.
        misses: Calls that the cache could not answer.
        stale: Calls answered with an answer that was no longer fresh.
        coalesced: Calls that joined a request that was under way.
        errors: Calls that ended in an error.
        in_flight: Requests under way now.
        cache_entries: Answers in the cache now.
        cache_bytes: Their size in memory, in bytes.
        shared_hits: Misses that the shared cache could answer, without a request.
    """

    requests: int
    retries: int
    hits: int
    misses: int
    stale: int
    coalesced: int
    errors: int
    in_flight: int
    cache_entries: int
    cache_bytes: int
    shared_hits: int = 0


Fetch = Callable[[Call], Awaitable[bytes]]
"""A stage that gives a body's bytes, or raises."""

Load = Callable[[Call], Awaitable[Response]]
"""A stage that gives a decoded answer, or raises."""
