from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest

from loguro_async.emulator import LoguroEmulator

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def served() -> Iterator[LoguroEmulator]:
    """An embedded Loguro in a thread: the blocks run, and end, event loops of their own."""
    loguro = LoguroEmulator(events=2_000, seed=7)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    asyncio.run_coroutine_threadsafe(loguro.__aenter__(), loop).result()
    try:
        yield loguro
    finally:
        asyncio.run_coroutine_threadsafe(loguro.__aexit__(None, None, None), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
