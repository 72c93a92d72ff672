"""One request's question: its parameters, read as the server takes them, and what answers it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from loguro_async.emulator.filters import parse_filter
from loguro_async.emulator.ranges import (
    ALL,
    Window,
    asked_chip,
    chip_window,
    custom_window,
    whole_window,
)
from loguro_async.emulator.refusals import bad_request
from loguro_async.emulator.sql import seen
from loguro_async.emulator.store import Row, Statement, Store

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loguro_async.emulator.switches import Switches

_WHOLE_NUMBER: Final = re.compile(r"[+-]?[0-9]+")
# Beyond this many digits a number is as good as infinite, and slow to read.
_MOST_DIGITS: Final = 18


@dataclass(frozen=True, slots=True)
class Question:
    """What one request asks.

    Attributes:
        store: Where the events are.
        switches: How open questions are decided.
        slug: The project.
        query: The request's parameters, the first of each name.
        now_ms: The moment of asking, in milliseconds since 1970.
        default_limit: How many rows an answer has when `limit` is left out.
        max_limit: How many rows an answer has at most.
        visitor_id: The visitor, on the visitor endpoints.
    """

    store: Store
    switches: Switches
    slug: str
    query: Mapping[str, str]
    now_ms: int
    default_limit: int
    max_limit: int
    visitor_id: str = ""

    @property
    def limit(self) -> int:
        """How many rows are wanted; more than the cap is cut.

        Raises:
            RefusalError: 400 for what is no number above 0, in strict mode.
        """
        asked = self.number("limit", self.default_limit, minimum=1, maximum=None)
        return min(asked, self.max_limit)

    @property
    def compare(self) -> bool:
        """Whether rows should tell the period before as well."""
        if self.switches.strict and self.query.get("compare", "0") not in {"0", "1"}:
            raise bad_request("Invalid compare")
        return self.query.get("compare") == "1"

    def number(self, name: str, default: int, *, minimum: int, maximum: int | None) -> int:
        """A whole number among the parameters, moved into its bounds.

        Args:
            name: The parameter.
            default: The value when it is left out, or is no number.
            minimum: The least value.
            maximum: The greatest value, where there is one.

        Raises:
            RefusalError: 400 in strict mode, for what is no number or out of bounds.
        """
        text = self.query.get(name)
        if text is None:
            return default
        if not _WHOLE_NUMBER.fullmatch(text):
            if self.switches.strict:
                raise bad_request(f"Invalid {name}")
            return default
        value = int(text[: _MOST_DIGITS + 1])
        bounded = max(value, minimum) if maximum is None else min(max(value, minimum), maximum)
        if self.switches.strict and bounded != value:
            raise bad_request(f"Invalid {name}")
        return bounded

    async def window(self) -> Window:
        """The span of time asked for."""
        window = custom_window(self.query, self.switches)
        if window is not None:
            return window
        chip = asked_chip(self.query, self.switches)
        if chip == ALL:
            return await self.lifetime()
        return chip_window(chip, self.now_ms, self.switches)

    async def lifetime(self) -> Window:
        """The span from the project's first event until now."""
        first_ms = await self.store.first_ms(self.slug)
        return whole_window(first_ms, self.now_ms, self.switches)

    async def filtered(self, window: Window, select: str, **values: object) -> list[Row]:
        """Query the events of a window, and of the period before, that the filter lets through.

        Args:
            window: The span of time.
            select: SQL that selects from `seen`, which has the events; it may begin with
                further named queries.
            values: Its parameters.
        """
        terms = parse_filter(self.query.get("filter", ""), self.switches)
        source = self.store.source(self.slug, window.previous_start_ms, window.end_ms)
        events = seen(source, window, terms, case_sensitive=self.switches.case_sensitive)
        return await self._rows(events, select, values)

    async def unfiltered(self, window: Window, select: str, **values: object) -> list[Row]:
        """Query all events of a window, as `filtered` does, whatever the filter says."""
        source = self.store.source(self.slug, window.previous_start_ms, window.end_ms)
        events = seen(source, window, (), case_sensitive=True)
        return await self._rows(events, select, values)

    async def _rows(self, events: Statement, select: str, values: dict[str, object]) -> list[Row]:
        sql = f"WITH seen AS ({events.sql}) {select}"
        return await self.store.rows(Statement(sql, events.parameters | values))
