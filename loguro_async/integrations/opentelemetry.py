"""Spans and metrics of every request, by OpenTelemetry's conventions for HTTP clients.

```python
client = LoguroClient(hooks=opentelemetry_hooks())
```

Needs the extra ``loguro-async[otel]``; what happens to spans and metrics is up to the providers
that the application sets up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from loguro_async.extras import missing_extra

try:
    from opentelemetry import metrics, propagate, trace
except ImportError as error:
    raise missing_extra("loguro_async.integrations.opentelemetry", "otel", error) from error

from loguro_async.hooks import Hooks
from loguro_async.version import __version__

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import Span, TracerProvider
    from opentelemetry.util.types import AttributeValue

    from loguro_async.hooks import RequestSent, ResponseReceived, RetryPlanned

_NAME: Final = "loguro_async"
_PORTS: Final = {"https": 443, "http": 80}
_DURATION_BOUNDS_S: Final = (
    *(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25),
    *(0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0),
)


def opentelemetry_hooks(
    *,
    tracer_provider: TracerProvider | None = None,
    meter_provider: MeterProvider | None = None,
) -> Hooks:
    """Returns hooks that make a span for each request, and send its trace context to the service.

    A span is a child of the span that was current where the call was made. Metrics are
    ``http.client.request.duration``, in seconds, and ``loguro.client.retries``. Spans have paths
    and filters, in ``url.full``, and never the token.

    Args:
        tracer_provider: Makes the spans; left out, the application's.
        meter_provider: Makes the metrics; left out, the application's.
    """
    telemetry = _Telemetry(
        trace.get_tracer(_NAME, __version__, tracer_provider),
        metrics.get_meter(_NAME, __version__, meter_provider),
    )
    return Hooks(
        on_request=telemetry.on_request,
        on_retry=telemetry.on_retry,
        on_response=telemetry.on_response,
    )


class _Telemetry:
    """Records requests as spans and metrics."""

    def __init__(self, tracer: trace.Tracer, meter: metrics.Meter) -> None:
        self._tracer = tracer
        self._spans: dict[int, Span] = {}
        self._duration = meter.create_histogram(
            "http.client.request.duration",
            unit="s",
            description="Duration of HTTP client requests.",
            explicit_bucket_boundaries_advisory=_DURATION_BOUNDS_S,
        )
        self._retries = meter.create_counter(
            "loguro.client.retries", unit="{retry}", description="Requests sent again."
        )

    def on_request(self, request: RequestSent) -> dict[str, str]:
        """Begins a span, and returns the headers with its trace context."""
        span = self._tracer.start_span(
            request.method, kind=trace.SpanKind.CLIENT, attributes=_of_span(request)
        )
        # The key is the identity, because both events of a request refer to the same object.
        self._spans[id(request)] = span
        headers: dict[str, str] = {}
        propagate.inject(headers, context=trace.set_span_in_context(span))
        return headers

    def on_retry(self, retry: RetryPlanned) -> None:
        """Counts a retry."""
        kind = type(retry.error).__name__
        self._retries.add(1, {"loguro.endpoint": retry.endpoint, "error.type": kind})

    def on_response(self, response: ResponseReceived) -> None:
        """Ends the span, and records the duration of the request."""
        outcome = _of_outcome(response)
        span = self._spans.pop(id(response.request))
        span.set_attributes(outcome)
        if "error.type" in outcome:
            span.set_status(trace.Status(trace.StatusCode.ERROR))
        span.end()
        self._duration.record(response.seconds, {**_of_request(response.request), **outcome})


def _of_request(request: RequestSent) -> dict[str, AttributeValue]:
    parts = urlsplit(request.url)
    return {
        "http.request.method": request.method,
        "server.address": parts.hostname or "",
        "server.port": parts.port or _PORTS[parts.scheme],
        "url.scheme": parts.scheme,
    }


def _of_span(request: RequestSent) -> dict[str, AttributeValue]:
    attributes = {
        **_of_request(request),
        "url.full": request.url,
        "loguro.project": request.slug,
        "loguro.endpoint": request.endpoint,
    }
    if request.attempt > 1:
        attributes["http.request.resend_count"] = request.attempt - 1
    return attributes


def _of_outcome(response: ResponseReceived) -> dict[str, AttributeValue]:
    attributes: dict[str, AttributeValue] = {}
    if response.status is not None:
        attributes["http.response.status_code"] = response.status
    if response.is_cancelled:
        attributes["error.type"] = "cancelled"
    elif response.error is not None:
        has_status = response.status is not None
        attributes["error.type"] = (
            str(response.status) if has_status else type(response.error).__name__
        )
    return attributes
