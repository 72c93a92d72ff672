"""How long an answer stays good."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from loguro_async.config import check_seconds

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from loguro_async.config import CachePolicy
    from loguro_async.pipeline.call import Call

_DAY: Final = 86_400.0
_OPEN_WINDOW: Final = 60.0
_BY_CHIP: Final = {
    "1h": 15.0,
    "24h": 60.0,
    "7d": 120.0,
    "30d": 300.0,
    "3m": 600.0,
    "12m": 900.0,
    "all": 900.0,
}


def time_to_live(policy: CachePolicy, call: Call, now: Callable[[], dt.datetime]) -> float:
    """Seconds that the answer to a call stays fresh.

    Args:
        policy: Whose ``ttl`` goes before all else.
        call: What is asked.
        now: Tells the present moment, against which a window counts as over.

    Raises:
        ConfigurationError: The policy's function gave something that is no number of seconds.
    """
    query = call.query
    if callable(policy.ttl):
        return check_seconds("the result of CachePolicy.ttl", policy.ttl(query))
    if policy.ttl is not None:
        return policy.ttl
    if call.endpoint.ttl is not None:
        return call.endpoint.ttl
    if query.window is None:
        return _BY_CHIP[query.range]
    is_over = (now() - query.window.end).total_seconds() >= policy.settling
    return _DAY if is_over else _OPEN_WINDOW
