"""Faults and conditions switched on in a real browser, and seen to strike."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.browser import BROWSER, SLOW
from tests.e2e.team import Team
from tests.page.inspecting import inspected, post

pytestmark = BROWSER


@pytest_asyncio.fixture(loop_scope="session")
async def scene(tmp_path: Path, browser: Browser) -> AsyncIterator[tuple[Team, Page]]:
    async with inspected(tmp_path, browser) as (team, page):
        await page.locator("[data-test=tab-faults]").click()
        yield team, page


async def test_a_fault_is_armed_strikes_and_is_cleared(scene: tuple[Team, Page]) -> None:
    team, page = scene
    await page.locator("[data-test=fault-call]").select_option("collections.create", timeout=SLOW)
    await page.locator("[data-test=fault-name]").select_option("lost-answer")
    await expect(page.locator("[data-test=imitates]")).to_contain_text(
        "Imitates a connection lost on the way"
    )
    await expect(page.locator("[data-test=imitates]")).to_contain_text("Source: RFC 9110")
    await page.locator("[data-test=arm]").click()
    armed = page.locator("[data-test=armed] .armed-fault")
    await expect(armed).to_contain_text("1 to come", timeout=SLOW)
    await expect(armed).to_contain_text("struck 0 ×")
    await expect(page.locator("[data-test=fault-badge]")).to_have_text("1")
    await post(team, "fox.png", "orange")
    await expect(armed).to_contain_text("struck 1 ×", timeout=SLOW)
    await expect(page.locator("[data-test=fault-badge]")).to_be_hidden()
    assert team.masko.effects["collections.create"] == 1
    await armed.get_by_label("Clear: done, but the answer was lost").click()
    await expect(armed).to_have_count(0, timeout=SLOW)


async def test_the_faults_offered_fit_the_call(scene: tuple[Team, Page]) -> None:
    _, page = scene
    await page.locator("[data-test=fault-service]").select_option("slack", timeout=SLOW)
    names = page.locator("[data-test=fault-name] option")
    assert await names.evaluate_all("options => options.some(({ value }) => value === '402')") is False
    await page.locator("[data-test=fault-call]").select_option("download")
    await expect(names.first).to_have_text("429 for a file")


async def test_a_condition_is_switched_on_and_off(scene: tuple[Team, Page]) -> None:
    team, page = scene
    row = page.locator("[data-condition=sign-in-page]")
    await row.get_by_role("switch").check(timeout=SLOW)
    await expect(page.locator("[data-test=fault-badge]")).to_have_text("1", timeout=SLOW)
    assert team.slack.files.sign_in_page
    message = await post(team, "fox.png", "orange")
    assert "files:read" in "".join(team.words(message)) or "reinstall" in "".join(team.words(message))
    await row.get_by_role("switch").uncheck()
    await expect(page.locator("[data-test=fault-badge]")).to_be_hidden(timeout=SLOW)
    assert not team.slack.files.sign_in_page


async def test_a_value_and_a_moment(scene: tuple[Team, Page]) -> None:
    team, page = scene
    late = page.locator("[data-condition=late-delivery]")
    await late.get_by_role("spinbutton").fill("0.2", timeout=SLOW)
    await late.get_by_role("switch").check()
    await team.slack.wait_until(lambda: team.slack.socket.late == 0.2)
    before = team.slack.socket.sockets
    await page.locator("[data-test=condition-disconnect]").click()
    await team.slack.wait_until(
        lambda: bool(team.slack.socket.sockets) and team.slack.socket.sockets != before
    )
