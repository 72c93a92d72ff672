"""Responses in JSON, errors among them."""

from __future__ import annotations

from http import HTTPStatus

import msgspec
from aiohttp import web


def json_response(content: object, status: int = HTTPStatus.OK) -> web.Response:
    """Returns a response in JSON."""
    return web.Response(
        body=msgspec.json.encode(content), status=status, content_type="application/json"
    )


def error_response(status: int, message: str) -> web.Response:
    """Returns an error response.

    Source: "Status codes"; the body is `{"error": …}`.
    """
    return json_response({"error": message}, status)
