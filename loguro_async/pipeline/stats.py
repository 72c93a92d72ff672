"""Counts what a client has done."""

from __future__ import annotations

from msgspec import Struct


class Counters:
    """Counts of what the client has done so far; ``ClientStats`` is a snapshot of them."""

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
    """A snapshot of what a client has done since it was made.

    Attributes:
        requests: Requests sent, every attempt counted.
        retries: Requests that were sent again after a failure.
        hits: Calls that returned a fresh cached response.
        misses: Calls for which nothing usable was cached.
        stale: Calls that returned a stale response.
        coalesced: Calls that joined a load in progress.
        errors: Calls that raised an error.
        in_flight: Requests in progress now.
        cache_entries: Cached responses now.
        cache_bytes: Their estimated size in memory, in bytes.
        shared_hits: Misses for which the shared cache had the response, without a request.
        outage_seconds: For how long the service has been unavailable; 0 while it is available.
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
    outage_seconds: float = 0.0
