"""What was asked, in order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """One request that arrived.

    Attributes:
        method: Its method.
        path: Its path, as it was sent.
        query: Its parameters, decoded; the first of each name.
        slug: The project that it asked about, where it asked about one.
        endpoint: The endpoint's name, such as `kpis`; `None` for an unknown path.
        status: The answer's status; `None` while there is none, or if the connection was cut.
    """

    method: str
    path: str
    query: Mapping[str, str]
    slug: str | None
    endpoint: str | None
    status: int | None = None


class Journal:
    """The requests that arrived, in the order of their arrival."""

    def __init__(self) -> None:
        self._records: dict[int, RecordedRequest] = {}
        self._arrived = 0

    def arrived(self, record: RecordedRequest) -> int:
        """Note a request; the number given is for `answered`."""
        self._arrived += 1
        self._records[self._arrived] = record
        return self._arrived

    def answered(self, number: int, status: int) -> None:
        """Note how a request was answered, unless it is forgotten by now."""
        if number in self._records:
            self._records[number] = replace(self._records[number], status=status)

    def forget(self) -> None:
        """Drop all records."""
        self._records.clear()

    @property
    def records(self) -> list[RecordedRequest]:
        """All records, in a list of the caller's own."""
        return list(self._records.values())
