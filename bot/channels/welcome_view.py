"""How the bot introduces itself in a channel."""

from __future__ import annotations

from slack_sdk.models.blocks import ActionsBlock, Block, ButtonElement, ContextBlock, SectionBlock

from bot.db.values import Mode
from bot.slack.blocks import MENU, Message, message
from bot.slack.text import escape, plain

_DOES = {
    Mode.AUTO: (
        "Hello! Post a picture of a mascot here: its thread gets the mascot's name, its prompt and its "
        "references, up to 6. Reply there with more pictures to add them."
    ),
    Mode.ASK: (
        "Hello! When somebody posts a picture here, I ask them, privately, whether it becomes a mascot or a "
        "reference of one. I do nothing with it before they say so."
    ),
    Mode.PREVIEW: (
        "Hello! When somebody posts a picture here, I tell them, privately, what I would do with it. "
        "Nothing is uploaded before they say so."
    ),
    Mode.OFF: (
        "Hello! This channel is set so that I leave pictures alone. Mention me with one, or use the shortcut "
        "Add to Masko on it, and it becomes a mascot or a reference of one."
    ),
}
_STOP = (
    "Would you rather be asked first, or have me leave pictures alone until I am asked? "
    "That is in the channel settings."
)


def introduction(mode: Mode) -> Message:
    """What the bot does with pictures here, and how to change or stop it."""
    does = _DOES[mode]
    buttons = [
        ButtonElement(text=plain("Channel settings"), action_id=f"{MENU}.settings", value="settings"),
        ButtonElement(text=plain("All commands"), action_id=f"{MENU}.help", value="help"),
    ]
    blocks: list[Block] = [
        SectionBlock(text=plain(does), block_id="does"),
        ContextBlock(elements=[plain(_STOP)], block_id="stop"),
        ActionsBlock(elements=buttons, block_id="menu"),
    ]
    return message(escape(f"{does} {_STOP}"), blocks)
