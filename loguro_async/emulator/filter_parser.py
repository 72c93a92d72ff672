"""The dashboard's filter language, parsed from text.

In `country:RO|US !device:mobile path:"/a b"`, white space separates terms, which must all match;
`!` negates a term; `|` separates alternatives; quotes allow any character in a value. How quotes
and escapes work in detail is an option, see `Behaviour.quotes`.

Source: "Common parameters", `filter` and "Supported filter keys".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from loguro_async.emulator.errors import bad_request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loguro_async.emulator.behaviour import Behaviour, Quotes

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

_SPACE: Final = re.compile(r"\s*")
_ESCAPE: Final = re.compile(r'\\(["\\])')


class _Grammar:
    """The patterns of one reading of the language.

    Args:
        quoted: The pattern of a value in quotes; none if quotes have no meaning.
    """

    def __init__(self, quoted: str | None) -> None:
        value = r"[^\s|]+" if quoted is None else rf'(?:{quoted}|[^\s|"][^\s|]*)'
        unreadable = r"\S+" if quoted is None else rf"(?:{quoted}|\S)+"
        self.value = re.compile(value, re.DOTALL)
        self.term = re.compile(
            rf"(?P<negation>!?)(?P<key>[^\s:\"!|]+):(?P<values>{value}(?:\|{value})*)(?=\s|$)",
            re.DOTALL,
        )
        # An unreadable term is left out up to the next white space outside quotes.
        self.unreadable = re.compile(unreadable, re.DOTALL)


_GRAMMARS: Final[Mapping[Quotes, _Grammar]] = {
    "escaped": _Grammar(r'"(?:[^"\\]|\\.)*"'),
    "unescaped": _Grammar(r'"[^"]*"'),
    "literal": _Grammar(None),
}


@dataclass(frozen=True, slots=True)
class Term:
    """One condition on an event.

    Attributes:
        key: One of the supported filter keys.
        values: The alternatives.
        negated: Whether the event must match none of them.
    """

    key: str
    values: tuple[str, ...]
    negated: bool = False


def parse_filter(text: str, behaviour: Behaviour) -> tuple[Term, ...]:
    """Parses a filter, and returns the terms that must all match.

    Args:
        text: The filter, in the dashboard's language.
        behaviour: Gives `strict`, `quotes` and `repeated_key`.

    Raises:
        ApiError: 400 in strict mode, for a term that cannot be parsed or whose key is unknown.
    """
    grammar = _GRAMMARS[behaviour.quotes]
    terms: list[Term] = []
    position = _skip_space(text, 0)
    while position < len(text):
        match = grammar.term.match(text, position)
        if match and (match["key"] in COLUMNS or match["key"] == SEARCH):
            values = tuple(
                _unquoted(value, behaviour.quotes)
                for value in grammar.value.findall(match["values"])
            )
            terms.append(Term(match["key"], values, negated=bool(match["negation"])))
        elif behaviour.strict:
            raise bad_request("Invalid filter")
        else:
            match = match or grammar.unreadable.match(text, position)
        position = _skip_space(text, match.end() if match else len(text))
    return _merged(terms) if behaviour.repeated_key == "or" else tuple(terms)


def _skip_space(text: str, position: int) -> int:
    """Returns the next position that is no white space."""
    match = _SPACE.match(text, position)
    return match.end() if match else position


def _unquoted(value: str, quotes: Quotes) -> str:
    """Returns a value without its quotes and escapes."""
    if quotes == "literal" or not value.startswith('"'):
        return value
    return _ESCAPE.sub(r"\1", value[1:-1]) if quotes == "escaped" else value[1:-1]


def _merged(terms: list[Term]) -> tuple[Term, ...]:
    """Returns the terms with those of one key merged into alternatives."""
    values: dict[tuple[str, bool], tuple[str, ...]] = {}
    for term in terms:
        key = (term.key, term.negated)
        values[key] = values.get(key, ()) + term.values
    return tuple(Term(key, merged, negated) for (key, negated), merged in values.items())
