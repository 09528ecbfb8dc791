"""Takes the README's picture: the sandbox's page with a real card.

python -m tests.e2e.screenshot docs/sandbox.png [dark|light] [WIDTHxHEIGHT]
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Literal

from playwright.async_api import Page, async_playwright

from bot.sandbox.samples import samples
from bot.sandbox.slack import NewFile
from tests.browser import SLOW, launched
from tests.e2e.team import Team, a_team

Scheme = Literal["dark", "light"]


async def take(target: Path, scheme: Scheme, width: int, height: int) -> None:
    """Post a sample and a second angle, and photograph the thread."""
    with tempfile.TemporaryDirectory() as folder:
        async with a_team(f"sqlite:///{folder}/masko.db") as team, async_playwright() as playwright:
            browser = await launched(playwright)
            page = await browser.new_page(
                viewport={"width": width, "height": height}, color_scheme=scheme, device_scale_factor=1.5
            )
            await _show(team, page)
            await page.screenshot(path=target)
            await browser.close()


async def _show(team: Team, page: Page) -> None:
    fox, side = samples()[:2]
    front = NewFile(fox.file, fox.read(), alt="An orange fox with a blue scarf, from the front")
    post = await team.post([front], text="Our new mascot! What do you think?")
    await team.post([NewFile(side.file, side.read())], thread=post, user="ben", text="And from the side")
    await asyncio.sleep(2.5)  # until Slack has processed the pictures and the card shows them
    await team.all_done()
    await page.goto(f"{team.sandbox.page_url}#{team.slack.directory.channel('mascots').id}/{post['ts']}")
    await page.locator("[data-test=thread-pane] img").first.wait_for(timeout=SLOW)
    await page.locator("[data-test=thread-pane] img").last.wait_for(timeout=SLOW)
    heading = page.locator("[data-test=thread-pane] [data-block-id=name]")
    await heading.evaluate("heading => heading.scrollIntoView({ block: 'start' })")
    await asyncio.sleep(1.0)  # the pictures fade in


def main() -> None:
    scheme: Scheme = "dark" if "dark" in sys.argv else "light"
    sizes = [argument for argument in sys.argv[2:] if "x" in argument]
    width, height = map(int, (sizes[0] if sizes else "1360x940").split("x"))
    asyncio.run(take(Path(sys.argv[1]), scheme, width, height))


if __name__ == "__main__":
    main()
