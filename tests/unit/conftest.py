"""What the tests without sockets share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def wire() -> Iterator[Wire]:
    """A network that answers as the test says."""
    wire = Wire()
    with wire.in_place():
        yield wire
