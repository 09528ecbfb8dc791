"""Listeners for events (posts, mentions, deletions, changes of channels) and decisions about images."""

from __future__ import annotations

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from bot.channels.permission_rules import Act
from bot.commands.grammar import Talk, read_mention, words_beside
from bot.commands.mentions import destination_of, is_request
from bot.intake import view as questions
from bot.intake.catch import Destination
from bot.slack.blocks import RETRY, Message
from bot.slack.events import read_deletion, read_post
from bot.slack.forms import identifier, number
from handlers.payloads import Body, actor_of, answering, pair_of, tell, value_of
from handlers.services import Services

TAKEN = "I'll continue in the thread of your post."
IGNORED = "OK, I left it alone."
DECIDED = "This was already decided."
NOT_HERE = "That post wasn't in this conversation, so nothing was tried again."


def register(app: AsyncApp, services: Services) -> None:
    """Register the listeners; a `message` and an `app_mention` may report the same post."""

    async def posted(body: Body, context: AsyncBoltContext) -> None:
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
        await services.intake.catch(post, destination_of(post, command))

    async def decide(body: Body, context: AsyncBoltContext) -> str:
        (post_id, destination), actor = _decision(body), actor_of(body, context)
        if destination and destination.mascot_id:
            await services.permissions.require(actor, Act.ADD, mascot=destination.mascot_id)
        mine = await services.intake.decided(post_id, actor, destination)
        return DECIDED if not mine else TAKEN if destination else IGNORED

    async def retry(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        here = body["container"].get("channel_id")
        if not await services.intake.retry(number(value_of(body)), actor_of(body, context), here):
            await tell(services, body, Message.of(NOT_HERE))
        await ack()

    app.event("message")(posted)
    app.event("app_mention")(posted)
    app.event("file_deleted")(posted)
    for action in (questions.AS_USUAL, questions.NEW, questions.INTO, questions.IGNORE):
        app.action(action)(**answering(services, decide))
    app.action(RETRY)(retry)
    _listen_to_channels(app, services)


def _decision(body: Body) -> tuple[int, Destination | None]:
    post_id, mascot_id = pair_of(body)
    match body["actions"][0]["action_id"]:
        case questions.IGNORE:
            return number(post_id), None
        case questions.NEW:
            return number(post_id), Destination(new=True, asked=True)
    return number(post_id), Destination(mascot_id=identifier(mascot_id), asked=True)


def _listen_to_channels(app: AsyncApp, services: Services) -> None:
    """Register listeners for channels that the bot joins or leaves, or that are closed or get another id.

    Slack reports that the bot itself left by `channel_left` and `group_left` (slackapi/bolt-js #1847);
    `member_left_channel` is handled too, in case it is sent for the bot.
    """

    async def joined(event: Body, context: AsyncBoltContext) -> None:
        if event["user"] == context.bot_user_id:
            await reopened(event, context)
            await services.channels.invited(context.team_id or "", event["channel"], event.get("inviter"))

    async def left(event: Body, context: AsyncBoltContext) -> None:
        if event["user"] == context.bot_user_id:
            await closed(event, context)

    async def closed(event: Body, context: AsyncBoltContext) -> None:
        await services.channels.closed(context.team_id or "", event["channel"])

    async def reopened(event: Body, context: AsyncBoltContext) -> None:
        await services.channels.reopened(context.team_id or "", event["channel"])

    async def moved(event: Body, context: AsyncBoltContext) -> None:
        old, new = event["old_channel_id"], event["new_channel_id"]
        await services.channels.moved(context.team_id or "", old, new)

    app.event("member_joined_channel")(joined)
    app.event("member_left_channel")(left)
    app.event("channel_left")(closed)
    app.event("group_left")(closed)
    app.event("channel_archive")(closed)
    app.event("group_archive")(closed)
    app.event("channel_deleted")(closed)
    app.event("group_deleted")(closed)
    app.event("channel_unarchive")(reopened)
    app.event("group_unarchive")(reopened)
    app.event("channel_id_changed")(moved)
