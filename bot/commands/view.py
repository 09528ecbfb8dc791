"""What commands are answered with: lists, questions, cards for one person, how the program is."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ContextBlock,
    SectionBlock,
)

from bot.cards import view as _card
from bot.cards.view import Card
from bot.mascots.search import SHOW, Listed, Listing, Option, mascot_blocks
from bot.slack.blocks import Message, Sentence, button, message, rich_text
from bot.slack.text import escape, one_line, plain
from bot.text import listed

TURN = "desk.turn_page"
CHOOSE = "desk.choose"
SHARE = "desk.share"

MOST_OPTIONS = 20  # buttons of a question; Block Kit takes 25
MOST_SOUGHT = 200  # characters of what is looked for; no name is longer
_LABEL = 75  # Block Kit: button text


def listing(page: Listing) -> Message:
    """A page of mascots, each with its picture, its count and a button that shows it."""
    if not page.mascots:
        return _nothing(page)
    first, last = page.start + 1, page.start + len(page.mascots)
    head = f"{_about(page)}: {first}-{last} of {page.total}" if page.total > page.page else _about(page)
    blocks: list[Block] = [SectionBlock(text=plain(head), block_id="head")]
    for mascot in page.mascots:
        blocks += mascot_blocks(mascot, SHOW)
    if turns := list(_turns(page)):
        blocks.append(ActionsBlock(elements=turns, block_id="pages"))
    names = listed(map(_in_fallback, page.mascots), most=page.page)
    return _rendered(f"{head}: {names}", blocks)


def choice(question: str, options: Sequence[Option], request: str) -> Message:
    """A question with a button for each answer.

    Args:
        question: what is asked.
        options: the answers.
        request: what is done with the answer: the command that was asked, as it was typed.
    """
    buttons = [
        button(
            one_line(option.label),
            f"{CHOOSE}.{number}",
            json.dumps({"mascot": option.mascot_id, "request": request}, ensure_ascii=False),
        )
        for number, option in enumerate(options[:MOST_OPTIONS])
    ]
    blocks: list[Block] = [SectionBlock(text=plain(question), block_id="question")]
    blocks += [ActionsBlock(elements=buttons, block_id="answers")] if buttons else []
    return _rendered(question, blocks)


def shown(card: Card, below: Sentence = ()) -> Message:
    """A mascot's card for one person's eyes, with a button that shares it.

    Args:
        card: the mascot.
        below: a sentence below it; empty: none.
    """
    share = button("Share to channel", SHARE, card.mascot_id, "primary")
    blocks: list[Block] = [rich_text([below], "details")] if below else []
    blocks.append(ActionsBlock(elements=[share], block_id="share"))
    rendered = _card.card(card, acting=False)
    return Message(rendered.text, [*rendered.blocks, *(block.to_dict() for block in blocks)])


def _about(page: Listing) -> str:
    mascots = "1 mascot" if page.total == 1 else f"{page.total} mascots"
    return f"{mascots} with “{one_line(page.words)}”" if page.words else f"Your {mascots}"


def _nothing(page: Listing) -> Message:
    words = (
        f"No mascot's name has “{one_line(page.words)}” in it." if page.words else "There is no mascot yet."
    )
    more = "Post a picture in a channel where I am, and it becomes one."
    blocks: list[Block] = [SectionBlock(text=plain(words)), ContextBlock(elements=[plain(more)])]
    return _rendered(f"{words} {more}", blocks)


def _in_fallback(mascot: Listed) -> str:
    return f"{mascot.name} ({mascot.review})" if mascot.review else mascot.name


def _turns(page: Listing) -> Iterator[ButtonElement]:
    """Buttons to the neighbouring pages."""
    neighbours = (("Previous", page.start - page.page), ("Next", page.start + page.page))
    for label, start in neighbours:
        if 0 <= start < page.total:
            value = json.dumps({"words": page.words[:MOST_SOUGHT], "start": start}, ensure_ascii=False)
            yield ButtonElement(text=plain(label), action_id=f"{TURN}.{label.lower()}", value=value)


def _rendered(text: str, blocks: list[Block]) -> Message:
    return message(escape(text), blocks)
