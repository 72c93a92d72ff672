"""Any text as a filter: refused, or read into one whose canonical text is read into the same."""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["loguro_async"]):
    from loguro_async import Filter, InvalidQueryError


def parse_or_refuse(data: bytes) -> None:
    text = atheris.FuzzedDataProvider(data).ConsumeUnicode(len(data))
    try:
        condition = Filter.parse(text)
    except InvalidQueryError:
        return
    assert Filter.parse(str(condition)) == condition


if __name__ == "__main__":
    atheris.Setup(sys.argv, parse_or_refuse)
    atheris.Fuzz()
