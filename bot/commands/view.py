"""What commands are answered with: lists, questions, cards for one person, how the program is."""

from __future__ import annotations

import json
from collections.abc import Iterator

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ConfirmObject,
    ContextBlock,
    DividerBlock,
    MarkdownTextObject,
    SectionBlock,
)

from bot.cards import view as _card
from bot.mascots.listing import SHOW, mascot_lines
from bot.slack.lines import retry_button
from bot.slack.messages import (
    Choice,
    Failure,
    Forgetting,
    Listed,
    Listing,
    Rendered,
    Shown,
    Status,
)
from bot.slack.people import rich_text
from bot.slack.text import escape, one_line, plain, shorten_markup
from bot.text import listed

TURN = "desk.turn_page"
CHOOSE = "desk.choose"
SHARE = "desk.share"
FORGET = "desk.forget"

MOST_OPTIONS = 20  # buttons of a question; Block Kit takes 25
MOST_SOUGHT = 200  # characters of what is looked for; no name is longer
_LABEL = 75  # Block Kit: button text


def listing(page: Listing, *, pictures: bool = True) -> Rendered:
    """A page of mascots, each with its picture, its count and a button that shows it."""
    if not page.mascots:
        return _nothing(page)
    first, last = page.start + 1, page.start + len(page.mascots)
    head = f"{_about(page)}: {first}-{last} of {page.total}" if page.total > page.page else _about(page)
    blocks: list[Block] = [SectionBlock(text=plain(head), block_id="head")]
    for mascot in page.mascots:
        blocks += mascot_lines(mascot, SHOW, pictures=pictures)
    if turns := list(_turns(page)):
        blocks.append(ActionsBlock(elements=turns, block_id="pages"))
    names = listed(map(_in_fallback, page.mascots), most=page.page)
    return _rendered(f"{head}: {names}", blocks)


def choice(question: Choice) -> Rendered:
    """A question with a button for each answer."""
    buttons = [
        ButtonElement(
            text=plain(one_line(option.label), _LABEL),
            action_id=f"{CHOOSE}.{number}",
            value=json.dumps({"mascot": option.mascot_id, "request": question.request}, ensure_ascii=False),
        )
        for number, option in enumerate(question.options[:MOST_OPTIONS])
    ]
    blocks: list[Block] = [SectionBlock(text=plain(question.question), block_id="question")]
    if buttons:
        blocks.append(ActionsBlock(elements=buttons, block_id="answers"))
    return _rendered(question.question, blocks)


def shown(message: Shown, *, pictures: bool = True) -> Rendered:
    """The card without what belongs to its thread, and a button that shares it."""
    rendered = _card.card(message.card, pictures=pictures, acting=False)
    share = ButtonElement(
        text=plain("Share to channel"), action_id=SHARE, value=message.card.mascot_id, style="primary"
    )
    below: list[Block] = [rich_text(message.details, "details")] if message.details else []
    below.append(ActionsBlock(elements=[share], block_id="share"))
    return Rendered(rendered.text, [*rendered.blocks, *(block.to_dict() for block in below)])


def status(message: Status) -> Rendered:
    """How the program is, and what may be tried again."""
    blocks: list[Block] = [SectionBlock(text=plain("\n".join(message.lines)), block_id="status")]
    for failure in message.failures:
        blocks += [DividerBlock(), _failure(failure)]
    return _rendered("\n".join(message.lines), blocks)


def forgetting(kept: Forgetting) -> Rendered:
    """What is kept of somebody, what removing it means, and the button, which asks once more."""
    words = (
        f"About you I keep {_count(kept.posts, 'post')} with {_count(kept.images, 'picture')}, "
        f"and your name on {_count(kept.references, 'reference')} of mascots."
    )
    if kept.reviewer_in:
        words += f" {_count(kept.reviewer_in, 'channel')} named you as a reviewer."
    words += _kept_in_reviews(kept)
    means = (
        "Forgetting takes your name, file names and descriptions off all of it. The mascots are your team's, "
        f"so their references stay in Masko.{_stays_in_reviews(kept)} It cannot be undone."
    )
    button = ButtonElement(
        text=plain("Forget me"),
        action_id=FORGET,
        value="me",
        style="danger",
        confirm=ConfirmObject(
            title="Forget me?", text=plain("It cannot be undone."), confirm="Forget me", deny="Cancel"
        ),
    )
    blocks: list[Block] = [
        SectionBlock(text=plain(words), block_id="kept"),
        ContextBlock(elements=[plain(means)], block_id="means"),
        ActionsBlock(elements=[button], block_id="forget"),
    ]
    return _rendered(f"{words} {means}", blocks)


def _kept_in_reviews(kept: Forgetting) -> str:
    words = ""
    if kept.votes or kept.comments:
        said = f"{_count(kept.votes, 'vote')} and {_count(kept.comments, 'comment')}"
        words += f" In the records of reviews there are {said} of yours."
    if kept.named_in:
        named = "1 review names" if kept.named_in == 1 else f"{kept.named_in} reviews name"
        words += f" {named} you as somebody who asked, was asked or posted."
    return words


def _stays_in_reviews(kept: Forgetting) -> str:
    if not (kept.votes or kept.comments):
        return ""
    return (
        " So do your votes, as somebody's: what is approved stays so, and they approve nothing new. "
        "What you wrote about them goes."
    )


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _about(page: Listing) -> str:
    mascots = "1 mascot" if page.total == 1 else f"{page.total} mascots"
    return f"{mascots} with “{one_line(page.words)}”" if page.words else f"Your {mascots}"


def _nothing(page: Listing) -> Rendered:
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


def _failure(failure: Failure) -> Block:
    names = escape(listed(map(one_line, failure.names)))
    words = f"{names} in <#{failure.channel}>: {escape(failure.reason)}"
    return SectionBlock(
        text=MarkdownTextObject(text=shorten_markup(words, 2900)), accessory=retry_button(failure.retry)
    )


def _rendered(text: str, blocks: list[Block]) -> Rendered:
    return Rendered(escape(text), [block.to_dict() for block in blocks])
