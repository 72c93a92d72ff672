"""Loads that go on when a page gives up on them."""

from __future__ import annotations

import asyncio

import pytest

from loguro_async.dashboard import single_flight as module
from loguro_async.dashboard.single_flight import OverloadedError, SingleFlight


async def test_equal_loads_are_one_and_go_on_without_a_page() -> None:
    loads, gate, begun = SingleFlight(), asyncio.Event(), 0

    async def load() -> str:
        nonlocal begun
        begun += 1
        await gate.wait()
        return "figures"

    first, second = loads.start("a", load), loads.start("a", load)
    assert first is second
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await asyncio.wait({first})
    gate.set()
    assert await first == "figures"
    await asyncio.sleep(0)
    assert loads.start("a", load) is not first
    assert begun == 1


async def test_a_failure_that_no_page_looks_at_is_no_noise() -> None:
    async def fail() -> None:
        raise ValueError

    task = SingleFlight().start("a", fail)
    await asyncio.wait({task})
    await asyncio.sleep(0)
    del task


async def test_concurrent_loads_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MAX_LOADS", 2)
    loads, gate = SingleFlight(), asyncio.Event()
    tasks = [loads.start(name, gate.wait) for name in "ab"]
    with pytest.raises(OverloadedError):
        loads.start("c", gate.wait)
    gate.set()
    await asyncio.gather(*tasks)
    await asyncio.sleep(0)
    await loads.start("c", gate.wait)
