"""The dashboard's filter language, read from text.

`country:RO|US !device:mobile path:"/a b"`: terms stand apart by white space and must all hold; `!`
negates a term; `|` parts alternatives; a value in quotes may hold anything, a backslash before a
quote or a backslash.

Source: "Common parameters", `filter` and "Supported filter keys".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from loguro_async.emulator.refusals import bad_request

if TYPE_CHECKING:
    from loguro_async.emulator.switches import Switches

SEARCH: Final = "search"
COLUMNS: Final = {
    "path": "path",
    "country": "country_code",
    "device": "device_type",
    "browser": "browser_family",
    "os": "os_family",
    "visitor_id": "visitor_id",
    "session_id": "session_id",
    "event_type": "event_type",
    "custom_event_name": "custom_event_name",
}
SEARCHED_COLUMNS: Final = ("path", "title", "url", "referrer", "custom_event_name")

_VALUE: Final = r'(?:"(?:[^"\\]|\\.)*"|[^\s|"][^\s|]*)'
_TERM: Final = re.compile(
    rf"(?P<negation>!?)(?P<key>[^\s:\"!|]+):(?P<values>{_VALUE}(?:\|{_VALUE})*)(?=\s|$)", re.DOTALL
)
_ONE_VALUE: Final = re.compile(_VALUE, re.DOTALL)
# What cannot be read is left out up to the next white space outside quotes.
_UNREADABLE: Final = re.compile(r'(?:"(?:[^"\\]|\\.)*"|\S)+', re.DOTALL)
_SPACE: Final = re.compile(r"\s*")
_ESCAPE: Final = re.compile(r'\\(["\\])')


@dataclass(frozen=True, slots=True)
class Term:
    """One condition on an event.

    Attributes:
        key: One of the supported filter keys.
        values: The alternatives.
        negated: Whether none of them may be so.
    """

    key: str
    values: tuple[str, ...]
    negated: bool = False


def parse_filter(text: str, switches: Switches) -> tuple[Term, ...]:
    """Read a filter: the terms that must all hold.

    Args:
        text: The filter, in the dashboard's language.
        switches: `strict` and `repeated_key` decide here.

    Raises:
        RefusalError: 400 in strict mode, where a term cannot be read or its key is unknown.
    """
    terms: list[Term] = []
    place = _skip_space(text, 0)
    while place < len(text):
        match = _TERM.match(text, place)
        if match and (match["key"] in COLUMNS or match["key"] == SEARCH):
            terms.append(_term(match))
        elif switches.strict:
            raise bad_request("Invalid filter")
        else:
            match = match or _UNREADABLE.match(text, place)
        place = _skip_space(text, match.end() if match else len(text))
    return _merged(terms) if switches.repeated_key == "or" else tuple(terms)


def _skip_space(text: str, place: int) -> int:
    """The next place that is no white space."""
    match = _SPACE.match(text, place)
    return match.end() if match else place


def _term(match: re.Match[str]) -> Term:
    """The term that was read, its values without quotes and escapes."""
    values = tuple(_plain(found) for found in _ONE_VALUE.findall(match["values"]))
    return Term(match["key"], values, negated=bool(match["negation"]))


def _plain(value: str) -> str:
    """A value without its quotes and escapes."""
    return _ESCAPE.sub(r"\1", value[1:-1]) if value.startswith('"') else value


def _merged(terms: list[Term]) -> tuple[Term, ...]:
    """The terms with those of one key taken together as alternatives."""
    values: dict[tuple[str, bool], tuple[str, ...]] = {}
    for term in terms:
        place = (term.key, term.negated)
        values[place] = values.get(place, ()) + term.values
    return tuple(Term(key, every, negated) for (key, negated), every in values.items())
