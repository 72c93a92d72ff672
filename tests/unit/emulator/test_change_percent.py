from __future__ import annotations

import pytest

from loguro_async.emulator.change_percent import change_percent


@pytest.mark.parametrize(
    ("count", "previous", "percent"),
    [
        (42, 31, 35),  # as the reference shows it
        (5, 0, None),
        (0, 0, None),
        (0, 4, -100),
        (3, 3, 0),
        (9, 8, 13),  # 12.5
        (7, 8, -12),  # -12.5
        (10**15 + 1, 10**15, 0),
    ],
)
def test_change_in_whole_percent(count: int, previous: int, percent: int | None) -> None:
    assert change_percent(count, previous) == percent
