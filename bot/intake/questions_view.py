"""The private question what is to become of somebody's images."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ContextBlock,
    Option,
    SectionBlock,
    StaticSelectElement,
)
from slack_sdk.models.blocks.block_elements import InteractiveElement

from bot.mascots.search import Option as Destination
from bot.slack.blocks import Message, message
from bot.slack.text import escape, one_line, plain, shorten
from bot.text import listed, short_name


@dataclass(frozen=True)
class Question:
    """What is to become of the images of a post: asked of the poster alone.

    Attributes:
        names: the images' file names.
        preview: the channel only wants to be told what would be done.
        into: the mascot that they would go to; None: a new one.
        mascots: others that they may go to.
        hints: what is wrong with the images, and what would make them better references.
        remark: why it is asked, where that is not the channel's setting.
    """

    post_id: int
    names: tuple[str, ...]
    preview: bool
    into: Destination | None
    mascots: tuple[Destination, ...]
    hints: tuple[str, ...] = ()
    remark: str | None = None


AS_USUAL, NEW, INTO, IGNORE = "question.as_usual", "question.new", "question.into", "question.ignore"


def question(asked: Question) -> Message:
    """What would be done, what would help the images, and the poster's choices."""
    text = _text(asked)
    blocks: list[Block] = [SectionBlock(text=plain(text), block_id="question")]
    if asked.hints:
        blocks.append(ContextBlock(elements=[plain("\n".join(asked.hints), 2000)], block_id="hints"))
    blocks.append(ActionsBlock(elements=list(_choices(asked)), block_id="choices"))
    return message(escape(text), blocks)


def _text(asked: Question) -> str:
    remark = f"{one_line(asked.remark)} " if asked.remark else ""
    return shorten(remark, 1000) + _question(asked)


def _question(asked: Question) -> str:
    names = listed(short_name(one_line(name)) for name in asked.names)
    if asked.preview:
        new = f"make a new mascot from {names}"
        would = f"add {names} to {one_line(asked.into.label)}" if asked.into else new
        return f"I would {would}. This channel is set to preview, so nothing was uploaded."
    them = "it" if len(asked.names) == 1 else "them"
    return f"What is to become of {names}? I do nothing with {them} before you say so."


def _choices(asked: Question) -> Iterator[InteractiveElement]:
    post = str(asked.post_id)
    if asked.into:
        label = f"Add to {one_line(asked.into.label)}"
        value = f"{post} {asked.into.mascot_id}"
        yield ButtonElement(text=plain(label, 75), action_id=AS_USUAL, value=value, style="primary")
    yield ButtonElement(
        text=plain("New mascot"), action_id=NEW, value=post, style=None if asked.into else "primary"
    )
    if asked.mascots:
        options = [
            Option(value=f"{post} {each.mascot_id}", text=plain(one_line(each.label), 75))
            for each in asked.mascots
        ]
        yield StaticSelectElement(action_id=INTO, options=options, placeholder=plain("Add to …"))
    yield ButtonElement(text=plain("Ignore"), action_id=IGNORE, value=post)
