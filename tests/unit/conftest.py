"""Fixtures of the tests without sockets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def wire() -> Iterator[Wire]:
    """A network that responds as the test says."""
    wire = Wire()
    with wire.in_place():
        yield wire
