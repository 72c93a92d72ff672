"""One request over the wire: bytes, or an error. The only user of aiohttp in the core.

The URL is built beforehand, so that nothing rewrites it; redirects are refused, cookies are not
kept, proxies and netrc of the environment are not looked at.
"""

from __future__ import annotations

import datetime as dt
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

import aiohttp
import msgspec
from multidict import CIMultiDict
from yarl import URL

from loguro_async.errors import (
    ConfigurationError,
    ConnectError,
    ResponseTooLargeError,
    StatusError,
    TransportError,
    error_for_status,
)
from loguro_async.version import __version__

if TYPE_CHECKING:
    from loguro_async.pipeline.call import Call
    from loguro_async.pipeline.stats import Counters
    from loguro_async.request import Request
    from loguro_async.runtime import Runtime

# The call's own deadline covers all of it.
_NO_TIMEOUT: Final = aiohttp.ClientTimeout(total=None, connect=None, sock_connect=None)
_ERROR_BODY_BYTES: Final = 64 * 1024
_REASON_CHARACTERS: Final = 200
_HIDDEN: Final = "pat_***"


class _ErrorBody(msgspec.Struct):
    """Source: the reference's README: an error body looks like ``{"error": "…"}``."""

    error: str = ""


class Transport:
    """Sends requests to one origin with one token.

    Args:
        origin: Scheme, host and path prefix, without a slash at the end.
        token: The personal access token.
        session: The caller's session, never closed here; left out, one is opened when needed.
        max_body_bytes: The largest body, decompressed, that is taken.
        runtime: Tells the time, for a ``Retry-After`` that is a date.
        counters: Where requests are counted.
    """

    __slots__ = (
        "_counters",
        "_headers",
        "_max_body_bytes",
        "_origin",
        "_own_session",
        "_prefix",
        "_root",
        "_runtime",
        "_session",
        "_token",
    )

    def __init__(
        self,
        origin: str,
        token: str,
        *,
        session: aiohttp.ClientSession | None,
        max_body_bytes: int,
        runtime: Runtime,
        counters: Counters,
    ) -> None:
        _check_session(session)
        self._origin = origin
        self._root = URL(origin, encoded=True)
        self._prefix = self._root.raw_path.rstrip("/")
        self._token = token
        # As aiohttp wants them, so that it need not make them so for each request.
        self._headers: CIMultiDict[str] = CIMultiDict(
            {
                "Authorization": f"Bearer {token}",
                "Accept": "application/json",
                "User-Agent": f"loguro-async/{__version__} aiohttp/{aiohttp.__version__}",
            }
        )
        self._session = session
        self._own_session: aiohttp.ClientSession | None = None
        self._max_body_bytes = max_body_bytes
        self._runtime = runtime
        self._counters = counters

    async def send(self, call: Call) -> bytes:
        """Send one request, with headers besides its own, and read the whole of its body.

        Raises:
            ConfigurationError: The caller's own session is closed.
            ConnectError: No connection could be made.
            TransportError: The answer did not arrive whole.
            ResponseTooLargeError: The body is larger than the cap.
            StatusError: The status is another than 200.
        """
        session = self._session or self._open()
        if session.closed:
            message = (
                "the session that was given to the client is closed; keep it open, or give none"
            )
            raise ConfigurationError(message)
        url = self._url(call.request)
        more_headers = call.headers
        call.sent_at = self._runtime.clock()
        call.attempts += 1
        self._counters.requests += 1
        self._counters.in_flight += 1
        try:
            response = await session.get(
                url,
                headers={**more_headers, **self._headers} if more_headers else self._headers,
                allow_redirects=False,
                raise_for_status=False,
                timeout=_NO_TIMEOUT,
            )
            try:
                if response.status != 200:  # noqa: PLR2004 - the reference's only success
                    raise await self._status_error(response)
                return await self._body(response)
            finally:
                if not response.closed:  # it closes itself at the end of its body
                    response.release()
        except (aiohttp.ClientError, OSError) as error:
            failure = self._transport_error(error)
        finally:
            self._counters.in_flight -= 1
        # Raised out here because aiohttp's errors hold the request, and so the token.
        raise failure

    def _url(self, query: Request) -> URL:
        # Put together from its parts, which are encoded already: nothing needs to be taken apart.
        return URL.build(
            scheme=self._root.scheme,
            authority=self._root.raw_authority,
            path=self._prefix + query.path,
            query_string=query.search,
            encoded=True,
        )

    def without_token(self, body: bytes) -> bytes:
        """A body that may repeat the token, fit to be seen."""
        return body.replace(self._token.encode(), _HIDDEN.encode())

    async def aclose(self) -> None:
        """Close the session that was opened here, if any."""
        if self._own_session is not None:
            await self._own_session.close()

    def _open(self) -> aiohttp.ClientSession:
        # The number of connections is bounded by the limits, not here.
        self._session = self._own_session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
        )
        return self._session

    async def _body(self, response: aiohttp.ClientResponse) -> bytes:
        cap = self._max_body_bytes
        chunks: list[bytes] = []
        held = 0
        while chunk := await response.content.readany():
            held += len(chunk)
            if held > cap:
                response.close()
                message = (
                    f"the body is larger than {cap:,} bytes; ask for a shorter range or fewer "
                    "rows, or raise Limits.max_body_bytes"
                )
                raise ResponseTooLargeError(message)
            chunks.append(chunk)
            if response.content.at_eof():
                break
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    async def _status_error(self, response: aiohttp.ClientResponse) -> StatusError:
        body = await response.content.read(_ERROR_BODY_BYTES)
        return error_for_status(
            response.status,
            reason=self._redacted(_reason(body))[:_REASON_CHARACTERS],
            retry_after=_retry_after(response.headers.get("Retry-After"), self._runtime.now()),
            request_id=self._redacted(response.headers.get("X-Request-Id", "")) or None,
        )

    def _transport_error(self, error: Exception) -> TransportError:
        text = self._redacted(str(error)) or type(error).__name__
        if isinstance(error, aiohttp.ClientConnectorError):
            return ConnectError(
                f"no connection to {self._origin}: {text}; check the network and base_url"
            )
        return TransportError(f"no whole answer from {self._origin}: {text}; try again")

    def _redacted(self, text: str) -> str:
        return text.replace(self._token, _HIDDEN)


def _check_session(session: aiohttp.ClientSession | None) -> None:
    if session is None:
        return
    if not isinstance(session, aiohttp.ClientSession):
        message = f"session is of type {type(session).__name__}; give an aiohttp.ClientSession"
        raise ConfigurationError(message)
    if getattr(session, "auth", None) is not None:
        message = "the session has an auth of its own, beside the token; give one without"
        raise ConfigurationError(message)


def _reason(body: bytes) -> str:
    """What an error body says, on one line; nothing where it is no such body."""
    try:
        text = msgspec.json.decode(body, type=_ErrorBody).error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    return " ".join(text.split())


def _retry_after(text: str | None, now: dt.datetime) -> float | None:
    """Seconds to wait, from a number of seconds or a date; nonsense is no request at all."""
    if not text:
        return None
    if text.strip().isdecimal():
        return float(text) if len(text) < 10 else None  # noqa: PLR2004 - 30 years are nonsense
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return max(0.0, (moment - now).total_seconds())
