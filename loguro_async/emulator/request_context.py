"""The context of one request: its parameters as the server reads them, and its queries."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from loguro_async.emulator.errors import bad_request
from loguro_async.emulator.event_selection import selected
from loguro_async.emulator.filter_parser import parse_filter
from loguro_async.emulator.ranges import (
    ALL,
    Window,
    chip_window,
    custom_window,
    requested_chip,
    whole_window,
)
from loguro_async.emulator.store import Row, Statement, Store

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loguro_async.emulator.behaviour import Behaviour

_WHOLE_NUMBER: Final = re.compile(r"[+-]?[0-9]+")
# A number of more digits is larger than every bound, and slow to parse.
_MOST_DIGITS: Final = 18


@dataclass(frozen=True, slots=True)
class RequestContext:
    """A request as a handler sees it: parameters, project and queries.

    Attributes:
        store: The events.
        behaviour: The options for what the reference leaves open.
        slug: The project.
        query: The parameters, the first value of each name.
        now_ms: The end of a window that lasts until now.
        default_limit: The rows without a `limit`.
        max_limit: The most rows.
        visitor_id: The visitor, on the visitor endpoints.
    """

    store: Store
    behaviour: Behaviour
    slug: str
    query: Mapping[str, str]
    now_ms: int
    default_limit: int
    max_limit: int
    visitor_id: str = ""

    @property
    def limit(self) -> int:
        """The number of rows that the request wants, up to the cap.

        Raises:
            ApiError: 400 in strict mode, unless it is a number above 0.
        """
        limit = self.number("limit", self.default_limit, minimum=1, maximum=None)
        return min(limit, self.max_limit)

    @property
    def compare(self) -> bool:
        """Whether rows have the figures of the previous period too.

        Raises:
            ApiError: 400 in strict mode, for other values than 0 and 1.
        """
        if self.behaviour.strict and self.query.get("compare", "0") not in {"0", "1"}:
            raise bad_request("Invalid compare")
        return self.query.get("compare") == "1"

    @property
    def has_range(self) -> bool:
        """Whether the request names a time, valid or not."""
        return not self.query.keys().isdisjoint({"range", "from", "to"})

    def number(self, name: str, default: int, *, minimum: int, maximum: int | None) -> int:
        """Returns a parameter that is a whole number, moved into its bounds.

        Args:
            name: The parameter.
            default: The value if the parameter is left out, or is no number.
            minimum: The least value.
            maximum: The greatest value, if there is one.

        Raises:
            ApiError: 400 in strict mode, for a value that is no number or out of bounds.
        """
        text = self.query.get(name)
        if text is None:
            return default
        if not _WHOLE_NUMBER.fullmatch(text):
            if self.behaviour.strict:
                raise bad_request(f"Invalid {name}")
            return default
        value = int(text[: _MOST_DIGITS + 1])
        bounded = max(value, minimum) if maximum is None else min(max(value, minimum), maximum)
        if self.behaviour.strict and bounded != value:
            raise bad_request(f"Invalid {name}")
        return bounded

    async def window(self) -> Window:
        """Returns the window that the request names.

        Raises:
            ApiError: 400 in strict mode, for an unknown chip.
        """
        window = custom_window(self.query, self.behaviour)
        if window is not None:
            return window
        chip = requested_chip(self.query, self.behaviour)
        if chip == ALL:
            return await self.lifetime()
        return chip_window(chip, self.now_ms, self.behaviour)

    async def lifetime(self) -> Window:
        """Returns the window from the project's first event until now."""
        first_ms = await self.store.first_ms(self.slug, self.now_ms)
        return whole_window(first_ms, self.now_ms, self.behaviour)

    async def filtered(self, window: Window, select: str, **values: object) -> list[Row]:
        """Queries the events of a window, and of the period before it, that pass the filter.

        Args:
            window: The window.
            select: SQL that selects from `selected`, the events; it may begin with further named
                queries.
            values: Its parameters.

        Raises:
            ApiError: 400 in strict mode, for a filter that cannot be parsed.
        """
        terms = parse_filter(self.query.get("filter", ""), self.behaviour)
        events = selected(
            self._source(window), window, terms, case_sensitive=self.behaviour.case_sensitive
        )
        return await self._rows(events, select, values)

    async def unfiltered(self, window: Window, select: str, **values: object) -> list[Row]:
        """Queries all events of a window, as `filtered` does, without the filter."""
        events = selected(self._source(window), window, (), case_sensitive=True)
        return await self._rows(events, select, values)

    def _source(self, window: Window) -> Statement:
        """Returns SQL that gives the events of a window, and more."""
        return self.store.source(
            self.slug, window.previous_start_ms, window.end_ms, present_ms=self.now_ms
        )

    async def _rows(self, events: Statement, select: str, values: dict[str, object]) -> list[Row]:
        """Runs a query over the selected events."""
        sql = f"WITH selected AS ({events.sql}) {select}"
        return await self.store.rows(Statement(sql, events.parameters | values))
