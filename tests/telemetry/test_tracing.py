"""Spans as a collector gets them from `masko-slack run`, by OTLP over HTTP."""

from __future__ import annotations

import gzip
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.app import manifest
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.slack import NewFile
from bot.telemetry.tracing import span
from tests.cli.commands import environment, start
from tests.e2e.team import drawn

pytestmark = pytest.mark.slow


class Collector:
    """Keeps what it is sent."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.headers: list[dict[str, str]] = []

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        packed = request.headers.get("Content-Encoding") == "gzip"
        self.bodies.append(gzip.decompress(body) if packed else body)
        self.headers.append(dict(request.headers))
        return web.Response()

    def resources(self) -> Iterator[Any]:
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

        for body in self.bodies:
            yield from ExportTraceServiceRequest.FromString(body).resource_spans

    def spans(self) -> list[Any]:
        return [
            each for resource in self.resources() for scope in resource.scope_spans for each in scope.spans
        ]


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(manifest.manifest()) as sandbox:
        yield sandbox


async def run(sandbox: Sandbox, folder: Path, **environ: str) -> Collector:
    """Do the main job and answer a command in a process of its own, then stop it; what was collected."""
    collector = Collector()
    application = web.Application()
    application.router.add_post("/v1/traces", collector.take)
    async with TestServer(application) as server:
        endpoint = {"OTEL_EXPORTER_OTLP_ENDPOINT": str(server.make_url("/"))}
        process = await start(folder, environment(sandbox, folder, **endpoint, **environ), "run")
        await sandbox.slack.wait_connected(timeout=20)
        files = [NewFile("secret-name.png", drawn())]
        post = await sandbox.slack.post(user="ana", channel="mascots", files=files, text="quite private")
        await sandbox.slack.wait_until(
            lambda: "1 of 6 references" in str(sandbox.slack.thread("mascots", post["ts"])) or None,
            timeout=20,
        )
        await sandbox.slack.command("ana", "mascots", "/masko", "status")
        await sandbox.slack.wait_until(
            lambda: [each for each in sandbox.inspector.after(0) if "response_url" in each.title] or None,
            timeout=20,
        )
        process.send_signal(signal.SIGTERM)
        _, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return collector


async def test_a_run_of_the_main_job_exports_its_spans_and_nothing_private(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    pytest.importorskip("opentelemetry.sdk", reason="the extra `otel` is not installed")
    collector = await run(sandbox, tmp_path, OTEL_EXPORTER_OTLP_HEADERS="x-tenant=foxes")
    (service,) = {
        each.value.string_value
        for resource in collector.resources()
        for each in resource.resource.attributes
        if each.key == "service.name"
    }
    assert service == "masko-slack"
    assert {headers["x-tenant"] for headers in collector.headers} == {"foxes"}
    spans = collector.spans()
    by_name = {each.name: each for each in spans}
    assert {"delivery message", "delivery /masko", "job intake.carry", "response_url"} <= set(by_name)
    carried = by_name["job intake.carry"]
    within = {each.name for each in spans if each.parent_span_id == carried.span_id}
    assert {"chat.postMessage", "POST /upload", "POST /collections"} <= within
    assert {attribute.key for each in spans for attribute in each.attributes} <= {"error.type"}
    assert not any(each.events or each.status.message for each in spans)
    sent = b"\n".join(collector.bodies)
    team = sandbox.slack.directory.team.id
    for private in (
        sandbox.bot_token,
        sandbox.app_token,
        sandbox.masko_api_key,
        "secret-name",
        "private",
        team,
    ):
        assert private.encode() not in sent
    assert b"http" not in sent.replace(b"telemetry", b"")


@pytest.mark.parametrize("environ", [{"OTEL_SDK_DISABLED": "true"}, {"OTEL_TRACES_SAMPLER": "always_off"}])
async def test_nothing_is_exported_where_the_standard_variables_say_so(
    sandbox: Sandbox, tmp_path: Path, environ: dict[str, str]
) -> None:
    pytest.importorskip("opentelemetry.sdk", reason="the extra `otel` is not installed")
    assert (await run(sandbox, tmp_path, **environ)).bodies == []


async def test_without_the_extra_all_is_as_before(sandbox: Sandbox, tmp_path: Path) -> None:
    hidden = tmp_path / "hidden"
    (hidden / "opentelemetry").mkdir(parents=True)
    (hidden / "opentelemetry" / "__init__.py").write_text("raise ImportError")
    path = f"{hidden}:{Path(__file__).parents[2]}"
    assert (await run(sandbox, tmp_path, PYTHONPATH=path)).bodies == []


def test_an_error_goes_through_a_span() -> None:
    with pytest.raises(ValueError, match="as it was"), span("anything"):
        raise ValueError("as it was")
