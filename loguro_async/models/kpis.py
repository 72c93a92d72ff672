"""Key figures and their course over time.

Source: "KPIs" and "Timeseries".
"""

from __future__ import annotations

from typing import ClassVar

from msgspec import field

from loguro_async.models.response_base import Response
from loguro_async.models.row import Moment, Row, Whole


class KpiValues(Row, frozen=True, rename="camel"):
    """The key figures of one span of time."""

    visitors: Whole
    """Unique visitors."""
    pageviews: Whole
    """Pages viewed."""
    sessions: Whole
    """Visits."""
    bounce_rate: float | None = None
    """The share of visits that ended where they began, 0 to 1; ``None`` of no visits."""
    avg_duration_sec: float | None = None
    """The mean length of a visit, in seconds; ``None`` of no visits."""


class RangeInfo(Row, frozen=True, rename="camel"):
    """The span of time that the service took."""

    from_: Moment | None = field(name="from", default=None)
    """The beginning; ``None`` where it is open, as of ``all``."""
    to: Moment | None = None
    """The end."""
    bucket: str | None = None
    """The width of a bucket in a series over this span: ``hour`` or ``day``."""
    has_previous: bool | None = None
    """Whether there is a span of equal length before it to compare with."""
    chip: str | None = None
    """The time chip, where the span is one."""


class Kpis(Response, frozen=True):
    """The key figures, now and in the period before.

    Source: "KPIs".
    """

    current: KpiValues
    """The figures of the range."""
    previous: KpiValues | None
    """Those of the period before it, where there is one."""
    range: RangeInfo = field(default_factory=RangeInfo)
    """The range that was taken."""


class TimeseriesPoint(Row, frozen=True, rename="camel"):
    """One bucket of a series."""

    count_field: ClassVar[str] = "pageviews"
    counted: ClassVar[str | None] = "pageviews"

    bucket: Moment
    """The bucket's beginning."""
    pageviews: Whole | None = None
    """Pages viewed."""
    visitors: Whole | None = None
    """Unique visitors."""
    sessions: Whole | None = None
    """Visits."""
    previous_pageviews: Whole | None = None
    """Pages viewed in the bucket's counterpart of the period before."""
    previous_visitors: Whole | None = None
    """Unique visitors there."""
    previous_sessions: Whole | None = None
    """Visits there."""

    @property
    def label(self) -> str:
        """The bucket's beginning, as text in ISO 8601."""
        return self.bucket.isoformat()


class Timeseries(Response, frozen=True):
    """Pageviews, visitors and sessions, bucket by bucket, oldest first.

    Source: "Timeseries": "1h and 24h use hourly buckets; longer ranges use daily buckets."
    """

    items: tuple[TimeseriesPoint, ...]
    """The buckets."""
    bucket: str | None
    """Their width: ``hour`` or ``day``."""
