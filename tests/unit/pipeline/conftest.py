from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from loguro_async.pipeline.stats import Counters
from tests.calls import a_call, a_request

if TYPE_CHECKING:
    from loguro_async.pipeline.call import Call


@pytest.fixture
def call() -> Call:
    return a_call(a_request(range="7d", filter="path:/pricing"))


@pytest.fixture
def counters() -> Counters:
    return Counters()
