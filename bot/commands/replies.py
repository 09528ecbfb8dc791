"""What each `/masko` command does and replies; `bot.app` makes the dispatcher's table of them."""

from __future__ import annotations

import json
from dataclasses import dataclass

from bot.cards.service import Cards
from bot.channels.permissions import Actor
from bot.channels.service import Channels
from bot.commands import grammar
from bot.commands.grammar import Command
from bot.commands.view import choice, how_to, listing, menu, shown
from bot.db.tables import MascotRow
from bot.home.status import StatusReport
from bot.jobs import Job
from bot.mascots.edit import RENAME, Descriptions
from bot.mascots.search import Found, MascotSearch, options
from bot.mascots.service import Mascots
from bot.privacy.service import Privacy
from bot.references.add import Additions
from bot.review.due import unreadable
from bot.review.lists import Waiting
from bot.review.requests import Invitation, Invitations
from bot.slack.blocks import Message, Sentence
from bot.slack.request import Request
from bot.text import folded, short

MOST_REPEATED = 1800  # characters of a command, as JSON, that a button can carry (Block Kit: 2,000)


@dataclass(frozen=True)
class Asked:
    """A command that a job carries out, and the mascot that it names, if any."""

    job: Job
    request: Request
    mascot: MascotRow | None = None

    @property
    def actor(self) -> Actor:
        return Actor(self.request.team, self.request.user)


def at_once(command: Command) -> Message | None:
    """Return the reply to a command that needs no look-up; None for the others."""
    match command:
        case grammar.Menu():
            return menu()
        case grammar.Unfinished(name):
            return how_to(f"/masko {name} needs a little more.", name)
        case grammar.Refused(why):
            return Message.of(why)
        case grammar.Help(None):
            return how_to()
        case grammar.Help(str(word), None):
            return how_to(f"There is no command “{short(word)}”. These are all:")
        case grammar.Help(word, nearest):
            return how_to(f"There is no command “{word}”. Did you mean {nearest}?", nearest)
    return None


def which(found: Found, name: str, text: str) -> Message:
    """Return the question which mascot a name means, or that there is none; `text` is the whole command."""
    name = short(name)
    if found.candidates and len(json.dumps(text)) > MOST_REPEATED:
        return Message.of(
            f"“{name}” may mean several mascots. Please write the whole name: /masko list has them."
        )
    if found.mascots:
        return choice(f"Several mascots may be meant by “{name}”. Which one?", options(found.mascots), text)
    if found.near:
        return choice(f"No mascot is called “{name}”. Did you mean one of these?", options(found.near), text)
    return Message.of(f"No mascot is called “{name}”.", (grammar.USAGE["list"][2] + ": /masko list",))


async def list_mascots(search: MascotSearch, asked: Asked, command: grammar.ListMascots) -> Message:
    return listing(await search.page(asked.actor, command.words, command.start))


async def show(mascots: Mascots, cards: Cards, asked: Asked, _: Command, *, below: Sentence = ()) -> Message:
    assert asked.mascot is not None
    await mascots.refresh(asked.mascot.id)
    card = await cards.of_mascot(asked.mascot.id)
    assert card is not None, "only mascots that were written down are found"
    return shown(card, below)


async def share(cards: Cards, asked: Asked, _: grammar.Share) -> Message:
    assert asked.mascot is not None
    return await cards.share(asked.job, asked.request, asked.mascot.id)


async def use(channels: Channels, asked: Asked, _: grammar.Use) -> Message:
    mascot = asked.mascot
    await channels.use(asked.actor, asked.request.channel, mascot.id if mascot else None)
    if mascot is None:
        return Message.of("Images posted in this channel start new mascots again.")
    return Message.of(
        f"Images posted in this channel go to {mascot.name or 'the mascot'} now.",
        ("/masko use none ends it. I hear of images only where I am: /invite me, if need be.",),
    )


async def from_links(additions: Additions, asked: Asked, command: grammar.New | grammar.Add) -> Message:
    name = command.name if isinstance(command, grammar.New) else None
    return await additions.from_links(asked.job, asked.request, command.links, name=name, into=asked.mascot)


async def rename(descriptions: Descriptions, asked: Asked, command: grammar.Rename) -> None:
    """Put the job that renames a mascot and replies."""
    mascot, request, splits = asked.mascot, asked.request, command.splits
    assert mascot is not None
    name = next((new for old, new in splits if means(old, mascot.name or "")), splits[0][1])
    await descriptions.ask_change(RENAME, request, mascot.id, name)


async def review(
    waiting: Waiting,
    invitations: Invitations,
    mascots: Mascots,
    cards: Cards,
    asked: Asked,
    command: grammar.Review,
) -> Message | None:
    """List what waits for a review, show a mascot's review, or ask for one, which another job replies to."""
    people_or_day = command.reviewers or command.groups or command.due
    if command.no_due is not None:
        return Message.of(unreadable(command.no_due))
    if asked.mascot is None:
        needs_more = at_once(grammar.Unfinished("review"))
        return needs_more if people_or_day else await waiting.told(asked.actor)
    if not people_or_day:
        below = await invitations.replies(asked.mascot.id)
        return await show(mascots, cards, asked, command, below=below)
    request = asked.request
    await invitations.ask(
        Invitation(
            key=f"command:{request.response_url}",  # one for each command, and the same when it is repeated
            request=request,
            mascot_id=asked.mascot.id,
            reviewers=command.reviewers,
            groups=command.groups,
            due=command.due or "",
        )
    )
    return None


async def private(privacy: Privacy, asked: Asked, command: Command) -> Message:
    """Show, change or export what is kept about people."""
    match command:
        case grammar.ForgetMe():
            return await privacy.kept(asked.actor)
        case grammar.NoticeMe(noticed):
            return await privacy.notice(asked.actor, noticed)
        case _ if asked.mascot is not None:
            return await privacy.export_review(asked.actor, asked.mascot)
    return await privacy.export(asked.actor, asked.request.channel)


async def status(report: StatusReport, asked: Asked, _: grammar.Status) -> Message:
    return await report.told(asked.actor, asked.request.channel)


def means(written: str, name: str) -> bool:
    """Return whether a name starts with what was written."""
    return folded(name).startswith(folded(written))
