from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from redis.asyncio import Redis

from loguro_async import (
    CachePolicy,
    LoguroClient,
)
from loguro_async.shared_cache import RedisCache
from tests.integration.shared.servers import (
    PATIENT,
    TOKEN,
    Make,
    RedisServer,
    Service,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def redis_server(tmp_path: Path) -> AsyncIterator[RedisServer]:
    server = RedisServer(tmp_path)
    try:
        await server.start()
        yield server
    finally:
        await server.kill()


@pytest.fixture
async def inspector(redis_server: RedisServer) -> AsyncIterator[Redis]:
    """A look at what the server holds."""
    client = Redis(host="127.0.0.1", port=redis_server.port)
    yield client
    await client.aclose()


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    service = Service()
    app = web.Application()
    app.router.add_get("/{path:.*}", service.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    service.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield service
    service.may_answer.set()
    await runner.cleanup()


@pytest.fixture
async def make(redis_server: RedisServer, service: Service) -> AsyncIterator[Make]:
    """Makes clients, each as another process would have it."""
    async with AsyncExitStack() as ending:

        def make(
            token: str = TOKEN,
            server: str | Redis = redis_server.url,
            patience_seconds: float = PATIENT,
            lease_seconds: float = 0.5,
        ) -> LoguroClient:
            client = LoguroClient(
                token,
                base_url=service.base_url,
                retry=None,
                cache=CachePolicy(ttl=60.0),
                shared_cache=RedisCache(
                    server, lease_seconds=lease_seconds, patience_seconds=patience_seconds
                ),
            )
            ending.push_async_callback(client.aclose)
            return client

        yield make
