"""The form with a channel's settings."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    CheckboxesElement,
    ContextBlock,
    HeaderBlock,
    InputBlock,
    MarkdownTextObject,
    Option,
    RadioButtonsElement,
    SectionBlock,
    StaticSelectElement,
    UserMultiSelectElement,
)
from slack_sdk.models.views import View

from bot.channels.settings import MODES, ChannelSettings, ReviewRules
from bot.db.values import MayAdd, MayReview, Mode
from bot.slack import forms as state
from bot.slack.blocks import MENU, Message, message
from bot.slack.text import escape, one_line, plain, shorten

SETTINGS_VIEW = "channel.settings"
MODE, MASCOT, OUTSIDERS, MAY_ADD = "mode", "mascot", "outsiders", "may_add"
GUESTS, SETTERS = "guests", "setters"
APPROVALS, MAY_REVIEW, REVIEWERS, POSTERS = "approvals", "may_review", "reviewers", "posters"
NEW_ONES = "new"  # stands for no mascot: each post starts one
MOST_MASCOTS = 98  # Block Kit: 100 options, a new one and the one that was chosen before among them
MOST_GROUPS = 96  # the same, beside everyone, members, named people, and the group that was chosen before
MOST_APPROVALS = 5
MOST_REVIEWERS = 25  # people (Choice): more are better kept in a user group

_PERSON = re.compile(r"[UW][A-Z0-9]+")
_APPROVALS = {str(count): count for count in range(1, MOST_APPROVALS + 1)}

_MODES = {
    Mode.AUTO: (MODES[Mode.AUTO], "Each picture becomes a mascot, or a reference of the thread's mascot."),
    Mode.ASK: (MODES[Mode.ASK], "Privately: a new mascot, a reference of one, or nothing."),
    Mode.PREVIEW: (MODES[Mode.PREVIEW], "Privately to the poster; nothing is uploaded."),
    Mode.OFF: (MODES[Mode.OFF], "I stay quiet until somebody mentions me or uses a command."),
}


def settings(
    channel: str,
    now: ChannelSettings,
    mascots: Mapping[str, str],
    groups: Mapping[str, str] | None = None,
    *,
    home: str | None = None,
) -> View:
    """Return the form; `mascots` is id → name, `groups` id → handle, empty where Slack does not tell."""
    where = MarkdownTextObject(text=f"For <#{channel}>, from now on.")
    return View(
        type="modal",
        callback_id=SETTINGS_VIEW,
        title=plain("Channel settings"),
        submit=plain("Save"),
        close=plain("Cancel"),
        private_metadata=json.dumps({"channel": channel, "home": home}),
        blocks=[
            ContextBlock(elements=[where]),
            HeaderBlock(text=plain("Pictures")),
            _what_happens(now),
            _destination(now, mascots),
            _who_may_add(now, groups or {}),
            _outsiders(now),
            _guests(now),
            HeaderBlock(text=plain("Review")),
            _approvals(now.review),
            _who_may_review(now.review, groups or {}),
            _reviewers(now.review),
            _posters(now.review),
            HeaderBlock(text=plain("Settings")),
            _setters(now.setters),
        ],
    )


def read_settings(view: Mapping[str, Any]) -> tuple[str, ChannelSettings]:
    """What was filled in: the channel's id and its settings."""
    mascot = state.option(view, MASCOT)
    may_add, group_id = _who(view, MAY_ADD)
    filled = ChannelSettings(
        mode=Mode(state.option(view, MODE)),
        mascot_id=None if mascot == NEW_ONES else mascot,
        may_add=MayAdd(may_add),
        group_id=group_id,
        takes_outsiders=_ticked(view, OUTSIDERS),
        review=_read_rules(view),
        guests_change=_ticked(view, GUESTS),
        setters=_named(view, SETTERS),
    )
    return state.identifier(state.metadata(view)["channel"]), filled


def mistakes(filled: ChannelSettings) -> dict[str, str]:
    """What cannot be saved like this: field → what is wrong with it; empty when all is well."""
    rules = filled.review
    if rules.who is not MayReview.PEOPLE:
        return {}
    if not rules.people:
        return {REVIEWERS: "Name at least one person, or let others review too."}
    if rules.approvals > (named := len(rules.people)):
        people = "only 1 person is" if named == 1 else f"only {named} people are"
        return {APPROVALS: f"This needs {rules.approvals} approvals, but {people} named to review."}
    return {}


