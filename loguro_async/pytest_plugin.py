"""Fixtures for your own tests: an embedded Loguro, and a client of it.

```python
async def test_report(loguro_project: Project) -> None:
    kpis = await loguro_project.kpis(range="7d")
    assert kpis.current.visitors > 0
```

The fixtures are plain ones, because the emulator runs in a thread of its own. They work in
synchronous tests, and with every plugin that runs coroutines, whatever the scope of its event
loops. pytest loads this module in every run, so that it imports nothing until a fixture is used.
"""

from __future__ import annotations

import pytest

# Only what pytest itself has imported already.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
    from pathlib import Path
    from typing import Any

    from loguro_async import LoguroClient, Project
    from loguro_async.emulator import LoguroEmulator

_TRAFFIC = ("projects", "events", "seed", "now", "days")


class LoguroServer:
    """An embedded Loguro in a thread, for synchronous tests.

    Attributes:
        base_url: The origin for clients.
        token: A token with access to all projects.
        emulator: The `LoguroEmulator` itself; its methods can be called from any thread.
    """

    def __init__(self, emulator: LoguroEmulator) -> None:
        self.base_url = emulator.base_url
        self.token = emulator.token
        self.emulator = emulator

    def __repr__(self) -> str:
        return f"<LoguroServer {self.base_url}>"


@pytest.fixture(scope="session")
def loguro_emulator_options() -> Mapping[str, Any]:
    """Options for `LoguroEmulator`; define a fixture of this name to pass others."""
    return {}


@pytest.fixture(scope="session")
def loguro_emulator_data(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Returns the folder for generated events, by the description of their traffic."""
    from hashlib import sha256  # noqa: PLC0415 - see above

    root = tmp_path_factory.mktemp("loguro")
    return lambda traffic: root / sha256(traffic.encode()).hexdigest()[:16]


@pytest.fixture
def loguro_emulator(
    loguro_emulator_options: Mapping[str, Any], loguro_emulator_data: Callable[[str], Path]
) -> Iterator[LoguroEmulator]:
    """An embedded Loguro of this test's own, with a little traffic, whose clock stands still."""
    with _emulator(loguro_emulator_options, loguro_emulator_data) as emulator:
        yield emulator


@pytest.fixture(scope="session")
def loguro_emulator_session(
    loguro_emulator_options: Mapping[str, Any], loguro_emulator_data: Callable[[str], Path]
) -> Iterator[LoguroEmulator]:
    """One embedded Loguro for all tests; they share its clock, faults and tracked events."""
    with _emulator(loguro_emulator_options, loguro_emulator_data) as emulator:
        yield emulator


@pytest.fixture
def loguro_server(loguro_emulator: LoguroEmulator) -> LoguroServer:
    """The address and the token of `loguro_emulator`."""
    return LoguroServer(loguro_emulator)


@pytest.fixture
def loguro_env(loguro_emulator: LoguroEmulator, monkeypatch: pytest.MonkeyPatch) -> LoguroServer:
    """The same, set as `$LOGURO_BASE_URL` and `$LOGURO_PAT`, which `LoguroClient()` reads."""
    monkeypatch.setenv("LOGURO_BASE_URL", loguro_emulator.base_url)
    monkeypatch.setenv("LOGURO_PAT", loguro_emulator.token)
    return LoguroServer(loguro_emulator)


@pytest.fixture
def loguro_client(loguro_emulator: LoguroEmulator) -> Iterator[LoguroClient]:
    """A client of `loguro_emulator`; it belongs to the event loop of its first call."""
    yield from _client(loguro_emulator)


@pytest.fixture(scope="session")
def loguro_client_session(loguro_emulator_session: LoguroEmulator) -> Iterator[LoguroClient]:
    """One client of `loguro_emulator_session`, for tests that share one event loop."""
    yield from _client(loguro_emulator_session)


@pytest.fixture
def loguro_project(loguro_emulator: LoguroEmulator, loguro_client: LoguroClient) -> Project:
    """The first project of `loguro_emulator`, through `loguro_client`."""
    return loguro_client.project(loguro_emulator.projects[0])


def _emulator(options: Mapping[str, Any], data: Callable[[str], Path]) -> LoguroEmulator:
    """Returns an emulator that is not running; its events are written once in a session."""
    from datetime import UTC, datetime  # noqa: PLC0415 - see above

    from loguro_async.emulator import LoguroEmulator  # noqa: PLC0415 - the same

    now = datetime(2026, 6, 11, 10, tzinfo=UTC)
    given: dict[str, Any] = {"events": 2_000, "days": 60, "now": now, **options}
    given.setdefault("data", data(repr([given.get(name) for name in _TRAFFIC])))
    return LoguroEmulator(**given)


def _client(emulator: LoguroEmulator) -> Iterator[LoguroClient]:
    """Gives a client that is closed in the event loop that it was used in.

    A loop of a test's own ends before this fixture does. Loops close their asynchronous generators
    when they end, so that one of them closes the client.
    """
    import asyncio  # noqa: PLC0415 - see above
    from contextlib import suppress  # noqa: PLC0415 - the same

    from loguro_async import Hooks, LoguroClient  # noqa: PLC0415 - the same

    loop: AbstractEventLoop | None = None
    closer: AsyncGenerator[None, None] | None = None

    async def close_in_the_end() -> AsyncGenerator[None, None]:
        try:
            yield
        finally:
            await client.aclose()

    def note_loop(_sent: object) -> None:
        nonlocal loop, closer
        if closer is None:
            loop, closer = asyncio.get_running_loop(), close_in_the_end()
            with suppress(StopIteration):
                closer.asend(None).send(None)  # up to its `yield`, without a task

    client = LoguroClient(
        emulator.token, base_url=emulator.base_url, hooks=Hooks(on_request=note_loop)
    )
    yield client
    if loop is None or loop.is_closed():
        return
    if loop.is_running():  # in another thread
        asyncio.run_coroutine_threadsafe(client.aclose(), loop).result()
    else:
        loop.run_until_complete(client.aclose())
