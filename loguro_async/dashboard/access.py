"""Access rights of a viewer: the host decides them, the request can only narrow them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Any, Final, Literal, TypeAlias, get_args

from msgspec import Struct

from loguro_async.errors import ConfigurationError, InvalidQueryError, LoguroError
from loguro_async.query.filters import Filter, Term
from loguro_async.query.path import check_slug
from loguro_async.query.ranges import time_zone

RangeName: TypeAlias = Literal[
    "today", "yesterday", "1h", "24h", "7d", "30d", "month", "3m", "12m", "all", "custom"
]
"""A choice of the range menu; ``month`` is this month so far, ``custom`` any two dates."""

RANGE_NAMES: Final[tuple[RangeName, ...]] = get_args(RangeName)
SINGLE_VISITOR_KEYS: Final = frozenset({"visitor_id", "session_id"})
# A service may read quotes, escapes and alternatives otherwise than this package does.
_UNSAFE: Final = frozenset("\"'`\\|")


class ForbiddenError(LoguroError):
    """The request goes beyond what the host allows."""


class UnknownWidgetError(InvalidQueryError):
    """There is no widget of that name."""


class Access(Struct, frozen=True, kw_only=True):
    """Access rights of one viewer: the projects, and what of them is shown.

    Args:
        project: The slug of the project that is shown first.
        projects: Slugs of other projects that the viewer may switch to.
        filter: A filter that the viewer cannot leave, such as ``F.path("/customer-7")``.
        ranges: The choices of the range menu; the first one is shown first. Custom dates reach
            back as far as the longest of the others.
        locations: Whether the locations of single visitors are shown, which are sensitive.
        visitors: Whether single visitors are shown, which is sensitive. Excludes
            ``filter``, which the service does not apply to them.
        timezone: The time zone that days begin in and times are shown in, or its IANA name.
        language: A language tag such as ``"de"``; left out, the viewer's browser decides.

    Raises:
        ConfigurationError: A value is wrong, or two contradict each other.
        InvalidQueryError: A slug is wrong.
    """

    project: str
    projects: tuple[str, ...] = ()
    filter: Filter = Filter()
    ranges: tuple[RangeName, ...] = (
        *("7d", "today", "yesterday", "24h", "30d", "month", "3m", "12m", "custom"),
    )
    locations: bool = False
    visitors: bool = False
    timezone: dt.tzinfo | str = "UTC"
    language: str | None = None

    def __post_init__(self) -> None:
        for slug in self.allowed_projects:
            check_slug(slug)
        if not self.ranges or not set(self.ranges) <= set(RANGE_NAMES):
            message = f"Access.ranges must be some of {', '.join(RANGE_NAMES)}, got {self.ranges!r}"
            raise ConfigurationError(message)
        if self.filter.raw_text is not None:
            message = "Access.filter must be made with F or Filter.parse, got a raw filter"
            raise ConfigurationError(message)
        if self.filter and self.visitors:
            message = "Access.visitors and Access.filter exclude each other; give one of them"
            raise ConfigurationError(message)
        try:
            time_zone(self.timezone)
        except InvalidQueryError as error:
            message = f"Access.timezone: {error}"
            raise ConfigurationError(message) from error

    @property
    def allowed_projects(self) -> tuple[str, ...]:
        """The slugs that may be shown, the first one first, each once."""
        return tuple(dict.fromkeys((self.project, *self.projects)))

    def narrowed(self, requested: Filter) -> Filter:
        """Returns the host's filter and the viewer's combined: at most what the host's shows.

        The result does not rely on how the service reads quotes, repeated keys, negation or case:
        a key that the host's filter has appears once, with values of the host's alone, and under a
        fixed filter the viewer's values need no quotes.

        Args:
            requested: The viewer's own filter.

        Raises:
            ForbiddenError: The filter goes beyond the host's, or cannot be contained.
        """
        self._check_single_visitors(requested)
        if not self.filter:
            return requested
        fixed_keys = {term.key for term in self.filter.terms}
        host_terms = dict.fromkeys(self.filter.terms)
        added: list[Term] = []
        for term in requested.terms:
            if term in host_terms:
                continue
            if term.key in fixed_keys:
                fixed = self._single_fixed_term(term)
                narrower = _narrower(next((t for t in added if t.key == term.key), fixed), term)
                host_terms.pop(fixed, None)
                added = [*(other for other in added if other.key != term.key), narrower]
            else:
                _check_safe(term)
                added.append(term)
        return Filter.of([*host_terms, *added])

    def _check_single_visitors(self, requested: Filter) -> None:
        keys = {term.key for term in requested.terms} & SINGLE_VISITOR_KEYS
        if keys and not self.visitors:
            message = f"the filter key {min(keys)!r} selects single visitors, which are not shown"
            raise ForbiddenError(message)

    def _single_fixed_term(self, requested: Term) -> Term:
        fixed = [term for term in self.filter.terms if term.key == requested.key]
        if len(fixed) == 1 and not fixed[0].negated:
            return fixed[0]
        raise _beyond(requested)


def _narrower(fixed: Term, requested: Term) -> Term:
    """Returns those values of the host's that the viewer's term leaves."""
    if requested.negated:
        # However the service compares case, what the viewer excludes is left out.
        excluded = {value.casefold() for value in requested.values}
        values = tuple(value for value in fixed.values if value.casefold() not in excluded)
    else:
        values = tuple(value for value in fixed.values if value in requested.values)
    if not values:
        raise _beyond(requested)
    return Term(fixed.key, negated=False, values=values)


def _check_safe(term: Term) -> None:
    for value in term.values:
        if not value or any(
            character in _UNSAFE or character.isspace() or not character.isprintable()
            for character in value
        ):
            message = (
                f"the value {value[:40]!r} needs quotes, which are not accepted beside the fixed "
                "filter of this dashboard"
            )
            raise ForbiddenError(message)


def _beyond(term: Term) -> ForbiddenError:
    return ForbiddenError(f"the filter {str(term)[:100]!r} goes beyond what may be seen here")


Decide: TypeAlias = Callable[[Any], Any | Awaitable[Any]]
"""Turns the framework's own request into an ``Access``.

``None`` refuses with 403; a response of the framework, such as a redirect, is sent unchanged. An
exception passes through to the host. A coroutine function works too.
"""
