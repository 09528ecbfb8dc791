"""Listeners for posts, mentions, deletions, and decisions about a post's images."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from bot.channels.permission_rules import Act
from bot.commands.grammar import Talk, read_mention, words_beside
from bot.commands.mentions import is_request, wish_of
from bot.intake import view as questions
from bot.intake.catch import Wish
from bot.slack.blocks import RETRY, Message
from bot.slack.events import read_deletion, read_post
from bot.slack.form_state import identifier
from handlers.opening import tell
from handlers.reading import Body, actor_of, number, pair_of, reading, value_of
from handlers.services import Services

TAKEN = "It goes on in the thread of your post."
IGNORED = "Nothing was done with it."
DECIDED = "This was decided before."
NOT_HERE = "That post was not in this conversation, so nothing was tried again."


def register(app: AsyncApp, services: Services) -> None:
    """Register the listeners; a `message` and an `app_mention` may report the same post."""

    async def posted(body: dict[str, Any], context: AsyncBoltContext) -> None:
        team, bot = context.team_id or "", context.bot_user_id
        origin = context.client.base_url if context.client else None
        post = read_post(body, team=team, bot_user_id=bot, own_origin=origin)
        if post is None:
            if deletion := read_deletion(body, team=team):
                await services.deletions.notice(deletion)
            return
        command = read_mention(words_beside(post.text, bot)) if post.mentions_bot else Talk()
        if post.mentions_bot and is_request(post, command):
            await services.commands.mention(post, command)
            return
        if post.thread_ts is not None and not post.images and not post.mentions_bot:
            await services.reviews.hear(post)
        await services.intake.catch(post, wish_of(post, command))

    async def decide(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        (post_id, wish), actor = _decision(body), actor_of(body, context)
        if wish and wish.mascot_id:
            await services.permissions.require(actor, Act.ADD, mascot=wish.mascot_id)
        mine = await services.intake.decided(post_id, actor, wish)
        context["decided"] = DECIDED if not mine else TAKEN if wish else IGNORED
        await ack()

    async def tell_of_decision(body: Body, context: AsyncBoltContext) -> None:
        if words := context.get("decided"):  # else it could not be written down, and Slack shows that
            await services.messenger.respond(body["response_url"], Message.of(words), replace=True)

    async def retry(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        here = body["container"].get("channel_id")
        if not await services.intake.retry(number(value_of(body)), actor_of(body, context), here):
            await tell(services, body, Message.of(NOT_HERE))
        await ack()

    app.event("message")(posted)
    app.event("app_mention")(posted)
    app.event("file_deleted")(posted)
    for action in (questions.AS_USUAL, questions.NEW, questions.INTO, questions.IGNORE):
        app.action(action)(ack=decide, lazy=[tell_of_decision])
    app.action(RETRY)(retry)


def _decision(body: Body) -> tuple[int, Wish | None]:
    post_id, mascot_id = pair_of(body)
    match body["actions"][0]["action_id"]:
        case questions.IGNORE:
            return number(post_id), None
        case questions.NEW:
            return number(post_id), Wish(new=True, asked=True)
    with reading():
        return number(post_id), Wish(mascot_id=identifier(mascot_id), asked=True)
