"""The stage that decodes bodies into responses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from loguro_async.decoding import decode as decode_body
from loguro_async.errors import DecodeError, LoguroError, ResponseError
from loguro_async.models.response_base import note_received

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from loguro_async.endpoints import Endpoint
    from loguro_async.models.response_base import Response
    from loguro_async.pipeline.call import Call, Load, Send
    from loguro_async.runtime import Runtime


class Decode:
    """Decodes bodies, and removes the token from the bodies of errors.

    Args:
        without_token: Removes the token from a body.
        runtime: Gives the time when a response was fetched.
    """

    __slots__ = ("_now", "_without_token")

    def __init__(self, without_token: Callable[[bytes], bytes], runtime: Runtime) -> None:
        self._without_token = without_token
        self._now = runtime.now

    def decode(self, send: Send) -> Load:
        """The stage that turns a body into a response."""

        async def decode(call: Call) -> Response:
            try:
                body = await send(call)
                response = self._decoded(call.endpoint, body)
            except LoguroError as error:
                if isinstance(error, ResponseError):
                    error.body = self._without_token(error.body)
                error.about(attempts=call.attempts)
                raise
            note_received(response, raw=body, fetched_at=self._now(), shape=call.endpoint.shape)
            return response

        return decode

    def _decoded(self, endpoint: Endpoint[Any], body: bytes) -> Response:
        try:
            response: Response = decode_body(endpoint, body)
        except DecodeError:
            clean = self._without_token(body)
            if clean == body:
                raise
        else:
            return response
        # Fails alike, without the token; outside the handler, because an error holds the one
        # before.
        again: Response = decode_body(endpoint, clean)
        return again


def response_of(endpoint: Endpoint[Any], body: bytes, fetched_at: dt.datetime) -> Response:
    """Returns the response for a body that another process fetched.

    Raises:
        DecodeError: The body is not what the endpoint promises.
    """
    response: Response = decode_body(endpoint, body)
    note_received(response, raw=body, fetched_at=fetched_at, shape=endpoint.shape)
    return response
