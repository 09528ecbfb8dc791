"""Messages inside other messages: forwarded posts, and links to messages that Slack unfurls.

The shapes are those of recorded events (MercuryTechnologies/slack-web, golden files `messageChange` and
`share_without_message`); that the files of a forwarded post lie in the attachment is reported in
NousResearch/hermes-agent pull request 75481.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from bot.sandbox.slack.directory import Channel, Directory
from bot.sandbox.slack.messages import Message, Quote

_FOOTERS = {
    "channel": "Posted in #{name}",
    "private": "Private channel message",
    "im": "Direct message",
    "mpim": "Group message",
}
"""Recorded for public channels only; the others are a Choice."""


def permalink(origin: str, message: Message) -> str:
    """Where a message is found, as chat.getPermalink answers."""
    link = f"{origin}/archives/{message.channel}/p{message.ts.replace('.', '')}"
    if message.is_reply:
        link += f"?thread_ts={message.thread_ts}&cid={message.channel}"
    return link


def forwarded(message: Message, directory: Directory, origin: str) -> Quote:
    """A message as the post that forwards it carries it."""
    about = {"color": "D0D0D0", "is_share": True}
    return Quote(_attachment(message, directory, origin) | about, tuple(message.files))


def unfurled(message: Message, directory: Directory, origin: str, number: int = 1) -> Quote:
    """A message as Slack shows it below a link to it; `number` counts the attachments from 1."""
    about = {"id": number, "original_url": permalink(origin, message)}
    return Quote(_attachment(message, directory, origin) | about, tuple(message.files))


def linked(text: str, origin: str) -> list[tuple[str, str]]:
    """Channel and timestamp of every message of this workspace that a text links to."""
    links = re.finditer(re.escape(origin) + r"/archives/(?P<channel>\w+)/p(?P<digits>\d{7,})", text)
    return [(link["channel"], f"{link['digits'][:-6]}.{link['digits'][-6:]}") for link in links]


def urls(text: str) -> list[str]:
    """The links of a text as Slack writes them (`<https://…>` and `<https://…|words>`)."""
    found = re.findall(r"<(https?://[^<>|]+)(?:\|[^<>]*)?>", text)
    return [url.replace("&amp;", "&") for url in found]


def within_domains(url: str, domains: Iterable[str]) -> bool:
    """Whether a link leads to one of these domains or below it."""
    host = urlsplit(url).hostname or ""
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)


def _attachment(message: Message, directory: Directory, origin: str) -> dict[str, Any]:
    author, channel = directory.people[message.user], directory.channels[message.channel]
    return {
        "from_url": permalink(origin, message),
        "ts": message.ts,
        "author_id": author.id,
        "channel_id": channel.id,
        "channel_team": directory.team.id,
        "channel_name": channel.name,
        "is_msg_unfurl": True,
        "message_blocks": [
            {
                "team": message.team,
                "channel": channel.id,
                "ts": message.ts,
                "message": {"blocks": message.blocks},
            }
        ],
        "fallback": f"[{_moment(message.ts)}] {author.name}: {message.text}",
        "text": message.text,
        "author_name": author.real_name,
        "author_link": f"{origin}/team/{author.id}",
        "author_icon": f"{origin}/static/favicon.svg",
        "author_subname": author.name,
        "mrkdwn_in": ["text"],
        "footer": _footer(channel),
    }


def _footer(channel: Channel) -> str:
    return _FOOTERS[channel.kind].format(name=channel.name)


def _moment(ts: str) -> str:
    return time.strftime("%B %d, %Y %I:%M %p", time.gmtime(float(ts)))
