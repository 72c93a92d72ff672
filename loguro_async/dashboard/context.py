"""The context of a page, shared by its parts: access rights, view state, language and links."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

from msgspec import Struct

from loguro_async.dashboard.access import Access
from loguro_async.dashboard.locale import Locale
from loguro_async.dashboard.view_state import ViewState, bounded
from loguro_async.errors import LoguroError
from loguro_async.query.filters import Filter

if TYPE_CHECKING:
    from collections.abc import Mapping


RANGE_TITLES: Final = {
    "today": "Today",
    "yesterday": "Yesterday",
    "1h": "Last hour",
    "24h": "Last 24 hours",
    "7d": "Last 7 days",
    "30d": "Last 30 days",
    "month": "Month to date",
    "3m": "Last 3 months",
    "12m": "Last 12 months",
    "all": "All time",
    "custom": "Custom dates",
}


class PageContext(Struct, frozen=True):
    """The context of a page, shared by its parts.

    Attributes:
        access: The access rights.
        state: The view state.
        locale: The viewer's language and time zone.
        now: The current time.
        base: The prefix of addresses below the mount: nothing on the dashboard's own page,
            ``../`` one level below it, and the mount itself in a page of the host.
        is_embedded: Whether the page is one of the host's, with a single widget.
        is_whole: Whether lists show all their rows.
        theme_url: The address of the host's colours, below the mount; empty for none.
    """

    access: Access
    state: ViewState
    locale: Locale
    now: dt.datetime
    base: str = ""
    is_embedded: bool = False
    is_whole: bool = False
    theme_url: str = ""

    def link(
        self,
        path: str = "",
        *,
        range: Mapping[str, str] | None = None,
        filter: Filter | None = None,
        **changes: str,
    ) -> str:
        """Returns the address of a page of the dashboard, with this state or a changed one.

        Args:
            path: Below the mount; empty for the dashboard itself.
            range: Parameters of another range.
            filter: Another filter of the viewer's.
            changes: Other parameters; an empty text takes one away.
        """
        query = self.state.query(range=range, filter=filter, **changes)
        return f"{self.base}{path}{query}"

    def fields(self, without: str = "") -> list[tuple[str, str]]:
        """Returns the parameters of this state as the hidden fields of a form.

        Args:
            without: ``range`` leaves the range out.
        """
        query = self.state.query(range={} if without == "range" else None)
        return parse_qsl(query.removeprefix("?"))

    def tab_link(self, card: str, name: str, is_first: bool) -> str:  # noqa: FBT001 - a template's call
        """Returns the address that opens a list in a card."""
        changes: dict[str, Any] = {card: "" if is_first else name}
        return self.link(**changes)

    def without_filter(self) -> str:
        """Returns the address without any filter of the viewer's."""
        return self.link(filter=Filter())

    def range_title(self, name: str | None = None) -> str:
        """Returns the name of a choice of the range menu; left out, of the range that is shown."""
        shown = self.state.range
        if name is None and shown.name == "custom" and shown.first is not None:
            dates = dict.fromkeys((self.locale.date(shown.first), self.locale.date(shown.last)))
            return " \N{EN DASH} ".join(dates)
        return self.locale.text(RANGE_TITLES[name or shown.name])

    def source(self, name: str) -> str:
        """Returns the address that a widget can be loaded from again."""
        return self.link(f"widgets/{name}", within="" if self.is_embedded else "page")

    def with_term(self, condition: Filter) -> str | None:
        """Returns the address with another condition; ``None`` where the host forbids it.

        Args:
            condition: One term; it replaces others about its key.
        """
        keys = {term.key for term in condition.terms}
        others = [
            term for term in self.state.requested.terms if term.key not in keys or term.negated
        ]
        try:
            requested = bounded(Filter.of([*others, *condition.terms]))
            self.access.narrowed(requested)
        except LoguroError:
            return None
        return self.link(filter=requested, add="")
