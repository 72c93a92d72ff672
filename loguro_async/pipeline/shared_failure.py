"""Failures of a load as they are told to the processes that waited for it."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from loguro_async import errors

_LONGEST_BODY: Final = 4096


class _Failure(msgspec.Struct, array_like=True):
    """An error by its class's name, its arguments and its attributes."""

    kind: str
    args: list[Any]
    state: dict[str, Any]


def encode_failure(error: errors.LoguroError) -> bytes:
    """Returns an error's bytes; empty for one that says nothing about what others would meet.

    A failed connection may be this process's own trouble.
    """
    if not isinstance(error, errors.StatusError | errors.ResponseError):
        return b""
    state = dict(vars(error))
    if isinstance(error, errors.ResponseError):
        state["body"] = error.body[:_LONGEST_BODY]
    try:
        return msgspec.msgpack.encode(_Failure(type(error).__name__, list(error.args), state))
    except (TypeError, ValueError):
        return b""


def decode_failure(plain: bytes) -> errors.LoguroError | None:
    """Returns the error; ``None`` where there is none, or one that this version does not know."""
    try:
        failure = msgspec.msgpack.decode(plain, type=_Failure)
    except (msgspec.DecodeError, RecursionError):
        return None
    kind: object = getattr(errors, failure.kind, None)
    if not isinstance(kind, type) or not issubclass(kind, errors.LoguroError):
        return None
    error = kind.__new__(kind)
    error.args = tuple(failure.args)
    vars(error).update(failure.state)
    return error
