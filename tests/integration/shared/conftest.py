from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from redis.asyncio import Redis

from loguro_async import CachePolicy, LoguroClient
from loguro_async.shared_cache import RedisCache
from tests.integration.shared.servers import PATIENT, TOKEN, Make, RedisServer, Service, Start

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def start_redis(tmp_path: Path) -> AsyncIterator[Start]:
    """Starts servers, each with options of its own."""
    async with AsyncExitStack() as cleanup:

        async def start(*options: str, config: Path | None = None) -> RedisServer:
            server = RedisServer(tmp_path, *options, config=config)
            cleanup.push_async_callback(server.kill)
            await server.start()
            return server

        yield start


@pytest.fixture
async def redis_server(start_redis: Start) -> RedisServer:
    return await start_redis()


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
    async with AsyncExitStack() as cleanup:

        def make(
            token: str = TOKEN,
            server: Any = redis_server.url,  # noqa: ANN401 - also a client of redis-py
            patience_seconds: float = PATIENT,
            lease_seconds: float = 0.5,
            cache: CachePolicy = CachePolicy(ttl=60.0),  # noqa: B008 - frozen
            **options: Any,  # noqa: ANN401 - of the client
        ) -> LoguroClient:
            client = LoguroClient(
                token,
                base_url=service.base_url,
                retry=None,
                cache=cache,
                shared_cache=RedisCache(
                    server, lease_seconds=lease_seconds, patience_seconds=patience_seconds
                ),
                **options,
            )
            cleanup.push_async_callback(client.aclose)
            return client

        yield make