def opened_from_home(view: Mapping[str, Any]) -> object:
    """The metadata of the Home that the form was opened from; None where it was opened elsewhere."""
    return state.metadata(view)["home"]


def mode_words(mode: Mode) -> str:
    """A mode in a few words."""
    return _MODES[mode][0]


def rules_words(rules: ReviewRules) -> str:
    """What it takes to approve a mascot, in a few plain words that mention nobody."""
    approvals = _count(rules.approvals, "approval")
    by = {
        MayReview.EVERYONE: "by anyone",
        MayReview.MEMBERS: "by members, but no guests",
        MayReview.PEOPLE: _by_people(len(rules.people)),
        MayReview.GROUP: "by members of a user group",
    }[rules.who]
    own = "; who posted a picture may approve it too" if rules.poster_may else ""
    return f"{approvals}, {by}{own}"


def _what_happens(now: ChannelSettings) -> InputBlock:
    modes = [_option(mode, *words) for mode, words in _MODES.items()]
    chosen = {each.value: each for each in modes}[now.mode.value]
    element = RadioButtonsElement(action_id=MODE, options=modes, initial_option=chosen)
    return InputBlock(label=plain("When a picture is posted"), element=element, block_id=MODE)


def _destination(now: ChannelSettings, mascots: Mapping[str, str]) -> InputBlock:
    new = _option(NEW_ONES, "A new mascot for each post")
    options = [new, *(_option(each, name) for each, name in list(mascots.items())[:MOST_MASCOTS])]
    if now.mascot_id and now.mascot_id not in mascots:  # whoever chose it sees it
        options.insert(1, _option(now.mascot_id, "The mascot that was chosen before"))
    chosen = next((each for each in options if each.value == now.mascot_id), new)
    select = StaticSelectElement(action_id=MASCOT, options=options, initial_option=chosen)
    hint = plain("Replies in a mascot's thread go to that mascot, whatever is chosen here.")
    return InputBlock(label=plain("Pictures go to"), element=select, block_id=MASCOT, hint=hint)


def _who_may_add(now: ChannelSettings, groups: Mapping[str, str]) -> InputBlock:
    fixed = [
        _option(MayAdd.EVERYONE, "Everyone"),
        _option(MayAdd.MEMBERS, "Members, but no guests"),
    ]
    group_id = now.group_id if now.may_add is MayAdd.GROUP else None
    select = _or_a_group(MAY_ADD, fixed, now.may_add, group_id, groups)
    hint = plain("Others are told so privately, and nothing of theirs is uploaded.")
    return InputBlock(label=plain("Who may add pictures"), element=select, block_id=MAY_ADD, hint=hint)


def _outsiders(now: ChannelSettings) -> InputBlock:
    take = _tick(OUTSIDERS, "Take pictures of people from other organisations too", now.takes_outsiders)
    hint = plain("They may then review here as well, unless what is chosen below leaves them out.")
    return InputBlock(
        label=plain("Slack Connect"), element=take, block_id=OUTSIDERS, hint=hint, optional=True
    )


def _guests(now: ChannelSettings) -> InputBlock:
    tick = _tick(GUESTS, "May also rename, edit, move and remove", now.guests_change)
    hint = plain("And people from other organisations, where their images are taken.")
    return InputBlock(label=plain("Guests"), element=tick, block_id=GUESTS, hint=hint, optional=True)


def _approvals(rules: ReviewRules) -> InputBlock:
    options = [_option(str(count), str(count)) for count in range(1, MOST_APPROVALS + 1)]
    chosen = options[_in_reach(rules.approvals) - 1]
    select = StaticSelectElement(action_id=APPROVALS, options=options, initial_option=chosen)
    hint = plain("Each by another person.")
    return InputBlock(label=plain("Approvals needed"), element=select, block_id=APPROVALS, hint=hint)


def _who_may_review(rules: ReviewRules, groups: Mapping[str, str]) -> InputBlock:
    fixed = [
        _option(MayReview.EVERYONE, "Everyone"),
        _option(MayReview.MEMBERS, "Members, but no guests"),
        _option(MayReview.PEOPLE, "Only the people named below"),
    ]
    group_id = rules.group_id if rules.who is MayReview.GROUP else None
    select = _or_a_group(MAY_REVIEW, fixed, rules.who, group_id, groups)
    return InputBlock(label=plain("Who may review"), element=select, block_id=MAY_REVIEW)


