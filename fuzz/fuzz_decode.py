"""Any bytes as the answer of any endpoint: a struct, or a ``DecodeError``; nothing else."""

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
        answer = decode(endpoint, data[1:])
    except DecodeError as error:
        str(error)
        return
    repr(answer)
    hash(answer)
    for row in getattr(answer, "items", ()):
        getattr(row, "extra", None)


if __name__ == "__main__":
    atheris.Setup(sys.argv, decode_or_refuse)
    atheris.Fuzz()
