"""Renders the dashboard's page: at once if all figures are there soon, else in parts."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from loguro_async.dashboard.http import Reply
from loguro_async.dashboard.rendering import (
    completions,
    filter_chips,
    render,
    render_section,
)
from loguro_async.dashboard.time_ranges import today_in
from loguro_async.dashboard.widget_loading import start_loading, wait_for
from loguro_async.dashboard.widgets import cards_for, open_widget

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from loguro_async.client import LoguroClient
    from loguro_async.dashboard.context import PageContext
    from loguro_async.dashboard.rendering import RenderedWidget
    from loguro_async.dashboard.shutdown_signal import ShutdownSignal
    from loguro_async.dashboard.single_flight import SingleFlight
    from loguro_async.dashboard.widget_loading import Loading

# A page that is ready within this time is sent at once, with a status that fits its figures.
FIRST_BYTE_SECONDS: Final = 0.15
# After this time the page ends, and its script loads the missing widgets.
MAX_WAIT_SECONDS: Final = 3.0
_THEMES: Final = ("light", "dark")


async def dashboard_page(
    client: LoguroClient,
    context: PageContext,
    loads: SingleFlight,
    shutdown: ShutdownSignal,
    *,
    title: str,
    theme: str,
) -> Reply:
    """Returns the dashboard's page.

    Args:
        client: Asks the service.
        context: What the parts of the page share.
        loads: The loads under way.
        shutdown: Ends the page early when the host stops.
        title: The page's title.
        theme: ``light`` or ``dark``; anything else leaves it to the browser.
    """
    loading = [
        start_loading(loads, client, card, open_widget(card, context.state), context)
        for card in cards_for(context.access)
    ]
    await wait_for(loading, FIRST_BYTE_SECONDS, asyncio.Event())
    frame = _frame_values(context, title, theme)
    rendered = [one.rendered(context) for one in loading]
    status = _status(rendered, context)
    if not any(one.is_loading for one in rendered):
        start = render("page_start", context, awaited=(), **frame)
        sections = "".join(render_section(one, context) for one in rendered)
        end = render("page_end", context, **_end_values(rendered))
        return Reply(status, (start + sections + end).encode())
    return Reply(status, parts=_parts(loading, context, shutdown, frame))


async def _parts(
    loading: Sequence[Loading],
    context: PageContext,
    shutdown: ShutdownSignal,
    frame: dict[str, Any],
) -> AsyncGenerator[bytes, None]:
    """Yields the page's frame at once, and each widget when it and those before it are ready."""
    awaited = [one.card.name for one in loading]
    yield render("page_start", context, awaited=awaited, **frame).encode()
    loop = asyncio.get_running_loop()
    deadline = loop.time() + MAX_WAIT_SECONDS
    stopping = asyncio.Event()
    rendered: list[RenderedWidget] = []
    with shutdown.calling(stopping.set):
        for one in loading:
            if not one.task.done():
                await wait_for([one], max(deadline - loop.time(), 0), stopping)
            rendered.append(one.rendered(context))
            yield render_section(rendered[-1], context).encode()
    yield render("page_end", context, **_end_values(rendered)).encode()


def _status(rendered: Sequence[RenderedWidget], context: PageContext) -> int:
    """Returns the status of bad input, else that of the key figures where nothing else is there."""
    if context.state.status != 200:  # noqa: PLR2004 - HTTP's
        return context.state.status
    key_figures = rendered[0]
    is_empty = all(one.error or one.is_loading for one in rendered)
    return key_figures.status if key_figures.error and is_empty else 200


def _frame_values(context: PageContext, title: str, theme: str) -> dict[str, Any]:
    state, today = context.state, today_in(context.access, context.now)
    return {
        "title": title,
        "theme": theme if theme in _THEMES else "auto",
        "themes": ("auto", *_THEMES),
        "chips": filter_chips(context),
        "completions": completions(context.access),
        "today": today,
        "before": _dates(state.range.before(), context),
        "after": _dates(state.range.after(today), context),
    }


def _dates(window: Any, context: PageContext) -> str:  # noqa: ANN401 - two dates, or nothing
    if window is None or "custom" not in context.access.ranges:
        return ""
    first, last = window
    return context.link(range={"from": first.isoformat(), "to": last.isoformat()})


def _end_values(rendered: Sequence[RenderedWidget]) -> dict[str, Any]:
    fetched = [one.fetched_at for one in rendered if one.fetched_at is not None]
    stale = [one.fetched_at for one in rendered if one.is_stale and one.fetched_at is not None]
    return {
        "updated_at": min(fetched, default=None),
        "stale_at": min(stale, default=None),
        "missing": [one.widget.title for one in rendered if one.error],
        "is_loading": any(one.is_loading for one in rendered),
    }
