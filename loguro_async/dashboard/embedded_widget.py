"""Single widgets for the templates of a host."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import TYPE_CHECKING

from loguro_async.dashboard.access import ForbiddenError
from loguro_async.dashboard.context import PageContext
from loguro_async.dashboard.locale import Locale
from loguro_async.dashboard.rendering import render_section
from loguro_async.dashboard.single_flight import SingleFlight
from loguro_async.dashboard.view_state import view_state
from loguro_async.dashboard.widget_loading import start_loading, wait_for
from loguro_async.dashboard.widgets import find_widget, tabs_for
from loguro_async.errors import InvalidQueryError

if TYPE_CHECKING:
    from markupsafe import Markup

    from loguro_async.client import LoguroClient
    from loguro_async.dashboard.access import Access, RangeName

_SINGLE_FLIGHT = SingleFlight()


async def render_widget(  # noqa: PLR0913 - the options of a view, by keyword
    client: LoguroClient,
    access: Access,
    name: str,
    *,
    mount: str,
    range: RangeName | None = None,
    filter: str = "",
    compare: bool = False,
    language: str = "en",
    timeout: float = 3.0,
) -> Markup:
    """Returns one widget as HTML that a template takes without escaping it.

    The widget brings its style and its script. Where the service fails, the widget shows the reason
    and loads itself again. A ``Content-Security-Policy`` of the page must allow the dashboard's
    origin for scripts and styles.

    Args:
        client: Asks the service.
        access: What the viewer may see.
        name: The widget: ``kpis``, ``series``, ``pages``, ``entry``, ``exit``, ``referrers``,
            ``flows``, ``countries``, ``locations``, ``devices``, ``browsers``, ``systems``,
            ``events`` or ``activity``.
        mount: The path that the dashboard is mounted at, such as ``/analytics``; links lead there.
        range: A choice of the range menu; left out, the first one of ``access``.
        filter: A filter in the dashboard's syntax, beside that of ``access``.
        compare: Whether the period before is shown.
        language: A language tag.
        timeout: Seconds to wait for the figures; what is late is loaded by the script.

    Raises:
        ForbiddenError: ``access`` does not allow it.
        InvalidQueryError: There is no such widget, or the filter is wrong.
    """
    now = dt.datetime.now(dt.UTC)
    parameters = {"range": range or "", "filter": filter, "compare": "1" if compare else ""}
    state = view_state(parameters, access, tabs_for(access), now)
    found = find_widget(name, access)
    if state.error:
        raise (InvalidQueryError if state.status == 400 else ForbiddenError)(state.error)  # noqa: PLR2004 - HTTP's
    context = PageContext(
        access=access,
        state=state,
        locale=Locale(access.language or language, access.timezone),
        now=now,
        base=f"{mount.rstrip('/')}/",
        is_embedded=True,
    )
    loading = start_loading(_SINGLE_FLIGHT, client, *found, context)
    await wait_for([loading], timeout, asyncio.Event())
    return render_section(loading.rendered(context), context)
