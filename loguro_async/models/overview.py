"""The overview: key figures, series and top pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loguro_async.models.data import Data
from loguro_async.models.kpis import Kpis, Timeseries
from loguro_async.models.notebook_display import Shown
from loguro_async.models.top_lists import TopList, TopPage

if TYPE_CHECKING:
    import datetime as dt


class Overview(Data, Shown, frozen=True, rename="camel"):
    """Key figures, series and top pages of one project, range and filter.

    Source: "Fetch from your app", ``getAnalyticsOverview``.
    """

    kpis: Kpis
    timeseries: Timeseries
    top_pages: TopList[TopPage]

    @property
    def stale(self) -> bool:
        """Whether any of the three is older than the cache policy calls fresh."""
        return self.kpis.stale or self.timeseries.stale or self.top_pages.stale

    @property
    def fetched_at(self) -> dt.datetime:
        """When the oldest of the three arrived, in UTC."""
        return min(part.fetched_at for part in (self.kpis, self.timeseries, self.top_pages))

    @property
    def raw(self) -> bytes:
        """The three bodies as they arrived, as the members of one JSON object."""
        return self._joined(self.kpis.raw, self.timeseries.raw, self.top_pages.raw)

    def to_json(self) -> bytes:
        """Returns what the service sent: one object of ``kpis``, ``timeseries``, ``topPages``."""
        parts = (self.kpis, self.timeseries, self.top_pages)
        return self._joined(*(part.to_json() for part in parts))

    @staticmethod
    def _joined(kpis: bytes, timeseries: bytes, top_pages: bytes) -> bytes:
        return b'{"kpis":%b,"timeseries":%b,"topPages":%b}' % (kpis, timeseries, top_pages)
