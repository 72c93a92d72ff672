"""The bodies that the reference shows, and what they are compared by."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any, Final, cast

import msgspec

from loguro_async import endpoints
from loguro_async.endpoints import (
    ANY,
    CUSTOM_EVENTS,
    EVENTS,
    KPIS,
    TIMESERIES,
    VISITOR_SESSIONS,
    Endpoint,
)


def _is_endpoint(value: object) -> bool:
    return isinstance(value, Endpoint) and value is not ANY


ALL: Final[tuple[Endpoint[Any], ...]] = tuple(
    value for value in vars(endpoints).values() if _is_endpoint(value)
)
SHOWN: Final[tuple[Endpoint[Any], ...]] = (
    KPIS,
    TIMESERIES,
    EVENTS,
    CUSTOM_EVENTS,
    VISITOR_SESSIONS,
)
_GOLDEN: Final = Path(__file__).parent / "golden"


def golden(name: str) -> bytes:
    """The body that the reference shows for an endpoint."""
    return (_GOLDEN / f"{name}.json").read_bytes()


def parsed(body: bytes) -> Any:  # noqa: ANN401 - JSON
    """JSON with its timestamps read, so that two spellings of one instant are equal."""
    return parsed_value(msgspec.json.decode(body))


def parsed_value(value: Any) -> Any:  # noqa: ANN401 - JSON
    """The same, of a value that is decoded already."""
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        return {name: parsed_value(member) for name, member in members.items()}
    if isinstance(value, list):
        items = cast("list[object]", value)
        return [parsed_value(item) for item in items]
    return _as_moment(value) if isinstance(value, str) else value


def _as_moment(text: str) -> str | dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return text
    return moment if moment.tzinfo else text
