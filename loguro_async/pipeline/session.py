"""Opens the client's aiohttp session, and checks a session of the caller's."""

from __future__ import annotations

import socket
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import aiohttp
from aiohttp.client_proto import ResponseHandler

from loguro_async.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loguro_async.connection import ConnectionOptions

_CONNECT_SECONDS: Final = 10.0
# So that a dashboard that sends requests once a minute reuses its connection.
_KEEP_ALIVE_SECONDS: Final = 90.0
# A dead peer is noticed after about 10 s, while a slow response may take any time. The names are
# those of RFC 1122, 4.2.3.6, and RFC 5482; TCP_KEEPALIVE is what macOS calls TCP_KEEPIDLE.
_TCP_OPTIONS: Final = {
    "TCP_KEEPIDLE": 5,
    "TCP_KEEPALIVE": 5,
    "TCP_KEEPINTVL": 2,
    "TCP_KEEPCNT": 3,
    "TCP_USER_TIMEOUT": 10_000,
}


def open_session(
    headers: Mapping[str, str], connection: ConnectionOptions
) -> aiohttp.ClientSession:
    """Returns a session of the client's own; its requests need no further options."""
    connector = _Connector(
        limit=0,  # the number of connections is bounded by the limits
        keepalive_timeout=_KEEP_ALIVE_SECONDS,
        socket_factory=_open_socket,
        ssl=connection.ssl or True,
    )
    session = aiohttp.ClientSession(
        auto_decompress=False,
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers=headers,
        proxy=connection.proxy,
        timeout=aiohttp.ClientTimeout(
            total=None, connect=_CONNECT_SECONDS, sock_connect=_CONNECT_SECONDS
        ),
        trust_env=connection.trust_env,
    )
    # Otherwise a GET whose connection breaks is sent again, unseen by attempts, limits and hooks.
    session._retry_connection = False  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    return session


def options_of_requests(
    headers: Mapping[str, str], connection: ConnectionOptions
) -> dict[str, Any]:
    """Returns the options of each request through a caller's session."""
    return {
        # Otherwise an encoding that aiohttp does not know hides the status.
        "auto_decompress": False,
        "headers": headers,
        "proxy": connection.proxy,
        "raise_for_status": False,
        "ssl": connection.ssl or True,
        # Waiting for one of the session's connections is not connecting.
        "timeout": aiohttp.ClientTimeout(total=None, connect=None, sock_connect=_CONNECT_SECONDS),
    }


def check_session(session: aiohttp.ClientSession | None, connection: ConnectionOptions) -> None:
    """Refuses a caller's session that can't be used, or not with these options.

    Raises:
        ConfigurationError: It is no session, has credentials of its own, or ``trust_env`` is set.
    """
    if session is None:
        return
    if not isinstance(session, aiohttp.ClientSession):
        message = f"session must be an aiohttp.ClientSession, got {type(session).__name__}"
        raise ConfigurationError(message)
    if getattr(session, "auth", None) is not None:
        message = "the session has an auth of its own, beside the token; give one without"
        raise ConfigurationError(message)
    if connection.trust_env:
        message = (
            "trust_env has no effect on a session of yours; "
            "make it with aiohttp.ClientSession(trust_env=True), or pass no session"
        )
        raise ConfigurationError(message)


class _Connection(ResponseHandler):
    """A connection whose responses are not damaged by unread bytes or malformed bodies."""

    def is_connected(self) -> bool:
        """Returns whether the pool may hand the connection out.

        It may not once it received bytes outside of a response, because the next request would
        read them as its own.
        """
        transport = self.transport
        return transport is not None and not transport.is_closing() and not self.should_close

    def data_received(self, data: bytes) -> None:
        """Parses received data, with the head of an error separately from its body.

        aiohttp discards a head that arrived in one piece with a body that it cannot parse.
        """
        if data.startswith(b"HTTP/1.") and data[9:12] != b"200":
            head, end, data = data.partition(b"\r\n\r\n")
            super().data_received(head + end)
        if data:
            super().data_received(data)


class _Connector(aiohttp.TCPConnector):
    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - aiohttp's own
        super().__init__(**options)  # pyright: ignore[reportUnknownMemberType]
        self._factory: Any = partial(_Connection, loop=self._loop)


def _open_socket(address: Any) -> socket.socket:  # noqa: ANN401 - aiohttp.AddrInfoType, partly untyped
    """Opens a socket through which the system itself notices a dead peer."""
    opened = socket.socket(*address[:3])
    options = [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
    options += [
        (socket.IPPROTO_TCP, getattr(socket, name), value)
        for name, value in _TCP_OPTIONS.items()
        if hasattr(socket, name)
    ]
    for option in options:
        with suppress(OSError):  # known to Python, and not to this system
            opened.setsockopt(*option)
    return opened
