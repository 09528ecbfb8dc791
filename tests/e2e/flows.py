"""Photographs what people see of the bot beside the card: its answers, forms and Home, in the sandbox's page.

    python -m tests.e2e.flows FOLDER [NAME…] [dark] [phone]

What is photographed are the tests of those flows themselves, as they go.  Names choose among the pictures,
such as commands, settings, home; without any, all are taken.
"""

from __future__ import annotations

import asyncio
import inspect
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from playwright.async_api import Page, async_playwright, expect

from tests.browser import SLOW, launched
from tests.e2e import (
    test_command_flows,
    test_compare_flows,
    test_home_flows,
    test_reference_flows,
    test_review_flows,
    test_setting_flows,
    test_shortcut_flows,
)
from tests.e2e.scene import Camera, Scene, a_scene

STORIES = (
    test_command_flows,
    test_shortcut_flows,
    test_reference_flows,
    test_review_flows,
    test_compare_flows,
    test_setting_flows,
    test_home_flows,
)


def stories(pictures: list[str]) -> list[Callable[[Scene], Awaitable[None]]]:
    """The tests that are acted in a scene: those that take one of these pictures, or all."""
    return [
        found
        for module in STORIES
        for name, found in vars(module).items()
        if name.startswith("test_") and callable(found) and _takes(found, pictures)
    ]


def _takes(story: Callable[[Scene], Awaitable[None]], pictures: list[str]) -> bool:
    source = inspect.getsource(story)
    return not pictures or any(f'photograph("{picture}"' in source for picture in pictures)


async def take(folder: Path, names: list[str], **settings: Any) -> None:
    """Act each story in a sandbox of its own, and photograph it on the way."""
    expect.set_options(timeout=SLOW)
    async with async_playwright() as playwright:
        browser = await launched(playwright)
        for story in stories(names):
            async with a_scene(browser, _camera(folder, names), **settings) as scene:
                await story(scene)
        await browser.close()


def _camera(folder: Path, names: list[str]) -> Camera:
    async def photograph(name: str, page: Page) -> None:
        if names and name not in names:
            return
        await asyncio.sleep(1.0)  # pictures and forms fade in
        await page.screenshot(path=folder / f"{name}.png")

    return photograph


def main() -> None:
    """Take the pictures that are asked for."""
    folder, *rest = sys.argv[1:]
    names = [name for name in rest if name not in ("dark", "light", "phone")]
    width, height = (390, 844) if "phone" in rest else (1180, 820)
    Path(folder).mkdir(parents=True, exist_ok=True)
    asyncio.run(
        take(
            Path(folder),
            names,
            viewport={"width": width, "height": height},
            color_scheme="dark" if "dark" in rest else "light",
            device_scale_factor=1.5,
        )
    )


if __name__ == "__main__":
    main()
