"""An answer as a Vega-Lite specification; one table says which chart shows which answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from loguro_async.charts.activity import activity_chart
from loguro_async.charts.bars import top_list_chart
from loguro_async.charts.cards import count_card, kpi_cards, visitor_cards
from loguro_async.charts.custom_events import custom_events_chart
from loguro_async.charts.frame import Frame, framed
from loguro_async.charts.overview import overview_chart
from loguro_async.charts.series import series_chart, with_previous
from loguro_async.charts.sessions import sessions_chart
from loguro_async.charts.theme import theme_of
from loguro_async.errors import InvalidQueryError
from loguro_async.models.events import Count, CustomEvents, EventList, RecentEvents
from loguro_async.models.kpis import Kpis, Timeseries
from loguro_async.models.overview import Overview
from loguro_async.models.responses import TopList
from loguro_async.models.visitors import Visitor, VisitorSessions

if TYPE_CHECKING:
    from collections.abc import Callable

    from loguro_async.charts.frame import Spec
    from loguro_async.charts.theme import Theme, ThemeName
    from loguro_async.models.responses import Response

_CHARTS: Final[dict[type[Any], Callable[[Any, Frame], Spec]]] = {
    Count: count_card,
    CustomEvents: custom_events_chart,
    EventList: activity_chart,
    Kpis: kpi_cards,
    Overview: overview_chart,
    RecentEvents: activity_chart,
    Timeseries: series_chart,
    TopList: top_list_chart,
    Visitor: visitor_cards,
    VisitorSessions: sessions_chart,
}


def chart(
    answer: Response | Overview,
    *,
    previous: Timeseries | None = None,
    theme: ThemeName | Theme = "light",
    width: int = 640,
    height: int | None = None,
    title: str | None = None,
) -> Spec:
    """An answer as a Vega-Lite specification with its data inside: a plain dict, made for JSON.

    Args:
        answer: Any response of the client.
        previous: The series of the period before, drawn behind ``answer``, which is a series too;
            left out, what the series itself says of that period is drawn.
        theme: ``"light"``, ``"dark"``, or colours of your own.
        width: Of the drawing, in pixels; axes come on top.
        height: Of the drawing, in pixels; left out, what suits the data.
        title: A text above the drawing.

    Raises:
        ConfigurationError: A theme or size cannot be right.
        InvalidQueryError: ``previous`` came with something that is no series.
        TypeError: ``answer`` is no response of the client.
    """
    frame = Frame(theme_of(theme), width, height, title)
    if previous is not None:
        answer = _with_previous(answer, previous)
    try:
        draw = _CHARTS[type(answer)]
    except KeyError:
        message = f"a {type(answer).__name__} has no chart; give a response of the client"
        raise TypeError(message) from None
    return framed(draw(answer, frame), frame)


def _with_previous(answer: object, previous: object) -> Timeseries:
    if isinstance(answer, Timeseries) and isinstance(previous, Timeseries):
        return with_previous(answer, previous)
    message = (
        f"previous is a {type(previous).__name__} for a {type(answer).__name__}; "
        "only a Timeseries can have a Timeseries behind it"
    )
    raise InvalidQueryError(message)
