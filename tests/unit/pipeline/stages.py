"""The complete pipeline, without a client."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from loguro_async import BreakerPolicy, CachePolicy, Limits, RetryPolicy
from loguro_async.connection import ConnectionOptions
from loguro_async.endpoints import KPIS
from loguro_async.pipeline.service import Service
from loguro_async.pipeline.stages import pipeline
from loguro_async.pipeline.view_options import ViewOptions
from loguro_async.request import Query
from tests.unit.wire import in_loop_time

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from loguro_async.models.kpis import Kpis
    from loguro_async.pipeline.cache import CacheStage
    from loguro_async.shared_cache import RedisCache

RETRY = RetryPolicy(max_attempts=3, initial_backoff=2.0)
CACHE = CachePolicy(ttl=60.0, jitter=0.0)
QUERY: Query[Kpis] = Query(KPIS, "local", range="7d")


def other(slug: str) -> Query[Kpis]:
    return Query(KPIS, slug, range="7d")


@asynccontextmanager
async def a_service(
    limits: Limits = Limits(),  # noqa: B008 - frozen
    *,
    token: str = "pat_kept-to-itself",
    shared_cache: RedisCache | None = None,
) -> AsyncGenerator[Service]:
    service = Service(
        "https://logu.ro",
        token,
        limits=limits,
        cache=CACHE,
        retry=RetryPolicy(),
        breaker=BreakerPolicy(),
        hooks=None,
        session=None,
        connection=ConnectionOptions(),
        shared_cache=shared_cache,
        runtime=in_loop_time(),
    )
    try:
        yield service
    finally:
        await service.aclose(5.0)


def a_pipeline(
    service: Service,
    *,
    timeout: float = 30.0,
    retry: RetryPolicy | None = RETRY,
    cache: CachePolicy | None = CACHE,
) -> CacheStage:
    return pipeline(service, ViewOptions(timeout, retry, cache))


async def get_kpis(
    cache: CacheStage,
    query: Query[Kpis] = QUERY,
    **options: Any,  # noqa: ANN401
) -> Kpis:
    return await cache.get(query, options.get("mode", "default"), options.get("timeout"))


def now() -> float:
    return asyncio.get_running_loop().time()
