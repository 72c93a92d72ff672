from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from loguro_async.emulator import LoguroEmulator

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def served() -> Iterator[LoguroEmulator]:
    """An embedded Loguro in a thread: the blocks run, and end, event loops of their own."""
    with LoguroEmulator(events=2_000, seed=7) as loguro:
        yield loguro
