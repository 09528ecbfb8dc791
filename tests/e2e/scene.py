"""What people do and see at the sandbox's page, with our own bot behind it: they type, click and choose.

What is looked for is what people read: a button by its label, wherever it stands; a choice by its words, in
whichever menu of the message it is.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser, FilePayload, Locator, Page, expect

from bot.commands.dispatch import REQUESTED
from bot.sandbox.samples import samples
from bot.sandbox.slack import NewFile
from tests.e2e.team import Message, Team, a_team

PHONE = 760  # pixels: so wide or less, the page shows one thing at a time
Label = str | re.Pattern[str]
Camera = Callable[[str, Page], Awaitable[None]]
"""Takes a picture of what a page shows, by a name."""


class Scene:
    """Somebody, Ana at first, at the page of a sandbox.

    Attributes:
        team: who and what is behind the page.
        page: their browser's tab.
    """

    def __init__(
        self,
        team: Team,
        page: Page,
        camera: Camera | None = None,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        self.team = team
        self.page = page
        self._camera = camera
        self._settings = settings or {}

    @asynccontextmanager
    async def beside(self, person: str) -> AsyncIterator[Scene]:
        """Somebody else at a tab of their own, in #mascots."""
        browser = self.page.context.browser
        assert browser is not None, "tabs are opened by a browser"
        async with _a_tab(browser, self.team, self._settings) as page:
            await page.locator("[data-test=act-as]").click()
            await page.locator(f"[data-test=act-as-{self.team.slack.directory.person(person).id}]").click()
            yield Scene(self.team, page, self._camera, self._settings)

    async def photograph(self, name: str, *, top: Locator | None = None) -> None:
        """Here is something to look at, with `top` at the top; tests have seen its words and go on."""
        if self._camera is None:
            return
        newer = self.channel.locator(".newer")
        if top is not None:
            await top.evaluate("element => element.scrollIntoView({ block: 'start' })")
        elif await newer.is_visible() and not await self.form.count():
            await newer.click()
        await self._camera(name, self.page)

    # -- places ---------------------------------------------------------------------------------

    @property
    def channel(self) -> Locator:
        """The channel that is open."""
        return self.page.locator("[data-test=channel-pane]")

    @property
    def thread(self) -> Locator:
        """The thread that is open."""
        return self.page.locator("[data-test=thread-pane]")

    @property
    def form(self) -> Locator:
        """The form that is open."""
        return self.page.locator("[data-test=modal]")

    @property
    def home(self) -> Locator:
        """The app's Home."""
        return self.page.locator("[data-test=home]")

    async def go_to(self, place: str) -> None:
        """Choose a channel, or the app, in the side bar."""
        await self.back_to_channel()
        drawer = self.channel.locator("[data-test=open-sidebar]")
        if await drawer.is_visible():  # on a phone
            await drawer.click()
        await self.page.locator("[data-test=sidebar] .place").get_by_text(place, exact=True).click()

    async def open_thread(self, words: str) -> None:
        """Open the thread of the newest message with these words, or this file, that has replies.

        The page itself opens that of a post of one's own.
        """
        replies = self.page.locator("[data-test=replies]")
        messages = self.channel.locator("[data-message-ts]").filter(has_text=words).filter(has=replies)
        line = messages.last.locator("[data-test=replies]")
        thread = self.page.locator(f"[data-thread-ts='{await line.get_attribute('data-open-thread')}']")
        if not await thread.count():
            await self.back_to_channel()
            await line.click()
        await expect(thread).to_be_visible()

    async def back_to_channel(self) -> None:
        """On a phone, where a thread covers its channel, close the thread."""
        size = self.page.viewport_size
        if size and size["width"] <= PHONE and await self.thread.count():
            await self.close_thread()

    async def close_thread(self) -> None:
        await self.thread.locator("[data-test=close-thread]").click()
        await expect(self.thread).to_have_count(0)

    # -- writing --------------------------------------------------------------------------------

    async def type(self, words: str, pane: Locator | None = None) -> None:
        """Type into the composer, and send it."""
        if pane is None:
            await self.back_to_channel()
        field = (pane or self.channel).locator("[data-test=composer-input]")
        await field.fill(words)
        await field.press("Enter")

    async def post(self, *files: NewFile, pane: Locator | None = None) -> None:
        """Choose files in the composer, and send them."""
        if pane is None:
            await self.back_to_channel()
            pane = self.channel
        await pane.locator("[data-test=file-input]").set_input_files([payload(file) for file in files])
        await pane.locator("[data-test=send]").click()

    # -- messages -------------------------------------------------------------------------------

    def message(self, words: Label, pane: Locator | None = None) -> Locator:
        """The newest message with these words."""
        return (pane or self.channel).locator("[data-message-ts]").filter(has_text=words).last

    async def use_shortcut(self, message: Locator, name: str) -> None:
        """Use a shortcut of the app on a message."""
        await message.hover()
        await message.locator("[data-test=more]").click()
        await self.page.get_by_role("menuitem").filter(has_text=name).click()

    async def press(self, place: Locator, label: Label) -> None:
        """Press the button with this label: one in sight, or else a choice of one of the `···` menus."""
        button = place.get_by_role("button", name=label, exact=True)
        menus = place.locator("[data-element=overflow]")
        await expect(button.or_(menus).first).to_be_visible()
        if await button.count():
            await button.first.click()
            return
        await self._choose(menus, label)

    async def _choose(self, menus: Locator, label: Label) -> None:
        for menu in await menus.all():
            await menu.click()
            choice = self.page.get_by_role("menuitem", name=label, exact=True)
            if await choice.count():
                await choice.click()
                return
            await self.page.keyboard.press("Escape")
        raise AssertionError(f"no button and no choice is called {label!r}")

    # -- forms ----------------------------------------------------------------------------------

    def field(self, label: str) -> Locator:
        """The part of the form below this label."""
        heading = self.page.locator(".input-label").filter(has_text=label)
        return self.form.locator(".block-input").filter(has=heading)

    async def send_form(self) -> None:
        """Send the form, which then is closed."""
        await self.form.locator("[data-test=modal-submit]").click()
        await expect(self.form).to_have_count(0)

    # -- the bot --------------------------------------------------------------------------------

    async def settled(self) -> None:
        """Wait until the bot has done all that it was asked for."""
        await self.team.bot.queue.drained(REQUESTED)
        await self.team.all_done()

    async def mascot(self, name: str, *pictures: str) -> Message:
        """A mascot in #mascots, as it comes of a post of Ana's with these samples; the post."""
        post = await self.team.post([sample(each) for each in pictures])
        (detected, *_) = [each.detected.name for each in reversed(self.team.mascots())]
        await self.team.slack.command("ana", "mascots", "/masko", f'rename "{detected}" to {name}')
        await self.settled()
        await self.back_to_channel()
        return post

    def counts(self) -> list[int]:
        """How many references each mascot has in Masko, the oldest first."""
        return [len(each.reference_asset_ids) for each in self.team.mascots()]


