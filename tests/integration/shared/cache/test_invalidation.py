from __future__ import annotations

import asyncio

import pytest

from loguro_async import (
    AuthenticationError,
    ProjectNotFoundError,
)
from tests.integration.shared.servers import (
    Make,
    Service,
    eventually,
    visitors,
)


async def test_an_invalidation_reaches_all_within_100_ms(make: Make) -> None:
    clients = [make() for _ in range(4)]
    loop = asyncio.get_running_loop()
    seconds: list[float] = []
    for _ in range(3):
        for client in clients:
            await visitors(client)
            await visitors(client, "kept")
        begun = loop.time()
        await clients[0].invalidate(project="local")
        await eventually(lambda: all(client.stats.cache_entries == 1 for client in clients))
        seconds.append(loop.time() - begun)
    assert min(seconds) < 0.1
    assert len({await visitors(client) for client in clients}) == 1
    await clients[1].invalidate()
    await eventually(lambda: all(client.stats.cache_entries == 0 for client in clients))


async def test_a_401_empties_all_processes_with_that_token(make: Make, service: Service) -> None:
    first, second, other = make(), make(), make("pat_other")
    for client in (first, second, other):
        await visitors(client)
    service.status = 401
    with pytest.raises(AuthenticationError):
        await visitors(first, "shop")
    await eventually(lambda: second.stats.cache_entries == 0)
    assert other.stats.cache_entries == 1
    service.status = 200
    asked = len(service.paths)
    await visitors(second)
    assert len(service.paths) == asked + 1  # the tier has nothing of it either


async def test_a_404_empties_that_project_in_all_processes(make: Make, service: Service) -> None:
    first, second = make(), make()
    await visitors(second, "local")
    await visitors(second, "shop")
    service.status = 404
    with pytest.raises(ProjectNotFoundError):
        await first.project("local").count(range="7d")
    await eventually(lambda: second.stats.cache_entries == 1)