def _reviewers(rules: ReviewRules) -> InputBlock:
    select = UserMultiSelectElement(
        action_id=REVIEWERS,
        initial_users=_ids(rules.people) or None,
        max_selected_items=MOST_REVIEWERS,
        placeholder=plain("Choose people"),
    )
    hint = plain("They count where “Only the people named below” is chosen.")
    return InputBlock(label=plain("Reviewers"), element=select, block_id=REVIEWERS, hint=hint, optional=True)


def _posters(rules: ReviewRules) -> InputBlock:
    tick = _tick(POSTERS, "May approve it too", rules.poster_may)
    return InputBlock(label=plain("Whoever posted a picture"), element=tick, block_id=POSTERS, optional=True)


def _setters(setters: Sequence[str]) -> InputBlock:
    select = UserMultiSelectElement(
        action_id=SETTERS,
        initial_users=_ids(setters) or None,
        max_selected_items=MOST_REVIEWERS,
        placeholder=plain("Choose people"),
    )
    hint = plain("Beside admins and whoever invited me. Each change is told in the channel.")
    label = plain("Who may change these settings")
    return InputBlock(label=label, element=select, block_id=SETTERS, hint=hint, optional=True)


def _read_rules(view: Mapping[str, Any]) -> ReviewRules:
    who, group_id = _who(view, MAY_REVIEW)
    return ReviewRules(
        approvals=_APPROVALS[state.option(view, APPROVALS)],
        poster_may=_ticked(view, POSTERS),
        who=MayReview(who),
        people=_named(view, REVIEWERS),
        group_id=group_id,
    )


def _ticked(view: Mapping[str, Any], field: str) -> bool:
    ticked = state.options(view, field)
    if ticked not in ((), ("yes",)):
        raise ValueError("no such checkbox")
    return bool(ticked)


def _named(view: Mapping[str, Any], field: str) -> tuple[str, ...]:
    """The people who were chosen in a field."""
    if len(people := state.people(view, field)) > MOST_REVIEWERS:
        raise ValueError("too many")
    return people


def _in_reach(approvals: int) -> int:
    return min(max(approvals, 1), MOST_APPROVALS)


def _ids(people: Sequence[str]) -> list[str]:
    """What looks like the id of a person (docs.slack.dev: user ids begin with U or W), each once."""
    return list(dict.fromkeys(filter(_PERSON.fullmatch, people)))[:MOST_REVIEWERS]


def _by_people(named: int) -> str:
    return f"by {_count(named, 'named person', 'named people')}" if named else "by nobody: no one is named"


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def _or_a_group(
    action_id: str, fixed: Sequence[Option], who: str, group_id: str | None, groups: Mapping[str, str]
) -> StaticSelectElement:
    """A choice of who may; `group_id` where it is that group's members."""
    known = dict(list(groups.items())[:MOST_GROUPS])
    if group_id:
        known.setdefault(group_id, groups.get(group_id, ""))
    options = [*fixed, *(_option(_group(each), _about_group(handle)) for each, handle in known.items())]
    chosen = _group(group_id) if group_id else who
    initial = next((each for each in options if each.value == chosen), options[0])
    return StaticSelectElement(action_id=action_id, options=options, initial_option=initial)


def _who(view: Mapping[str, Any], field: str) -> tuple[str, str | None]:
    """What was chosen of such a choice: who may, and the group's id where it is a group."""
    who, _, group_id = state.option(view, field).partition(":")
    if (who == MayAdd.GROUP) != bool(group_id):
        raise ValueError("no such choice")
    return who, group_id or None


def _tick(action_id: str, words: str, ticked: bool) -> CheckboxesElement:
    options = [_option("yes", words)]
    return CheckboxesElement(
        action_id=action_id, options=options, initial_options=options if ticked else None
    )


def _group(group_id: str) -> str:
    return f"{MayAdd.GROUP}:{group_id}"


def _about_group(handle: str) -> str:
    return f"Only @{handle}" if handle else "Only the user group that was chosen before"


def _option(value: str, words: str, more: str | None = None) -> Option:
    label = plain(shorten(one_line(words), 75))
    return Option(value=str(value), text=label, description=plain(shorten(more, 75)) if more else None)


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
