"""Messages that answer commands: help, the menu, lists, questions, a card for one person."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ContextBlock,
    MarkdownTextObject,
    SectionBlock,
)

from bot.cards import view as cards
from bot.cards.view import Card
from bot.commands.grammar import USAGE, Command, Help, ListMascots, Settings, Status
from bot.mascots.search import SHOW, Listing, Option, mascot_blocks
from bot.slack.blocks import MENU, Message, Sentence, button, message, rich_text
from bot.slack.text import escape, one_line, plain
from bot.text import listed

TURN = "commands.turn_page"
CHOOSE = "commands.choose"
SHARE = "commands.share"

MOST_OPTIONS = 20  # buttons of a question; Block Kit takes 25
MOST_SOUGHT = 200  # characters of what is looked for; no name is longer
OFFERED: dict[str, tuple[str, Command]] = {
    "list": ("My mascots", ListMascots()),
    "settings": ("Channel settings", Settings()),
    "status": ("Status", Status()),
    "help": ("All commands", Help()),
}
"""Buttons of the menu: value → label and command."""

_FIRST = (
    "Post a picture of a mascot in a channel where I am: its thread gets the mascot's name, its prompt and "
    "its references, up to 6. Reply there with more pictures to add them."
)
_IN_THREADS = "In a thread, where commands cannot be typed, mention me: @Masko add to Felix."


def how_to(remark: str | None = None, command: str | None = None) -> Message:
    """Explain one command with its example, or all if it is None, below an optional sentence."""
    usages = "\n".join(map(_usage, [command] if command else USAGE))
    blocks: list[Block] = [SectionBlock(text=MarkdownTextObject(text=usages), block_id="commands")]
    if remark or command is None:
        blocks.insert(0, SectionBlock(text=plain(remark or _FIRST), block_id="remark"))
    if command is None:
        blocks.append(ContextBlock(elements=[plain(_IN_THREADS)], block_id="hint"))
    return message(escape(remark or "How to use /masko"), blocks)


def _usage(command: str) -> str:
    usage, example, does = USAGE[command]
    line = f"`/masko {escape(usage)}`  {escape(does)}"
    return line if usage == example else f"{line}\n      for example `/masko {escape(example)}`"


def menu() -> Message:
    """Return the answer to `/masko` alone."""
    buttons = [button(label, f"{MENU}.{value}", value) for value, (label, _) in OFFERED.items()]
    actions = ActionsBlock(elements=list(buttons), block_id="menu")
    return message(escape(_FIRST), [SectionBlock(text=plain(_FIRST), block_id="remark"), actions])


def listing(page: Listing) -> Message:
    """Return a page of mascots, each with picture, count and a Show button."""
    if not page.mascots:
        looked_for = f"No mascot's name has “{one_line(page.words)}” in it." if page.words else ""
        more = "Post a picture in a channel where I am, and it becomes one."
        return Message.of(looked_for or "There is no mascot yet.", (more,))
    first, last = page.start + 1, page.start + len(page.mascots)
    count = "1 mascot" if page.total == 1 else f"{page.total} mascots"
    head = f"{count} with “{one_line(page.words)}”" if page.words else f"Your {count}"
    if page.total > page.page:
        head += f": {first}-{last} of {page.total}"
    blocks: list[Block] = [SectionBlock(text=plain(head), block_id="head")]
    for mascot in page.mascots:
        blocks += mascot_blocks(mascot, SHOW)
    if turns := list(_turns(page)):
        blocks.append(ActionsBlock(elements=turns, block_id="pages"))
    names = [f"{each.name} ({each.review})" if each.review else each.name for each in page.mascots]
    return message(escape(f"{head}: {listed(names, most=page.page)}"), blocks)


def _turns(page: Listing) -> Iterator[ButtonElement]:
    for label, start in (("Previous", page.start - page.page), ("Next", page.start + page.page)):
        if 0 <= start < page.total:
            value = json.dumps({"words": page.words[:MOST_SOUGHT], "start": start}, ensure_ascii=False)
            yield button(label, f"{TURN}.{label.lower()}", value)


def choice(question: str, options: Sequence[Option], request: str) -> Message:
    """Return a question with a button for each mascot, which repeats the command `request` as typed."""
    buttons = []
    for number, option in enumerate(options[:MOST_OPTIONS]):
        value = json.dumps({"mascot": option.mascot_id, "request": request}, ensure_ascii=False)
        buttons.append(button(one_line(option.label), f"{CHOOSE}.{number}", value))
    blocks: list[Block] = [SectionBlock(text=plain(question), block_id="question")]
    blocks += [ActionsBlock(elements=list(buttons), block_id="answers")] if buttons else []
    return message(escape(question), blocks)


def shown(card: Card, below: Sentence = ()) -> Message:
    """Return a mascot's card for one person, with a Share button, and a sentence below it."""
    share = button("Share to channel", SHARE, card.mascot_id, "primary")
    blocks: list[Block] = [rich_text([below], "details")] if below else []
    blocks.append(ActionsBlock(elements=[share], block_id="share"))
    rendered = cards.card(card, acting=False)
    return Message(rendered.text, [*rendered.blocks, *(block.to_dict() for block in blocks)])
