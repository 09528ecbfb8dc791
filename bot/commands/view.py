"""Messages that answer commands: help, the menu, lists, questions, a card for one person."""

from __future__ import annotations

import json
from collections.abc import Sequence

from slack_sdk.models.blocks import Block, MarkdownTextObject

from bot.cards import view as cards
from bot.cards.view import Card
from bot.commands.grammar import USAGE, Command, Help, ListMascots, Simple
from bot.mascots.search import NAMELESS, Found, Listed, Listing, heading, mascot_blocks, pager
from bot.slack.blocks import MENU, Message, Sentence, actions, button, context, message, section
from bot.slack.text import escape
from bot.text import folded, listed, short

TURN = "commands.turn_page"
CHOOSE = "commands.choose"
SHARE = "commands.share"

MOST_OPTIONS = 20  # mascots in a question, two blocks each; Block Kit takes 50
MOST_REPEATED = 1800  # characters of a command, as JSON, that a button can carry (Block Kit: 2,000)
MOST_SOUGHT = 200  # characters of what is looked for; no name is longer
OFFERED: dict[str, tuple[str, Command]] = {
    "list": ("List mascots", ListMascots()),
    "settings": ("Channel settings", Simple.SETTINGS),
    "status": ("Status", Simple.STATUS),
    "help": ("All commands", Help()),
}
"""Buttons of the menu: value → label and command."""

_FIRST = (
    "Post an image of a mascot in a channel where I am: its thread gets the mascot's name, its prompt and "
    "its references, up to 6. Reply there with more images to add them."
)
_IN_THREADS = "In a thread, where commands can't be typed, mention me: @Masko add to Felix."


def how_to(remark: str | None = None, command: str | None = None) -> Message:
    """Explain one command with its example, or all if it is None, below an optional sentence."""
    usages = "\n".join(map(_usage, [command] if command else USAGE))
    above = [section(remark or _FIRST, "remark")] if remark or command is None else []
    below = [context(_IN_THREADS, block_id="hint")] if command is None else []
    blocks = [*above, section(MarkdownTextObject(text=usages), "commands"), *below]
    return message(escape(remark or "How to use /masko"), blocks)


def _usage(command: str) -> str:
    usage, example, does = USAGE[command]
    line = f"`/masko {escape(usage)}`  {escape(does)}"
    return line if usage == example else f"{line}\n      for example `/masko {escape(example)}`"


def menu() -> Message:
    """Return the answer to `/masko` alone."""
    buttons = [button(label, f"{MENU}.{value}", value) for value, (label, _) in OFFERED.items()]
    return message(escape(_FIRST), [section(_FIRST, "remark"), actions(buttons, "menu")])


def listing(page: Listing) -> Message:
    """Return a page of mascots, each with picture, count and a Show button."""
    head = heading(page, "you can see")
    if not page.mascots:
        more = "Post an image in a channel where I am, and it becomes one."
        return Message.of(head if page.words else "There is no mascot yet.", (more,))
    blocks: list[Block] = [section(head, "head")]
    blocks += [block for mascot in page.mascots for block in mascot_blocks(mascot)]
    words = page.words[:MOST_SOUGHT]
    blocks += pager(TURN, page, lambda start: _value(words=words, start=start))
    names = [f"{each.name} ({each.review})" if each.review else each.name for each in page.mascots]
    return message(escape(f"{head}: {listed(names, most=page.page)}"), blocks)


def _value(**about: object) -> str:
    return json.dumps(about, ensure_ascii=False)


def choice(question: str, candidates: Sequence[Listed], request: str) -> Message:
    """Return a question with a button beside each mascot, which repeats the command `request` as typed."""
    blocks: list[Block] = [section(question, "question")]
    for number, mascot in enumerate(candidates[:MOST_OPTIONS]):
        value = _value(mascot=mascot.mascot_id, request=request)
        blocks += mascot_blocks(mascot, button("This one", f"{CHOOSE}.{number}", value))
    return message(escape(question), blocks)


def shown(card: Card, below: Sentence = ()) -> Message:
    """Return a mascot's card for one person, with a Share button, and a sentence below it."""
    details = Message.of(below).blocks if below else []
    share = actions([button("Share to channel", SHARE, card.mascot_id, "primary")], "share")
    rendered = cards.card(card, acting=False)
    return Message(rendered.text, [*rendered.blocks, *details, share.to_dict()])


def not_one(found: Found, name: str) -> str:
    """Return the sentence about a name that means no mascot or several."""
    if len({folded(each.name or NAMELESS) for each in found.mascots}) == 1:
        return f"Several mascots are called “{short(found.mascots[0].name or NAMELESS)}”."
    fits = "Several mascots match" if found.mascots else "No mascot is called"
    return f"{fits} “{short(name)}”."


def which(found: Found, candidates: Sequence[Listed], name: str, text: str) -> Message:
    """Return the question which mascot a name means, or that there is none; `text` is the whole command."""
    if not found.candidates:
        return Message.of(not_one(found, name), (USAGE["list"][2] + ": /masko list",))
    if len(json.dumps(text)) > MOST_REPEATED:
        whole = "Please write the whole name: /masko list has them."
        return Message.of(f"“{short(name)}” could mean several mascots. {whole}")
    asked = "Which one?" if found.mascots else "Did you mean one of these?"
    return choice(f"{not_one(found, name)} {asked}", candidates, text)
