"""The top lists and their rows. The reference names the lists and leaves their rows open.

Source: "Top lists".
"""

from __future__ import annotations

from typing import Any, ClassVar, Generic, get_args

from loguro_async.models.response_base import Response, metadata_of
from loguro_async.models.row import Moment, Row, RowT, Whole


class TopList(Response, Generic[RowT], frozen=True):
    """The rows of a top list, most first.

    Source: "Top lists": "Top endpoints return arrays under items."
    """

    items: tuple[RowT, ...]

    @property
    def shape(self) -> Any:  # noqa: ANN401 - a type such as TopList[TopPage]
        """The list's type with that of its rows, such as ``TopList[TopPage]``, rows or none.

        Only ``TopList`` where the list was made by hand.
        """
        return metadata_of(self).shape or TopList

    @property
    def unit(self) -> str | None:
        """The unit of the first row with a value, else what rows of this list usually count.

        ``None`` for an empty list that was made by hand.
        """
        units = (row.unit for row in self.items)
        known = next((unit for unit in units if unit is not None), None)
        kinds: tuple[type[Row], ...] = get_args(self.shape)
        return known if known is not None or not kinds else kinds[0].counted


class TopRow(Row, frozen=True):
    """The figures that a row of any top list is likely to carry."""

    counted: ClassVar[str | None] = "events"
    other_counts: ClassVar[tuple[str, ...]] = ("pageviews", "events", "sessions")

    count: Whole | None = None
    """Pageviews or events, as the list has it."""
    visitors: Whole | None = None
    """Unique visitors."""
    sessions: Whole | None = None
    """Visits."""
    pageviews: Whole | None = None
    """Pages viewed."""
    events: Whole | None = None
    """Events of any kind."""
    prev_count: Whole | None = None
    """The count in the period before, with ``compare=True``."""
    delta_pct: float | None = None
    """The change since then, in percent."""


class TopPage(TopRow, frozen=True):
    """A page: "Pageview counts grouped by path."."""

    label_field: ClassVar[str | None] = "path"
    counted: ClassVar[str | None] = "pageviews"

    path: str | None = None


class TopReferrer(TopRow, frozen=True):
    """Where traffic came from; without a referrer it is ``direct``."""

    label_field: ClassVar[str | None] = "referrer"

    referrer: str | None = None


class TopCountry(TopRow, frozen=True):
    """A country: "Event counts and unique visitors grouped by country."."""

    label_field: ClassVar[str | None] = "country_code"

    country_code: str | None = None


class TopBrowser(TopRow, frozen=True):
    """A browser family."""

    label_field: ClassVar[str | None] = "browser_family"

    browser_family: str | None = None


class TopOs(TopRow, frozen=True):
    """A family of operating systems."""

    label_field: ClassVar[str | None] = "os_family"

    os_family: str | None = None


class TopDevice(TopRow, frozen=True):
    """A type of device."""

    label_field: ClassVar[str | None] = "device_type"

    device_type: str | None = None


class TopEntryPage(TopPage, frozen=True):
    """A page that sessions began with."""

    counted: ClassVar[str | None] = "sessions"


class TopExitPage(TopPage, frozen=True):
    """A page that sessions ended with."""

    counted: ClassVar[str | None] = "sessions"


class TopFlow(TopRow, frozen=True):
    """The first pages of a session, in order."""

    label_field: ClassVar[str | None] = "steps"
    counted: ClassVar[str | None] = "sessions"

    steps: tuple[str, ...] | None = None

    @property
    def label(self) -> str | None:
        """The steps, joined by arrows: ``/ → /pricing``."""
        return None if self.steps is None else " → ".join(self.steps)


class TopLocation(Row, frozen=True):
    """Where one visitor was last seen. Sensitive: keep it behind your own authentication."""

    label_field: ClassVar[str | None] = "country_code"
    count_field: ClassVar[str] = "events"
    counted: ClassVar[str | None] = "events"

    visitor_id: str | None = None
    country_code: str | None = None
    region: str | None = None
    city: str | None = None
    last_seen: Moment | None = None
    last_path: str | None = None
    browser_family: str | None = None
    os_family: str | None = None
    device_type: str | None = None
    events: Whole | None = None

    @property
    def label(self) -> str | None:
        """City, region and country, those that the service gave; never the visitor's id."""
        known = [text for text in (self.city, self.region, self.country_code) if text is not None]
        return ", ".join(known) or None
