"""Requests and replies of the dashboard, without a framework."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct, field

HTML: Final = "text/html; charset=utf-8"
PLAIN: Final = "text/plain; charset=utf-8"
JSON: Final = "application/json"
CSV: Final = "text/csv; charset=utf-8"
EVENT_STREAM: Final = "text/event-stream"


class Request(Struct, frozen=True):
    """A request to the dashboard.

    Attributes:
        host: The framework's own request, for the host's functions.
        method: Such as ``GET``.
        address: The whole path, as the host's server saw it, decoded.
        path: What follows the mount in it, without slashes at its ends.
        query: The query string, as it came.
        headers: By their names in lower case.
    """

    host: Any
    method: str
    address: str
    path: str
    query: str
    headers: Mapping[str, str]

    @property
    def mount(self) -> str:
        """The path that the dashboard is mounted at, without a slash at its end."""
        return self.address.rstrip("/").removesuffix(self.path).rstrip("/")

    def cookie(self, name: str) -> str:
        """Returns the value of a cookie; empty where it is not there."""
        for pair in self.headers.get("cookie", "")[:8_000].split(";"):
            key, _, value = pair.strip().partition("=")
            if key == name:
                return value
        return ""


class Reply(Struct, frozen=True):
    """A reply: a body, or parts of one as they become ready.

    Attributes:
        status: The HTTP status.
        body: The body; empty where there are parts.
        headers: Beside the content's type and length.
        content_type: The type of the content.
        parts: Parts of the body.
        response: A response of the host's own framework, to be sent instead.
    """

    status: int = 200
    body: bytes = b""
    content_type: str = HTML
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    parts: AsyncGenerator[bytes, None] | None = None
    response: Any = None


def redirect(location: str) -> Reply:
    """Returns a redirect to another address."""
    return Reply(303, headers={"Location": location, "Cache-Control": "no-store"})


def json_reply(value: object, status: int = 200) -> Reply:
    """Returns a value as JSON."""
    return Reply(status, msgspec.json.encode(value), JSON)


def security_headers(frame_ancestors: tuple[str, ...]) -> Mapping[str, str]:
    """Returns the headers of every reply.

    Args:
        frame_ancestors: Origins whose pages may show the dashboard in a frame.
    """
    ancestors = " ".join(("'self'", *frame_ancestors))
    return {
        "Content-Security-Policy": (
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
            "connect-src 'self'; form-action 'self'; base-uri 'none'; "
            f"frame-ancestors {ancestors}"
        ),
        "X-Content-Type-Options": "nosniff",
        # Paths and filters may hold personal data.
        "Referrer-Policy": "no-referrer",
        # The language is the browser's, the theme is in a cookie, and the host may look at both.
        "Vary": "Accept-Language, Cookie",
    }
