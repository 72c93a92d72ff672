"""Makes complete events of the fields that the user of the emulator gives to ``track``."""

from __future__ import annotations

import difflib
import random
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal, TypedDict, cast
from uuid import UUID

import msgspec

from loguro_async.emulator.columns import COLUMNS, PROPS, REQUIRED, TIMESTAMP
from loguro_async.emulator.ranges import milliseconds
from loguro_async.emulator.traffic.seed_data import ORIGIN

if TYPE_CHECKING:
    from collections.abc import Mapping

EventType = Literal["pageview", "custom"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SESSION_BREAK_MS: Final = 1_800_000
_BASE32: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_NO_DIFFERENCE: Final = frozenset({"viewport_width", "viewport_height"})
"""Columns of an event that no endpoint shows."""


class EventFields(TypedDict, total=False):
    """The fields of `LoguroEmulator.track` besides path and type; each has a default.

    Attributes:
        id: By default an id that sorts after those of earlier events.
        timestamp: By default the current time of the emulator.
        url: By default the path on `https://example.com`.
        visitor_id: By default a new visitor.
        session_id: By default the visitor's session of the last 30 minutes, or a new one.
        custom_props: The properties of a custom event, or their JSON.
    """

    id: str
    timestamp: datetime
    url: str
    title: str | None
    referrer: str | None
    visitor_id: str
    session_id: str
    user_id: str | None
    country_code: str | None
    region: str | None
    city: str | None
    browser_family: str | None
    os_family: str | None
    device_type: str | None
    viewport_width: int | None
    viewport_height: int | None
    custom_event_name: str | None
    custom_props: Mapping[str, object] | str | None


class EventFactory:
    """Makes complete events of the fields that are given. Safe to use from several threads.

    Args:
        seed: The seed of ids; the same seed and calls give the same events.
    """

    def __init__(self, seed: int) -> None:
        self._lock = threading.Lock()
        self._random = random.Random(seed)
        self._sessions: dict[tuple[str, str], tuple[str, int]] = {}
        self._tracked = 0

    def event(
        self,
        project: str,
        path: str,
        event_type: EventType | None,
        fields: EventFields,
        stamp_ms: int,
    ) -> dict[str, Any]:
        """Returns the values of all columns of an event.

        Args:
            project: The project of the visitor.
            path: The path of the page.
            event_type: The type; by default `custom` for an event with a name.
            fields: The other fields.
            stamp_ms: The current time, in milliseconds since 1970.

        Raises:
            TypeError: A field is unknown or has another type.
            ValueError: A value is invalid; the message says what to pass instead.
        """
        given = _checked(fields)
        with self._lock:
            self._tracked += 1
            time_ms = _time_ms(given.pop(TIMESTAMP, None), stamp_ms)
            visitor_id = given.pop("visitor_id", None) or self._uuid()
            session_id = given.pop("session_id", None) or self._session(
                project, visitor_id, time_ms
            )
            self._sessions[project, visitor_id] = session_id, time_ms
            event: dict[str, Any] = dict.fromkeys(COLUMNS) | {
                "id": self._id(time_ms),
                "event_type": event_type
                or ("custom" if given.get("custom_event_name") else "pageview"),
                TIMESTAMP: (_EPOCH + timedelta(milliseconds=time_ms)),
                "path": path,
                "url": ORIGIN + path,
                "referrer": "",
                "visitor_id": visitor_id,
                "session_id": session_id,
            }
        event |= given
        event[PROPS] = _json(event[PROPS])
        return _checked_event(event)

    def _session(self, project: str, visitor_id: str, time_ms: int) -> str:
        """Returns the visitor's session, or a new one after a break of 30 minutes.

        Source: the service's page on identity.
        """
        session_id, latest_ms = self._sessions.get((project, visitor_id), ("", 0))
        is_open = session_id and abs(time_ms - latest_ms) < _SESSION_BREAK_MS
        return session_id if is_open else self._uuid()

    def _uuid(self) -> str:
        return str(UUID(int=self._random.getrandbits(128), version=4))

    def _id(self, time_ms: int) -> str:
        """Returns an id that sorts by time, and events of one millisecond by their order."""
        parts = ((time_ms, 10), (self._tracked, 8), (self._random.getrandbits(40), 8))
        return "".join(_base32(number, length) for number, length in parts)


def _checked(fields: EventFields) -> dict[str, Any]:
    """Returns the fields if all are known and have the type of their column."""
    given: dict[str, Any] = {**fields}
    for name, value in given.items():
        if name not in EventFields.__annotations__:
            near = difflib.get_close_matches(name, EventFields.__annotations__, 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            message = f"track() got an unknown field {name!r}{hint}"
            raise TypeError(message)
        is_text = name not in {TIMESTAMP, PROPS, *_NO_DIFFERENCE}
        if is_text and value is not None and not isinstance(value, str):
            message = f"{name} must be text, got {value!r}"
            raise TypeError(message)
    return {name: value for name, value in given.items() if name not in _NO_DIFFERENCE}


def _checked_event(event: dict[str, Any]) -> dict[str, Any]:
    """Returns the event if its required values are there, and fit its type."""
    problem = None
    missing = next((name for name in REQUIRED if not event[name]), None)
    if missing:
        problem = f"{missing} is empty: every event needs one"
    elif event["event_type"] not in {"pageview", "custom"}:
        problem = f"event_type must be 'pageview' or 'custom', got {event['event_type']!r}"
    elif event["event_type"] == "custom" and not event["custom_event_name"]:
        problem = "a custom event needs a custom_event_name"
    elif event["event_type"] == "pageview" and event["custom_event_name"]:
        problem = "a pageview has no custom_event_name: pass event_type='custom'"
    if problem:
        raise ValueError(problem)
    return event


def _time_ms(timestamp: datetime | None, stamp_ms: int) -> int:
    """Returns a time in milliseconds since 1970, by default the current one."""
    if timestamp is None:
        return stamp_ms
    if timestamp.utcoffset() is None:
        message = "timestamp has no time zone: pass an aware datetime"
        raise ValueError(message)
    return milliseconds(timestamp)


def _json(props: object) -> str | None:
    """Returns properties as JSON.

    Raises:
        ValueError: The text is no JSON.
    """
    if props is None:
        return None
    if not isinstance(props, str):
        return msgspec.json.encode(cast("Mapping[str, object]", props)).decode()
    try:
        msgspec.json.decode(props)
    except msgspec.DecodeError as error:
        message = f"custom_props is no JSON: {error}"
        raise ValueError(message) from error
    return props


def _base32(number: int, length: int) -> str:
    """Returns a number in Crockford's base 32."""
    return "".join(_BASE32[number >> shift & 31] for shift in range(5 * length - 5, -1, -5))
