"""Decodes bodies: strictly, and if that fails, tolerantly."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any, Final, cast

from msgspec.json import Decoder

from loguro_async.decoding.coerce import Unreadable
from loguro_async.decoding.tolerances import ToleranceLog
from loguro_async.decoding.tolerant import WHOLE_BODY, Reader
from loguro_async.errors import DecodeError
from loguro_async.models.lenient_json import MALFORMED, loads
from loguro_async.models.response_base import note_tolerated
from loguro_async.text import counted

if TYPE_CHECKING:
    from loguro_async.endpoints import Endpoint
    from loguro_async.models.received import Tolerance
    from loguro_async.models.response_base import Response, ResponseT

_LOG: Final = logging.getLogger("loguro_async.decoding")
_WHERE: Final = re.compile(r" - at `[^`]*`\Z")
_LONGEST_TEXT: Final = 300


class _Decoders(dict["Endpoint[Any]", Decoder[Any]]):
    """A decoder for each endpoint; not for each shape: the hash of `TopList[TopPage]` is slow."""

    def __missing__(self, endpoint: Endpoint[Any]) -> Decoder[Any]:
        decoder = self[endpoint] = Decoder(endpoint.shape)
        return decoder


_BY_ENDPOINT: Final = _Decoders()


def decode(endpoint: Endpoint[ResponseT], body: bytes) -> ResponseT:
    """Returns the response that a body holds.

    Args:
        endpoint: The endpoint that sent it.
        body: The whole body, decompressed.

    Raises:
        DecodeError: It is no JSON, or lacks what is required; says where in the JSON.
    """
    decoder: Decoder[ResponseT] = _BY_ENDPOINT[endpoint]
    try:
        return decoder.decode(body)
    except MALFORMED:
        pass  # read outside of the handler, so that errors of the strict pass are not chained
    response = _read(endpoint, body)
    if response.tolerated:
        _log(endpoint.name, response)
    return response


def explain(
    endpoint: Endpoint[Any], value: object
) -> tuple[Response | None, tuple[Tolerance, ...]]:
    """Reads a body as far as it can be read, even where something required is missing.

    Args:
        endpoint: The endpoint that sent it.
        value: The body, as builtins.

    Returns:
        What could be read, in which even required fields may be ``None``, and what had to be
        tolerated; nothing where the body is not an object or list of the right kind.
    """
    tolerances = ToleranceLog()
    reader = Reader(tolerances, store_bodies=True, explain=True)
    try:
        response = cast("Response", reader.response(endpoint.shape, value))
    except Unreadable as error:
        tolerances.add(error.path, "lost", error.expected, error.found)
        return None, tolerances.all()
    return response, tolerances.all()


def _read(endpoint: Endpoint[ResponseT], body: bytes) -> ResponseT:
    tolerances = ToleranceLog()
    reader = Reader(tolerances)
    try:
        response = cast("ResponseT", reader.response(endpoint.shape, loads(body)))
    except Unreadable as error:
        raise _decode_error(error.why, error.path, body) from error
    except RecursionError as error:
        raise _decode_error("the JSON is nested too deeply", WHOLE_BODY, body) from error
    except MALFORMED as error:
        raise _decode_error(_WHERE.sub("", str(error)), WHOLE_BODY, body) from error
    note_tolerated(response, tolerances.all(), sent_bytes=reader.sent_bytes)
    return response


def _decode_error(why: str, path: str, body: bytes) -> DecodeError:
    short = " ".join(why.split())[:_LONGEST_TEXT]
    message = (
        f"the response cannot be read: {short}, at {path}; look at .body, check base_url, "
        "and look for a newer version of this package"
    )
    return DecodeError(message, path=path, body=body)


def _log(endpoint: str, response: Response) -> None:
    if response.skipped:
        rows = counted(response.skipped, "row")
        _LOG.warning("%s: %s left out, for lack of what is required", endpoint, rows)
    if _LOG.isEnabledFor(logging.DEBUG):
        paths = ", ".join(f"{one.kind} at {one.path} ({one.count})" for one in response.tolerated)
        _LOG.debug("%s: tolerated %s", endpoint, paths)
