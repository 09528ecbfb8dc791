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
from bot.slack.lines import MENU
from bot.slack.messages import HowTo, Rendered
from bot.slack.text import escape, plain

OFFERED = {"list": "My mascots", "settings": "Channel settings", "status": "Status", "help": "All commands"}
"""What the menu offers: command → the button's words."""

_FIRST = (
    "Post a picture of a mascot in a channel where I am: its thread gets the mascot's name, its prompt and "
    "its references, up to 6. Reply there with more pictures to add them."
)


def how_to(message: HowTo) -> Rendered:
    """One command with its example, or all of them."""
    told = [message.command] if message.command else list(USAGE)
    lines = [_line(command) for command in told]
    blocks: list[Block] = [SectionBlock(text=MarkdownTextObject(text="\n".join(lines)), block_id="commands")]
    if message.remark:
        blocks.insert(0, SectionBlock(text=plain(message.remark), block_id="remark"))
    elif message.command is None:
        blocks.insert(0, SectionBlock(text=plain(_FIRST), block_id="remark"))
    if message.command is None:
        hint = "In a thread, where commands cannot be typed, mention me: @Masko add to Felix."
        blocks.append(ContextBlock(elements=[plain(hint)], block_id="hint"))
    return _rendered(message.remark or "How to use /masko", blocks)


def menu() -> Rendered:
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


def _rendered(text: str, blocks: list[Block]) -> Rendered:
    return Rendered(escape(text), [block.to_dict() for block in blocks])
