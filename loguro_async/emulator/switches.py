"""What the reference leaves open: a switch for each question, with one default."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypedDict

if TYPE_CHECKING:
    from collections.abc import Mapping


class SwitchOptions(TypedDict, total=False):
    """The switches as keyword arguments of `LoguroEmulator`; `Switches` explains each."""

    strict: bool
    from_inclusive: bool
    to_inclusive: bool
    case_sensitive: bool
    repeated_key: Literal["and", "or"]
    hourly_up_to_hours: int
    default_limits: Mapping[str, int]
    max_limits: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Switches:
    """How the emulator answers what the reference doesn't tell.

    Attributes:
        strict: Answer 400 to what cannot be understood (an unknown chip or filter key, a `limit`
            that is no number); otherwise take the default, or leave the filter's term out.
        from_inclusive: Whether an event at exactly `from` counts.
        to_inclusive: Whether an event at exactly `to` counts.
        case_sensitive: Whether filters tell `RO` from `ro`.
        repeated_key: Whether `country:RO country:US` asks for both at once or for either.
        hourly_up_to_hours: The longest window of `from` and `to` that has hourly buckets.
        default_limits: Rows without a `limit`, by endpoint, over the table of endpoints.
        max_limits: The most rows that a `limit` can ask for, by endpoint, over the same table.
    """

    strict: bool = False
    from_inclusive: bool = True
    to_inclusive: bool = False
    case_sensitive: bool = False
    repeated_key: Literal["and", "or"] = "and"
    hourly_up_to_hours: int = 48
    default_limits: Mapping[str, int] = field(default_factory=dict[str, int])
    max_limits: Mapping[str, int] = field(default_factory=dict[str, int])

    def __post_init__(self) -> None:
        """Refuse what cannot be meant.

        Raises:
            ValueError: A switch has no such position.
        """
        if self.repeated_key not in {"and", "or"}:
            message = f"repeated_key is {self.repeated_key!r}: pass 'and' or 'or'"
            raise ValueError(message)
        if self.hourly_up_to_hours < 0:
            message = f"hourly_up_to_hours is {self.hourly_up_to_hours}: pass 0 or more"
            raise ValueError(message)
        for limits in (self.default_limits, self.max_limits):
            if any(limit < 1 for limit in limits.values()):
                message = f"a limit is below 1 in {dict(limits)}: pass 1 or more"
                raise ValueError(message)
