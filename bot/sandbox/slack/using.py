"""What people do with the app: buttons, menus, modals, commands, shortcuts, its Home."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from bot.sandbox.slack import events
from bot.sandbox.slack.actions import Actions, Json
from bot.sandbox.slack.asking import Asker
from bot.sandbox.slack.commands import Commands
from bot.sandbox.slack.deliveries import Delivery
from bot.sandbox.slack.interactions import Interactions, Submitted
from bot.sandbox.slack.shortcuts import Shortcuts
from bot.sandbox.slack.suggestions import Suggestions
from bot.sandbox.slack.view_state import Values
from bot.sandbox.slack.workspace import Workspace

Tab = Literal["home", "messages"]


class Using(Actions):
    """Actions of people who use what the app offers. People and channels are named by id or by name."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        asker = Asker(workspace)
        self._asker = asker
        self._commands = Commands(workspace, asker)
        self._shortcuts = Shortcuts(workspace, asker)
        self._suggestions = Suggestions(asker)
        self.interactions = Interactions(workspace, asker)

    async def press(
        self,
        user: str,
        channel: str,
        message_ts: str,
        action_id: str,
        block_id: str | None = None,
        chosen: Mapping[str, Any] | None = None,
    ) -> Delivery:
        """Press a button of a message and wait for the acknowledgement, or its time to pass.

        Args:
            chosen: what was chosen from a menu, such as `{"selected_option": …}`.

        Raises:
            LookupError: no such message or element for this person.
            PermissionError: the person is not in the channel.
        """
        person, found = self.person_in(user, channel)
        return await self.interactions.press(person, found, message_ts, action_id, block_id, chosen)

    async def press_in_view(
        self,
        user: str,
        view_id: str,
        action_id: str,
        block_id: str | None = None,
        chosen: Mapping[str, Any] | None = None,
        entered: Values | None = None,
    ) -> Delivery:
        """Press a button, or choose, inside an open modal or the Home tab; `entered` is what stands in
        its fields by now.

        Raises:
            LookupError: no such view or element for this person.
        """
        person = self.acting(user)
        return await self.interactions.act_in_view(person, view_id, action_id, block_id, chosen, entered)

    def view(self, user: str) -> Json | None:
        """The view that this person sees on top, with its state."""
        top = self.workspace.views.top(self.directory.person(user).id)
        return top.as_json() if top else None

    async def submit(self, user: str, view_id: str, values: Values) -> Submitted:
        """Submit a view: `{block_id: {action_id: {"type": …, "value": …}}}`."""
        return await self.interactions.submit(self.acting(user), view_id, values)

    async def close_view(self, user: str, view_id: str) -> Json | None:
        """Close a view; what lies below it, or None."""
        below = await self.interactions.close(self.acting(user), view_id)
        return below.as_json() if below else None

    async def command(self, user: str, channel: str, command: str, text: str = "") -> Delivery:
        """Type a slash command and wait for its acknowledgement; what stands in it is shown in the channel.

        Raises:
            LookupError: the manifest declares no such command, or the scope `commands` is missing.
            PermissionError: the person is not in the channel.
        """
        person, found = self.person_in(user, channel)
        return await self._commands.run(person, found, command, text)

    async def shortcut(
        self, user: str, callback_id: str, channel: str | None = None, message_ts: str | None = None
    ) -> Delivery:
        """Use a global shortcut, or, with a channel and a message, a message shortcut.

        Raises:
            LookupError: the manifest declares no such one, or no such message is there.
            PermissionError: the person is not in the channel.
        """
        if channel is None or message_ts is None:
            return await self._shortcuts.use(self.acting(user), callback_id)
        person, found = self.person_in(user, channel)
        return await self._shortcuts.use_on(person, callback_id, found, message_ts)

    async def options(self, user: str, view_id: str, action_id: str, value: str, block_id: str = "") -> Json:
        """What a menu in a view offers for what was typed: `{"options": […]}` or `{"option_groups": […]}`.

        Raises:
            LookupError: no such view or menu.
            NoOptions: the bot did not answer as it should.
        """
        person = self.acting(user)
        view = self.interactions.open_view(person, view_id)
        place = {"container": {"type": "view", "view_id": view.id}, "view": view.as_json()}
        blocks = view.body["blocks"]
        return await self._suggestions.ask(person, blocks, place, action_id, block_id or None, value)

    async def options_in_message(
        self, user: str, channel: str, message_ts: str, action_id: str, value: str, block_id: str = ""
    ) -> Json:
        """The same for a menu in a message."""
        person, found = self.person_in(user, channel)
        message = self.message_for(person, found, message_ts)
        place = self._asker.place_of(message, found)
        return await self._suggestions.ask(person, message.blocks, place, action_id, block_id or None, value)

    def home(self, user: str) -> Json | None:
        """The Home tab that the bot published for this person, with its state; None before that."""
        view = self.workspace.views.home(self.directory.person(user).id)
        return view.as_json() if view else None

    def open_home(self, user: str, tab: Tab = "home") -> None:
        """Open the app at one of its tabs; the bot hears `app_home_opened` if it is subscribed to it.

        Raises:
            LookupError: the manifest does not enable this tab, or the app is not installed.
        """
        app, person = self.directory.app, self.acting(user)
        if not app.installed or not (app.home_tab if tab == "home" else app.messages_tab):
            raise LookupError(f"the app has no {tab} tab")
        dm = self.workspace.open_dm([person.id, app.bot_user_id])
        view = self.home(user) if tab == "home" else None
        event = events.home_opened(person.id, dm, tab, view, self.workspace.times.next())
        self.workspace.send(event, dm)
