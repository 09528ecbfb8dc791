"""A poster decided what is to become of their images."""

from __future__ import annotations

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from bot.channels.permission_rules import Act
from bot.intake import view as questions
from bot.intake.catch import Wish
from bot.slack.blocks import Message
from bot.slack.form_state import identifier
from handlers.reading import Body, actor_of, number, pair_of, reading
from handlers.services import Services

TAKEN = "It goes on in the thread of your post."
IGNORED = "Nothing was done with it."
DECIDED = "This was decided before."


def register(app: AsyncApp, services: Services) -> None:
    """Listen to the choices of the private question."""

    async def decide(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        (post_id, wish), actor = _decision(body), actor_of(body, context)
        if wish and wish.mascot_id:
            await services.permissions.require(actor, Act.ADD, mascot=wish.mascot_id)
        mine = await services.intake.decided(post_id, actor, wish)
        context["decided"] = DECIDED if not mine else TAKEN if wish else IGNORED
        await ack()

    async def tell(body: Body, context: AsyncBoltContext) -> None:
        if words := context.get("decided"):  # else it could not be written down, and Slack shows that
            await services.messenger.respond(body["response_url"], Message.of(words), replace=True)

    for action in (questions.AS_USUAL, questions.NEW, questions.INTO, questions.IGNORE):
        app.action(action)(ack=decide, lazy=[tell])


def _decision(body: Body) -> tuple[int, Wish | None]:
    """The post, and what is wanted; None for nothing."""
    post_id, mascot_id = pair_of(body)
    match body["actions"][0]["action_id"]:
        case questions.IGNORE:
            return number(post_id), None
        case questions.NEW:
            return number(post_id), Wish(new=True, asked=True)
    with reading():
        return number(post_id), Wish(mascot_id=identifier(mascot_id), asked=True)
