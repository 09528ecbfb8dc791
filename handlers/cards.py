"""Somebody pressed a button on a card, or sent one of its modals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.models.views import View

from bot.descriptions import Change
from bot.messages import Line
from bot.naming import tidy_name, wrong_with
from bot.views import card, modals
from bot.views.modals import CardPlace
from bot.views.text import clean
from handlers.opening import open_form, spot_of, tell
from handlers.services import Services

Body = dict[str, Any]
Form = Callable[[CardPlace, str | None, str], View]  # (place, name, prompt) -> modal

FORMS: dict[str, Form] = {
    card.RENAME: lambda place, name, _prompt: modals.rename(place, name),
    card.EDIT_PROMPT: lambda place, _name, prompt: modals.edit_prompt(place, prompt),
    card.SHOW_PROMPT: lambda _place, name, prompt: modals.full_prompt(name, prompt),
}
"""What a card opens, by button."""

NOT_KNOWN = "This mascot is not known here any more. It may have been deleted in Masko."


def register(app: AsyncApp, services: Services) -> None:
    """Listen to the card's buttons and modals."""

    async def pressed(body: Body) -> None:
        action = body["actions"][0]
        await open_about(services, body, action["action_id"], action["value"])

    async def noticed(ack: AsyncAck) -> None:
        await ack()

    async def renamed(ack: AsyncAck, body: Body) -> None:
        change = _change(body, tidy_name(_entered(body)))
        if wrong := wrong_with(change.value):
            await ack(response_action="errors", errors={modals.FIELD: wrong})
            return
        await services.descriptions.ask_rename(change)
        await ack()

    async def prompt_edited(ack: AsyncAck, body: Body) -> None:
        change = _change(body, clean(_entered(body)))
        if wrong := modals.wrong_with_prompt(change.value):
            await ack(response_action="errors", errors={modals.FIELD: wrong})
            return
        await services.descriptions.ask_change_prompt(change)
        await ack()

    # Acknowledged first: Slack may take its time to open a modal.
    app.action(card.RENAME)(ack=noticed, lazy=[pressed])
    app.action(card.EDIT_PROMPT)(ack=noticed, lazy=[pressed])
    app.action(card.SHOW_PROMPT)(ack=noticed, lazy=[pressed])
    app.action(card.OPEN_MASKO)(noticed)
    app.view(modals.RENAME_VIEW)(renamed)
    app.view(modals.PROMPT_VIEW)(prompt_edited)


async def open_about(services: Services, body: Body, what: str, mascot_id: str) -> None:
    """Open a modal about a card's mascot, from what is remembered: `trigger_id` lasts three seconds.

    Args:
        body: of the press.
        what: which: one of `FORMS`.
        mascot_id: the mascot.
    """
    mascot = await services.mascots.known(mascot_id)
    if mascot is None or mascot.gone_at is not None or mascot.team != body["team"]["id"]:
        await tell(services, body, Line(NOT_KNOWN))
        return
    view = FORMS[what](CardPlace(mascot_id, *spot_of(body)), mascot.name, mascot.prompt or "")
    await open_form(services, body, lambda _pictures: view)


def _entered(body: Body) -> str:
    return body["view"]["state"]["values"][modals.FIELD][modals.FIELD].get("value") or ""


def _change(body: Body, value: str) -> Change:
    place = CardPlace.from_metadata(body["view"]["private_metadata"])
    return Change(place.mascot_id, value, body["user"]["id"], place.channel, place.thread_ts)
