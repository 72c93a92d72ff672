"""All stages together, without a client around them."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from loguro_async import BreakerPolicy, CachePolicy, Limits, RetryPolicy
from loguro_async.endpoints import KPIS, Question
from loguro_async.pipeline.compose import Pipeline, Service, connect
from tests.unit.wire import in_loop_time

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from loguro_async.models.kpis import Kpis
    from loguro_async.shared_cache import RedisCache

RETRY = RetryPolicy(max_attempts=3, initial_backoff=2.0)
CACHE = CachePolicy(ttl=60.0, jitter=0.0)
QUESTION: Question[Kpis] = (KPIS, "local", "7d", None)


def other(slug: str) -> Question[Kpis]:
    return (KPIS, slug, "7d", None)


@asynccontextmanager
async def a_service(
    limits: Limits = Limits(),  # noqa: B008 - frozen
    *,
    token: str = "pat_kept-to-itself",
    shared_cache: RedisCache | None = None,
) -> AsyncGenerator[Service]:
    service = connect(
        "https://logu.ro",
        token,
        limits=limits,
        cache=CACHE,
        retry=RetryPolicy(),
        breaker=BreakerPolicy(),
        hooks=None,
        session=None,
        shared_cache=shared_cache,
        surroundings=in_loop_time(),
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
) -> Pipeline:
    return Pipeline(service, timeout=timeout, retry=retry, cache=cache)


async def ask(
    pipeline: Pipeline,
    question: Question[Kpis] = QUESTION,
    **options: Any,  # noqa: ANN401
) -> Kpis:
    return await pipeline.ask(question, options.get("mode", "default"), options.get("timeout"))


def now() -> float:
    return asyncio.get_running_loop().time()
