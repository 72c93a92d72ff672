"""Writes and parses the text of filters.

Parsing takes time in proportion to the length of the text, which is bounded, because a web server
may get it from untrusted users.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeAlias

from loguro_async.errors import InvalidQueryError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Condition: TypeAlias = tuple[str, bool, tuple[str, ...]]
"""A key, whether it is negated, and its values."""

KEYS: Final = (
    "path",
    "country",
    "device",
    "browser",
    "os",
    "visitor_id",
    "session_id",
    "event_type",
    "custom_event_name",
    "search",
)
_ALL_KEYS: Final = ", ".join(KEYS)
_IDS: Final = frozenset({"visitor_id", "session_id"})
# Their values never hold a comma: one is a slip. Paths, names and searched text may hold it.
_WITHOUT_COMMA: Final = frozenset({"country", "device", "browser", "os", "event_type"})
_MOST_CHARACTERS: Final = 8_000
_MOST_TERMS: Final = 100
_SHOWN: Final = 40  # characters of a filter around an error
_NEXT_TERM: Final = re.compile(rf"[;,&]!?(?:{'|'.join(KEYS)}):")
_WORD: Final = re.compile(r'[^\s"|]+')
_KEY: Final = re.compile(r'[^\s":|]*')


def encodable(what: str, value: object) -> str:
    """Returns a value that is text and can be sent.

    Raises:
        InvalidQueryError: It is no text, or holds half a surrogate pair.
    """
    if not isinstance(value, str):
        message = f"{what} is {value!r}; give text"
        raise InvalidQueryError(message)
    try:
        value.encode()
    except UnicodeEncodeError as error:
        message = f"{what} holds half a surrogate pair at {error.start}; it cannot be sent"
        raise InvalidQueryError(message) from error
    return value


def check_size(conditions: Sequence[Condition]) -> None:
    """Refuses a filter that is too long.

    Raises:
        InvalidQueryError: It has more than 100 terms, or its values more than 8,000 characters.
    """
    terms = sum(len(values) if negated else 1 for _, negated, values in conditions)
    if terms > _MOST_TERMS:
        message = f"the filter has {terms:,} terms; give {_MOST_TERMS} or fewer"
        raise InvalidQueryError(message)
    _check_length(sum(len(value) for _, _, values in conditions for value in values))


def _check_length(characters: int) -> None:
    if characters > _MOST_CHARACTERS:
        message = f"the filter has {characters:,} characters; give {_MOST_CHARACTERS:,} or fewer"
        raise InvalidQueryError(message)


def format_condition(key: str, values: tuple[str, ...]) -> str:
    """Returns the text of a condition, quoted where it must be."""
    return f"{key}:{'|'.join(_quoted(key, value, at) for at, value in enumerate(values))}"


def _quoted(key: str, value: str, position: int) -> str:
    if key not in _IDS and not _needs_quotes(value) and not _likely_error(key, value, position):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _needs_quotes(value: str) -> bool:
    return not value or any(
        character in '"\\|' or character.isspace() or not character.isprintable()
        for character in value
    )


def _likely_error(key: str, value: str, position: int) -> str:
    """Returns the likely error in a value without quotes, with the right spelling, or nothing."""
    if position and value.startswith("!"):
        return f"'!' stands before the key and excludes every value; write !{key}:a|b"
    if _NEXT_TERM.search(value):
        return "terms are separated by spaces; write a space there, or put the value in quotes"
    if "," in value and key in _WITHOUT_COMMA:
        several = "|".join(filter(None, value.split(",")))
        return f"values are separated by '|'; write {key}:{several}"
    return ""


def parse_conditions(text: str, bare: str | None) -> Iterator[Condition]:
    """Yields the conditions of a filter text, parsed from left to right.

    Args:
        text: The filter.
        bare: The key that words without one belong to, where there may be such.

    Raises:
        InvalidQueryError: It cannot be read, or is too long.
    """
    _check_length(len(text))
    reader = _Reader(encodable("filter", text), bare)
    for terms, condition in enumerate(reader.conditions(), 1):
        if terms > _MOST_TERMS:
            message = f"the filter has more than {_MOST_TERMS} terms; give fewer"
            raise InvalidQueryError(message)
        yield condition


class _Reader:
    def __init__(self, text: str, bare: str | None) -> None:
        self._text = text
        self._bare = bare
        self._at = 0

    def conditions(self) -> Iterator[Condition]:
        while self._skip_white_space():
            yield self._condition()

    def _skip_white_space(self) -> bool:
        while self._peek().isspace():
            self._at += 1
        return self._at < len(self._text)

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _condition(self) -> Condition:
        negated = self._peek() == "!"
        self._at += negated
        key = self._key()
        values = [self._value(key, 0)]
        while self._peek() == "|":
            self._at += 1
            values.append(self._value(key, len(values)))
        if self._peek() and not self._peek().isspace():
            raise self._refused("a space is missing after the closing quote")
        return key, negated, tuple(values)

    def _key(self) -> str:
        found = _KEY.match(self._text, self._at)
        key = found[0] if found else ""
        end = self._at + len(key)
        has_colon = self._text[end : end + 1] == ":"
        is_address = self._text.startswith("://", end)
        if self._bare is not None and (not has_colon or is_address) and (key or self._quote()):
            return self._bare
        if not key or not has_colon:
            raise self._refused(f"a key is missing; write key:value, such as search:{key or '…'}")
        if key not in KEYS:
            raise self._refused(_unknown(key))
        self._at = end + 1
        return key

    def _quote(self) -> bool:
        return self._peek() == '"'

    def _value(self, key: str, position: int) -> str:
        return self._quoted_value() if self._quote() else self._bare_value(key, position)

    def _bare_value(self, key: str, position: int) -> str:
        found = _WORD.match(self._text, self._at)
        if found is None:
            raise self._refused('a value is missing; write "" for an empty one')
        value = found[0]
        if problem := _likely_error(key, value, position):
            raise self._refused(problem)
        self._at = found.end()
        if self._quote():
            raise self._refused("a quote inside a value; put the whole value in quotes")
        return value

    def _quoted_value(self) -> str:
        opening = self._at
        self._at += 1
        value: list[str] = []
        while (character := self._peek()) != '"':
            if character == "\\" and self._text[self._at + 1 : self._at + 2] in {'"', "\\"}:
                self._at += 1
                character = self._peek()
            if not character:
                self._at = opening
                raise self._refused("this quote is never closed")
            value.append(character)
            self._at += 1
        self._at += 1
        return "".join(value)

    def _refused(self, why: str) -> InvalidQueryError:
        begin, end = max(0, self._at - _SHOWN), self._at + _SHOWN
        shown = f"{'…' * (begin > 0)}{self._text[begin:end]}{'…' * (end < len(self._text))}"
        return InvalidQueryError(f"filter {shown!r}, character {self._at + 1}: {why}")


def _unknown(key: str) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - only errors need it

    short = key if len(key) <= _SHOWN else f"{key[:_SHOWN]}…"
    near = get_close_matches(short.lower(), KEYS, n=1, cutoff=0.0)[0]
    return f"there is no key {short!r}; did you mean {near!r}? The keys are {_ALL_KEYS}"
