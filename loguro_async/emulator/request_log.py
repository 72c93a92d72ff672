"""The log of the requests that arrived."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """A request that arrived.

    Attributes:
        method: Its method.
        path: Its path, as it was sent.
        query: Its parameters, decoded; the first value of each name.
        slug: The project in its path, if there is one.
        endpoint: The name of the endpoint, such as `kpis`; `None` for an unknown path.
        status: The status of the response; `None` before there is one, or after a reset.
    """

    method: str
    path: str
    query: Mapping[str, str]
    slug: str | None
    endpoint: str | None
    status: int | None = None


class RequestLog:
    """Requests in the order of their arrival. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._records: dict[int, RecordedRequest] = {}
        self._arrived = 0

    def add(self, record: RecordedRequest) -> int:
        """Adds a request, and returns its number for `set_status`."""
        with self._lock:
            self._arrived += 1
            self._records[self._arrived] = record
            return self._arrived

    def set_status(self, number: int, status: int) -> None:
        """Sets the status of a request, unless the log was cleared since it arrived."""
        with self._lock:
            if number in self._records:
                self._records[number] = replace(self._records[number], status=status)

    def clear(self) -> None:
        """Removes all records."""
        with self._lock:
            self._records.clear()

    @property
    def records(self) -> list[RecordedRequest]:
        """All records, in a new list."""
        with self._lock:
            return list(self._records.values())
