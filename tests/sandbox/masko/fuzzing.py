"""Schemathesis against a served local Masko: no 500, nothing that its document does not declare.

    python -m tests.sandbox.masko.fuzzing [EXAMPLES] [SEED]

runs it for so many examples of each call (300 unless said), in both generations, and prints what it found.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from aiohttp.test_utils import TestServer

from bot.sandbox.inspector import Inspector
from bot.sandbox.masko import SANDBOX_API_KEY, Limit, LocalMasko
from bot.sandbox.masko.records import Envelope
from tests.sandbox.masko.conftest import encoded, seen

Json = dict[str, Any]

# Checks that take for granted what Masko's pages do not say: that another method on a path is 405 (it is an
# unknown path); that what a schema allows is accepted (a link may lead nowhere, a slug may be taken); and
# that the id in an answer is the one that the next path asks for (a collection's id is no asset's).
NOT_ASKED = ("unsupported_method", "positive_data_acceptance", "ensure_resource_availability")
ROOM = Limit(10**9, 3600)


@dataclass(frozen=True)
class Found:
    """What came of a run: whether all was well, how often each status came, and the report."""

    well: bool
    statuses: frozenset[int]
    report: str


async def fuzzed(envelope: Envelope, *, examples: int, seed: int) -> Found:
    """Let Schemathesis loose on a fresh local Masko.

    Args:
        envelope: which generation it answers in.
        examples: of each call at most, in each of Schemathesis' phases.
        seed: the same seed and examples are the same requests.
    """
    inspector = Inspector()
    masko = LocalMasko(
        api_key=SANDBOX_API_KEY, inspector=inspector, limits=[ROOM], envelope=envelope, vision=seen
    )
    async with TestServer(masko.application(), host="127.0.0.1") as server:
        described = await _described(str(server.make_url("/v1/")), masko)
        with tempfile.TemporaryDirectory() as folder:
            document = Path(folder) / "openapi.json"
            document.write_text(json.dumps(described))
            well, report = await _run(document, str(server.make_url("/")), examples, seed)
    statuses = {entry.response["status"] for entry in inspector.after(0)}
    return Found(well, frozenset(statuses), report)


async def _described(base: str, masko: LocalMasko) -> Json:
    """The served document, with examples of what there is: a random id would never find a mascot."""
    headers = {"Authorization": f"Bearer {SANDBOX_API_KEY}"}
    async with httpx.AsyncClient(base_url=base, headers=headers, trust_env=False) as http:
        for _ in range(4):
            await http.post("upload", files={"file": ("fox.png", encoded())})
        project, assets = next(iter(masko.projects)), list(masko.assets)
        body = {"project_id": project, "reference_asset_ids": assets[:2]}
        await http.post("collections", json=body)
        described: Json = (await http.get("openapi.json")).json()
    known = {"id": next(iter(masko.collections)), "asset_id": assets[1], "project_id": project}
    bodies = {
        "collections.create": body,
        "references.add": {"asset_id": assets[3]},
        "collections.update": {"name": "Felix", "prompt": "A fox."},
    }
    for call in (call for methods in described["paths"].values() for call in methods.values()):
        for parameter in call["parameters"]:
            if parameter["name"] in known:
                parameter["example"] = known[parameter["name"]]
        if call["operationId"] in bodies:
            call["requestBody"]["content"]["application/json"]["example"] = bodies[call["operationId"]]
    return described


async def _run(document: Path, url: str, examples: int, seed: int) -> tuple[bool, str]:
    """Its command line, in a process of its own: it keeps to itself whatever it patches."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", "run", str(document), "--url", url, "--no-color"),
        *("--header", f"Authorization: Bearer {SANDBOX_API_KEY}"),
        *("--max-examples", str(examples), "--seed", str(seed), "--generation-database", "none"),
        *("--exclude-checks", ",".join(NOT_ASKED), "--continue-on-failure"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=document.parent,
    )
    try:
        report, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode == 0, report.decode()


async def main() -> int:
    examples, seed = [*map(int, sys.argv[1:]), *(300, 1)[len(sys.argv) - 1 :]]
    found = [await fuzzed(envelope, examples=examples, seed=seed) for envelope in ("current", "older")]
    for each in found:
        print(each.report)
    return 0 if all(each.well for each in found) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
