"""Other names that the service may use for the fields of the models.

The reference leaves the rows of most lists open. This is the only table of such names; they are
compared in snake case, so that ``countryCode`` and ``country_code`` are equal.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

LABELS: Final = (
    "page",
    "url",
    "name",
    "country",
    "referrer",
    "source",
    "browser",
    "os",
    "device",
    "key",
    "label",
    "x",
)
"""Names for the group that a row is about, the likeliest first."""

COUNTS: Final = (
    "count",
    "views",
    "page_views",
    "pageviews",
    "events",
    "hits",
    "visits",
    "total",
    "value",
    "y",
)
"""Names for the main count of a row, the likeliest first."""

ALIASES: Final[Mapping[str, tuple[str, ...]]] = {
    # lists, and the objects they come in
    "items": ("rows", "data", "results"),
    "sessions": ("visits",),
    "count": ("total",),
    # what a row is about
    "path": ("page", "pathname"),
    "country_code": ("country",),
    "browser_family": ("browser",),
    "os_family": ("os",),
    "device_type": ("device",),
    "referrer": ("referer",),
    "steps": ("path", "paths", "pages", "flow"),
    # figures
    "pageviews": ("page_views", "views"),
    "visitors": ("unique_visitors", "uniques"),
    "prev_count": ("previous_count", "previous", "prev"),
    "delta_pct": ("delta_percent", "change_pct", "change_percent"),
    "spark": ("sparkline",),
    "previous_pageviews": ("prev_pageviews",),
    "previous_visitors": ("prev_visitors",),
    "previous_sessions": ("prev_sessions",),
    "avg_duration_sec": ("avg_duration", "avg_session_duration"),
    # events and visits
    "id": ("event_id",),
    "event_type": ("type",),
    "custom_event_name": ("event_name", "name"),
    "custom_props": ("props", "properties"),
    "timestamp": ("time", "ts", "created_at"),
    "bucket": ("date", "timestamp", "time", "x"),
    "start": ("started_at",),
    "end": ("ended_at",),
}
"""Other names of single members, by the name that is expected."""

_WORD_START: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def snake_case(name: str) -> str:
    """Returns a name in snake case."""
    return name if name.islower() else _WORD_START.sub("_", name).lower()
