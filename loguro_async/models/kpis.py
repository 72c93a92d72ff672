"""Key figures and their course over time.

Source: "KPIs" and "Timeseries".
"""

from __future__ import annotations

from msgspec import field

from loguro_async.models.data import Data
from loguro_async.models.responses import Moment, Response, Whole


class KpiValues(Data, frozen=True, gc=False, rename="camel"):
    """The key figures of one span of time."""

    visitors: Whole
    """Unique visitors."""
    pageviews: Whole
    """Pages viewed."""
    sessions: Whole
    """Visits."""
    bounce_rate: float
    """The share of visits that ended where they began, 0 to 1."""
    avg_duration_sec: float
    """The mean length of a visit, in seconds."""


class RangeInfo(Data, frozen=True, gc=False, rename="camel"):
    """The span of time that the service took."""

    from_: Moment = field(name="from")
    """The beginning."""
    to: Moment
    """The end."""
    bucket: str
    """The width of a bucket in a series over this span: ``hour`` or ``day``."""
    has_previous: bool
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
    range: RangeInfo
    """The range that was taken."""


class TimeseriesPoint(Data, frozen=True, gc=False, rename="camel"):
    """One bucket of a series."""

    bucket: Moment
    """The bucket's beginning."""
    pageviews: Whole
    """Pages viewed."""
    visitors: Whole
    """Unique visitors."""
    sessions: Whole
    """Visits."""
    previous_pageviews: Whole | None = None
    """Pages viewed in the bucket's counterpart of the period before."""
    previous_visitors: Whole | None = None
    """Unique visitors there."""
    previous_sessions: Whole | None = None
    """Visits there."""


class Timeseries(Response, frozen=True):
    """Pageviews, visitors and sessions, bucket by bucket, oldest first.

    Source: "Timeseries": "1h and 24h use hourly buckets; longer ranges use daily buckets."
    """

    items: tuple[TimeseriesPoint, ...]
    """The buckets."""
    bucket: str
    """Their width: ``hour`` or ``day``."""
