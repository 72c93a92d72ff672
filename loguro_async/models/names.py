"""Other names that the service may give to what the models have a field for.

The reference leaves the rows of most lists open; this is the only table of what they may be called.
"""

from __future__ import annotations

import re
from typing import Final

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

MEASURES: Final = {
    "count": "",
    "pageviews": "pageviews",
    "page_views": "pageviews",
    "views": "pageviews",
    "events": "events",
    "sessions": "sessions",
    "visits": "sessions",
    "hits": "",
    "total": "",
    "value": "",
    "y": "",
}
"""Names for the main count of a row, the likeliest first, and the unit that each one tells."""

_WORD_START: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def snake_case(name: str) -> str:
    """Returns a name in snake case: ``countryCode`` and ``country_code`` are one name."""
    return name if name.islower() else _WORD_START.sub("_", name).lower()
