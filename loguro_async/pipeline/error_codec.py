"""Errors as bytes, for the processes that waited for a load that failed."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from loguro_async import errors

_LONGEST_BODY: Final = 4096
_DECODER: Final = msgspec.msgpack.Decoder(tuple[str, tuple[Any, ...], dict[str, Any]])


def encode_error(error: errors.LoguroError) -> bytes:
    """Returns an error's class, arguments and attributes as bytes.

    They are empty for a failed connection, which may be a fault of this process alone.
    """
    if not isinstance(error, errors.StatusError | errors.ResponseError):
        return b""
    state = dict(vars(error))
    if isinstance(error, errors.ResponseError):
        state["body"] = error.body[:_LONGEST_BODY]
    try:
        return msgspec.msgpack.encode((type(error).__name__, error.args, state))
    except (TypeError, ValueError):
        return b""


def decode_error(plain: bytes) -> errors.LoguroError | None:
    """Returns the error; ``None`` where there is none, or one that this version does not know."""
    try:
        name, args, state = _DECODER.decode(plain)
    except (msgspec.DecodeError, RecursionError):
        return None
    kind: object = getattr(errors, name, None)
    if not isinstance(kind, type) or not issubclass(kind, errors.LoguroError):
        return None
    error = kind.__new__(kind)
    error.args = args
    vars(error).update(state)
    return error
