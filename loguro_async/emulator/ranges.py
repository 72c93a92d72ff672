"""Spans of time: the chips, `from` and `to`, their buckets and the period before.

All moments are whole milliseconds since 1970-01-01 UTC.

Source: "Common parameters" and "Timeseries".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import inf
from typing import TYPE_CHECKING, Final, Literal

from loguro_async.emulator.refusals import bad_request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loguro_async.emulator.switches import Switches

Bucket = Literal["hour", "day"]

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
BUCKET_MS: Final[Mapping[Bucket, int]] = {"hour": HOUR_MS, "day": DAY_MS}
# The text names the chips; that a month counts 30 days and twelve count 365 is a choice.
CHIPS_MS: Final[Mapping[str, int]] = {
    "1h": HOUR_MS,
    "24h": 24 * HOUR_MS,
    "7d": 7 * DAY_MS,
    "30d": 30 * DAY_MS,
    "3m": 90 * DAY_MS,
    "12m": 365 * DAY_MS,
}
HOURLY_CHIPS: Final = frozenset({"1h", "24h"})
ALL: Final = "all"
DEFAULT_CHIP: Final = "24h"
CUSTOM: Final = "custom"

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_FIRST_MS: Final = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // _MILLISECOND
_LAST_MS: Final = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MILLISECOND


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time that a query looks at, and the equal span just before it.

    Attributes:
        chip: The chip that asked for it, or `custom`.
        from_ms: Its beginning, as the answer gives it.
        to_ms: Its end, as the answer gives it.
        start_ms: The first moment whose events count.
        end_ms: The first moment after those whose events count.
        bucket: The width of its buckets.
        has_previous: Whether there is a period before it to compare with.
    """

    chip: str
    from_ms: int
    to_ms: int
    start_ms: int
    end_ms: int
    bucket: Bucket
    has_previous: bool = True

    @property
    def length_ms(self) -> int:
        """How long it is, and how far back the period before lies."""
        return self.to_ms - self.from_ms

    @property
    def previous_start_ms(self) -> int:
        """Where the period before begins; it ends where the window starts."""
        return self.start_ms - self.length_ms if self.has_previous else self.start_ms

    def bucket_starts(self) -> range:
        """When each bucket begins, empty ones too, aligned to UTC hours or days."""
        step = BUCKET_MS[self.bucket]
        first = self.start_ms // step * step
        return range(first, max(first, self.end_ms), step)

    def describe(self) -> dict[str, object]:
        """The window as an answer's `range` tells it.

        Source: "KPIs", `range`.
        """
        return {
            "chip": self.chip,
            "from": moment(self.from_ms),
            "to": moment(self.to_ms),
            "bucket": self.bucket,
            "hasPrevious": self.has_previous,
        }


def milliseconds(when: datetime) -> int:
    """An aware datetime in whole milliseconds since 1970, rounded down."""
    return (when - _EPOCH) // _MILLISECOND


def moment(time_ms: int) -> str:
    """A moment as the service writes it, such as `2026-06-11T09:59:02.000Z`."""
    when = _EPOCH + timedelta(milliseconds=time_ms)
    return when.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def parse_moment(text: str | None) -> int | None:
    """Read an ISO timestamp; `None` where it is none. Without an offset it is UTC."""
    try:
        when = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    time_ms = milliseconds(when if when.tzinfo else when.replace(tzinfo=UTC))
    return time_ms if _FIRST_MS <= time_ms <= _LAST_MS else None


def custom_window(query: Mapping[str, str], switches: Switches) -> Window | None:
    """The window of `from` and `to`, if both are present and valid, and in order.

    Source: "Common parameters": "If both are present and valid, they override range."
    """
    from_ms, to_ms = parse_moment(query.get("from")), parse_moment(query.get("to"))
    if from_ms is None or to_ms is None or from_ms > to_ms:
        return None
    hourly = to_ms - from_ms <= switches.hourly_up_to_hours * HOUR_MS
    return _bounded(CUSTOM, from_ms, to_ms, "hour" if hourly else "day", switches)


def asked_chip(query: Mapping[str, str], switches: Switches) -> str:
    """The time chip that `range` names, or the default.

    Raises:
        RefusalError: 400 for an unknown chip, in strict mode.
    """
    chip = query.get("range") or DEFAULT_CHIP
    if chip == ALL or chip in CHIPS_MS:
        return chip
    if switches.strict:
        raise bad_request("Invalid range")
    return DEFAULT_CHIP


def asked_seconds(query: Mapping[str, str]) -> float:
    """How long a time a request asks about; without end for `all`."""
    from_ms, to_ms = parse_moment(query.get("from")), parse_moment(query.get("to"))
    if from_ms is not None and to_ms is not None and from_ms <= to_ms:
        return (to_ms - from_ms) / 1000
    chip = query.get("range", DEFAULT_CHIP)
    return inf if chip == ALL else CHIPS_MS.get(chip, CHIPS_MS[DEFAULT_CHIP]) / 1000


def chip_window(chip: str, now_ms: int, switches: Switches) -> Window:
    """The window of a chip that ends now."""
    bucket: Bucket = "hour" if chip in HOURLY_CHIPS else "day"
    return _bounded(chip, now_ms - CHIPS_MS[chip], now_ms, bucket, switches)


def recent_window(length_ms: int, now_ms: int, switches: Switches) -> Window:
    """The last `length_ms` milliseconds, as recent activity looks at them."""
    return _bounded(CUSTOM, now_ms - length_ms, now_ms, "hour", switches)


def whole_window(first_ms: int | None, now_ms: int, switches: Switches) -> Window:
    """The window of `all`: from the first event, which always counts, until now."""
    from_ms = now_ms if first_ms is None else min(first_ms, now_ms)
    end_ms = now_ms + switches.to_inclusive
    return Window(ALL, from_ms, now_ms, from_ms, end_ms, "day", has_previous=False)


def _bounded(chip: str, from_ms: int, to_ms: int, bucket: Bucket, switches: Switches) -> Window:
    """A window whose bounds count, or not, as the switches have it."""
    start_ms = from_ms + (not switches.from_inclusive)
    end_ms = max(start_ms, to_ms + switches.to_inclusive)
    return Window(chip, from_ms, to_ms, start_ms, end_ms, bucket)
