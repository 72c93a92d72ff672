"""The widgets of the dashboard: the query of each, and the content for its template."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from loguro_async.dashboard.access import ForbiddenError, UnknownWidgetError
from loguro_async.dashboard.chart import chart_of
from loguro_async.dashboard.context import PageContext
from loguro_async.dashboard.kpi_tiles import tiles_of
from loguro_async.dashboard.list_rows import CARD_ROWS, list_of, referrer_condition
from loguro_async.dashboard.view_state import ViewState
from loguro_async.project import Project
from loguro_async.query.filters import F

if TYPE_CHECKING:
    from loguro_async.dashboard.access import Access

# More rows than a card shows, because shares refer to all of them.
_REQUESTED_ROWS: Final = 100
_WHOLE_LIST_ROWS: Final = 1_000


class Widget(Struct, frozen=True):
    """A part of the dashboard.

    Attributes:
        name: The name in its address.
        title: The heading.
        template: The name of its template.
        load: Sends the query, with a limit of rows.
        present: Converts the response to the content for the template.
        is_list: Whether it is a list, with a page of all rows.
        unfiltered: Whether the service does not apply filters to it.
    """

    name: str
    title: str
    template: str
    load: Callable[[Project, ViewState, int], Awaitable[Any]]
    present: Callable[[Any, PageContext], Any]
    is_list: bool = False
    unfiltered: bool = False


class Card(Struct, frozen=True):
    """Widgets that share a card of the page; tabs switch between them."""

    name: str
    widgets: tuple[Widget, ...]


def _kpis(project: Project, state: ViewState, _rows: int) -> Awaitable[Any]:
    return project.kpis(range=state.range.value, filter=state.filter)


def _series(project: Project, state: ViewState, _rows: int) -> Awaitable[Any]:
    return project.timeseries(range=state.range.value, filter=state.filter, compare=state.compare)


def _top(method: str, project: Project, state: ViewState, rows: int) -> Awaitable[Any]:
    loaded: Awaitable[Any] = getattr(project, method)(
        range=state.range.value, filter=state.filter, limit=rows, compare=state.compare
    )
    return loaded


def _flows(project: Project, state: ViewState, rows: int) -> Awaitable[Any]:
    return _top("top_flows", project, state, min(rows, _MAX_FLOWS))


def _locations(project: Project, state: ViewState, rows: int) -> Awaitable[Any]:
    return project.top_locations(range=state.range.value, filter=state.filter, limit=rows)


def _activity(project: Project, _state: ViewState, _rows: int) -> Awaitable[Any]:
    return project.recent_events(window=_ACTIVITY_WINDOW, limit=CARD_ROWS)


def _list(name: str, title: str, heading: str, method: str, **options: Any) -> Widget:  # noqa: ANN401 - those of list_of
    return Widget(
        name,
        title,
        "list",
        partial(_top, method),
        partial(list_of, heading=heading, **{"labels": "text", "condition": None, **options}),
        is_list=True,
    )


_ACTIVITY_WINDOW: Final = dt.timedelta(minutes=30)
_MAX_FLOWS: Final = 300  # the service's own cap

KPIS: Final = Widget("kpis", "Key figures", "kpis", _kpis, tiles_of)
SERIES: Final = Widget(
    "series",
    "Over time",
    "series",
    _series,
    lambda series, context: chart_of(series, context.state, context.locale, context.now),
)
LOCATIONS: Final = Widget(
    "locations", "Locations", "locations", _locations, lambda response, _: response.items
)
ACTIVITY: Final = Widget(
    "activity",
    "Live events",
    "activity",
    _activity,
    lambda response, _: response.items[:CARD_ROWS],
    unfiltered=True,
)
CARDS: Final = (
    Card("figures", (KPIS,)),
    Card("chart", (SERIES,)),
    Card(
        "content",
        (
            _list("pages", "Pages", "Page", "top_pages", condition=F.path),
            _list("entry", "Entry pages", "Page", "top_entry_pages", condition=F.path),
            _list("exit", "Exit pages", "Page", "top_exit_pages", condition=F.path),
        ),
    ),
    Card(
        "sources",
        (
            _list(
                *("referrers", "Referrers", "Referrer", "top_referrers"),
                labels="referrer",
                condition=referrer_condition,
            ),
            Widget(
                *("flows", "Flows", "list", _flows),
                partial(list_of, heading="First pages of a visit", labels="text", condition=None),
                is_list=True,
            ),
        ),
    ),
    Card(
        "geography",
        (
            _list(
                *("countries", "Countries", "Country", "top_countries"),
                labels="country",
                condition=F.country,
            ),
            LOCATIONS,
        ),
    ),
    Card(
        "technology",
        (
            _list(
                *("devices", "Devices", "Device", "top_devices"),
                labels="device",
                condition=F.device,
            ),
            _list("browsers", "Browsers", "Browser", "top_browsers", condition=F.browser),
            _list("systems", "Systems", "Operating system", "top_os", condition=F.os),
        ),
    ),
    Card(
        "custom",
        (
            _list(
                *("events", "Custom events", "Event", "custom_events"),
                condition=F.custom_event_name,
            ),
        ),
    ),
    Card("live", (ACTIVITY,)),
)


def cards_for(access: Access) -> tuple[Card, ...]:
    """Returns the cards that a viewer may see, in the order of the page."""
    allowed = (
        Card(card.name, tuple(widget for widget in card.widgets if _is_allowed(widget, access)))
        for card in CARDS
    )
    return tuple(card for card in allowed if card.widgets)


def tabs_for(access: Access) -> dict[str, tuple[str, ...]]:
    """Returns the names of the widgets of each card that a viewer may see."""
    return {card.name: tuple(one.name for one in card.widgets) for card in cards_for(access)}


def find_widget(name: str, access: Access) -> tuple[Card, Widget]:
    """Returns a widget and its card.

    Raises:
        ForbiddenError: The viewer may not see it.
        UnknownWidgetError: There is no such widget.
    """
    for card in CARDS:
        for widget in card.widgets:
            if widget.name != name:
                continue
            if not _is_allowed(widget, access):
                message = f"the widget {name!r} is not shown here"
                raise ForbiddenError(message)
            return card, widget
    message = f"there is no widget {name[:40]!r}"
    raise UnknownWidgetError(message)


def open_widget(card: Card, state: ViewState) -> Widget:
    """Returns the widget of a card that is open."""
    name = dict(state.tabs).get(card.name)
    return next((widget for widget in card.widgets if widget.name == name), card.widgets[0])


def rows_to_request(*, whole: bool) -> int:
    """Returns the limit of a query, for a whole list or a card."""
    return _WHOLE_LIST_ROWS if whole else _REQUESTED_ROWS


def _is_allowed(widget: Widget, access: Access) -> bool:
    if widget is LOCATIONS:
        return access.locations
    return not (widget.unfiltered and access.filter)
