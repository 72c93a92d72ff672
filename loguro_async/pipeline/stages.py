"""Lists the stages of a call in their order, from top to bottom."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from loguro_async.pipeline.cache import CacheStage
from loguro_async.pipeline.cache.time_to_live import time_to_live
from loguro_async.pipeline.decode import Decode, response_of
from loguro_async.pipeline.retry import Retry

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable

    from loguro_async.models.response_base import Response
    from loguro_async.pipeline.call import Call, Load, Send
    from loguro_async.pipeline.service import Service
    from loguro_async.pipeline.view_options import ViewOptions
    from loguro_async.policies import RetryPolicy

StageT = TypeVar("StageT")


def pipeline(service: Service, options: ViewOptions) -> CacheStage:
    """Returns the pipeline of one view of a client.

    A stage takes the one below it, and returns what the one above calls. Those above ``decode``
    pass responses, those below it bodies.

    Args:
        service: What all views of the client share.
        options: The options of this view.
    """
    responses: list[Callable[[Load], Load]] = [
        *_shared_cache(service, options),
        *_project_breaker(service),
        *_split(service, options.retry),
    ]
    bodies: list[Callable[[Send], Send]] = [
        *_retry(service, options.retry),
        *_hedge(service, options.retry),
        service.origin_breaker.fail_fast,
        service.limiter.limit,
        service.origin_breaker.origin_breaker,
        *service.hooks.stages(),
    ]
    send: Send = service.transport.send
    decode = Decode(service.transport.without_token, service.runtime).decode
    return CacheStage(
        service.cache,
        options,
        _above(responses, decode(_above(bodies, send))),
        guard=service.guard,
        runtime=service.runtime,
        counters=service.counters,
        context=service.hooks.context,
    )


def _above(stages: Iterable[Callable[[StageT], StageT]], lowest: StageT) -> StageT:
    below = lowest
    for stage in reversed(list(stages)):
        below = stage(below)
    return below


def _shared_cache(service: Service, options: ViewOptions) -> list[Callable[[Load], Load]]:
    shared, policy = service.shared, options.cache
    if shared is None:
        return []
    from loguro_async.pipeline.shared_cache import SharedCacheStage  # noqa: PLC0415 - if used

    def decode_body(call: Call, body: bytes, fetched_at: dt.datetime) -> Response:
        return response_of(call.endpoint, body, fetched_at)

    def seconds(call: Call) -> float:
        if policy is None:
            return 0.0
        return time_to_live(policy, call.endpoint, call.request, service.runtime.now())

    def shared_cache(load: Load) -> Load:
        return SharedCacheStage(
            shared,
            load,
            decode=decode_body,
            time_to_live=seconds,
            runtime=service.runtime,
            counters=service.counters,
        ).load

    return [shared_cache]


def _project_breaker(service: Service) -> list[Callable[[Load], Load]]:
    return [service.project_breaker.project_breaker] if service.project_breaker else []


def _split(service: Service, policy: RetryPolicy | None) -> list[Callable[[Load], Load]]:
    if policy is None or not policy.split_on_failure:
        return []
    from loguro_async.pipeline.split import split  # noqa: PLC0415 - only now needed

    return [lambda load: split(load, service.runtime.now)]


def _retry(service: Service, policy: RetryPolicy | None) -> list[Callable[[Send], Send]]:
    if policy is None:
        return []
    retry = Retry(
        policy,
        budget=service.budget,
        availability=service.availability,
        on_retry=service.hooks.retrying,
        runtime=service.runtime,
        counters=service.counters,
    )
    return [retry.retry]


def _hedge(service: Service, policy: RetryPolicy | None) -> list[Callable[[Send], Send]]:
    return [service.hedging.hedge] if policy is not None and policy.hedge else []
