from __future__ import annotations

import asyncio
import logging
from contextvars import ContextVar
from typing import TYPE_CHECKING

import pytest

from loguro_async import ConfigurationError, Hooks, RequestSent, ResponseReceived, RetryPlanned
from loguro_async.errors import LoguroError, TransportError, error_for_status
from loguro_async.pipeline.hooks import HookCaller
from tests.calls import a_call as call_of
from tests.calls import a_request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loguro_async.pipeline.call import Call, Send

NONE: Mapping[str, str] = {}
REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="none")


class Sending:
    """Sends with the hooks that it is given, and notes the headers."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error
        self.headers: list[Mapping[str, str]] = []
        self.seconds = 0.0

    async def __call__(self, call: Call) -> bytes:
        call.attempts += 1
        self.headers.append(call.headers or NONE)
        self.seconds += 2.0
        if self.error:
            raise self.error
        return b"body"

    def watched_by(self, hooks: Hooks | None) -> HookCaller:
        return HookCaller(hooks, origin="https://logu.ro", clock=lambda: self.seconds)


def a_call(observer: HookCaller) -> Call:
    return call_of(a_request(range="7d", filter="path:/a"), context=observer.context())


def watched(observer: HookCaller, sending: Sending) -> Send:
    send: Send = sending
    for stage in observer.stages():
        send = stage(send)
    return send


async def test_hooks_are_called_before_and_after_a_request() -> None:
    told: list[object] = []
    sending = Sending()
    observer = sending.watched_by(Hooks(on_request=told.append, on_response=told.append))
    assert await watched(observer, sending)(a_call(observer)) == b"body"
    sent, received = told
    assert isinstance(sent, RequestSent)
    assert (sent.slug, sent.endpoint, sent.attempt, sent.method) == ("local", "kpis", 1, "GET")
    assert sent.url == "https://logu.ro/api/web-events/local/kpis?range=7d&filter=path%3A%2Fa"
    assert isinstance(received, ResponseReceived)
    assert received.request is sent
    assert (received.status, received.seconds, received.body_bytes) == (200, 2.0, len(b"body"))
    assert received.error is None


@pytest.mark.parametrize(
    ("error", "status"), [(error_for_status(503), 503), (TransportError("reset"), None)]
)
async def test_a_failed_request_is_reported_with_its_error(
    error: LoguroError, status: int | None
) -> None:
    told: list[ResponseReceived] = []
    sending = Sending(error)
    observer = sending.watched_by(Hooks(on_response=told.append))
    with pytest.raises(LoguroError):
        await watched(observer, sending)(a_call(observer))
    assert (told[0].status, told[0].error, told[0].is_cancelled) == (status, error, False)


async def test_a_cancelled_request_is_reported() -> None:
    told: list[ResponseReceived] = []
    sending = Sending(asyncio.CancelledError())
    observer = sending.watched_by(Hooks(on_response=told.append))
    with pytest.raises(asyncio.CancelledError):
        await watched(observer, sending)(a_call(observer))
    assert (told[0].error, told[0].is_cancelled) == (None, True)


async def test_headers_of_hooks_are_sent_and_never_replace_the_client_s_own() -> None:
    headers = {"traceparent": "00-1-2-01", "Authorization": "Bearer another", "hoSt": "elsewhere"}
    sending = Sending()
    observer = sending.watched_by(Hooks(on_request=lambda _sent: headers))
    await watched(observer, sending)(a_call(observer))
    assert sending.headers == [{"traceparent": "00-1-2-01"}]


async def test_hooks_run_with_the_context_variables_of_the_caller() -> None:
    seen: list[str] = []
    sending = Sending()
    observer = sending.watched_by(
        Hooks(
            on_request=lambda _sent: seen.append(REQUEST_ID.get()),
            on_response=lambda _received: seen.append(REQUEST_ID.get()),
        )
    )
    REQUEST_ID.set("the caller's")
    call = a_call(observer)
    REQUEST_ID.set("a later one")
    await watched(observer, sending)(call)
    assert seen == ["the caller's"] * 2


async def test_a_hook_that_raises_is_logged_and_changes_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(_told: object) -> None:
        raise ValueError("in the hook")

    sending = Sending()
    observer = sending.watched_by(Hooks(on_request=fail, on_response=fail))
    assert await watched(observer, sending)(a_call(observer)) == b"body"
    assert [record.levelno for record in caplog.records] == [logging.ERROR] * 2
    assert "in the hook" in caplog.text


def test_a_planned_retry_is_reported() -> None:
    told: list[RetryPlanned] = []
    observer = Sending().watched_by(Hooks(on_retry=told.append))
    call = a_call(observer)
    call.attempts = 2
    error = error_for_status(500)
    observer.retrying(call, error, 1.5)
    assert (told[0].attempt, told[0].error, told[0].wait_seconds) == (2, error, 1.5)


async def test_without_hooks_no_context_is_copied() -> None:
    sending = Sending()
    observer = sending.watched_by(None)
    assert observer.context() is None
    assert await watched(observer, sending)(a_call(observer)) == b"body"
    assert sending.headers == [{}]


class AsyncHook:
    async def __call__(self, event: object) -> None: ...


@pytest.mark.parametrize("name", ["on_request", "on_retry", "on_response"])
@pytest.mark.parametrize(
    "hook",
    [AsyncHook().__call__, AsyncHook(), 5, "print"],
    ids=["method", "object", "number", "text"],
)
def test_what_cannot_be_called_as_a_hook_is_refused(name: str, hook: object) -> None:
    with pytest.raises(ConfigurationError, match=rf"Hooks\.{name} must be a"):
        Hooks(**{name: hook})  # type: ignore[arg-type]
