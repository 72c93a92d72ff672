"""The change of a count since the period before."""

from __future__ import annotations


def change_percent(count: int, before: int) -> int | None:
    """The change in whole percent, halves rounded up; `None` where there was nothing before.

    Source: "Custom events", `delta_pct`: 42 after 31 is 35.
    """
    return (200 * (count - before) + before) // (2 * before) if before else None
