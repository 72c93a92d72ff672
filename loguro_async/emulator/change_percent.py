"""The change of a count since the previous period."""

from __future__ import annotations


def change_percent(count: int, previous: int) -> int | None:
    """Returns the change in whole percent, halves rounded up; `None` if the previous count is 0.

    Source: "Custom events", `delta_pct`: 42 after 31 is 35.
    """
    return (200 * (count - previous) + previous) // (2 * previous) if previous else None
