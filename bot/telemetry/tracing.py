"""Traces for OpenTelemetry: what ran, for how long, and the kind of error that ended it.

The HTTP libraries are not instrumented: addresses at Slack hold file names, response_urls and tickets.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

try:
    from opentelemetry import trace
except ImportError:  # the extra `otel` is not installed
    trace = None  # type: ignore[assignment, unused-ignore]


def export_spans() -> None:
    """Send spans by OTLP over HTTP where `OTEL_EXPORTER_OTLP_ENDPOINT` is set; the SDK reads that."""
    endpoints = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    if trace is None or not any(map(os.environ.get, endpoints)):
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    os.environ.setdefault("OTEL_SERVICE_NAME", "masko-slack")
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)


@contextmanager
def span(name: str) -> Iterator[None]:
    """Trace what the block does, as a part of what runs around it; an error's words stay out of it."""
    if trace is None:
        yield
        return
    tracer = trace.get_tracer("masko-slack")
    with tracer.start_as_current_span(name, record_exception=False, set_status_on_exception=False) as current:
        try:
            yield
        except BaseException as error:
            current.set_attribute("error.type", type(error).__name__)
            raise
