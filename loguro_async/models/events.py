"""Events: the raw listing, their number, custom events and recent activity.

Source: "Raw event listing", "Custom events" and "Recent activity".
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

import msgspec
from msgspec import UNSET, Raw, UnsetType, field
from msgspec.structs import force_setattr

from loguro_async.errors import DecodeError
from loguro_async.models.response_base import Response
from loguro_async.models.row import Moment, Row, Whole

_UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class Event(Row, frozen=True):
    """One event, as it was recorded."""

    id: str | None
    event_type: str | None
    """``pageview`` or ``custom``."""
    path: str | None
    """The page's path, verbatim."""
    url: str | None
    """The page's whole address, campaign parameters included; may hold personal data."""
    visitor_id: str | None
    """A browser, not a person."""
    session_id: str | None
    """A visit."""
    timestamp: Moment
    country_code: str | None = None
    browser_family: str | None = None
    device_type: str | None = None
    os_family: str | None = None
    region: str | None = None
    city: str | None = None
    title: str | None = None
    referrer: str | None = None
    user_id: str | None = None
    """Known only after the site called ``Loguro.identify()``."""
    custom_event_name: str | None = None
    custom_props_json: Raw | UnsetType = field(name="custom_props", default=UNSET)
    """The custom event's properties as the service sent them, undecoded JSON; or ``UNSET``."""

    @property
    def custom_props(self) -> Any:  # noqa: ANN401 - whatever the site put there
        """The custom event's properties, decoded; ``None`` where there are none.

        Decoded anew at each look. Properties sent as a text of JSON are decoded as well.

        Raises:
            DecodeError: They cannot be decoded: bad UTF-8, a number out of range, deep nesting.
        """
        if self.custom_props_json is UNSET:
            return None
        try:
            props = msgspec.json.decode(self.custom_props_json)
        except _UNREADABLE as error:
            message = f"the custom properties of event {self.id!r} cannot be decoded: {error}"
            raise DecodeError(
                message, path="$.custom_props", body=bytes(self.custom_props_json)
            ) from error
        if not isinstance(props, str):
            return props
        try:
            return msgspec.json.decode(props)
        except _UNREADABLE:
            return props

    @property
    def label(self) -> str | None:
        """The custom event's name; of a page view, the path."""
        return self.path if self.custom_event_name is None else self.custom_event_name

    def __hash__(self) -> int:
        """Returns a hash of the id and the timestamp."""
        return hash((self.id, self.timestamp))


def without_page_body(event: Event) -> Event:
    """Copies the properties of an event, which otherwise refer to the body of the whole page."""
    if event.custom_props_json is not UNSET:
        force_setattr(event, "custom_props_json", event.custom_props_json.copy())
    return event


class EventList(Response, frozen=True):
    """Events, newest first."""

    items: tuple[Event, ...]
    count: Whole | None
    """The number that the service gives with the list."""


class Count(Response, frozen=True):
    """How many events there are.

    ``int(count)`` gives the number.
    """

    count: Whole

    def __int__(self) -> int:
        return self.count


class CustomEvent(Row, frozen=True):
    """All custom events of one name."""

    label_field: ClassVar[str | None] = "name"
    counted: ClassVar[str | None] = "events"

    name: str | None = None
    count: Whole | None = None
    prev_count: Whole | None = None
    """The count in the period before."""
    delta_pct: float | None = None
    """The change since then, in percent."""
    spark: tuple[Whole | None, ...] = ()
    """The count in each bucket; ``None`` where the service gave none."""


class CustomEvents(Response, frozen=True):
    """Custom events by name, most first.

    Source: "Custom events".
    """

    items: tuple[CustomEvent, ...]
    buckets: tuple[Moment, ...] = ()
    """The beginnings of the buckets that each ``spark`` counts."""
    bucket: str | None = None
    """Their width: ``hour`` or ``day``."""


class RecentEvent(Row, frozen=True):
    """One event of the last minutes, in the compact shape for live panels."""

    id: str | None = None
    event_type: str | None = None
    path: str | None = None
    url: str | None = None
    title: str | None = None
    referrer: str | None = None
    visitor_id: str | None = None
    session_id: str | None = None
    country_code: str | None = None
    region: str | None = None
    city: str | None = None
    browser_family: str | None = None
    os_family: str | None = None
    device_type: str | None = None
    custom_event_name: str | None = None
    timestamp: Moment | None = None

    @property
    def label(self) -> str | None:
        """The custom event's name; of a page view, the path."""
        return self.path if self.custom_event_name is None else self.custom_event_name


class RecentEvents(Response, frozen=True):
    """The events of the last minutes.

    Source: "Recent activity".
    """

    items: tuple[RecentEvent, ...]
