"""The key figures, each with its change since the period before, ready to be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from loguro_async.charts.text import NOTHING, change, duration, number, points

if TYPE_CHECKING:
    from loguro_async.models.kpis import Kpis, KpiValues


class Figure(Struct, frozen=True):
    """One key figure.

    Attributes:
        name: What it is.
        value: How much it is now.
        change: How it changed since the period before; empty where that is not known.
        rise: Above 0 where it rose, below where it fell.
        is_good: Whether that is good news; ``None`` where nothing changed or nothing is known.
    """

    name: str
    value: str
    change: str = ""
    rise: float = 0
    is_good: bool | None = None

    @property
    def arrow(self) -> str:
        """Which way it went, for those to whom a colour says nothing."""
        return "▲" if self.rise > 0 else "▼" if self.rise < 0 else ""


def figures(kpis: Kpis) -> tuple[Figure, ...]:
    """The five key figures."""
    now, before = kpis.current, kpis.previous
    alone = _values(now)
    if before is None:
        return alone
    changes = (
        _change(now.visitors, before.visitors),
        _change(now.pageviews, before.pageviews),
        _change(now.sessions, before.sessions),
        _bounce_change(now.bounce_rate, before.bounce_rate),
        _change(now.avg_duration_sec, before.avg_duration_sec),
    )
    return tuple(
        Figure(one.name, one.value, *known) for one, known in zip(alone, changes, strict=True)
    )


def _values(now: KpiValues) -> tuple[Figure, ...]:
    return (
        Figure("Visitors", number(now.visitors)),
        Figure("Pageviews", number(now.pageviews)),
        Figure("Sessions", number(now.sessions)),
        Figure("Bounce rate", NOTHING if now.bounce_rate is None else f"{now.bounce_rate:.1%}"),
        Figure("Visit length", duration(now.avg_duration_sec)),
    )


def _change(now: float | None, before: float | None) -> tuple[str, float, bool | None]:
    if now is None or before is None:
        return "", 0, None
    rise = now - before
    return change(now, before), rise, _is_good(rise)


def _bounce_change(now: float | None, before: float | None) -> tuple[str, float, bool | None]:
    if now is None or before is None:
        return "", 0, None
    # People who leave at once are no success: here a fall is good.
    return points(now, before), now - before, _is_good(before - now)


def _is_good(gain: float) -> bool | None:
    return None if gain == 0 else gain > 0
