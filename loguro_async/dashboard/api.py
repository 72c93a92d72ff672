"""Replies with figures as JSON, for a front end of the host's own."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

import msgspec

from loguro_async.dashboard.access import ForbiddenError
from loguro_async.dashboard.failures import status_and_text
from loguro_async.dashboard.http import JSON, Reply, json_reply
from loguro_async.errors import InvalidQueryError, LoguroError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from loguro_async.client import LoguroClient
    from loguro_async.dashboard.access import Access
    from loguro_async.dashboard.context import PageContext
    from loguro_async.project import Project

_LOG: Final = logging.getLogger("loguro_async")
_MAX_ROWS: Final = 1_000
_MAX_RECENT: Final = 500
_DEFAULT_ROWS: Final = 10
# The fields of an event that are sent where single visitors are not shown.
_NOT_IDENTIFYING: Final = frozenset(
    {
        *("id", "eventtype", "path", "title", "referrer", "countrycode", "timestamp"),
        *("browserfamily", "osfamily", "devicetype", "customeventname"),
    }
)
_IDENTIFYING: Final = frozenset({"visitorid", "sessionid", "userid"})


def _top(method: str) -> Callable[[Project, dict[str, Any], int], Awaitable[Any]]:
    def load(project: Project, common: dict[str, Any], limit: int) -> Awaitable[Any]:
        loaded: Awaitable[Any] = getattr(project, method)(**common, limit=limit)
        return loaded

    return load


_ROUTES: Final[Mapping[str, Callable[[Project, dict[str, Any], int], Awaitable[Any]]]] = {
    "overview": lambda project, common, limit: project.overview(**common, limit=limit),
    "kpis": lambda project, common, _: project.kpis(**common),
    "timeseries": lambda project, common, _: project.timeseries(**common),
    "top-pages": _top("top_pages"),
    "top-referrers": _top("top_referrers"),
    "top-countries": _top("top_countries"),
    "top-locations": _top("top_locations"),
    "top-browsers": _top("top_browsers"),
    "top-os": _top("top_os"),
    "top-devices": _top("top_devices"),
    "top-entry-pages": _top("top_entry_pages"),
    "top-exit-pages": _top("top_exit_pages"),
    "top-flows": _top("top_flows"),
    "custom-events": _top("custom_events"),
    "recent-events": lambda project, _, limit: project.recent_events(limit=min(limit, _MAX_RECENT)),
}


async def api_reply(
    client: LoguroClient, context: PageContext, name: str, parameters: Mapping[str, str]
) -> Reply:
    """Returns what the service sent, as JSON.

    Args:
        client: Asks the service.
        context: The access rights and the view state.
        name: The endpoint, such as ``top-pages``.
        parameters: Those of the address.

    Raises:
        ForbiddenError: The host does not allow this endpoint.
        InvalidQueryError: A parameter is wrong.
    """
    load = _ROUTES.get(name)
    if load is None:
        return json_reply({"error": "There is no such endpoint."}, 404)
    _check_allowed(name, context.access)
    state = context.state
    common = {"range": state.range.value, "filter": state.filter, "compare": state.compare}
    try:
        project = client.project(state.project)
        response = await load(project, common, _limit(parameters.get("limit", "")))
    except LoguroError as error:
        _LOG.warning("dashboard: no figures for api/%s: %s", name, error)
        status, text = status_and_text(error)
        return json_reply({"error": text}, status)
    return Reply(body=_body(name, response, context.access), content_type=JSON)


def _check_allowed(name: str, access: Access) -> None:
    if name == "top-locations" and not access.locations:
        message = "locations of single visitors are not shown"
        raise ForbiddenError(message)
    if name == "recent-events" and access.filter:
        message = "recent events are of the whole project, which is not shown"
        raise ForbiddenError(message)


def _limit(text: str) -> int:
    if not text:
        return _DEFAULT_ROWS
    if not (text.isdecimal() and text.isascii() and 1 <= int(text[:6]) <= _MAX_ROWS):
        message = f"limit must be 1 to {_MAX_ROWS:,}, got {text[:20]!r}"
        raise InvalidQueryError(message)
    return int(text)


def _body(name: str, response: Any, access: Access) -> bytes:  # noqa: ANN401 - any response
    if access.visitors or name not in {"recent-events", "top-locations"}:
        body: bytes = response.to_json()
        return body
    rows: list[dict[str, Any]] = msgspec.to_builtins(response.items)
    return msgspec.json.encode({"items": [_without_visitor(row, name) for row in rows]})


def _without_visitor(row: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Returns a row without what identifies a visitor."""
    return {
        key: value
        for key, value in row.items()
        if (
            _plain(key) in _NOT_IDENTIFYING
            if name == "recent-events"
            else _plain(key) not in _IDENTIFYING
        )
    }


def _plain(key: str) -> str:
    return key.replace("_", "").lower()
