"""The metric tiles: each figure with its change since the period before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from loguro_async.dashboard.view_state import METRICS

if TYPE_CHECKING:
    from collections.abc import Callable

    from loguro_async.dashboard.context import PageContext
    from loguro_async.dashboard.locale import Locale
    from loguro_async.models.kpis import Kpis

_TITLES: Final = {
    "visitors": "Visitors",
    "pageviews": "Pageviews",
    "sessions": "Sessions",
    "bounce_rate": "Bounce rate",
    "avg_duration_sec": "Visit length",
}


class Tile(Struct, frozen=True):
    """One figure.

    Attributes:
        name: The metric.
        title: Its name for a reader.
        value: The figure, short.
        exact: The figure, in full.
        change: Its change since the period before; empty where that is not known.
        direction: Above 0 where it rose, below where it fell.
        is_good: Whether the change is good news; ``None`` where nothing changed.
        before: The figure of the period before.
        href: Where a click leads; empty where the metric has no chart.
        is_current: Whether the chart shows it.
    """

    name: str
    title: str
    value: str
    exact: str
    change: str = ""
    direction: float = 0
    is_good: bool | None = None
    before: str = ""
    href: str = ""
    is_current: bool = False


def tiles_of(kpis: Kpis, context: PageContext) -> tuple[Tile, ...]:
    """Returns the five tiles."""
    return tuple(_tile(name, kpis, context) for name in _TITLES)


def _tile(name: str, kpis: Kpis, context: PageContext) -> Tile:
    locale = context.locale
    now = getattr(kpis.current, name)
    # Without visitors before, there is nothing to compare with.
    has_previous = kpis.previous is not None and kpis.previous.visitors
    before = getattr(kpis.previous, name) if has_previous else None
    has_chart = name in METRICS
    short, exact = _formats(name, locale)
    change, direction = _change(name, now, before, locale)
    return Tile(
        name=name,
        title=locale.text(_TITLES[name]),
        value=short(now),
        exact=exact(now),
        change=change,
        direction=direction,
        # People who leave at once are no success: here a fall is good.
        is_good=None if direction == 0 else (direction > 0) != (name == "bounce_rate"),
        before="" if before is None else exact(before),
        href=context.link(metric="" if name == METRICS[0] else name) if has_chart else "",
        is_current=name == context.state.metric,
    )


def _formats(
    name: str, locale: Locale
) -> tuple[Callable[[float | None], str], Callable[[float | None], str]]:
    match name:
        case "bounce_rate":
            return locale.percent, lambda share: locale.percent(share, digits=1)
        case "avg_duration_sec":
            return locale.duration, locale.duration
        case _:
            return locale.compact, locale.number


def _change(
    name: str, now: float | None, before: float | None, locale: Locale
) -> tuple[str, float]:
    """Returns the change as text, and its direction."""
    if now is None or before is None:
        return "", 0
    if name == "bounce_rate":  # a share is compared by percentage points
        points = round((now - before) * 100, 1)
        return locale.text("{points} pts", points=locale.signed(points)), points
    if before == 0:
        return "", 0
    ratio = round((now - before) / before, 2)
    return locale.change(ratio), ratio
