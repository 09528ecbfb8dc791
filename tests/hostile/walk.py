"""What is delivered where somebody uses each thing that the program shows, without its being delivered."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.cards import view as card
from bot.cards.view import Card
from bot.channels.settings import ChannelSettings
from bot.channels.view import introduction
from bot.commands.view import choice, listing, menu
from bot.commands.view import shown as for_one
from bot.db.posts import Failure
from bot.db.tables import ImageState, IntakeRow, PostRow, ReferenceRow, VoteRow
from bot.db.values import Mode, State
from bot.home import view as home
from bot.home.connection import KEY, PROJECT, connect_form
from bot.home.status import ALL_WELL, status
from bot.home.view import AtHome
from bot.intake.view import question
from bot.mascots.outcomes import NOTHING
from bot.mascots.search import Listed, Listing, Option
from bot.masko import MAX_REFERENCES
from bot.privacy import forgetting
from bot.review.text import Reviewed
from bot.review.view import ASK, COMMENT, REQUEST
from bot.sandbox.slack import NewFile
from bot.sandbox.slack.asking import Asker
from bot.sandbox.slack.blockkit import elements_of
from bot.sandbox.slack.deliveries import Delivery
from bot.sandbox.slack.directory import Person
from bot.sandbox.slack.interaction_kinds import InteractionType
from bot.sandbox.slack.interactions import Interactions
from bot.sandbox.slack.response_urls import Source
from bot.slack.blocks import OFFER, Message, Offer, offer_button, retry_button
from handlers.references import ADD_TO_MASKO, NEW_MASCOT
from tests.e2e.team import Team, picture
from tests.hostile.world import ADMIN, PRESSER, Given, World

Json = dict[str, Any]


class _Recorder(Asker):
    """Keeps what would be delivered."""

    def __init__(self, team: Team) -> None:
        super().__init__(team.slack.workspace)
        self.payload: Json = {}

    async def ask(self, type_: InteractionType, person: Person, payload: Json) -> Delivery:
        self.payload = {"type": type_, **self._common(type_, person), **payload}
        return Delivery("interactive", self.payload)


class Walk(World):
    """Shows Ben everything, and tells what he can do with it."""

    def __init__(self, team: Team) -> None:
        super().__init__(team)
        self.bot = AsyncWebClient(team.sandbox.bot_token, base_url=team.sandbox.slack_api_url)
        self._recorder = _Recorder(team)
        self._use = Interactions(team.slack.workspace, self._recorder)
        self._given: dict[str, Given] = {}

    # -- what is shown --------------------------------------------------------------------------

    async def show(self) -> None:
        """Say everything that has a value and that nobody has been shown yet."""
        felix, otto = self._mascot_in(self.felix), self._mascot_in(self.otto)
        channel, thread = self.slack.directory.channel("mascots").id, self.felix["ts"]
        post = next(each for each in self.rows[PostRow] if each.ts == self.felix["ts"])
        full = next(each for each in self.rows[PostRow] if each.ts == self.otto["ts"])
        failed = next(
            each
            for each in self.rows[PostRow]
            if each.channel == channel
            and each.ts not in (self.felix["ts"], self.otto["ts"], self.asked["ts"])
        )
        references = [each for each in self.rows[ReferenceRow] if each.mascot_id == felix]
        vote = next(each for each in self.rows[VoteRow] if each.mascot_id == felix)
        self.edition = vote.edition
        about = {
            Offer.UNDO: str(post.id),
            Offer.REPLACE: str(full.id),
            Offer.ANOTHER: str(full.id),
            Offer.REMOVE: str(references[0].id),
            Offer.KEEP: str(references[0].id),
            Offer.PUT_BACK: f"{felix} {references[0].asset_id}",
            Offer.MOVE_BACK: f"{felix} {otto} {references[0].asset_id}",
            Offer.LINK: f"{felix} {post.id}",
            Offer.GO: "https://example.com/",
            Offer.REQUEST: f"{felix} {vote.edition} {thread}",
            Offer.COMPARE: f"{felix} {vote.edition}",
            Offer.ANSWER: f"{felix} {vote.id}",
            Offer.DISMISS: f"{felix} {vote.id}",
            Offer.MET: felix,
        }
        assert set(about) == set(Offer)
        option = Option("Otto", otto)
        shown = Card(
            mascot_id=felix,
            name="Felix",
            prompt="A fox. " * 60,
            describing=False,
            pictures=(),
            count=2,
            post_id=full.id,
            about_post=replace(NOTHING, added=("a.png",), left_out=("b.png",)),
            review=Reviewed(vote.edition, State.IN_REVIEW),
        )
        plain = replace(shown, post_id=None)
        page = Listing("x", (Listed(felix, "Felix", 2),), MAX_REFERENCES, 20, MAX_REFERENCES)
        offers = [Message.of("Offered", buttons=(offer_button(does, what),)) for does, what in about.items()]
        messages: list[Message] = [
            *offers,
            card.card(shown),
            card.card(plain),
            card.card(replace(plain, review=None)),
            *(card.card(replace(plain, review=Reviewed(vote.edition, state))) for state in State),
            listing(page),
            Message.of("Failed", buttons=(retry_button(failed.id),)),
            question(self._held_back(), ("a.png",), option, (option,)),
            choice("Which?", (Listed(otto, "Otto", 1),), "show Otto"),
            for_one(plain),
            status(("Fine",), (Failure(channel, ("a.png",), "It failed", failed.id),)),
            menu(),
            forgetting(["1 post"]),
            introduction(Mode.AUTO),
        ]
        for message in messages:
            what = {"text": message.text, "blocks": message.blocks, "channel": channel, "thread_ts": thread}
            await self.bot.chat_postEphemeral(**what, user=self._id(PRESSER))
        failures = [Failure(channel, ("a.png",), "It failed", failed.id)]
        at_home = AtHome(page, ALL_WELL, failures=failures, channels={channel: ChannelSettings()})
        for each in (at_home, at_home._replace(mascots=replace(page, words=""))):
            await self.bot.views_publish(user_id=self._id(PRESSER), view=home.home(each))
            await self._keep_home()

    def _held_back(self) -> int:
        return int(next(each.id for each in self.rows[PostRow] if each.ts == self.asked["ts"]))

    # -- what is delivered ----------------------------------------------------------------------

    async def walk(self) -> list[Given]:
        """What is delivered where Ben uses each button, choice, menu and form that he is shown; the settings
        are Chris's to change."""
        ben, channel = self.slack.directory.person(PRESSER), self.slack.directory.channel("mascots")
        for message in self.slack.workspace.messages.all():
            if message.channel != channel.id or message.ephemeral_to not in (None, ben.id):
                continue
            for block_id, element, chosen in _used(message.blocks):
                await self._use.press(ben, channel, message.ts, element["action_id"], block_id, chosen)
                self._keep("action", element["action_id"], chosen)
        await self._forms()
        return list(self._given.values())

    async def _keep_home(self) -> None:
        """What is delivered where Ben uses his Home as it is now."""
        ben = self.slack.directory.person(PRESSER)
        shown = self.slack.home(PRESSER)
        assert shown is not None
        for block_id, element, chosen in _used(shown["blocks"]):
            await self._use.act_in_view(ben, shown["id"], element["action_id"], block_id, chosen)
            if element["type"] == "plain_text_input":
                self._recorder.payload["actions"][0]["value"] = "Felix"
            self._keep("action", element["action_id"], chosen)

    def _keep(self, kind: str, identity: str, chosen: Json | None = None) -> None:
        option = (chosen or {}).get("selected_option") or {}
        name = " ".join((kind, identity, *option.get("value", "").split()[:1]))
        self._given.setdefault(name, Given(name, self._recorder.payload))

    async def _forms(self) -> None:
        """Open each form, and fill it in."""
        option, text, people = _option, _text, self._id
        own = self.slack.files.add(
            NewFile("own.png", picture().content), self.slack.directory.person(PRESSER)
        )
        files = {"type": "file_input", "files": [own.id]}
        felix, otto = self._mascot_in(self.felix), self._mascot_in(self.otto)
        self.channel = self.slack.directory.channel("mascots").id
        asset = next(each.asset_id for each in self.rows[ReferenceRow] if each.mascot_id == felix)
        held = next(each.asset_id for each in self.rows[ReferenceRow] if each.mascot_id == otto)
        left_out = next(each.id for each in self.rows[IntakeRow] if each.state is ImageState.LEFT_OUT)
        words = {"words": text("A longer tail."), "about": option("static_select", asset)}
        described = next(each.id for each in self.rows[ReferenceRow] if each.mascot_id == felix)
        edited = {"name": text("Rex"), "prompt": text("A fox."), f"alt_{described}": text("A fox.")}
        await self._form(f"action {card.EDIT}", edited)
        change = {"which": option("static_select", asset), "where": option("static_select", otto)}
        change |= {"files": files, "links": text("")}
        await self._form(f"action {card.MORE} {card.REFERENCES}", change)
        await self._form(f"action {card.MORE} {card.UNLINK}", {})
        await self._form(f"action {card.MORE} {card.DETAILS}", {})
        await self._form(f"action {OFFER}.{Offer.UNDO}", {})
        replace = {"which": option("radio_buttons", held), "with": option("static_select", str(left_out))}
        await self._form("action offer.replace", replace)
        await self._form(f"action {REQUEST}", words)
        await self._form(f"action {COMMENT}", words)
        answer = {"words": text("Done.")}
        await self._form(f"action {OFFER}.{Offer.ANSWER}", answer, " answer")
        await self._form(f"action {OFFER}.{Offer.DISMISS}", answer, user=ADMIN)
        asked: Json = {"reviewers": {"type": "multi_users_select", "selected_users": [people("ana")]}}
        asked |= {
            "until": {"type": "datetimepicker", "selected_date_time": 4_000_000_000},
            "words": text("Ears"),
        }
        await self._form(f"action {ASK}", asked)
        await self._form("action home.settings", self._settings(otto), user=ADMIN)
        await self._shortcut(ADD_TO_MASKO, {"name": text(""), "mascot": option("external_select", otto)})
        made = {"files": files, "links": text(""), "name": text("Rex")}
        made |= {"channel": {"type": "conversations_select", "selected_conversation": self.channel}}
        await self._shortcut(NEW_MASCOT, made)
        before, trigger = self.slack.view(PRESSER), self.slack.workspace.triggers.issue(people(PRESSER))
        await self.bot.views_open(
            trigger_id=trigger, view=connect_form()
        )  # which is for one of many workspaces
        await self._sent(before, {KEY: text("masko_1"), PROJECT: text("")}, "", PRESSER)

    def _settings(self, mascot: str) -> Json:
        """The form with a channel's settings, filled in."""
        people = {"type": "multi_users_select", "selected_users": [self._id("ana")]}
        return {
            "mode": _option("radio_buttons", "auto"),
            "mascot": _option("static_select", mascot),
            "may_add": _option("static_select", "group:S0DESIGN001"),
            "outsiders": {"type": "checkboxes", "selected_options": [{"value": "yes"}]},
            "guests": {"type": "checkboxes", "selected_options": [{"value": "yes"}]},
            "approvals": _option("static_select", "2"),
            "may_review": _option("static_select", "everyone"),
            "reviewers": people,
            "posters": {"type": "checkboxes", "selected_options": [{"value": "yes"}]},
            "setters": people,
        }

    async def _form(self, opens: str, filled: Json, more: str = "", user: str = PRESSER) -> None:
        """What is delivered where somebody sends the form that a press opens."""
        pressed = self._given[opens].payload
        before = self.slack.view(user)
        await self.deliver({**pressed, "user": {**pressed["user"], "id": self._id(user)}})
        await self._sent(before, filled, more, user)

    async def _shortcut(self, callback_id: str, filled: Json) -> None:
        before = self.slack.view(PRESSER)
        where = ("mascots", self.felix["ts"]) if callback_id == ADD_TO_MASKO else ()
        await self.slack.shortcut(PRESSER, callback_id, *where)
        await self._sent(before, filled, "", PRESSER)

    async def _sent(self, before: Json | None, filled: Json, more: str, user: str) -> None:
        def another() -> Json | None:
            view = self.slack.view(user)
            return view if view and (before is None or view["id"] != before["id"]) else None

        view = await self.slack.wait_until(another)
        person = self.slack.directory.person(user)
        values = {
            block: {element["action_id"]: filled[block]}
            for block, element, _ in _used(view["blocks"], inputs=True)
            if block in filled
        }
        assert set(values) == set(filled), (set(filled), [each["block_id"] for each in view["blocks"]])
        await self._use.submit(person, view["id"], values)
        self._keep("view", view["callback_id"] + more)
        for block, element, _ in _used(view["blocks"], inputs=True):
            if element["type"] == "external_select":
                asked = {"action_id": element["action_id"], "block_id": block, "value": "Fel", "view": view}
                container = {"container": {"type": "view", "view_id": view["id"]}}
                await self._recorder.ask("block_suggestion", person, asked | container)
                self._keep("options", element["action_id"])

    async def deliver(self, payload: Json) -> Delivery:
        """Deliver a payload as something that somebody does now."""
        workspace = self.slack.workspace
        user, now = payload["user"]["id"], workspace.times.next()
        fresh: Json = {**payload, "trigger_id": workspace.triggers.issue(user)}
        if "actions" in payload:
            fresh["actions"] = [{**payload["actions"][0], "action_ts": now}]
        if "response_url" in payload:
            container = payload["container"]
            source = Source(
                container["channel_id"], user, container["message_ts"], container.get("thread_ts")
            )
            fresh["response_url"] = workspace.response_urls.issue("actions", source)
        if payload["type"] == "view_submission":
            fresh["view"] = {**payload["view"], "id": f"V{secrets.token_hex(6).upper()}"}
        return await workspace.way.ask("interactive", fresh)


def _used(blocks: list[Json], *, inputs: bool = False) -> Iterator[tuple[str, Json, Json | None]]:
    """What can be used of some blocks: the block's id, the element, and each choice of a menu."""
    for block in blocks:
        for _, element in elements_of(block):
            if "action_id" not in element:
                continue
            if inputs or element["type"] in ("button", "plain_text_input"):
                yield block["block_id"], dict(element), None
            else:
                for option in element["options"]:
                    yield block["block_id"], dict(element), {"selected_option": option}


def _option(kind: str, value: str) -> Json:
    return {"type": kind, "selected_option": {"text": {"type": "plain_text", "text": "?"}, "value": value}}


def _text(value: str) -> Json:
    return {"type": "plain_text_input", "value": value}
