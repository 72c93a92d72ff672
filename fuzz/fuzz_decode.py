"""Decodes any bytes as the body of any endpoint: a struct or a ``DecodeError`` must result."""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["loguro_async"]):
    from loguro_async import endpoints
    from loguro_async.decoding import decode
    from loguro_async.errors import DecodeError

ENDPOINTS = [row for row in vars(endpoints).values() if isinstance(row, endpoints.Endpoint)]


def decode_or_refuse(data: bytes) -> None:
    if not data:
        return
    endpoint = ENDPOINTS[data[0] % len(ENDPOINTS)]
    try:
        response = decode(endpoint, data[1:])
    except DecodeError as error:
        str(error)
        return
    repr(response)
    hash(response)
    for row in getattr(response, "items", ()):
        getattr(row, "extra", None)


if __name__ == "__main__":
    atheris.Setup(sys.argv, decode_or_refuse)
    atheris.Fuzz()
