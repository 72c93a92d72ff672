"""The visits of one visitor, where the host shows single visitors."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from loguro_async.dashboard.access import ForbiddenError
from loguro_async.dashboard.failures import status_and_text
from loguro_async.dashboard.http import Reply
from loguro_async.dashboard.rendering import render
from loguro_async.errors import LoguroError

if TYPE_CHECKING:
    from loguro_async.client import LoguroClient
    from loguro_async.dashboard.context import PageContext
    from loguro_async.models.visitors import Session

_LOG: Final = logging.getLogger("loguro_async")


async def visitor_reply(client: LoguroClient, context: PageContext, visitor_id: str) -> Reply:
    """Returns the page of one visitor.

    Args:
        client: Asks the service.
        context: What the parts of the page share.
        visitor_id: The visitor's id, as the service gave it.

    Raises:
        ForbiddenError: The host shows no single visitors.
    """
    if not context.access.visitors:
        message = "single visitors are not shown"
        raise ForbiddenError(message)
    sessions: tuple[Session, ...] = ()
    status, error_text = 200, ""
    try:
        project = client.project(context.state.project)
        sessions = (await project.visitor_sessions(visitor_id)).sessions
    except LoguroError as error:
        _LOG.warning("dashboard: no visits of a visitor: %s", error)
        status, english = status_and_text(error)
        error_text = context.locale.text(english)
    body = render("visitor", context, sessions=sessions, error=error_text)
    return Reply(status, body.encode())
