"""Filters in the dashboard's language: built with ``F``, or parsed from text.

A filter is a conjunction of *terms*; a term is a key, its values (OR) and whether it is negated.
Its canonical form merges what means the same: values and terms are sorted, repeats are dropped,
``!a !b`` of one key is ``!a|b``, and a term that another one already implies goes.

Source: "Common parameters", ``filter``. Values that hold white space, ``|``, ``"`` or a backslash
are quoted, with a backslash before a quote or a backslash; the reference shows quotes and leaves
escapes open.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from loguro_async.errors import InvalidQueryError

if TYPE_CHECKING:
    from collections.abc import Iterable

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


class Term(Struct, frozen=True, cache_hash=True, order=True):
    """One condition: any of ``values`` of ``key``, or none of them when ``negated``."""

    key: str
    negated: bool
    values: tuple[str, ...]

    def __str__(self) -> str:
        alternatives = "|".join(_quoted(value) for value in self.values)
        return f"{'!' if self.negated else ''}{self.key}:{alternatives}"

    def implies(self, other: Term) -> bool:
        """Whether ``other`` holds wherever this term does, however values are compared."""
        if (self.key, self.negated) != (other.key, other.negated):
            return False
        fewer, more = (other, self) if self.negated else (self, other)
        return set(fewer.values) <= set(more.values)


class Filter(Struct, frozen=True, cache_hash=True):
    """A condition on events. Equal meaning makes an equal filter, and so one cache entry.

    Make one with ``F``, ``Filter.parse`` or ``Filter.raw``; combine with ``&``, ``|`` and ``~``.
    ``str(filter)`` is the canonical text. ``Filter()`` lets everything through.
    """

    terms: tuple[Term, ...] = ()
    raw_text: str | None = None

    @classmethod
    def of(cls, terms: Iterable[Term]) -> Filter:
        """The canonical filter that asks for all of ``terms``."""
        return cls(_canonical(terms))

    @classmethod
    def parse(cls, text: str) -> Filter:
        """Read a filter in the dashboard's syntax, such as ``country:RO|US !device:mobile``.

        Raises:
            InvalidQueryError: It cannot be read; the message says where and why.
        """
        if not isinstance(text, str):
            message = f"filter is {text!r}; give a Filter or text such as 'country:RO'"
            raise InvalidQueryError(message)
        return cls.of(_Reader(text).terms())

    @classmethod
    def raw(cls, text: str) -> Filter:
        """Pass text to the service as it is, neither read nor changed.

        For what the service understands and this package does not. It cannot be combined.
        """
        return cls((), _encodable("filter", text))

    def __str__(self) -> str:
        if self.raw_text is not None:
            return self.raw_text
        return " ".join(str(term) for term in self.terms)

    def __repr__(self) -> str:
        made_by = "parse" if self.raw_text is None else "raw"
        return f"Filter.{made_by}({str(self)!r})"

    def __bool__(self) -> bool:
        return bool(self.terms or self.raw_text)

    def __and__(self, other: object) -> Filter:
        """Both conditions."""
        if not isinstance(other, Filter):
            return NotImplemented
        return Filter.of(self._readable_terms() + other._readable_terms())

    def __or__(self, other: object) -> Filter:
        """Either condition, which the language has only between values of one key.

        Raises:
            InvalidQueryError: The two cannot be written as one term.
        """
        if not isinstance(other, Filter):
            return NotImplemented
        mine, others = self._readable_terms(), other._readable_terms()
        if mine == others:
            return self
        if len(mine) == len(others) == 1 and _is_same_positive_key(mine[0], others[0]):
            return Filter.of(
                [Term(mine[0].key, negated=False, values=mine[0].values + others[0].values)]
            )
        message = (
            f"'{self}' or '{other}' cannot be written as one filter: '|' joins values of one "
            "key only; ask twice, once for each"
        )
        raise InvalidQueryError(message)

    def __invert__(self) -> Filter:
        """The opposite, which the language has for a single term only.

        Raises:
            InvalidQueryError: The filter has no term, or more than one.
        """
        terms = self._readable_terms()
        if len(terms) != 1:
            message = (
                f"the opposite of '{self}' cannot be written as a filter: only a single "
                "condition can be negated; negate each one, or ask for less"
            )
            raise InvalidQueryError(message)
        (term,) = terms
        return Filter.of([Term(term.key, not term.negated, term.values)])

    def _readable_terms(self) -> tuple[Term, ...]:
        if self.raw_text is None:
            return self.terms
        message = "a raw filter cannot be combined; write the whole of it, or use Filter.parse"
        raise InvalidQueryError(message)


class F:
    """Builds filters: ``F.path("/pricing") & F.country("RO", "US") & ~F.device("mobile")``.

    Several values of one call mean "any of them". Each method takes text and returns a
    ``Filter``; each raises ``InvalidQueryError`` for no value, or a value that is no text.

    Source: "Common parameters", the table of supported filter keys.
    """

    @staticmethod
    def path(*values: str) -> Filter:
        """Pages by path, such as ``/pricing``."""
        return _term("path", values)

    @staticmethod
    def country(*values: str) -> Filter:
        """Visitors by country code, such as ``RO``."""
        return _term("country", values)

    @staticmethod
    def device(*values: str) -> Filter:
        """Visitors by device type, such as ``mobile``."""
        return _term("device", values)

    @staticmethod
    def browser(*values: str) -> Filter:
        """Visitors by browser, such as ``chrome``."""
        return _term("browser", values)

    @staticmethod
    def os(*values: str) -> Filter:
        """Visitors by operating system, such as ``macos``."""
        return _term("os", values)

    @staticmethod
    def visitor_id(*values: str) -> Filter:
        """Events of one visitor, by id."""
        return _term("visitor_id", values)

    @staticmethod
    def session_id(*values: str) -> Filter:
        """Events of one session, by id."""
        return _term("session_id", values)

    @staticmethod
    def event_type(*values: str) -> Filter:
        """Events by type: ``pageview`` or ``custom``."""
        return _term("event_type", values)

    @staticmethod
    def custom_event_name(*values: str) -> Filter:
        """Custom events by name, such as ``signup_completed``."""
        return _term("custom_event_name", values)

    @staticmethod
    def search(*values: str) -> Filter:
        """Events that hold the text, such as ``checkout``."""
        return _term("search", values)


def as_filter(value: object) -> Filter:
    """A ``Filter`` as it is, text parsed.

    Raises:
        InvalidQueryError: It is neither, or the text cannot be read.
    """
    return value if isinstance(value, Filter) else Filter.parse(value)  # type: ignore[arg-type]


def _term(key: str, values: tuple[object, ...]) -> Filter:
    if not values:
        message = f"F.{key}() has no value; give at least one, such as F.{key}('…')"
        raise InvalidQueryError(message)
    texts = tuple(_encodable(f"a value of F.{key}", value) for value in values)
    return Filter.of([Term(key, negated=False, values=texts)])


def _encodable(what: str, value: object) -> str:
    if not isinstance(value, str):
        message = f"{what} is {value!r}; give text"
        raise InvalidQueryError(message)
    try:
        value.encode()
    except UnicodeEncodeError as error:
        message = f"{what} holds half a surrogate pair at {error.start}; it cannot be sent"
        raise InvalidQueryError(message) from error
    return value


def _is_same_positive_key(one: Term, other: Term) -> bool:
    return one.key == other.key and not one.negated and not other.negated


def _canonical(terms: Iterable[Term]) -> tuple[Term, ...]:
    excluded: defaultdict[str, set[str]] = defaultdict(set)
    required: set[Term] = set()
    for term in terms:
        if term.negated:
            excluded[term.key].update(term.values)
        else:
            values = tuple(sorted(set(term.values)))
            required.add(Term(term.key, negated=False, values=values))
    needed = [
        term
        for term in required
        if not any(other != term and other.implies(term) for other in required)
    ]
    refused = [
        Term(key, negated=True, values=tuple(sorted(values))) for key, values in excluded.items()
    ]
    return tuple(sorted([*needed, *refused]))


def _needs_quotes(value: str) -> bool:
    return not value or any(
        character in '"\\|' or character.isspace() or not character.isprintable()
        for character in value
    )


def _quoted(value: str) -> str:
    if not _needs_quotes(value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


class _Reader:
    """Reads filter text from left to right."""

    def __init__(self, text: str) -> None:
        self._text = _encodable("filter", text)
        self._at = 0

    def terms(self) -> Iterable[Term]:
        while self._skip_white_space():
            yield self._term()

    def _skip_white_space(self) -> bool:
        while self._peek().isspace():
            self._at += 1
        return self._at < len(self._text)

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _term(self) -> Term:
        negated = self._peek() == "!"
        self._at += negated
        key = self._key()
        values = [self._value()]
        while self._peek() == "|":
            self._at += 1
            values.append(self._value())
        if self._peek() and not self._peek().isspace():
            raise self._refused("a space is missing after the closing quote")
        return Term(key, negated, tuple(values))

    def _key(self) -> str:
        begin = self._at
        end = begin
        while end < len(self._text) and not (self._text[end] in ':"|' or self._text[end].isspace()):
            end += 1
        key = self._text[begin:end]
        if not key or self._text[end : end + 1] != ":":
            word = key or "…"
            raise self._refused(f"a key is missing; write key:value, such as search:{word}")
        if key not in KEYS:
            from difflib import get_close_matches  # noqa: PLC0415 - only a mistake needs it

            near = get_close_matches(key.lower(), KEYS, n=1, cutoff=0.0)[0]
            raise self._refused(f"there is no key {key!r}; did you mean {near!r}?")
        self._at = end + 1
        return key

    def _value(self) -> str:
        return self._quoted_value() if self._peek() == '"' else self._bare_value()

    def _bare_value(self) -> str:
        begin = self._at
        while self._peek() and not (self._peek() in '|"' or self._peek().isspace()):
            self._at += 1
        if self._peek() == '"':
            raise self._refused("a quote inside a value; put the whole value in quotes")
        if begin == self._at:
            raise self._refused('a value is missing; write "" for an empty one')
        return self._text[begin : self._at]

    def _quoted_value(self) -> str:
        opening = self._at
        self._at += 1
        value: list[str] = []
        while (character := self._peek()) != '"':
            if character == "\\":
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
        return InvalidQueryError(f"filter {self._text!r}, character {self._at + 1}: {why}")
