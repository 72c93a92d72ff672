"""Filters in the dashboard's language: built with ``F``, or parsed from text.

A filter is a conjunction of *terms*; a term is a key, its values (OR) and whether it is negated.
Its canonical form merges what means the same: values and terms are sorted, repeats are dropped,
and a term that another one already implies goes.

Source: "Common parameters", ``filter``. The reference shows ids in quotes, which they always get
here, and does not define escapes: here, a backslash escapes a quote or a backslash only. The
reference does not define several excluded values in one term, so each is a term of its own.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from msgspec import Struct

from loguro_async.errors import InvalidQueryError
from loguro_async.query.filter_text import (
    KEYS,
    check_size,
    encodable,
    format_condition,
    parse_conditions,
)

if TYPE_CHECKING:
    from collections.abc import Iterable


class Term(Struct, frozen=True, cache_hash=True, order=True):
    """One condition: any of ``values`` of ``key``, or none of them when ``negated``."""

    key: str
    negated: bool
    values: tuple[str, ...]

    def __str__(self) -> str:
        if not self.negated:
            return format_condition(self.key, self.values)
        return " ".join(f"!{format_condition(self.key, (value,))}" for value in self.values)

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
        """Returns the canonical filter of the terms, which must all match.

        Raises:
            InvalidQueryError: There are more than 100, or their values have more than
                8,000 characters in total.
        """
        canonical = _canonical(terms)
        check_size([(term.key, term.negated, term.values) for term in canonical])
        return cls(canonical)

    @classmethod
    def parse(cls, text: str, *, bare: str | None = None) -> Filter:
        """Reads a filter in the dashboard's syntax, such as ``country:RO|US !device:mobile``.

        Args:
            text: The filter, at most 8,000 characters and 100 terms.
            bare: The key that words without one belong to, such as ``"search"`` for what people
                type into a filter box; left out, such words are refused.

        Raises:
            InvalidQueryError: It cannot be read; the message says where, why, and how to spell it.
        """
        if not isinstance(text, str):
            message = f"filter is {text!r}; give a Filter or text such as 'country:RO'"
            raise InvalidQueryError(message)
        if bare is not None and bare not in KEYS:
            message = f"bare is {bare!r}; give one of {', '.join(KEYS)}"
            raise InvalidQueryError(message)
        return cls.of(Term(*condition) for condition in parse_conditions(text, bare))

    @classmethod
    def raw(cls, text: str) -> Filter:
        """Returns a filter that sends text unchanged and unparsed.

        Use this for syntax that this package does not know. Raw filters cannot be combined.
        """
        check_size([("", False, (encodable("filter", text),))])
        return cls((), text)

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
        """Returns a filter for both conditions."""
        if not isinstance(other, Filter):
            return NotImplemented
        return Filter.of(self._readable_terms() + other._readable_terms())

    def __or__(self, other: object) -> Filter:
        """Returns a filter for either condition, which is possible for values of one key only.

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
            "key only; make two calls"
        )
        raise InvalidQueryError(message)

    def __invert__(self) -> Filter:
        """Returns the opposite, which the language has for a single term only.

        Raises:
            InvalidQueryError: The filter has no term, or more than one.
        """
        terms = self._readable_terms()
        if len(terms) != 1:
            message = (
                f"the opposite of '{self}' cannot be written as a filter: only a single "
                "condition can be negated; negate each one"
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
    """Returns a ``Filter`` unchanged, and text parsed.

    Raises:
        InvalidQueryError: It is neither, or the text cannot be read.
    """
    return value if isinstance(value, Filter) else Filter.parse(value)  # type: ignore[arg-type]


def _term(key: str, values: tuple[object, ...]) -> Filter:
    if not values:
        message = f"F.{key}() has no value; give at least one, such as F.{key}('…')"
        raise InvalidQueryError(message)
    texts = tuple(encodable(f"a value of F.{key}", value) for value in values)
    return Filter.of([Term(key, negated=False, values=texts)])


def _is_same_positive_key(one: Term, other: Term) -> bool:
    return one.key == other.key and not one.negated and not other.negated


def _canonical(terms: Iterable[Term]) -> tuple[Term, ...]:
    excluded: defaultdict[str, set[str]] = defaultdict(set)
    required: defaultdict[str, set[frozenset[str]]] = defaultdict(set)
    for term in terms:
        if term.negated:
            excluded[term.key].update(term.values)
        else:
            required[term.key].add(frozenset(term.values))
    needed = [
        Term(key, negated=False, values=tuple(sorted(values)))
        for key, all_values in required.items()
        for values in all_values
        if not any(narrower < values for narrower in all_values)
    ]
    refused = [
        Term(key, negated=True, values=tuple(sorted(values))) for key, values in excluded.items()
    ]
    return tuple(sorted([*needed, *refused]))
