"""The placeholder and the short replies."""

from __future__ import annotations

from collections.abc import Sequence

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ContextBlock,
    MarkdownTextObject,
    SectionBlock,
)

from bot.images import short_name
from bot.messages import Announcement, Line, Rendered, Retry, Working
from bot.views.text import escape, one_line, plain, shorten
from bot.wording import listed

RETRY = "intake.retry"


def working(placeholder: Working) -> Rendered:
    """The placeholder: what is being done with which images, and why it may take longer."""
    names = listed(short_name(one_line(name)) for name in placeholder.names)
    into = f"Adding {names} to {one_line(placeholder.mascot)}…" if placeholder.mascot else f"Reading {names}…"
    below = placeholder.waiting or "Uploading to Masko. This takes a few seconds."
    return _rendered(into, [below])


def line(line: Line) -> Rendered:
    """One sentence, with details below it and perhaps a Retry button."""
    rendered = _rendered(line.text, line.details)
    if line.retry is None:
        return rendered
    buttons = ActionsBlock(elements=[retry_button(line.retry)], block_id="actions")
    return Rendered(rendered.text, [*rendered.blocks, buttons.to_dict()])


def announcement(asked: Announcement) -> Rendered:
    """Who asked for what; the person is named, and as they asked themselves, nobody is disturbed by it."""
    names = escape(listed(short_name(one_line(name)) for name in asked.names))
    if asked.mascot:
        what = f"wants to add {names} to {escape(one_line(asked.mascot))}"
    elif asked.called:
        what = f"wants a new mascot from {names}, called {escape(one_line(asked.called))}"
    else:
        what = f"wants a new mascot from {names}"
    words = f"<@{asked.user}> {what}."
    return Rendered(words, [SectionBlock(text=MarkdownTextObject(text=shorten(words, 2900))).to_dict()])


def retry_button(retry: Retry) -> ButtonElement:
    """Takes the failed images of a post up again."""
    return ButtonElement(text=plain("Retry"), action_id=RETRY, value=str(retry.post_id), style="primary")


def _rendered(text: str, details: Sequence[str]) -> Rendered:
    blocks: list[Block] = [SectionBlock(text=plain(text))]
    if details:
        blocks.append(ContextBlock(elements=[plain("\n".join(details), 2000)]))
    return Rendered(escape("\n".join([text, *details])), [block.to_dict() for block in blocks])
