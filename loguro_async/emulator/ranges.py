"""Windows of time: the chips, `from` and `to`, their buckets and the previous period.

All times are whole milliseconds since 1970-01-01 UTC.

Source: "Common parameters" and "Timeseries".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import inf
from typing import TYPE_CHECKING, Final, Literal

from loguro_async.emulator.errors import bad_request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loguro_async.emulator.behaviour import Behaviour

Bucket = Literal["hour", "day"]

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
BUCKET_MS: Final[Mapping[Bucket, int]] = {"hour": HOUR_MS, "day": DAY_MS}
# The reference names the chips; 90 days for 3 months and 365 for 12 are an assumption.
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
    """The time that a query covers, and the previous period of the same length.

    Attributes:
        chip: The chip, or `custom`.
        from_ms: Its start, as the response gives it.
        to_ms: Its end, as the response gives it.
        start_ms: The first time whose events count.
        end_ms: The first time after it whose events do not count.
        bucket: The width of its buckets.
        has_previous: Whether there is a previous period to compare with.
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
        """Its length, and the length of the previous period."""
        return self.to_ms - self.from_ms

    @property
    def previous_start_ms(self) -> int:
        """The start of the previous period, which ends where the window starts."""
        return self.start_ms - self.length_ms if self.has_previous else self.start_ms

    def bucket_starts(self) -> range:
        """Returns the start of each bucket, empty ones too, aligned to UTC hours or days."""
        step = BUCKET_MS[self.bucket]
        first = self.start_ms // step * step
        return range(first, max(first, self.end_ms), step)

    def describe(self) -> dict[str, object]:
        """Returns the window as the `range` of a response.

        Source: "KPIs", `range`.
        """
        return {
            "chip": self.chip,
            "from": time_text(self.from_ms),
            "to": time_text(self.to_ms),
            "bucket": self.bucket,
            "hasPrevious": self.has_previous,
        }


def milliseconds(when: datetime) -> int:
    """Returns an aware datetime in whole milliseconds since 1970, rounded down."""
    return (when - _EPOCH) // _MILLISECOND


def time_text(time_ms: int) -> str:
    """Returns a time as the service writes it, such as `2026-06-11T09:59:02.000Z`."""
    when = _EPOCH + timedelta(milliseconds=time_ms)
    return when.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def parse_time(text: str | None) -> int | None:
    """Parses an ISO timestamp, in UTC unless it has an offset; `None` if it is invalid."""
    try:
        when = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    time_ms = milliseconds(when if when.tzinfo else when.replace(tzinfo=UTC))
    return time_ms if _FIRST_MS <= time_ms <= _LAST_MS else None


def custom_window(query: Mapping[str, str], behaviour: Behaviour) -> Window | None:
    """Returns the window of `from` and `to`, if both are present, valid and in order.

    Source: "Common parameters": "If both are present and valid, they override range."
    """
    from_ms, to_ms = parse_time(query.get("from")), parse_time(query.get("to"))
    if from_ms is None or to_ms is None or from_ms > to_ms:
        return None
    hourly = to_ms - from_ms <= behaviour.hourly_up_to_hours * HOUR_MS
    return _bounded(CUSTOM, from_ms, to_ms, "hour" if hourly else "day", behaviour)


def requested_chip(query: Mapping[str, str], behaviour: Behaviour) -> str:
    """Returns the time chip that `range` names, or the default.

    Raises:
        ApiError: 400 for an unknown chip, in strict mode.
    """
    chip = query.get("range") or DEFAULT_CHIP
    if chip == ALL or chip in CHIPS_MS:
        return chip
    if behaviour.strict:
        raise bad_request("Invalid range")
    return DEFAULT_CHIP


def requested_seconds(query: Mapping[str, str]) -> float:
    """Returns the length of the window of a request in seconds; infinite for `all`."""
    from_ms, to_ms = parse_time(query.get("from")), parse_time(query.get("to"))
    if from_ms is not None and to_ms is not None and from_ms <= to_ms:
        return (to_ms - from_ms) / 1000
    chip = query.get("range", DEFAULT_CHIP)
    return inf if chip == ALL else CHIPS_MS.get(chip, CHIPS_MS[DEFAULT_CHIP]) / 1000


def chip_window(chip: str, now_ms: int, behaviour: Behaviour) -> Window:
    """Returns the window of a chip, which ends now."""
    bucket: Bucket = "hour" if chip in HOURLY_CHIPS else "day"
    return _bounded(chip, now_ms - CHIPS_MS[chip], now_ms, bucket, behaviour)


def recent_window(length_ms: int, now_ms: int, behaviour: Behaviour) -> Window:
    """Returns the window of recent activity: the last `length_ms` milliseconds."""
    return _bounded(CUSTOM, now_ms - length_ms, now_ms, "hour", behaviour)


def whole_window(first_ms: int | None, now_ms: int, behaviour: Behaviour) -> Window:
    """Returns the window of `all`: from the first event, which always counts, until now."""
    from_ms = now_ms if first_ms is None else min(first_ms, now_ms)
    end_ms = now_ms + behaviour.to_inclusive
    return Window(ALL, from_ms, now_ms, from_ms, end_ms, "day", has_previous=False)


def _bounded(chip: str, from_ms: int, to_ms: int, bucket: Bucket, behaviour: Behaviour) -> Window:
    """Returns a window whose bounds count or not, as the options say."""
    start_ms = from_ms + (not behaviour.from_inclusive)
    end_ms = max(start_ms, to_ms + behaviour.to_inclusive)
    return Window(chip, from_ms, to_ms, start_ms, end_ms, bucket)
