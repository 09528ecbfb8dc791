"""The inspector in a real browser: filters, copies, the timeline, and runs."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.browser import BROWSER, SLOW
from tests.e2e.team import Team
from tests.page.inspecting import copied, downloaded, inspected, post

pytestmark = BROWSER

ENTRIES = ".entry:visible"


@pytest_asyncio.fixture(loop_scope="session")
async def scene(tmp_path: Path, browser: Browser) -> AsyncIterator[tuple[Team, Page]]:
    async with inspected(tmp_path, browser) as scene:
        yield scene


async def test_the_record_is_filtered_by_thread_kind_and_words(scene: tuple[Team, Page]) -> None:
    team, page = scene
    first = await post(team, "fox.png", "orange")
    await post(team, "owl.png", "teal")
    uploads = page.locator(ENTRIES, has_text="POST /v1/upload")
    await expect(uploads).to_have_count(2, timeout=SLOW)
    await page.locator("[data-test=thread-filter]").select_option(label=await label(page, "fox.png"))
    await expect(uploads).to_have_count(1)
    for call in ("ana posts in mascots", "chat.postMessage", "GET /files-pri", "POST /v1/collections", "ack"):
        await expect(page.locator(ENTRIES, has_text=call).first).to_be_visible()
    await page.locator("[data-test=kind-masko]").click()
    await expect(page.locator(f"{ENTRIES}:not([data-kind=masko])")).to_have_count(0)
    await page.locator("[data-test=inspector-filter]").fill("upload")
    await expect(page.locator(ENTRIES)).to_have_count(1)
    await page.locator("[data-test=only-findings]").check()
    await expect(page.locator(ENTRIES)).to_have_count(0)
    await expect(page.get_by_text("No entry is like this.")).to_be_visible()
    await page.goto(f"{team.sandbox.page_url}#{team.slack.directory.channel('mascots').id}/{first['ts']}")
    await page.locator("[data-test=inspect-thread]").click()
    assert await page.locator("[data-test=thread-filter]").input_value() == (
        f"{team.slack.directory.channel('mascots').id}/{first['ts']}"
    )


async def test_findings_are_red_and_counted(scene: tuple[Team, Page]) -> None:
    team, page = scene
    team.sandbox.inspector.add("finding", "Socket Mode", ok=False, finding="an envelope came back twice")
    await expect(page.locator("[data-test=findings]")).to_have_text("1", timeout=SLOW)
    row = page.locator(".entry[data-state=finding]")
    await expect(row).to_contain_text("an envelope came back twice")
    red = await row.locator(".entry-finding").evaluate("element => getComputedStyle(element).color")
    assert red == "rgb(184, 31, 53)"


async def test_an_entry_is_copied_as_curl_and_as_fixture(scene: tuple[Team, Page]) -> None:
    team, page = scene
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await post(team, "fox.png", "orange")
    row = page.locator(ENTRIES, has_text="chat.postMessage").first
    await row.locator("summary").first.click(timeout=SLOW)
    await row.locator("[data-test=copy-curl]").click()
    command = await copied(page)
    assert command.startswith("curl -sS -X POST")
    assert '"Authorization: Bearer $SLACK_BOT_TOKEN"' in command
    assert team.sandbox.bot_token not in command
    await row.locator("[data-test=copy-fixture]").click()
    await page.get_by_text("Copied as a fixture").wait_for(timeout=SLOW)
    assert (await copied(page)).startswith("CHAT_POSTMESSAGE = {")


async def test_the_timeline_shows_where_the_time_of_an_intake_went(scene: tuple[Team, Page]) -> None:
    team, page = scene
    await team.sandbox.controller.let("masko.upload=500")
    await post(team, "fox.png", "orange")
    await page.locator("[data-test=tab-timeline]").click()
    timeline = page.locator("[data-test=timeline]")
    await expect(timeline.locator("[data-kind=masko]")).not_to_have_count(0, timeout=SLOW)
    kinds = await timeline.locator("[data-kind]").evaluate_all("rows => rows.map((row) => row.dataset.kind)")
    assert {"control", "envelope", "ack", "file", "masko", "web_api"} <= set(kinds)
    assert kinds.index("envelope") < kinds.index("file") < kinds.index("masko")
    await expect(timeline.locator(".timeline-gap", has_text="after a fault: 500")).to_have_count(1)
    lefts = await timeline.locator("[data-kind] .timeline-bar").evaluate_all(
        "bars => bars.map((bar) => bar.getBoundingClientRect().left)"
    )
    assert lefts == sorted(lefts)
    assert lefts[-1] - lefts[0] > 200
    upload = timeline.locator("[data-kind=masko][data-state=failed]")
    await upload.click()
    opened = page.locator(".entry[open]")
    await expect(opened).to_contain_text("POST /v1/upload")
    await expect(opened).to_contain_text("fault: 500 internal_error")


async def test_a_run_is_saved_played_again_and_reset(scene: tuple[Team, Page], tmp_path: Path) -> None:
    team, page = scene
    await page.locator("[data-test=post-sample-fox]").click()
    await expect(page.locator("[data-test=thread-pane]")).to_contain_text("1 of 6 references", timeout=SLOW)
    await team.all_done()
    await page.locator("[data-test=tab-runs]").click()
    steps = page.locator("[data-test=steps] .step")
    await expect(steps).to_have_count(1, timeout=SLOW)
    await expect(steps).to_contain_text("Ana Lima posts fox in #mascots")
    recording = await downloaded(page, "download-recording")
    assert [step["call"] for step in recording["steps"]] == ["post"]
    await page.locator("[data-test=reset]").click()
    await expect(page.locator("[data-test=channel-pane] .message")).to_have_count(0, timeout=SLOW)
    assert team.slack.channel_messages("mascots") == []
    file = tmp_path / "run.json"
    file.write_text(json.dumps(recording))
    await page.locator("[data-test=open-recording]").set_input_files(file)
    await page.locator("[data-test=play-all]").click()
    result = page.locator("[data-test=replay-result]")
    await expect(result).to_contain_text("1 step played: the same came of it.", timeout=SLOW)
    recording["outcome"]["mascots"] = {}
    recording["outcome"]["messages"]["C0MASCOTS01#1"]["text"] = "Nothing like it"
    file.write_text(json.dumps(recording))
    await page.locator("[data-test=open-recording]").set_input_files(file)
    await page.locator("[data-test=until-1]").click()
    await expect(result).to_contain_text("messages / C0MASCOTS01#1 / text: recorded", timeout=2 * SLOW)


async def label(page: Page, words: str) -> str:
    """The option of the thread filter that names these words."""
    option = page.locator("[data-test=thread-filter] option", has_text=words)
    return str(await option.text_content())
