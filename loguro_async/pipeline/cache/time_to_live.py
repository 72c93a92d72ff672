"""How long a response stays fresh."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from loguro_async.checks import check_seconds

if TYPE_CHECKING:
    import datetime as dt

    from loguro_async.endpoints import Endpoint
    from loguro_async.policies import CachePolicy
    from loguro_async.request import Request

DAY: Final = 86_400.0
_OPEN_WINDOW: Final = 60.0
_BY_CHIP: Final = {
    "": 60.0,
    "1h": 15.0,
    "24h": 60.0,
    "7d": 120.0,
    "30d": 300.0,
    "3m": 600.0,
    "12m": 900.0,
    "all": 900.0,
}


def time_to_live(
    policy: CachePolicy, endpoint: Endpoint[Any], request: Request, fetched_at: dt.datetime
) -> float:
    """Returns the seconds that a response stays fresh after it was fetched.

    Args:
        policy: The policy of the view that reads it.
        endpoint: The endpoint of the request.
        request: What was sent.
        fetched_at: When the response was fetched; a window that was over by then does not change.

    Raises:
        ConfigurationError: The policy's function returned no number of seconds.
    """
    if callable(policy.ttl):
        return check_seconds("the result of CachePolicy.ttl", policy.ttl(request))
    if policy.ttl is not None:
        return policy.ttl
    if endpoint.ttl is not None:
        return endpoint.ttl
    if request.window is None:
        return _BY_CHIP[request.range]
    over_for = (fetched_at - request.window.end).total_seconds()
    return DAY if over_for >= policy.settling else _OPEN_WINDOW
