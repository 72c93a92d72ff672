"""Loads the figures of widgets for a page, which waits for a limited time."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from loguro_async.dashboard.failures import status_and_text
from loguro_async.dashboard.rendering import RenderedWidget
from loguro_async.dashboard.widgets import Card, Widget, rows_to_request
from loguro_async.errors import LoguroError

if TYPE_CHECKING:
    from loguro_async.client import LoguroClient
    from loguro_async.dashboard.context import PageContext
    from loguro_async.dashboard.single_flight import SingleFlight

_LOG: Final = logging.getLogger("loguro_async")


class Loading(Struct, frozen=True):
    """A widget whose figures are being loaded.

    Attributes:
        card: The card of the widget.
        widget: The widget.
        task: Loads the figures, and continues after the page has stopped waiting.
    """

    card: Card
    widget: Widget
    task: asyncio.Future[Any]

    def rendered(self, context: PageContext) -> RenderedWidget:
        """Returns the widget with its figures, its failure, or still loading."""
        if not self.task.done():
            return RenderedWidget(self.card, self.widget, is_loading=True, status=202)
        error = None if self.task.cancelled() else self.task.exception()
        if self.task.cancelled() or isinstance(error, LoguroError):
            failure = error or TimeoutError()
            _LOG.warning("dashboard: no figures for %s: %s", self.widget.name, failure)
            status, text = status_and_text(failure)
            return RenderedWidget(
                self.card, self.widget, error=context.locale.text(text), status=status
            )
        response = self.task.result()
        return RenderedWidget(
            self.card,
            self.widget,
            self.widget.present(response, context),
            response.fetched_at,
            response.stale,
        )


def start_loading(
    loads: SingleFlight,
    client: LoguroClient,
    card: Card,
    widget: Widget,
    context: PageContext,
) -> Loading:
    """Starts to load the figures of a widget, or joins a load of the same figures.

    Args:
        loads: The loads in progress.
        client: The client.
        card: The card of the widget.
        widget: The widget.
        context: The context of the page.
    """
    state, rows = context.state, rows_to_request(whole=context.is_whole)

    async def load() -> Any:  # noqa: ANN401 - any response
        return await widget.load(client.project(state.project), state, rows)

    key = (client, widget.name, state.project, state.range, state.filter, state.compare, rows)
    try:
        return Loading(card, widget, loads.start(key, load))
    except LoguroError as error:
        failed: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        failed.set_exception(error)
        return Loading(card, widget, failed)


async def wait_for(loading: list[Loading], seconds: float, stopping: asyncio.Event) -> None:
    """Waits until all figures are loaded, the time is over, or the host stops."""
    waits = (
        asyncio.create_task(asyncio.wait({one.task for one in loading})),
        asyncio.create_task(stopping.wait()),
    )
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
