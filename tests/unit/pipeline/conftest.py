"""What the tests of the stages share."""

from __future__ import annotations

import math

import pytest

from loguro_async.endpoints import KPIS
from loguro_async.pipeline.call import Call, Counters


@pytest.fixture
def call() -> Call:
    """A call for key figures that has all the time there is."""
    return Call(KPIS, KPIS.query("local", ("7d", "path:/pricing")), deadline=math.inf)


@pytest.fixture
def counters() -> Counters:
    return Counters()
