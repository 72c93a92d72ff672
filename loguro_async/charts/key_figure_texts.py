"""The key figures with their changes, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from loguro_async.charts.formatting import (
    UNKNOWN,
    Change,
    change,
    change_of_share,
    duration,
    number,
    share,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from loguro_async.models.kpis import Kpis


class KeyFigure(Struct, frozen=True):
    """One key figure.

    Attributes:
        name: What is measured.
        value: The value in the range.
        delta: The change since the period before.
        is_good: Whether the change is for the better; ``None`` for no change or an unknown one.
    """

    name: str
    value: str
    delta: Change = UNKNOWN
    is_good: bool | None = None

    @property
    def change(self) -> str:
        """The change, without an arrow; empty where it is not known."""
        return self.delta.text

    @property
    def arrow(self) -> str:
        """The direction of the change; empty where what is shown is 0."""
        return self.delta.arrow

    @property
    def text(self) -> str:
        """The value, with its change in parentheses."""
        return f"{self.value} ({self.delta})" if self.delta.text else self.value


def key_figures(kpis: Kpis) -> tuple[KeyFigure, ...]:
    """Returns the five key figures."""
    now, before = kpis.current, kpis.previous

    def changed(name: str, compare: Callable[[float | None, float | None], Change]) -> Change:
        return UNKNOWN if before is None else compare(getattr(now, name), getattr(before, name))

    return (
        _figure("Visitors", number(now.visitors), changed("visitors", change)),
        _figure("Pageviews", number(now.pageviews), changed("pageviews", change)),
        _figure("Sessions", number(now.sessions), changed("sessions", change)),
        _figure(
            "Bounce rate",
            share(now.bounce_rate),
            changed("bounce_rate", change_of_share),
            less_is_better=True,
        ),
        _figure(
            "Visit length", duration(now.avg_duration_sec), changed("avg_duration_sec", change)
        ),
    )


def _figure(name: str, value: str, delta: Change, *, less_is_better: bool = False) -> KeyFigure:
    is_good = None if delta.direction == 0 else (delta.direction > 0) is not less_is_better
    return KeyFigure(name, value, delta, is_good)
