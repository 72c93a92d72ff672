"""Time zones by name."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo


def zone_named(name: str) -> dt.tzinfo:
    """Returns a time zone.

    Args:
        name: Its IANA name; ``UTC`` needs no database of time zones, which Windows lacks.

    Raises:
        OSError: The name is malformed.
        TypeError: The name is not text.
        ValueError: The name is malformed.
        LookupError: There is no such time zone.
    """
    return dt.UTC if name == "UTC" else ZoneInfo(name)
