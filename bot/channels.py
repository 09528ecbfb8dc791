"""What the bot does with images in each channel."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channel_settings import USUAL, ChannelSettings, Mode
from bot.slack.post import Post
from bot.store import Store, channels
from bot.store.tables import ChannelRow
from bot.wishes import Wish


def mode_for(post: Post, wish: Wish, settings: ChannelSettings) -> Mode:
    """What is done about a post: whoever speaks to the bot or asks it for something knows what they want."""
    return Mode.AUTO if post.mentions_bot or post.is_direct or wish.asked else settings.mode


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

    async def save(self, team: str, channel: str, settings: ChannelSettings) -> None:
        """Set a channel; from its next post on."""
        values = {
            "mode": settings.mode,
            "mascot_id": settings.mascot_id,
            "takes_outsiders": settings.takes_outsiders,
        }
        await self._store.write_at_once(
            lambda session: channels.change(session, team, channel, **values), urgent=True
        )

    async def ask_first(self, team: str, channel: str) -> None:
        """Have posters in a channel asked before their images are taken in; all else stays."""
        await self._store.write_at_once(
            lambda session: channels.change(session, team, channel, mode=Mode.ASK), urgent=True
        )

    async def use(self, team: str, channel: str, mascot_id: str | None) -> None:
        """Let a channel's images go to a mascot; None: to new ones again."""
        await self._store.write_at_once(
            lambda session: channels.change(session, team, channel, mascot_id=mascot_id)
        )


async def settings_of(session: AsyncSession, team: str, channel: str) -> ChannelSettings:
    """What a channel is set to, as part of the caller's transaction."""
    row: ChannelRow | None = await channels.channel(session, team, channel)
    if row is None:
        return USUAL
    return ChannelSettings(row.mode, row.mascot_id, row.takes_outsiders)
