"""The rows of the top lists. The reference names the lists and leaves their rows open.

Source: "Top lists".
"""

from __future__ import annotations

from loguro_async.models.responses import Moment, Row, Whole


class TopRow(Row, frozen=True):
    """The figures that a row of any top list is likely to carry."""

    count: Whole | None = None
    """Pageviews or events, as the list has it."""
    visitors: Whole | None = None
    """Unique visitors."""
    sessions: Whole | None = None
    """Visits."""
    pageviews: Whole | None = None
    """Pages viewed."""
    prev_count: Whole | None = None
    """The count in the period before, where ``compare`` was asked for."""
    delta_pct: float | None = None
    """The change since then, in percent."""


class TopPage(TopRow, frozen=True):
    """A page: "Pageview counts grouped by path."."""

    path: str | None = None


class TopReferrer(TopRow, frozen=True):
    """Where traffic came from; without a referrer it is ``direct``."""

    referrer: str | None = None


class TopCountry(TopRow, frozen=True):
    """A country: "Event counts and unique visitors grouped by country."."""

    country_code: str | None = None


class TopBrowser(TopRow, frozen=True):
    """A browser family."""

    browser_family: str | None = None


class TopOs(TopRow, frozen=True):
    """A family of operating systems."""

    os_family: str | None = None


class TopDevice(TopRow, frozen=True):
    """A type of device."""

    device_type: str | None = None


class TopEntryPage(TopPage, frozen=True):
    """A page that sessions began with."""


class TopExitPage(TopPage, frozen=True):
    """A page that sessions ended with."""


class TopFlow(TopRow, frozen=True):
    """The first pages of a session, in order."""

    steps: tuple[str, ...] | None = None


class TopLocation(Row, frozen=True):
    """Where one visitor was last seen. Sensitive: keep it behind your own authentication."""

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
