"""What one request asks to see, checked against what may be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from msgspec import Struct
from msgspec.structs import replace

from loguro_async.dashboard.access import CHIPS, ForbiddenError
from loguro_async.errors import InvalidQueryError
from loguro_async.query.filters import Filter
from loguro_async.query.ranges import Chip

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loguro_async.dashboard.access import Access


class View(Struct, frozen=True):
    """What is shown.

    Attributes:
        range: The time chip.
        wish: The visitor's own filter, without the host's.
        filter: Both; what the service is asked for.
        compare: Whether the period before is shown.
        typed: What stands in the filter box.
        mistake: Why that cannot be read; empty where it can.
    """

    range: Chip
    wish: Filter
    filter: Filter
    compare: bool
    typed: str
    mistake: str = ""

    def query(self, **changes: str) -> str:
        """The query string of this view, or of one that differs a little."""
        words = {
            "range": self.range,
            "filter": str(self.wish),
            "compare": "1" if self.compare else "",
            **changes,
        }
        return "?" + urlencode({name: text for name, text in words.items() if text})

    def with_only(self, wish: Filter, access: Access) -> View:
        """The same view with another filter of the visitor's."""
        return replace(self, wish=wish, filter=access.narrowed(wish), typed=str(wish), mistake="")


def view_of(asked: Mapping[str, str], access: Access) -> View:
    """Read a request's query string.

    Raises:
        ForbiddenError: Another project, a range or a filter that the host does not allow.
    """
    if asked.get("project", access.project) != access.project:
        message = "another project was asked for"
        raise ForbiddenError(message)
    typed = asked.get("filter", "")
    wish, mistake = Filter(), ""
    try:
        wish = Filter.parse(typed)
    except InvalidQueryError as error:
        mistake = error.message
    return View(
        range=_range(asked.get("range") or access.ranges[0], access),
        wish=wish,
        filter=access.narrowed(wish),
        compare=asked.get("compare") == "1",
        typed=typed,
        mistake=mistake,
    )


def _range(chip: str, access: Access) -> Chip:
    if chip not in CHIPS or chip not in access.ranges:
        message = f"the range {chip[:20]!r} is not to be seen here"
        raise ForbiddenError(message)
    return chip
