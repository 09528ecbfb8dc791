"""Measures how the page feels with 1,000 messages, 100 of them posts with an image.

python -m tests.page.responsiveness [--messages 1000] [--pictures 100] [--burst 200]

Prints a JSON document; times are in milliseconds. Tasks are what Chromium's PerformanceObserver calls
`longtask`: at least 50 ms in which the page answers to nothing (W3C: Long Tasks API).
"""

from __future__ import annotations

import argparse
import asyncio
import json
from typing import Any

from playwright.async_api import Page, async_playwright, expect

from bot.sandbox.samples import samples
from bot.sandbox.slack import NewFile
from tests.browser import SLOW, launched
from tests.page.stage import Stage, staged

WATCH = """
  window.measured = { tasks: [], shown: null };
  new PerformanceObserver((list) => measured.tasks.push(...list.getEntries().map(({ duration }) => duration)))
    .observe({ type: "longtask", buffered: true });
  new MutationObserver(() => {
    if (document.querySelector("[data-message-ts]")) measured.shown ??= performance.now();
  }).observe(document, { childList: true, subtree: true });
"""
TAKE = """
  () => {
    const taken = measured.tasks;
    measured.tasks = [];
    const together = taken.reduce((sum, duration) => sum + duration, 0);
    return { longest: Math.round(Math.max(0, ...taken)), together: Math.round(together) };
  }
"""
TO_TOP = "list => (list.scrollTop = 0)"
MESSAGES = "[data-test=channel-pane] [data-message-ts]"


async def fill(stage: Stage, messages: int, pictures: int) -> None:
    """Words and images in #brand, where the app is not."""
    every = messages // pictures if pictures else messages + 1
    fox = samples()[0]
    for number in range(messages):
        files = [NewFile(fox.file, fox.read(), alt=fox.title)] if number % every == 0 else []
        author = ("ana", "ben", "chris")[number % 3]
        text = f"Note {number}: " + "some words " * (number % 12)
        await stage.slack.post(user=author, channel="brand", text=text, files=files)


async def measure(messages: int, pictures: int, burst: int) -> dict[str, Any]:
    """Open the channel, read it to its beginning, go back, and let a burst come in."""
    async with staged() as stage, async_playwright() as playwright:
        await fill(stage, messages, pictures)
        browser = await launched(playwright)
        page = await browser.new_page(viewport={"width": 1360, "height": 900})
        await page.add_init_script(WATCH)
        await page.goto(stage.address("#brand"))
        await page.locator(MESSAGES).last.wait_for(timeout=SLOW)
        await page.wait_for_load_state("networkidle")
        found: dict[str, Any] = {"messages": messages, "pictures": pictures}
        found["opening"] = {
            "first_messages_after": round(await page.evaluate("measured.shown")),
            "in_the_page": await page.locator(MESSAGES).count(),
            **await page.evaluate(TAKE),
        }
        found["reading_to_the_beginning"] = await _read(page, messages)
        found["burst"] = await _burst(stage, page, burst)
        await browser.close()
        return found


async def _read(page: Page, messages: int) -> dict[str, Any]:
    scroller = page.locator("[data-test=channel-pane] .scroller")
    while (count := await page.locator(MESSAGES).count()) < messages:
        await scroller.evaluate(TO_TOP)
        await expect(page.locator(MESSAGES)).not_to_have_count(count, timeout=SLOW)
    return {"in_the_page": await page.locator(MESSAGES).count(), **await page.evaluate(TAKE)}


async def _burst(stage: Stage, page: Page, burst: int) -> dict[str, Any]:
    await page.locator("[data-test=channel-pane] .scroller").evaluate(
        "list => (list.scrollTop = list.scrollHeight)"
    )
    await page.evaluate(TAKE)
    fox = samples()[0]
    for number in range(burst):
        files = [NewFile(fox.file, fox.read(), alt=fox.title)] if number % 10 == 0 else []
        await stage.slack.post(user="ben", channel="brand", text=f"Burst {number}.", files=files)
    await expect(page.locator(MESSAGES).last).to_contain_text(f"Burst {burst - 1}.", timeout=SLOW)
    return {
        "messages": burst,
        "in_the_page": await page.locator(MESSAGES).count(),
        **await page.evaluate(TAKE),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    for name, value in (("messages", 1000), ("pictures", 100), ("burst", 200)):
        parser.add_argument(f"--{name}", type=int, default=value)
    given = parser.parse_args()
    print(json.dumps(asyncio.run(measure(given.messages, given.pictures, given.burst)), indent=2))


if __name__ == "__main__":
    main()
