"""The form with a channel's settings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from slack_sdk.models.blocks import (
    CheckboxesElement,
    ContextBlock,
    InputBlock,
    MarkdownTextObject,
    Option,
    RadioButtonsElement,
    StaticSelectElement,
)
from slack_sdk.models.views import View

from bot.channel_settings import ChannelSettings, MayAdd, Mode
from bot.views.text import one_line, plain, shorten

SETTINGS_VIEW = "channel.settings"
MODE, MASCOT, OUTSIDERS, MAY_ADD = "mode", "mascot", "outsiders", "may_add"
NEW_ONES = "new"  # stands for no mascot: each post starts one
MOST_MASCOTS = 99  # Block Kit: 100 options
MOST_GROUPS = 97  # the same, beside everyone, members, and the group that was chosen before

_MODES = {
    Mode.AUTO: ("Take it in", "Each picture becomes a mascot, or a reference of the thread's mascot."),
    Mode.ASK: ("Ask the poster", "Privately: a new mascot, a reference of one, or nothing."),
    Mode.PREVIEW: ("Only say what I would do", "Privately to the poster; nothing is uploaded."),
    Mode.OFF: ("Nothing, unless I am asked", "I stay quiet until somebody mentions me or uses a command."),
}


def settings(
    channel: str,
    now: ChannelSettings,
    mascots: Mapping[str, str],
    groups: Mapping[str, str] | None = None,
    *,
    home: str | None = None,
) -> View:
    """Asks what the bot does with images in a channel.

    Args:
        channel: its id.
        now: what it is set to.
        mascots: id → name of those that may be chosen.
        home: the metadata of the Home that it was opened from; `opened_from_home` gives it back.
        groups: id → handle of the user groups that may be chosen; none where Slack does not tell them.
    """
    modes = [_option(mode, *words) for mode, words in _MODES.items()]
    chosen = {each.value: each for each in modes}[now.mode.value]
    mode = RadioButtonsElement(action_id=MODE, options=modes, initial_option=chosen)
    outsiders = [_option("yes", "Take pictures of people from other organisations too")]
    take = CheckboxesElement(
        action_id=OUTSIDERS, options=outsiders, initial_options=outsiders if now.takes_outsiders else None
    )
    where = MarkdownTextObject(text=f"For <#{channel}>, from the next picture on.")
    return View(
        type="modal",
        callback_id=SETTINGS_VIEW,
        title=plain("Channel settings"),
        submit=plain("Save"),
        close=plain("Cancel"),
        private_metadata=json.dumps({"channel": channel, "home": home}),
        blocks=[
            ContextBlock(elements=[where]),
            InputBlock(label=plain("When a picture is posted"), element=mode, block_id=MODE),
            _destination(now, mascots),
            _who_may_add(now, groups or {}),
            InputBlock(label=plain("Slack Connect"), element=take, block_id=OUTSIDERS, optional=True),
        ],
    )


def read_settings(view: Mapping[str, Any]) -> tuple[str, ChannelSettings]:
    """What was filled in: the channel's id and its settings."""
    values = view["state"]["values"]
    mascot = (values[MASCOT][MASCOT].get("selected_option") or {}).get("value", NEW_ONES)
    may_add, _, group_id = values[MAY_ADD][MAY_ADD]["selected_option"]["value"].partition(":")
    filled = ChannelSettings(
        mode=Mode(values[MODE][MODE]["selected_option"]["value"]),
        mascot_id=None if mascot == NEW_ONES else mascot,
        may_add=MayAdd(may_add),
        group_id=group_id or None,
        takes_outsiders=bool(values[OUTSIDERS][OUTSIDERS].get("selected_options")),
    )
    return json.loads(view["private_metadata"])["channel"], filled


def opened_from_home(view: Mapping[str, Any]) -> str | None:
    """The metadata of the Home that the form was opened from; None where it was opened elsewhere."""
    home: str | None = json.loads(view["private_metadata"]).get("home")
    return home


def mode_words(mode: Mode) -> str:
    """A mode in a few words."""
    return _MODES[mode][0]


def _destination(now: ChannelSettings, mascots: Mapping[str, str]) -> InputBlock:
    new = _option(NEW_ONES, "A new mascot for each post")
    options = [new, *(_option(each, name) for each, name in list(mascots.items())[:MOST_MASCOTS])]
    chosen = next((each for each in options if each.value == now.mascot_id), new)
    select = StaticSelectElement(action_id=MASCOT, options=options, initial_option=chosen)
    hint = plain("Replies in a mascot's thread go to that mascot, whatever is chosen here.")
    return InputBlock(label=plain("Pictures go to"), element=select, block_id=MASCOT, hint=hint)


def _who_may_add(now: ChannelSettings, groups: Mapping[str, str]) -> InputBlock:
    known = dict(list(groups.items())[:MOST_GROUPS])
    if now.may_add is MayAdd.GROUP and now.group_id:
        known.setdefault(now.group_id, groups.get(now.group_id, ""))
    options = [
        _option(MayAdd.EVERYONE, "Everyone"),
        _option(MayAdd.MEMBERS, "Members, but no guests"),
        *(_option(_group(each), _about_group(handle)) for each, handle in known.items()),
    ]
    chosen = _group(now.group_id or "") if now.may_add is MayAdd.GROUP else now.may_add.value
    initial = next((each for each in options if each.value == chosen), options[0])
    select = StaticSelectElement(action_id=MAY_ADD, options=options, initial_option=initial)
    hint = plain("Others are told so privately, and nothing of theirs is uploaded.")
    return InputBlock(label=plain("Who may add pictures"), element=select, block_id=MAY_ADD, hint=hint)


def _group(group_id: str) -> str:
    return f"{MayAdd.GROUP}:{group_id}"


def _about_group(handle: str) -> str:
    return f"Only @{handle}" if handle else "Only the user group that was chosen before"


def _option(value: str, words: str, more: str | None = None) -> Option:
    label = plain(shorten(one_line(words), 75))
    return Option(value=str(value), text=label, description=plain(shorten(more, 75)) if more else None)
