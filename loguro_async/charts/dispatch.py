"""Draws any response, by a table of response types and their charts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from loguro_async.charts.bars import top_list_chart
from loguro_async.charts.cards import count_card, kpi_cards, visitor_cards
from loguro_async.charts.chart_options import ChartOptions, complete
from loguro_async.charts.custom_events import custom_events_chart
from loguro_async.charts.event_histogram import events_chart
from loguro_async.charts.overview import overview_chart
from loguro_async.charts.series import check_metric, series_chart, with_previous
from loguro_async.charts.sessions import sessions_chart
from loguro_async.charts.theme import theme_of
from loguro_async.errors import InvalidQueryError
from loguro_async.models.events import Count, CustomEvents, EventList, RecentEvents
from loguro_async.models.kpis import Kpis, Timeseries
from loguro_async.models.overview import Overview
from loguro_async.models.top_lists import TopList
from loguro_async.models.visitors import Visitor, VisitorSessions

if TYPE_CHECKING:
    from collections.abc import Callable

    from loguro_async.charts.chart_options import Metric, Spec
    from loguro_async.charts.theme import Theme, ThemeName
    from loguro_async.models.response_base import Response

_CHARTS: Final[dict[type[Any], Callable[[Any, ChartOptions], Spec]]] = {
    Count: count_card,
    CustomEvents: custom_events_chart,
    EventList: events_chart,
    Kpis: kpi_cards,
    Overview: overview_chart,
    RecentEvents: events_chart,
    Timeseries: series_chart,
    TopList: top_list_chart,
    Visitor: visitor_cards,
    VisitorSessions: sessions_chart,
}


def chart(
    response: Response | Overview,
    *,
    previous: Timeseries | None = None,
    metric: Metric | None = None,
    theme: ThemeName | Theme = "light",
    width: int | None = None,
    height: int | None = None,
    title: str | None = None,
) -> Spec:
    """Returns a response as a Vega-Lite specification with its data: a plain dict, made for JSON.

    Args:
        response: Any response of the client.
        previous: The series of the period before, drawn behind ``response``, which is a series
            too; left out, the series' own period before is drawn.
        metric: The measure of a series to draw: ``"pageviews"``, ``"visitors"`` or
            ``"sessions"``; left out, all three.
        theme: ``"light"``, ``"dark"``, or a ``Theme`` with other colours.
        width: Of the drawing, in pixels, without the axes; left out, 640 in pictures, and in HTML
            pages as wide as the screen.
        height: Of the drawing, in pixels; left out, what suits the data.
        title: A text above the drawing.

    Raises:
        ConfigurationError: The theme is unknown, or a size is out of bounds.
        InvalidQueryError: The metric is unknown, or ``previous`` or ``metric`` was given for a
            response that is no series.
        TypeError: ``response`` is no response of the client.
    """
    check_metric(metric)
    options = ChartOptions(theme_of(theme), width, height, title, metric)
    if previous is not None:
        response = _with_previous(response, previous)
    if metric is not None and not isinstance(response, Timeseries | Overview):
        message = f"metric is for a Timeseries or an Overview, got a {type(response).__name__}"
        raise InvalidQueryError(message)
    try:
        draw = _CHARTS[type(response)]
    except KeyError:
        message = f"a {type(response).__name__} has no chart; give a response of the client"
        raise TypeError(message) from None
    return complete(draw(response, options), options)


def _with_previous(response: object, previous: object) -> Timeseries:
    if isinstance(response, Timeseries) and isinstance(previous, Timeseries):
        return with_previous(response, previous)
    message = (
        f"previous is a {type(previous).__name__} for a {type(response).__name__}; "
        "only a Timeseries can have a Timeseries behind it"
    )
    raise InvalidQueryError(message)
