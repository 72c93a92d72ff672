"""Sends one request over the network and returns the body's bytes, or raises an error.

The URL is built beforehand, so that nothing rewrites it; redirects are refused, and cookies are not
stored.
"""

from __future__ import annotations

import asyncio
import warnings
from typing import TYPE_CHECKING, Any, Final

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from loguro_async.errors import (
    AttemptTimeoutError,
    ClientClosedError,
    ConfigurationError,
    ConnectError,
    LoguroError,
    ProjectNotFoundError,
    StatusError,
    TransportError,
    error_for_status,
)
from loguro_async.pipeline.body import ACCEPTED_ENCODINGS, read_body, read_error_text
from loguro_async.pipeline.deadline import Deadline
from loguro_async.pipeline.retry_after import seconds_to_wait
from loguro_async.pipeline.session import check_session, open_session, options_of_requests
from loguro_async.text import printable
from loguro_async.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable

    from loguro_async.connection import ConnectionOptions
    from loguro_async.pipeline.call import Call
    from loguro_async.pipeline.stats import Counters
    from loguro_async.request import Request
    from loguro_async.runtime import Runtime

_ERROR_BODY_SECONDS: Final = 1.0
_MESSAGE_CHARACTERS: Final = 200
_MASK: Final = "pat_***"
_CONNECT_ERRORS: Final = (
    aiohttp.ClientConnectorError,
    aiohttp.ClientHttpProxyError,
    aiohttp.ConnectionTimeoutError,
)


