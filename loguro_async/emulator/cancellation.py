"""Cancellation of work in another thread."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

    import duckdb


class WorkCancelledError(Exception):
    """The work was cancelled before it finished."""


class CancellationToken:
    """Tells work in a thread to stop; the work checks it between its steps."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cancelled = False
        self._connection: duckdb.DuckDBPyConnection | None = None

    def cancel(self) -> None:
        """Cancels the work, and interrupts its running query."""
        with self._lock:
            self._cancelled = True
            if self._connection is not None:
                self._connection.interrupt()

    def check(self) -> None:
        """Raises an error if the work was cancelled.

        Raises:
            WorkCancelledError: The work was cancelled.
        """
        if self._cancelled:
            raise WorkCancelledError

    @contextmanager
    def interrupts(self, connection: duckdb.DuckDBPyConnection) -> Generator[None]:
        """Lets `cancel` interrupt the queries of a connection, inside the block."""
        with self._lock:
            self._connection = connection
        try:
            yield
        finally:
            with self._lock:
                self._connection = None
