from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from loguro_async import LoguroClient, QueryFailedError, RetryPolicy
from loguro_async.integrations.opentelemetry import opentelemetry_hooks
from tests.unit.wire import KPIS_REPLY, Reply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.unit.wire import Wire

TOKEN = "pat_kept-to-itself"
QUICK = RetryPolicy(max_attempts=2, initial_backoff=0.0)


class Watched:
    """A client whose spans and metrics are kept in memory."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        self.tracers = TracerProvider(shutdown_on_exit=False)
        self.tracers.add_span_processor(SimpleSpanProcessor(self._exporter))
        self._reader = InMemoryMetricReader()
        self._meters = MeterProvider([self._reader], shutdown_on_exit=False)
        self.hooks = opentelemetry_hooks(tracer_provider=self.tracers, meter_provider=self._meters)

    @property
    def spans(self) -> tuple[ReadableSpan, ...]:
        return self._exporter.get_finished_spans()

    @property
    def metrics(self) -> dict[str, Any]:
        data = self._reader.get_metrics_data()
        assert data is not None
        scope = data.resource_metrics[0].scope_metrics[0]
        return {metric.name: metric.data.data_points for metric in scope.metrics}

    def close(self) -> None:
        self.tracers.shutdown()
        self._meters.shutdown()


@pytest.fixture
def watched() -> Iterator[Watched]:
    watched = Watched()
    yield watched
    watched.close()


async def test_each_request_is_a_client_span_by_the_conventions(
    wire: Wire, watched: Watched
) -> None:
    async with LoguroClient(TOKEN, hooks=watched.hooks) as client:
        await client.project("local").kpis(range="7d")
    (span,) = watched.spans
    assert (span.name, span.kind, span.status.status_code) == (
        "GET",
        SpanKind.CLIENT,
        StatusCode.UNSET,
    )
    assert dict(span.attributes or {}) == {
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "loguro.endpoint": "kpis",
        "loguro.project": "local",
        "server.address": "logu.ro",
        "server.port": 443,
        "url.full": "https://logu.ro/api/web-events/local/kpis?range=7d",
        "url.scheme": "https",
    }


async def test_a_retry_is_a_span_of_its_own_and_counted(wire: Wire, watched: Watched) -> None:
    wire.respond("/kpis", Reply(500), KPIS_REPLY)
    async with LoguroClient(TOKEN, hooks=watched.hooks, retry=QUICK) as client:
        await client.project("local").kpis()
    failed, answered = (dict(span.attributes or {}) for span in watched.spans)
    assert (failed["error.type"], failed["http.response.status_code"]) == ("500", 500)
    assert answered["http.request.resend_count"] == 1
    assert watched.spans[0].status.status_code is StatusCode.ERROR
    (retries,) = watched.metrics["loguro.client.retries"]
    assert retries.value == 1


async def test_how_long_requests_take_is_measured_in_seconds(wire: Wire, watched: Watched) -> None:
    async with LoguroClient(TOKEN, hooks=watched.hooks) as client:
        await client.project("local").kpis()
    (duration,) = watched.metrics["http.client.request.duration"]
    assert duration.count == 1
    assert 0 <= duration.sum < 60
    assert duration.attributes["http.response.status_code"] == 200
    assert "url.full" not in duration.attributes


async def test_a_failed_connection_is_named_and_a_cancelled_request_ended(
    wire: Wire, watched: Watched
) -> None:
    wire.respond("/kpis", Reply(error=OSError("reset")), Reply(seconds=60.0))
    async with LoguroClient(TOKEN, hooks=watched.hooks, retry=None) as client:
        project = client.project("local")
        with pytest.raises(Exception, match="reset"):
            await project.kpis()
        wire.request_came.clear()
        waiting = asyncio.ensure_future(project.kpis())
        await wire.request_came.wait()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    kinds = [dict(span.attributes or {})["error.type"] for span in watched.spans]
    assert kinds == ["TransportError", "cancelled"]


async def test_spans_are_children_of_the_caller_s_and_their_context_is_handed_on(
    wire: Wire, watched: Watched
) -> None:
    tracer = watched.tracers.get_tracer("application")
    async with LoguroClient(TOKEN, hooks=watched.hooks) as client:
        with tracer.start_as_current_span("page") as page:
            await client.project("local").kpis()
    span = watched.spans[0]
    assert span.parent is not None
    assert span.parent.span_id == page.get_span_context().span_id
    context = span.context
    assert context is not None
    expected = (
        f"00-{trace.format_trace_id(context.trace_id)}-{trace.format_span_id(context.span_id)}"
    )
    assert wire.requests[0].headers["traceparent"].startswith(expected)


async def test_the_token_is_in_no_span_or_metric(wire: Wire, watched: Watched) -> None:
    wire.respond("/kpis", Reply(500, b'{"error":"%s"}' % TOKEN.encode()))
    async with LoguroClient(TOKEN, hooks=watched.hooks, retry=QUICK) as client:
        with pytest.raises(QueryFailedError):
            await client.project("local").kpis()
    said = "".join(span.to_json() for span in watched.spans) + repr(watched.metrics)
    assert "kept-to-itself" not in said
    assert len(watched.spans) == 2


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    monkeypatch.delitem(sys.modules, "loguro_async.integrations.opentelemetry")
    with pytest.raises(ImportError, match=r"loguro-async\[otel\]"):
        __import__("loguro_async.integrations.opentelemetry")