class Transport:
    """Sends requests to one origin with one token.

    Args:
        origin: Scheme, host and path prefix, without a slash at the end.
        token: The personal access token.
        session: The caller's session, never closed here; left out, one is opened when needed.
        connection: Proxy, certificates and extra headers.
        max_body_bytes: The largest body, decompressed, that is read.
        runtime: Gives the time, for a ``Retry-After`` that is a date.
        counters: Where requests are counted.

    Raises:
        ConfigurationError: The session can't be used, or not with these options.
    """

    __slots__ = (
        "_authority",
        "_authorization",
        "_connection",
        "_counters",
        "_headers",
        "_is_closed",
        "_max_body_bytes",
        "_needs_middleware",
        "_options",
        "_origin",
        "_own_session",
        "_prefix",
        "_runtime",
        "_scheme",
        "_session",
        "_token",
    )

    def __init__(
        self,
        origin: str,
        token: str,
        *,
        session: aiohttp.ClientSession | None,
        connection: ConnectionOptions,
        max_body_bytes: int,
        runtime: Runtime,
        counters: Counters,
    ) -> None:
        check_session(session, connection)
        self._origin = origin
        root = URL(origin, encoded=True)
        self._scheme, self._authority = root.scheme, root.raw_authority
        self._prefix = root.raw_path.rstrip("/")
        self._token = token
        self._authorization = f"Bearer {token}"
        # A CIMultiDict, so that aiohttp need not make one for each request.
        self._headers: CIMultiDict[str] = CIMultiDict(
            {
                "Accept": "application/json",
                "Accept-Encoding": ACCEPTED_ENCODINGS,
                "User-Agent": f"loguro-async/{__version__} aiohttp/{aiohttp.__version__}",
            }
        )
        self._headers.update(connection.headers)
        trusts_env = connection.trust_env if session is None else session.trust_env
        # Where .netrc has credentials for the host, aiohttp refuses this header beside them; the
        # middleware sets it later.
        if not trusts_env:
            self._headers["Authorization"] = self._authorization
        self._needs_middleware = session is not None or trusts_env
        self._connection = connection
        # A session of our own is opened with all of them, which costs less than to repeat them.
        self._options = {} if session is None else options_of_requests(self._headers, connection)
        self._session = session
        self._own_session: aiohttp.ClientSession | None = None
        self._is_closed = False
        self._max_body_bytes = max_body_bytes
        self._runtime = runtime
        self._counters = counters

    async def send(self, call: Call) -> bytes:
        """Sends one request and returns the complete body.

        Raises:
            ConfigurationError: The caller's session is closed, or one of its hooks failed.
            ClientClosedError: The client was closed before or meanwhile.
            ConnectError: No connection could be made within 10 seconds.
            AttemptTimeoutError: ``call.attempt_timeout`` ran out.
            TransportError: The response did not arrive completely.
            ResponseTooLargeError: The body is larger than the cap.
            StatusError: The status is another than 200.
        """
        if call.attempt_timeout is not None:
            return await self._send_within(call, call.attempt_timeout)
        return await self._send(call, None)

    async def _send(self, call: Call, timer: Deadline | None) -> bytes:
        session = self._session or self._open()
        if session.closed:
            raise self._closed_error()
        counters = self._counters
        call.attempts += 1
        call.sent_at = self._runtime.clock()
        counters.requests += 1
        counters.in_flight += 1
        try:
            # The token is in no local variable, because tracebacks show those.
            response = await session.get(
                self._url(call.request),
                allow_redirects=False,
                **(
                    self._special_options(session, call)
                    if call.headers or self._needs_middleware
                    else self._options
                ),
            )
            try:
                if response.status == 200:  # noqa: PLR2004 - the reference's only success
                    return await read_body(response, self._max_body_bytes)
                if timer is not None:
                    timer.stop()  # the status is the outcome, however long its text takes
                raise await self._status_error(response, call)
            finally:
                if not response.closed:  # it closes itself at the end of its body
                    response.release()
        except Exception as error:  # noqa: BLE001 - a caller's hooks may raise anything
            failure = self._as_loguro_error(error)
        finally:
            counters.in_flight -= 1
        # Raised out here, because frames and errors of aiohttp hold the request, and so the token.
        try:
            raise failure
        finally:
            del failure

    async def _send_within(self, call: Call, seconds: float) -> bytes:
        loop = asyncio.get_running_loop()
        timer = Deadline(self._runtime.clock() + seconds, self._runtime.clock)
        try:
            async with asyncio.timeout(None) as scope:
                timer.start(lambda: scope.reschedule(loop.time()))
                return await self._send(call, timer)
        except LoguroError:
            raise
        except TimeoutError:
            pass  # the scope's; raised below, because this one's traceback holds the request
        finally:
            timer.stop()
        message = (
            f"no complete response within attempt_timeout={seconds:g} s; "
            "allow more time, or request a shorter range"
        )
        raise AttemptTimeoutError(message)

    def _special_options(self, session: aiohttp.ClientSession, call: Call) -> dict[str, Any]:
        options = {**self._options}
        if call.headers:
            options["headers"] = {**call.headers, **self._headers}
        if self._needs_middleware:
            options["middlewares"] = self._middlewares(session, call)
        return options

    def _middlewares(
        self, session: aiohttp.ClientSession, call: Call
    ) -> tuple[aiohttp.ClientMiddlewareType, ...]:
        """Returns the session's middlewares, and one that sees each request on the wire.

        aiohttp sends a GET again by itself when its connection breaks; the middleware hides that
        from it. Requests that a middleware of the caller's sends again are counted.
        """
        is_sent = False

        async def send(
            request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
        ) -> aiohttp.ClientResponse:
            nonlocal is_sent
            if is_sent:
                call.attempts += 1
                self._counters.requests += 1
            is_sent = True
            request.headers["Authorization"] = self._authorization
            try:
                return await handler(request)
            except aiohttp.ClientConnectorError:
                raise  # never sent again
            except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
                raise aiohttp.ClientConnectionError(str(error)) from error

        # A request's own middlewares replace the session's.
        return (*session._middlewares, send)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]

    def _url(self, request: Request) -> URL:
        # Built from its parts, which are encoded already, so that nothing is parsed.
        return URL.build(
            scheme=self._scheme,
            authority=self._authority,
            path=self._prefix + request.path,
            query_string=request.search,
            encoded=True,
        )

    def without_token(self, body: bytes) -> bytes:
        """Returns a body that may repeat the token, with the token hidden."""
        return body.replace(self._token.encode(), _MASK.encode())

    def __del__(self, _warn: Callable[..., None] = warnings.warn) -> None:
        session = getattr(self, "_own_session", None)  # missing where __init__ failed
        if session is not None and not session.closed:
            _warn(
                f"LoguroClient of {self._origin} was not closed; use `async with LoguroClient(…)`, "
                "or `await client.aclose()`",
                ResourceWarning,
                source=self,
            )

    async def aclose(self) -> None:
        """Closes the session that was opened here, if any. Can be called again."""
        self._is_closed = True
        if self._own_session is not None:
            await self._own_session.close()

    def _open(self) -> aiohttp.ClientSession:
        if self._is_closed:
            raise self._closed_error()
        self._session = self._own_session = open_session(self._headers, self._connection)
        return self._session

    async def _status_error(self, response: aiohttp.ClientResponse, call: Call) -> StatusError:
        # In time for the error to be raised before the deadline.
        left = call.deadline.seconds_left / 2
        text = await read_error_text(response, min(_ERROR_BODY_SECONDS, left))
        error = error_for_status(
            response.status,
            reason=self._shown(text),
            retry_after=seconds_to_wait(response.headers, self._runtime.now()),
            request_id=self._shown(response.headers.get("X-Request-Id", "")) or None,
        )
        if isinstance(error, ProjectNotFoundError) and self._prefix:
            error.message += f", and the path {self._shown(self._prefix)} of base_url"
            error.args = (error.message,)
        return error

    def _as_loguro_error(self, error: Exception) -> LoguroError:
        if isinstance(error, LoguroError):
            error.__cause__ = error.__context__ = None
            return error.with_traceback(None)
        if self._session is not None and self._session.closed:
            return self._closed_error()
        is_bad_url = isinstance(error, ValueError) and self._connection.trust_env
        if is_bad_url or isinstance(error, aiohttp.InvalidURL):
            # Without aiohttp's text, which may be the URL with its password.
            return ConfigurationError(
                "the proxy that the environment names is not a URL such as "
                "http://proxy.example:3128; check HTTPS_PROXY and HTTP_PROXY"
            )
        text = self._shown(_said(error)) or type(error).__name__
        if isinstance(error, _CONNECT_ERRORS):
            return ConnectError(f"no connection to {self._origin}: {text}; {_advice(error)}")
        if self._own_session is None and not isinstance(error, aiohttp.ClientError | OSError):
            return ConfigurationError(
                f"the session given to the client failed with {type(error).__name__}: {text}; "
                "check its middlewares and trace configs"
            )
        return TransportError(f"no complete response from {self._origin}: {text}; try again")

    def _closed_error(self) -> LoguroError:
        if self._is_closed or self._own_session is not None:
            return ClientClosedError(
                "the client was closed while this call was in progress; make a new client"
            )
        return ConfigurationError(
            "the session given to the client is closed; keep it open as long as the client"
        )

    def _shown(self, text: str) -> str:
        text = text.replace(self._token, _MASK)
        for secret in self._connection.secrets:
            text = text.replace(secret, "***")
        return printable(text, _MESSAGE_CHARACTERS)


def _said(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return f"the proxy responded {error.status} {error.message}"
    # What aiohttp calls the status of a response that is not HTTP is none of the service's.
    return error.message if isinstance(error, aiohttp.ClientResponseError) else str(error)


def _advice(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return "for a private certificate authority, pass ssl=ssl.create_default_context(cafile=…)"
    if isinstance(error, aiohttp.ClientHttpProxyError | aiohttp.ClientProxyConnectionError):
        return "check the proxy"
    return "check the network and base_url"
