"""What a visitor of the dashboard may see: decided by the host, never by the request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeAlias

from msgspec import Struct

from loguro_async.errors import ConfigurationError, LoguroError
from loguro_async.query.filters import Filter, Term
from loguro_async.query.path import check_slug
from loguro_async.query.ranges import Chip

CHIPS: Final[tuple[Chip, ...]] = ("1h", "24h", "7d", "30d", "3m", "12m", "all")


class ForbiddenError(LoguroError):
    """More was asked for than the host allows."""


class Access(Struct, frozen=True, kw_only=True):
    """One visitor's view: a project, and what of it.

    Args:
        project: The project's slug.
        filter: What the visitor cannot leave, such as ``F.path("/customer-7")``.
        ranges: The time chips to choose from, the first of which is shown first.
        locations: Whether to show where single visitors are, which is sensitive.
        visitors: Whether to show single visitors, which is sensitive. Not with a ``filter``,
            which the service does not apply there.

    Raises:
        ConfigurationError: They don't go together, or a value cannot be right.
    """

    project: str
    filter: Filter = Filter()
    ranges: tuple[Chip, ...] = ("7d", "24h", "30d", "3m", "12m")
    locations: bool = False
    visitors: bool = False

    def __post_init__(self) -> None:
        check_slug(self.project)
        unknown = set(self.ranges) - set(CHIPS)
        if unknown or not self.ranges:
            message = f"Access.ranges is {self.ranges!r}; give some of {', '.join(CHIPS)}"
            raise ConfigurationError(message)
        if self.filter.raw_text is not None:
            message = "Access.filter is a raw one, which cannot be narrowed; use F or Filter.parse"
            raise ConfigurationError(message)
        if self.filter and self.visitors:
            message = "Access.visitors goes beyond Access.filter; give one of them"
            raise ConfigurationError(message)

    def narrowed(self, wish: Filter) -> Filter:
        """The host's filter and the visitor's: never more than the host's lets through.

        Values of one key are alternatives, to the service even in two terms. A wish about a key
        that the host's filter fixes may therefore only choose among the host's values.

        Raises:
            ForbiddenError: It asks for more.
        """
        fixed = {term.key: term for term in self.filter.terms if not term.negated}
        chosen = [self._chosen(term, fixed.get(term.key)) for term in wish.terms]
        narrowed = {term.key for term in chosen if not term.negated}
        kept = [term for term in self.filter.terms if term.negated or term.key not in narrowed]
        return Filter.of([*kept, *chosen])

    def _chosen(self, wish: Term, fixed: Term | None) -> Term:
        if wish.negated or fixed is None:
            return wish
        allowed = tuple(value for value in wish.values if value in fixed.values)
        if not allowed or sum(term.key == wish.key for term in self.filter.terms) > 1:
            message = f"the filter {str(wish)!r} goes beyond what may be seen here"
            raise ForbiddenError(message)
        return Term(wish.key, negated=False, values=allowed)


Decide: TypeAlias = Callable[[Any], Access | Awaitable[Access | None] | None]
"""Turns the framework's own request into what may be seen; ``None`` refuses."""
