"""Fixtures for the tests of those who use the client: an embedded Loguro, and a client of it.

```python
async def test_report(loguro_project: Project) -> None:
    kpis = await loguro_project.kpis(range="7d")
    assert kpis.current.visitors > 0
```

Every test has an emulator of its own; the events are written once. A fixture of the user's,
`loguro_emulator_options`, gives other options for `LoguroEmulator`. The emulator, and
DuckDB and NumPy with it, are imported only when a fixture is asked for: pytest imports this module
in every run.
"""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from pathlib import Path

    from loguro_async import LoguroClient, Project
    from loguro_async.emulator import LoguroEmulator

try:
    # Works in strict mode as well, where a plain fixture that is a coroutine is not run.
    from pytest_asyncio import fixture as async_fixture
except ModuleNotFoundError:  # another plugin runs the coroutines, such as anyio's
    async_fixture = pytest.fixture  # type: ignore[assignment]

_NOW = datetime(2026, 6, 11, 10, tzinfo=UTC)
_TRAFFIC = ("projects", "events", "seed", "now", "days")


@pytest.fixture
def loguro_emulator_options() -> Mapping[str, Any]:
    """Options for `LoguroEmulator`; define a fixture of this name to have others."""
    return {}


@pytest.fixture(scope="session")
def loguro_emulator_data(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Where events are kept for the session: a folder for each description of the traffic."""
    root = tmp_path_factory.mktemp("loguro")
    return lambda traffic: root / sha256(traffic.encode()).hexdigest()[:16]


@async_fixture
async def loguro_emulator(
    loguro_emulator_options: Mapping[str, Any],
    loguro_emulator_data: Callable[[str], Path],
) -> AsyncIterator[LoguroEmulator]:
    """An embedded Loguro with a little traffic, whose time stands still."""
    from loguro_async.emulator import LoguroEmulator  # noqa: PLC0415 - heavy, see above

    options: dict[str, Any] = {"events": 2_000, "days": 60, "now": _NOW, **loguro_emulator_options}
    traffic = repr([options.get(name) for name in _TRAFFIC])
    options.setdefault("data", loguro_emulator_data(traffic))
    async with LoguroEmulator(**options) as emulator:
        yield emulator


@async_fixture
async def loguro_client(loguro_emulator: LoguroEmulator) -> AsyncIterator[LoguroClient]:
    """A client of the embedded Loguro."""
    from loguro_async import LoguroClient  # noqa: PLC0415 - heavy, see above

    async with LoguroClient(loguro_emulator.token, base_url=loguro_emulator.base_url) as client:
        yield client


@pytest.fixture
def loguro_project(loguro_emulator: LoguroEmulator, loguro_client: LoguroClient) -> Project:
    """The first project of the embedded Loguro."""
    return loguro_client.project(loguro_emulator.projects[0])
