"""Renders the templates of pages and fragments."""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import jinja2
from markupsafe import Markup
from msgspec import Struct

from loguro_async.dashboard.locale import flag
from loguro_async.dashboard.static_files import static_url
from loguro_async.dashboard.widgets import Card, Widget
from loguro_async.query.filter_text import KEYS
from loguro_async.query.filters import Filter
from loguro_async.text import visible

if TYPE_CHECKING:
    from loguro_async.dashboard.access import Access
    from loguro_async.dashboard.context import PageContext

_TEMPLATES: Final = Path(__file__).with_name("templates")
_KEY_TITLES: Final = {
    "path": "Page",
    "country": "Country",
    "device": "Device",
    "browser": "Browser",
    "os": "Operating system",
    "visitor_id": "Visitor",
    "session_id": "Visit",
    "event_type": "Type of event",
    "custom_event_name": "Event",
    "search": "Search",
}


class RenderedWidget(Struct, frozen=True):
    """A widget with its figures, or the reason why it has none.

    Attributes:
        card: The card of the widget.
        widget: The widget.
        content: The content for its template; ``None`` for nothing to show.
        fetched_at: When the figures were fetched.
        is_stale: Whether the figures are stale because newer ones cannot be fetched.
        error: The reason why there are no figures; empty if there are some, or while they load.
        status: The HTTP status of a reply with this widget alone.
        is_loading: Whether the figures are still being loaded.
    """

    card: Card
    widget: Widget
    content: Any = None
    fetched_at: dt.datetime | None = None
    is_stale: bool = False
    error: str = ""
    status: int = 200
    is_loading: bool = False


def render(template: str, context: PageContext, **values: Any) -> str:  # noqa: ANN401 - the template's
    """Returns a rendered template.

    Args:
        template: The name of the template, without its extensions.
        context: The context of the page.
        values: Other variables of the template.
    """

    def static(name: str) -> str:
        return context.base + static_url(name)

    return (
        _environment()
        .get_template(f"{template}.html.j2")
        .render(
            context=context,
            access=context.access,
            state=context.state,
            locale=context.locale,
            t=context.locale.text,
            static=static,
            **values,
        )
    )


def render_section(rendered: RenderedWidget, context: PageContext) -> Markup:
    """Returns one widget as a fragment of HTML."""
    markup = render("section", context, rendered=rendered)
    return Markup(markup)  # noqa: S704 - the template escapes


def filter_chips(context: PageContext) -> list[tuple[str, str]]:
    """Returns the viewer's terms as texts, each with the address without it."""
    chips: list[tuple[str, str]] = []
    for term in context.state.requested.terms:
        values = [
            context.locale.country(value) if term.key == "country" else visible(value)
            for value in term.values
        ]
        word = context.locale.text("is not") if term.negated else context.locale.text("is")
        title = context.locale.text(_KEY_TITLES[term.key])
        others = Filter.of(one for one in context.state.requested.terms if one != term)
        chips.append((f"{title} {word} {' / '.join(values)}", context.link(filter=others)))
    return chips


def completions(access: Access) -> tuple[str, ...]:
    """Returns the beginnings of terms that the filter box completes."""
    hidden = () if access.visitors else ("visitor_id", "session_id")
    keys = [key for key in KEYS if key not in hidden]
    return (
        *(f"{key}:" for key in keys),
        *("device:desktop", "device:mobile", "device:tablet"),
        *("event_type:pageview", "event_type:custom"),
    )


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"visible": visible, "flag": flag}
    return environment
