"""Errors of a server's port, in terms of the option ``--port``."""

from __future__ import annotations

import errno
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Generator

_REASONS: Final = {errno.EADDRINUSE: "is in use", errno.EACCES: "needs the rights of root"}


@contextmanager
def naming_port(port: int) -> Generator[None]:
    """Turns the error of a port that cannot be listened on into one that says what to do."""
    try:
        yield
    except OSError as error:
        reason = _REASONS.get(error.errno or 0)
        if reason is None or error.filename is not None:
            raise
        message = f"port {port} {reason}; give another --port, or leave it out for any free one"
        raise OSError(message) from error
