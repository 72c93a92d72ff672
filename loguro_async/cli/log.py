"""Writes warnings of the library to standard error."""

from __future__ import annotations

import logging
from typing import Final

from loguro_async.cli.formatting import printable
from loguro_async.cli.standard_streams import write_message

# Their warnings say that the service is unavailable, which the commands report themselves.
_IGNORED_MODULES: Final = ("circuit", "fan_out")


class LineHandler(logging.Handler):
    """Writes each warning as one line."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)

    def emit(self, record: logging.LogRecord) -> None:
        """Writes one record."""
        if record.module not in _IGNORED_MODULES:
            write_message(f"loguro-async: {printable(' '.join(record.getMessage().split()))}")


def show_warnings() -> None:
    """Shows the library's warnings from now on."""
    log = logging.getLogger("loguro_async")
    if not any(isinstance(handler, LineHandler) for handler in log.handlers):
        log.addHandler(LineHandler())
