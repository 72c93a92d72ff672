"""A whole list on a page of its own, with a search, and as CSV."""

from __future__ import annotations

import asyncio
import csv
import io
from typing import TYPE_CHECKING, Final

from loguro_async.dashboard.access import UnknownWidgetError
from loguro_async.dashboard.http import CSV, PLAIN, Reply
from loguro_async.dashboard.rendering import render
from loguro_async.dashboard.widget_loading import start_loading, wait_for
from loguro_async.dashboard.widgets import find_widget

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from loguro_async.client import LoguroClient
    from loguro_async.dashboard.context import PageContext
    from loguro_async.dashboard.list_rows import ListRow, RowList
    from loguro_async.dashboard.single_flight import SingleFlight

_MAX_WAIT_SECONDS: Final = 20.0
_MAX_SEARCH_CHARACTERS: Final = 200
_CSV_ENDING: Final = ".csv"
_FORMULA_STARTS: Final = ("'", "=", "+", "-", "@", "\t", "\r", "\n")


async def list_reply(
    client: LoguroClient,
    context: PageContext,
    loads: SingleFlight,
    name: str,
    parameters: Mapping[str, str],
) -> Reply:
    """Returns a whole list, as a page or as CSV.

    Args:
        client: Asks the service.
        context: What the parts of the page share.
        loads: The loads under way.
        name: The list, with ``.csv`` at its end for a file.
        parameters: Those of the address; ``q`` searches the labels.

    Raises:
        ForbiddenError: The list may not be seen.
        UnknownWidgetError: There is no such list.
    """
    found = find_widget(name.removesuffix(_CSV_ENDING), context.access)
    if not found[1].is_list:
        message = f"there is no list {name!r}"
        raise UnknownWidgetError(message)
    if context.state.error:
        return Reply(context.state.status, context.state.error.encode(), PLAIN)
    loading = start_loading(loads, client, *found, context)
    await wait_for([loading], _MAX_WAIT_SECONDS, asyncio.Event())
    rendered = loading.rendered(context)
    search = parameters.get("q", "")[:_MAX_SEARCH_CHARACTERS]
    rows = _matching(rendered.content.rows, search) if rendered.content else []
    status = 504 if rendered.is_loading else rendered.status
    if not name.endswith(_CSV_ENDING):
        body = render("list_page", context, rendered=rendered, rows=rows, search=search)
        return Reply(status, body.encode())
    if rendered.content is None:
        return Reply(status, rendered.error.encode(), PLAIN)
    headers = {"Content-Disposition": f'attachment; filename="{rendered.widget.name}.csv"'}
    return Reply(body=_csv(rendered.content, rows), content_type=CSV, headers=headers)


def _matching(rows: Iterable[ListRow], search: str) -> list[ListRow]:
    wanted = search.casefold()
    return [row for row in rows if wanted in row.label.casefold()]


def _csv(content: RowList, rows: Iterable[ListRow]) -> bytes:
    """Returns rows as CSV, safe to open in a spreadsheet: no label is taken for a formula."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow((content.heading, content.unit or "Count"))
    for row in rows:
        label = f"'{row.label}" if row.label.startswith(_FORMULA_STARTS) else row.label
        writer.writerow((label, "" if row.value is None else row.value))
    return b"\xef\xbb\xbf" + file.getvalue().encode()
