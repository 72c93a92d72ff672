"""The points that the reference leaves open: an option for each, with a default."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypedDict, get_args

if TYPE_CHECKING:
    from collections.abc import Mapping

RepeatedKey = Literal["and", "or"]
Quotes = Literal["escaped", "unescaped", "literal"]
Referrers = Literal["host", "url"]
NoAccessStatus = Literal[401, 404]


class BehaviourOptions(TypedDict, total=False):
    """The options as keyword arguments of `LoguroEmulator`; `Behaviour` explains each."""

    strict: bool
    from_inclusive: bool
    to_inclusive: bool
    case_sensitive: bool
    repeated_key: RepeatedKey
    quotes: Quotes
    referrers: Referrers
    no_access_status: NoAccessStatus
    hourly_up_to_hours: int
    default_limits: Mapping[str, int]
    max_limits: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How the emulator behaves where the reference says nothing.

    Attributes:
        strict: Whether an invalid parameter (an unknown chip or filter key, a `limit` that is no
            number) gets a 400; otherwise its default is used, or the term is left out.
        from_inclusive: Whether an event at exactly `from` counts.
        to_inclusive: Whether an event at exactly `to` counts.
        case_sensitive: Whether `country:ro` differs from `country:RO`.
        repeated_key: Whether `country:RO country:US` means both at once or either of them.
        quotes: How a value in quotes is read: `"escaped"`, with a backslash before a quote or a
            backslash; `"unescaped"`, where the next quote ends the value; `"literal"`, where
            quotes are part of the value and white space ends it.
        referrers: Whether top-referrers groups by host or by full URL.
        no_access_status: The status for a project that exists and that the token has no access to.
        hourly_up_to_hours: The longest window of `from` and `to` that has hourly buckets.
        default_limits: Rows without a `limit`, by endpoint, over the table of endpoints.
        max_limits: The largest `limit` that has an effect, by endpoint, over the same table.
    """

    strict: bool = False
    from_inclusive: bool = True
    to_inclusive: bool = False
    case_sensitive: bool = False
    repeated_key: RepeatedKey = "and"
    quotes: Quotes = "escaped"
    referrers: Referrers = "host"
    no_access_status: NoAccessStatus = 404
    hourly_up_to_hours: int = 48
    default_limits: Mapping[str, int] = field(default_factory=dict[str, int])
    max_limits: Mapping[str, int] = field(default_factory=dict[str, int])

    def __post_init__(self) -> None:
        """Checks the values.

        Raises:
            ValueError: A value is invalid; the message says what to pass instead.
        """
        for name, choices in (
            ("repeated_key", get_args(RepeatedKey)),
            ("quotes", get_args(Quotes)),
            ("referrers", get_args(Referrers)),
            ("no_access_status", get_args(NoAccessStatus)),
        ):
            if getattr(self, name) not in choices:
                allowed = " or ".join(map(repr, choices))
                message = f"{name} must be {allowed}, got {getattr(self, name)!r}"
                raise ValueError(message)
        if self.hourly_up_to_hours < 0:
            message = f"hourly_up_to_hours must be 0 or greater, got {self.hourly_up_to_hours}"
            raise ValueError(message)
        for name, limits in (
            ("default_limits", self.default_limits),
            ("max_limits", self.max_limits),
        ):
            if any(limit < 1 for limit in limits.values()):
                message = f"{name} must be 1 or greater, got {dict(limits)}"
                raise ValueError(message)
