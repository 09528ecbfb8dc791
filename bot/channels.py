"""What the bot does with images in each channel."""

from __future__ import annotations

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channel_settings import USUAL, ChannelSettings, Mode, ReviewRules
from bot.slack.post import Post
from bot.store import Store, channels
from bot.store.tables import ChannelRow
from bot.wishes import Wish


def asked_for(post: Post, wish: Wish) -> bool:
    """Whether the poster asked for something, rather than just posting among others."""
    return post.mentions_bot or post.is_direct or wish.asked


def mode_for(post: Post, wish: Wish, settings: ChannelSettings) -> Mode:
    """What is done about a post: whoever speaks to the bot or asks it for something knows what they want."""
    return Mode.AUTO if asked_for(post, wish) else settings.mode


class Channels:
    """Reads and changes what channels have been set to.

    Args:
        store: where that is written down.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    async def settings(self, team: str, channel: str) -> ChannelSettings:
        """What a channel is set to now."""
        async with self._store.read() as session:
            return await settings_of(session, team, channel)

    async def save(self, team: str, channel: str, settings: ChannelSettings, *, by: str) -> None:
        """Set a channel; from its next post on.

        Args:
            by: who does; the channel is among theirs from then on.
        """
        values = {
            "mode": settings.mode,
            "mascot_id": settings.mascot_id,
            "takes_outsiders": settings.takes_outsiders,
            "may_add": settings.may_add,
            "group_id": settings.group_id,
            **_columns(settings.review),
        }
        await self._store.write_at_once(
            lambda session: _set(session, team, channel, by, **values), urgent=True
        )

    async def ask_first(self, team: str, channel: str, *, by: str) -> None:
        """Have posters in a channel asked before their images are taken in.  `by` as for `save`."""
        await self._store.write_at_once(
            lambda session: _set(session, team, channel, by, mode=Mode.ASK), urgent=True
        )

    async def use(self, team: str, channel: str, mascot_id: str | None, *, by: str) -> None:
        """Let a channel's images go to a mascot; None: to new ones again.  `by` as for `save`."""
        await self._store.write_at_once(lambda session: _set(session, team, channel, by, mascot_id=mascot_id))


async def _set(session: AsyncSession, team: str, channel: str, by: str, **values: Any) -> None:
    await channels.change(session, team, channel, **values)
    await channels.note_who_set(session, team, channel, by)


async def settings_of(session: AsyncSession, team: str, channel: str) -> ChannelSettings:
    """What a channel is set to, as part of the caller's transaction."""
    return settings_from(await channels.channel(session, team, channel))


def settings_from(row: ChannelRow | None) -> ChannelSettings:
    """What a channel is set to, by what is written down of it."""
    if row is None:
        return USUAL
    return ChannelSettings(
        row.mode, row.mascot_id, row.takes_outsiders, row.may_add, row.group_id, _rules_from(row)
    )


def _rules_from(row: ChannelRow) -> ReviewRules:
    return ReviewRules(
        row.approvals_needed,
        row.poster_may_approve,
        row.may_review,
        tuple(row.reviewers or ()),
        row.review_group_id,
    )


def _columns(rules: ReviewRules) -> dict[str, Any]:
    return {
        "approvals_needed": rules.approvals,
        "poster_may_approve": rules.poster_may,
        "may_review": rules.who,
        "reviewers": list(rules.people),
        "review_group_id": rules.group_id,
    }
