"""The options in which the views of one client differ."""

from __future__ import annotations

from msgspec import Struct

from loguro_async.policies import CachePolicy, RetryPolicy


class ViewOptions(Struct, frozen=True):
    """The options of one view of a client.

    Attributes:
        timeout: Seconds for a call that has no timeout of its own.
        retry: When a failed request is sent again; ``None`` for never.
        cache: How long responses stay fresh; ``None`` caches and shares nothing.
        max_outage: Seconds that background work waits for a service that is unavailable;
            ``None`` for interactive calls.
    """

    timeout: float
    retry: RetryPolicy | None
    cache: CachePolicy | None
    max_outage: float | None = None