def sample(name: str) -> NewFile:
    """A sample mascot as a file."""
    found = next(each for each in samples() if each.name == name)
    return NewFile(found.file, found.read())


def payload(file: NewFile) -> FilePayload:
    """A file as a browser's file chooser takes it."""
    kind = "image/svg+xml" if file.name.endswith(".svg") else "image/png"
    return {"name": file.name, "mimeType": kind, "buffer": file.content}


@asynccontextmanager
async def a_scene(browser: Browser, camera: Camera | None = None, **settings: Any) -> AsyncIterator[Scene]:
    """A team in a fresh sandbox, and Ana's tab at #mascots; a script error on the page is a failure.

    Args:
        browser: where the tab is opened.
        camera: for photographs.
        settings: of the tab, such as `color_scheme`.
    """
    # The page knows nothing of the bot's database: one kind is enough.
    with tempfile.TemporaryDirectory() as folder:
        async with a_team(f"sqlite:///{folder}/masko.db") as team:
            team.slack.files.processing_delay = 0.0
            async with _a_tab(browser, team, settings) as page:
                yield Scene(team, page, camera, settings)


@asynccontextmanager
async def _a_tab(browser: Browser, team: Team, settings: Mapping[str, Any]) -> AsyncIterator[Page]:
    """A browser's tab of its own at #mascots; a script error on the page is a failure."""
    page = await browser.new_page(**{"viewport": {"width": 1280, "height": 860}, **settings})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    await page.goto(f"{team.sandbox.page_url}#{team.slack.directory.channel('mascots').id}")
    await page.locator("[data-test=channel-pane] h1").wait_for()
    yield page
    await page.close()
    assert errors == []
