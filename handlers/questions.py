"""A poster decided what is to become of their images."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from bot.messages import Line
from bot.views import questions
from bot.wishes import Wish
from handlers.services import Services

Body = dict[str, Any]

TAKEN = "It goes on in the thread of your post."
IGNORED = "Nothing was done with it."
DECIDED = "This was decided before."


def register(app: AsyncApp, services: Services) -> None:
    """Listen to the choices of the private question."""

    async def decide(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        post_id, wish = _decision(body["actions"][0])
        mine = await services.intake.decided(post_id, body["user"]["id"], wish)
        context["decided"] = DECIDED if not mine else TAKEN if wish else IGNORED
        await ack()

    async def tell(body: Body, context: AsyncBoltContext) -> None:
        if words := context.get("decided"):  # else it could not be written down, and Slack shows that
            await services.workspace.respond(body["response_url"], Line(words), replace=True)

    for action in (questions.AS_USUAL, questions.NEW, questions.INTO, questions.IGNORE):
        app.action(action)(ack=decide, lazy=[tell])


def _decision(action: dict[str, Any]) -> tuple[int, Wish | None]:
    """The post, and what is wanted; None for nothing."""
    chosen = action.get("selected_option") or action
    post_id, _, mascot_id = chosen["value"].partition(" ")
    if action["action_id"] == questions.IGNORE:
        return int(post_id), None
    return int(post_id), Wish(new=not mascot_id, mascot_id=mascot_id or None, asked=True)
