"""One project: a method for each endpoint, and the overview.

All parameters but a visitor's id are keyword-only. Every method takes, beside its own,

- ``cache``: how this call uses the cache,
- ``timeout``: seconds for the whole call, instead of the client's.

Every method raises ``InvalidQueryError`` for an argument that is not allowed, before anything is
sent; ``StatusError`` for a status other than 200; ``TransportError`` where no complete response
came; ``ResponseError`` where the body was not what the endpoint promises.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypedDict

from loguro_async.endpoints import (
    ANY,
    COUNT,
    CUSTOM_EVENTS,
    EVENTS,
    KPIS,
    RECENT_EVENTS,
    TIMESERIES,
    TOP_BROWSERS,
    TOP_COUNTRIES,
    TOP_DEVICES,
    TOP_ENTRY_PAGES,
    TOP_EXIT_PAGES,
    TOP_FLOWS,
    TOP_LOCATIONS,
    TOP_OS,
    TOP_PAGES,
    TOP_REFERRERS,
    VISITOR,
    VISITOR_SESSIONS,
)
from loguro_async.gather import gather
from loguro_async.models.overview import Overview
from loguro_async.query.parameters import as_pairs
from loguro_async.request import Query
from loguro_async.streams.events import EventStream
from loguro_async.streams.live import LiveStream

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loguro_async.models.events import Count, CustomEvents, EventList, RecentEvents
    from loguro_async.models.kpis import Kpis, Timeseries
    from loguro_async.models.top_lists import (
        TopBrowser,
        TopCountry,
        TopDevice,
        TopEntryPage,
        TopExitPage,
        TopFlow,
        TopList,
        TopLocation,
        TopOs,
        TopPage,
        TopReferrer,
    )
    from loguro_async.models.untyped_response import Json
    from loguro_async.models.visitors import Visitor, VisitorSessions
    from loguro_async.pipeline.cache import CacheStage
    from loguro_async.pipeline.service import Service
    from loguro_async.policies import CacheMode
    from loguro_async.query.filters import Filter
    from loguro_async.query.ranges import Range
    from loguro_async.streams.checkpoint import EventCheckpoint


class _Common(TypedDict):
    """The arguments that all calls of an overview share."""

    range: Range | None
    filter: Filter | str | None
    cache: CacheMode
    timeout: float | None


_FIVE_MINUTES: Final = dt.timedelta(minutes=5)


class Project:
    """One project of the service; made by ``LoguroClient.project``.

    Attributes:
        slug: The project's slug.
    """

    __slots__ = ("_get", "_service", "slug")

    def __init__(self, slug: str, service: Service, cache: CacheStage) -> None:
        self.slug = slug
        self._service = service
        self._get = cache.get

    def __repr__(self) -> str:
        return f"<Project {self.slug!r} of {self._service.origin}>"

    def __reduce__(self) -> NoReturn:
        """Refuses to be pickled or copied."""
        message = "a project cannot be pickled: it belongs to its client; call client.project there"
        raise TypeError(message)

    async def kpis(
        self,
        *,
        range: Range | None = None,
        filter: Filter | str | None = None,
        compare: bool = False,
        cache: CacheMode = "default",
        timeout: float | None = None,
    ) -> Kpis:
        """Returns visitors, pageviews, sessions, bounce rate and session length, now and before.

        Args:
            range: A chip such as ``"7d"``, or ``Between(start, end)``; by default ``24h``.
            filter: A ``Filter``, or text in the syntax of the dashboard.
            compare: Whether to include the counts of the previous period.
            cache: How this call uses the cache.
            timeout: Seconds for the whole call.

        Source: "KPIs".
        """
        return await self._get(
            Query(KPIS, self.slug, range=range, filter=filter, compare=compare), cache, timeout
        )

    async def timeseries(
        self,
        *,
        range: Range | None = None,
        filter: Filter | str | None = None,
        compare: bool = False,
        cache: CacheMode = "default",
        timeout: float | None = None,
    ) -> Timeseries:
        """Returns pageviews, visitors and sessions, bucket by bucket.

        Args:
            range: A chip such as ``"7d"``, or ``Between(start, end)``; by default ``24h``.
            filter: A ``Filter``, or text in the syntax of the dashboard.
            compare: Whether to include the counts of the previous period.
            cache: How this call uses the cache.
            timeout: Seconds for the whole call.

        Source: "Timeseries".
        """
        return await self._get(
            Query(TIMESERIES, self.slug, range=range, filter=filter, compare=compare),
            cache,
            timeout,
        )

    async def events(
        self,
        *,
        range: Range | None = None,
        filter: Filter | str | None = None,
        limit: int | None = None,
        compare: bool = False,
        cache: CacheMode = "default",
        timeout: float | None = None,
    ) -> EventList:
        """Returns raw events, newest first.

        Args:
            range: A chip such as ``"7d"``, or ``Between(start, end)``; by default ``24h``.
            filter: A ``Filter``, or text in the syntax of the dashboard.
            limit: Rows at most; the service has a cap of its own.
            compare: Whether to include the counts of the previous period.
            cache: How this call uses the cache.
            timeout: Seconds for the whole call.

        Source: "Raw event listing".
        """
        return await self._get(
            Query(EVENTS, self.slug, range=range, filter=filter, limit=limit, compare=compare),
            cache,
            timeout,
        )

    async def count(
        self,
        *,
        range: Range | None = None,
        filter: Filter | str | None = None,
        compare: bool = False,
        cache: CacheMode = "default",
        timeout: float | None = None,
    ) -> Count:
        """Returns the number of events.

        Args:
            range: A chip such as ``"7d"``, or ``Between(start, end)``; by default ``24h``.
            filter: A ``Filter``, or text in the syntax of the dashboard.
            compare: Whether to include the counts of the previous period.
            cache: How this call uses the cache.
            timeout: Seconds for the whole call.

        Source: "Raw event listing": "For just the count".
        """
        return await self._get(
            Query(COUNT, self.slug, range=range, filter=filter, compare=compare), cache, timeout
        )

    async def top_pages(
        self,
        *,
        range: Range | None = None,
        filter: Filter | str | None = None,
        limit: int | None = None,
        compare: bool = False,
        cache: CacheMode = "default",
        timeout: float | None = None,
    ) -> TopList[TopPage]:
        """Returns the most viewed pages.

        Args:
            range: A chip such as ``"7d"``, or ``Between(start, end)``; by default ``24h``.
            filter: A ``Filter``, or text in the syntax of the dashboard.
            limit: Rows at most; the service has a cap of its own.
            compare: Whether to include the counts of the previous period.
            cache: How this call uses the cache.
            timeout: Seconds for the whole call.

        Source: "Top lists": "Pageview counts grouped by path".
        """
        return await self._get(
            Query(TOP_PAGES, self.slug, range=range, filter=filter, limit=limit, compare=compare),
            cache,
            timeout,
        )

    async def top_referrers(
        self,
        *,
        range: Range | None = None,
        filter: Filter | str | None = None,
        limit: int | None = None,
        compare: bool = False,
        cache: CacheMode = "default",
        timeout: float | None = None,
    ) -> TopList[TopReferrer]:
        """Returns the referrers with most traffic.

        Args:
            range: A chip such as ``"7d"``, or ``Between(start, end)``; by default ``24h``.
            filter: A ``Filter``, or text in the syntax of the dashboard.
            limit: Rows at most; the service has a cap of its own.
            compare: Whether to include the counts of the previous period.
            cache: How this call uses the cache.
            timeout: Seconds for the whole call.

        Source: "Top lists": "Empty referrers are returned as direct traffic".
        """
        return await self._get(
            Query(
                TOP_REFERRERS, self.slug, range=range, filter=filter, limit=limit, compare=compare
            ),
            cache,
            timeout,
        )

    async def top_countries(
        self,
        *,
        range: Range | None = None,
        filter: Filter | str | None = None,
        limit: int | None = None,
        compare: bool = False,
        cache: CacheMode = "default",
        timeout: float | None = None,
    ) -> TopList[TopCountry]:
        """Returns the countries with most events.

        Args:
            range: A chip such as ``"7d"``, or ``Between(start, end)``; by default ``24h``.
            filter: A ``Filter``, or text in the syntax of the dashboard.
            limit: Rows at most; the service has a cap of its own.
            compare: Whether to include the counts of the previous period.
            cache: How this call uses the cache.
            timeout: Seconds for the whole call.

        Source: "Top lists": "Event counts and unique visitors grouped by country".
        """
        return await self._get(
            Query(
                TOP_COUNTRIES, self.slug, range=range, filter=filter, limit=limit, compare=compare
            ),
            cache,
            timeout,
        )

    async def top_locations(
        self,
        *,
        range: Range | None = None,
        filter: Filter | str | None = None,
        limit: int | None = None,
        compare: bool = False,
        cache: CacheMode = "default",
        timeout: float | None = None,
    ) -> TopList[TopLocation]:
        """Returns where each visitor was last seen. Sensitive: put it behind your authentication.

        Args:
            range: A chip such as ``"7d"``, or ``Between(start, end)``; by default ``24h``.
            filter: A ``Filter``, or text in the syntax of the dashboard.
            limit: Rows at most; the service has a cap of its own.
            compare: Whether to include the counts of the previous period.
            cache: How this call uses the cache.
            timeout: Seconds for the whole call.

        Source: "Top lists": "Per-visitor location and latest metadata for map-style UIs".
        """
        return await self._get(
            Query(
                TOP_LOCATIONS, self.slug, range=range, filter=filter, limit=limit, compare=compare
            ),
            cache,
            timeout,
        )

    async def top_browsers(
        self,
        *,
        range: Range | None = None,
        filter: Filter | str | None = None,
        limit: int | None = None,
        compare: bool = False,
        cache: CacheMode = "default",
        timeout: float | None = None,
    ) -> TopList[TopBrowser]:
        """Returns the browser families with most traffic.

        Args:
            range: A chip such as ``"7d"``, or ``Between(start, end)``; by default ``24h``.
            filter: A ``Filter``, or text in the syntax of the dashboard.
            limit: Rows at most; the service has a cap of its own.
            compare: Whether to include the counts of the previous period.
            cache: How this call uses the cache.
            timeout: Seconds for the whole call.

        Source: "Top lists": "Grouped by browser family".
        """
        return await self._get(
            Query(
                TOP_BROWSERS, self.slug, range=range, filter=filter, limit=limit, compare=compare
            ),
            cache,
            timeout,
        )

    async def top_os(
        self,
        *,
        range: Range | None = None,
        filter: Filter | str | None = None,
        limit: int | None = None,
        compare: bool = False,
        cache: CacheMode = "default",
        timeout: float | None = None,
    ) -> TopList[TopOs]:
        """Returns the operating systems with most traffic.

        Args:
            range: A chip such as ``"7d"``, or ``Between(start, end)``; by default ``24h``.
            filter: A ``Filter``, or text in the syntax of the dashboard.
            limit: Rows at most; the service has a cap of its own.
            compare: Whether to include the counts of the previous period.
            cache: How this call uses the cache.
            timeout: Seconds for the whole call.

        Source: "Top lists": "Grouped by OS family".
        """
        return await self._get(
            Query(TOP_OS, self.slug, range=range, filter=filter, limit=limit, compare=compare),
            cache,
            timeout,
        )

    async def top_devices(
        self,
        *,
        range: Range | None = None,
        filter: Filter | str | None = None,
        limit: int | None = None,
        compare: bool = False,
        cache: CacheMode = "default",
        timeout: float | None = None,
    ) -> TopList[TopDevice]:
        """Returns the device types with most traffic.

        Args:
            range: A chip such as ``"7d"``, or ``Between(start, end)``; by default ``24h``.
            filter: A ``Filter``, or text in the syntax of the dashboard.
            limit: Rows at most; the service has a cap of its own.
            compare: Whether to include the counts of the previous period.
            cache: How this call uses the cache.
            timeout: Seconds for the whole call.

        Source: "Top lists": "Grouped by device type".
        """
        return await self._get(
            Query(TOP_DEVICES, self.slug, range=range, filter=filter, limit=limit, compare=compare),
            cache,
            timeout,
        )

    async def top_entry_pages(
        self,
        *,
        range: Range | None = None,
        filter: Filter | str | None = None,
        limit: int | None = None,
        compare: bool = False,
        cache: CacheMode = "default",
        timeout: float | None = None,
    ) -> TopList[TopEntryPage]:
        """Returns the pages that sessions began with.

        Args:
            range: A chip such as ``"7d"``, or ``Between(start, end)``; by default ``24h``.
            filter: A ``Filter``, or text in the syntax of the dashboard.
            limit: Rows at most; the service has a cap of its own.
            compare: Whether to include the counts of the previous period.
            cache: How this call uses the cache.
            timeout: Seconds for the whole call.

        Source: "Top lists": "First pageview per session".
        """
        return await self._get(
            Query(
                TOP_ENTRY_PAGES, self.slug, range=range, filter=filter, limit=limit, compare=compare
            ),
            cache,
            timeout,
        )

    async def top_exit_pages(
        self,
        *,
        range: Range | None = None,
        filter: Filter | str | None = None,
        limit: int | None = None,
        compare: bool = False,
        cache: CacheMode = "default",
        timeout: float | None = None,
    ) -> TopList[TopExitPage]:
        """Returns the pages that sessions ended with.

        Args:
            range: A chip such as ``"7d"``, or ``Between(start, end)``; by default ``24h``.
            filter: A ``Filter``, or text in the syntax of the dashboard.
            limit: Rows at most; the service has a cap of its own.
            compare: Whether to include the counts of the previous period.
            cache: How this call uses the cache.
            timeout: Seconds for the whole call.

        Source: "Top lists": "Last pageview per session".
        """
        return await self._get(
            Query(
                TOP_EXIT_PAGES, self.slug, range=range, filter=filter, limit=limit, compare=compare
            ),
            cache,
            timeout,
        )

    async def top_flows(
        self,
        *,
        range: Range | None = None,
        filter: Filter | str | None = None,
        depth: int | None = None,
        limit: int | None = None,
        compare: bool = False,
        cache: CacheMode = "default",
        timeout: float | None = None,
    ) -> TopList[TopFlow]:
        """Returns the most common first pages of sessions, in order.

        Args:
            range: A chip such as ``"7d"``, or ``Between(start, end)``; by default ``24h``.
            filter: A ``Filter``, or text in the syntax of the dashboard.
            depth: Pages in a flow, 2 to 5; left out, 3.
            limit: Rows at most; the service caps them at 300.
            compare: Whether to include the counts of the previous period.
            cache: How this call uses the cache.
            timeout: Seconds for the whole call.

        Source: "Top lists": "Common first N page paths per session".
        """
        return await self._get(
            Query(
                TOP_FLOWS,
                self.slug,
                range=range,
                filter=filter,
                limit=limit,
                depth=depth,
                compare=compare,
            ),
            cache,
            timeout,
        )

    async def custom_events(
        self,
        *,
        range: Range | None = None,
        filter: Filter | str | None = None,
        limit: int | None = None,
        compare: bool = False,
        cache: CacheMode = "default",
        timeout: float | None = None,
    ) -> CustomEvents:
        """Returns custom events by name.

        Args:
            range: A chip such as ``"7d"``, or ``Between(start, end)``; by default ``24h``.
            filter: A ``Filter``, or text in the syntax of the dashboard.
            limit: Rows at most; the service has a cap of its own.
            compare: Whether to include the counts of the previous period.
            cache: How this call uses the cache.
            timeout: Seconds for the whole call.

        Source: "Custom events".
        """
        return await self._get(
            Query(
                CUSTOM_EVENTS, self.slug, range=range, filter=filter, limit=limit, compare=compare
            ),
            cache,
            timeout,
        )

    async def recent_events(
        self,
        *,
        window: dt.timedelta | int | None = None,
        filter: Filter | str | None = None,
        limit: int | None = None,
        cache: CacheMode = "default",
        timeout: float | None = None,
    ) -> RecentEvents:
        """Returns the events of the last minutes, for live panels.

        Args:
            window: How far to look back, one minute to one hour: a ``timedelta``, or
                milliseconds; by default five minutes.
            filter: A ``Filter``, or text in the syntax of the dashboard.
            limit: Rows at most; the service caps them at 500.
            cache: How this call uses the cache.
            timeout: Seconds for the whole call.

        Source: "Recent activity".
        """
        return await self._get(
            Query(RECENT_EVENTS, self.slug, window=window, filter=filter, limit=limit),
            cache,
            timeout,
        )

    async def visitor(
        self,
        visitor_id: str,
        *,
        range: Range | None = None,
        cache: CacheMode = "default",
        timeout: float | None = None,
    ) -> Visitor:
        """Returns the details of one visitor. Sensitive: put it behind your authentication.

        Args:
            visitor_id: The visitor's id, as events carry it.
            range: A chip such as ``"7d"``, or ``Between(start, end)``; by default what the
                service takes.
            cache: How this call uses the cache.
            timeout: Seconds for the whole call.

        Source: "Visitor detail".
        """
        return await self._get(
            Query(VISITOR, self.slug, visitor_id=visitor_id, range=range), cache, timeout
        )

    async def visitor_sessions(
        self,
        visitor_id: str,
        *,
        range: Range | None = None,
        cache: CacheMode = "default",
        timeout: float | None = None,
    ) -> VisitorSessions:
        """Returns the visits of one visitor. Sensitive: put it behind your authentication.

        Args:
            visitor_id: The visitor's id, as events carry it.
            range: A chip such as ``"7d"``, or ``Between(start, end)``; by default what the
                service takes.
            cache: How this call uses the cache.
            timeout: Seconds for the whole call.

        Source: "Visitor detail".
        """
        return await self._get(
            Query(VISITOR_SESSIONS, self.slug, visitor_id=visitor_id, range=range), cache, timeout
        )

    async def overview(
        self,
        *,
        range: Range | None = None,
        filter: Filter | str | None = None,
        limit: int = 10,
        compare: bool = False,
        cache: CacheMode = "default",
        timeout: float | None = None,
    ) -> Overview:
        """Returns KPIs, series and top pages, which are requested in parallel.

        The first failure cancels the others and is raised.

        Args:
            range: A chip such as ``"7d"``, or ``Between(start, end)``; by default ``24h``.
            filter: A ``Filter``, or text in the syntax of the dashboard.
            limit: Top pages at most.
            compare: Whether the top pages include the counts of the previous period.
            cache: How this call uses the cache.
            timeout: Seconds for the whole call.

        Source: "Fetch from your app", ``getAnalyticsOverview``.
        """
        common: _Common = {"range": range, "filter": filter, "cache": cache, "timeout": timeout}
        kpis, timeseries, top_pages = await gather(
            self.kpis(**common),
            self.timeseries(**common),
            self.top_pages(**common, limit=limit, compare=compare),
        )
        return Overview(kpis, timeseries, top_pages)

    async def get(
        self,
        path: str,
        params: Mapping[str, object] | None = None,
        *,
        cache: CacheMode = "default",
        timeout: float | None = None,
    ) -> Any:  # noqa: ANN401 - any JSON
        """Returns the JSON of any endpoint below the project, documented or not, as builtins.

        Goes through the whole pipeline: token, cache, retries, limits.

        Args:
            path: The path below the project, such as ``"top-pages"``.
            params: Query parameters: text, numbers, bools (1 or 0), datetimes or a ``Filter``;
                ``None`` is left out.
            cache: How this call uses the cache.
            timeout: Seconds for the whole call.
        """
        query: Query[Json] = Query(ANY, self.slug, path=path, params=as_pairs(params))
        return (await self._get(query, cache, timeout)).value

    def iter_events(
        self,
        *,
        range: Range | None = None,
        filter: Filter | str | None = None,
        checkpoint: EventCheckpoint | None = None,
        concurrency: int = 4,
        page_size: int | None = None,
        timeout: float | None = None,
    ) -> EventStream:
        """Streams every event, newest first, none lost and none twice, in bounded memory.

        ``async for event in project.iter_events(range="7d")``. Sends as many requests as it takes,
        and caches nothing. To leave early, use it in ``async with``.

        Args:
            range: A chip such as ``"7d"``, or ``Between(start, end)``; by default ``24h``. A chip
                ends at the moment of the first request.
            filter: A ``Filter``, or text in the syntax of the dashboard.
            checkpoint: Where another stream of the same filter stopped, to continue there; its
                window replaces ``range``.
            concurrency: Parts of the window that are requested at once.
            page_size: Events in one request; by default as many as the service gives.
            timeout: Seconds for each request.

        Raises:
            InvalidQueryError: An argument is not allowed.
            IncompleteAnswerError: The service has more events of one moment than a page holds, so
                that some cannot be read; raised by the stream.

        Source: "Raw event listing".
        """
        return EventStream.of(
            self,
            range=range,
            filter=filter,
            checkpoint=checkpoint,
            concurrency=concurrency,
            page_size=page_size,
            timeout=timeout,
        )

    def live(
        self,
        *,
        interval: float = 5.0,
        window: dt.timedelta | int = _FIVE_MINUTES,
        filter: Filter | str | None = None,
        timeout: float | None = None,
    ) -> LiveStream:
        """Streams each new event, once, oldest first, from now on without end.

        ``async with project.live() as events: async for event in events: …``. Listeners with
        the same arguments share one poll. Transient failures are waited out; a 401 or a 404
        ends the stream.

        Args:
            interval: Seconds between two polls; up to four times as long while nothing happens.
            window: How far back a poll looks, a ``timedelta`` or milliseconds; choose it
                longer than any pause in which no event may be lost.
            filter: A ``Filter``, or text in the syntax of the dashboard.
            timeout: Seconds for each poll.

        Raises:
            InvalidQueryError: An argument is not allowed.

        Source: "Recent activity".
        """
        return LiveStream.of(
            self,
            self._service.polls,
            interval=interval,
            window=window,
            filter=filter,
            timeout=timeout,
        )
