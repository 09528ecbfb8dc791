"""How `/masko` is used, and the menu of `/masko` alone."""

from __future__ import annotations

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ContextBlock,
    MarkdownTextObject,
    SectionBlock,
)

from bot.commands.grammar import USAGE
from bot.slack.blocks import MENU, Message, message
from bot.slack.text import escape, plain

OFFERED = {"list": "My mascots", "settings": "Channel settings", "status": "Status", "help": "All commands"}
"""What the menu offers: command → the button's words."""

_FIRST = (
    "Post a picture of a mascot in a channel where I am: its thread gets the mascot's name, its prompt and "
    "its references, up to 6. Reply there with more pictures to add them."
)


def how_to(remark: str | None = None, command: str | None = None) -> Message:
    """How one command is used, with its example; or all of them.

    Args:
        remark: a sentence before them, such as why they are told.
        command: the one that they are about; None for all.
    """
    told = [command] if command else list(USAGE)
    lines = [_line(each) for each in told]
    blocks: list[Block] = [SectionBlock(text=MarkdownTextObject(text="\n".join(lines)), block_id="commands")]
    if remark:
        blocks.insert(0, SectionBlock(text=plain(remark), block_id="remark"))
    elif command is None:
        blocks.insert(0, SectionBlock(text=plain(_FIRST), block_id="remark"))
    if command is None:
        hint = "In a thread, where commands cannot be typed, mention me: @Masko add to Felix."
        blocks.append(ContextBlock(elements=[plain(hint)], block_id="hint"))
    return _rendered(remark or "How to use /masko", blocks)


def menu() -> Message:
    """What one may want most."""
    buttons = [
        ButtonElement(text=plain(words), action_id=f"{MENU}.{command}", value=command)
        for command, words in OFFERED.items()
    ]
    blocks: list[Block] = [
        SectionBlock(text=plain(_FIRST), block_id="remark"),
        ActionsBlock(elements=buttons, block_id="menu"),
    ]
    return _rendered(_FIRST, blocks)


def _line(command: str) -> str:
    usage, example, does = USAGE[command]
    line = f"`/masko {escape(usage)}`  {escape(does)}"
    return line if usage == example else f"{line}\n      for example `/masko {escape(example)}`"


def _rendered(text: str, blocks: list[Block]) -> Message:
    return message(escape(text), blocks)
