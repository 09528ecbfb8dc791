"""The form with a channel's settings, and what is said about them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from slack_sdk.models.blocks import (
    Block,
    CheckboxesElement,
    MarkdownTextObject,
    RadioButtonsElement,
    StaticSelectElement,
)
from slack_sdk.models.views import View

from bot.channels.settings import ChannelSettings, ReviewRules
from bot.db.tables import SettingChangeRow
from bot.db.values import MayAdd, MayReview, Mode
from bot.slack import forms
from bot.slack.blocks import MENU, Message, actions, button, context, header, message, section
from bot.slack.forms import choice, field, menu, modal, people_menu
from bot.slack.text import escape

SETTINGS_VIEW = "channel.settings"
MODE, MASCOT, OUTSIDERS, MAY_ADD = "mode", "mascot", "outsiders", "may_add"
GUESTS, SETTERS = "guests", "setters"
APPROVALS, MAY_REVIEW, REVIEWERS, POSTERS = "approvals", "may_review", "reviewers", "posters"
NEW_ONES = "new"  # stands for no mascot: each post starts one
MOST_MASCOTS = 98  # Block Kit: 100 options, a new one and the one that was chosen before among them
MOST_GROUPS = 96  # the same, beside everyone, members, named people, and the group that was chosen before
MOST_APPROVALS = 5
MOST_REVIEWERS = 25  # people (Choice): more are better kept in a user group

_APPROVALS = {str(count): count for count in range(1, MOST_APPROVALS + 1)}
_TICKED = {(): False, ("yes",): True}  # by what a checkbox sends
_GROUP = MayAdd.GROUP.value


class _Words(NamedTuple):
    label: str
    more: str
    introduction: str


MODES = {
    Mode.AUTO: _Words(
        "Add them automatically",
        "Each image becomes a mascot, or a reference of the thread's mascot.",
        "Hello! Post an image of a mascot here: its thread gets the mascot's name, its prompt and its "
        "references, up to 6. Reply there with more images to add them.",
    ),
    Mode.ASK: _Words(
        "Ask the poster",
        "Privately: a new mascot, a reference of one, or nothing.",
        "Hello! When somebody posts an image here, I ask them privately whether it becomes a mascot or a "
        "reference of one. Nothing is done with it until they say so.",
    ),
    Mode.PREVIEW: _Words(
        "Preview only",
        "Privately to the poster; nothing is uploaded.",
        "Hello! When somebody posts an image here, I tell them privately what I'd do with it. "
        "Nothing is uploaded until they say so.",
    ),
    Mode.OFF: _Words(
        "Nothing, unless I'm asked",
        "I stay quiet until somebody mentions me or uses a command.",
        "Hello! In this channel I leave images alone. Mention me with one, or use the shortcut "
        "Add to Masko on it, and it becomes a mascot or a reference of one.",
    ),
}
"""What happens to a picture that is posted: in a few words, in a line more, in the bot's introduction."""
_WHO = {
    "everyone": ("Everyone", "anyone"),
    "members": ("Members, but no guests", "members, but no guests"),
    "people": ("Only the people named below", "named people"),
    "group": ("Only the user group chosen before", "members of a user group"),
}
"""Who may add images, or review: in the form, and in a sentence."""
_CALLED = {
    "mode": "When an image is posted",
    "may_add": "Who can add images",
    "takes_outsiders": "Other organisations take part",
    "guests_change": "Guests can change mascots",
    "review_approvals": "Approvals needed",
    "review_who": "Who can review",
    "review_poster_may": "Whoever posted an image can approve it",
    "review_people": "People named as reviewers",
    "setters": "People who can change these settings",
    "mascot_id": "Images go to",
}
"""`bot.channels.settings.facts`, where a change of them is told."""


def settings(
    channel: str,
    now: ChannelSettings,
    mascots: Mapping[str, str],
    groups: Mapping[str, str] | None = None,
    *,
    home: str | None = None,
) -> View:
    """Return the form; `mascots` is id → label, `groups` id → handle, empty where Slack does not tell."""
    blocks = [
        context(MarkdownTextObject(text=f"For <#{channel}>, from now on.")),
        header("Images"),
        field("When an image is posted", _modes(now.mode)),
        field(
            "Images go to",
            _mascots(now.mascot_id, mascots),
            hint="Replies in a mascot's thread go to that mascot, whatever is chosen here.",
        ),
        field(
            "Who can add images",
            _who_may(MAY_ADD, now.may_add, now.group_id, groups or {}),
            hint="Others are told privately, and nothing of theirs is uploaded.",
        ),
        field(
            "Slack Connect",
            _tick(OUTSIDERS, "Add images from people in other organisations too", now.takes_outsiders),
            hint="They can then review here too, unless “Who can review” below leaves them out.",
            optional=True,
        ),
        field(
            "Guests",
            _tick(GUESTS, "Can also rename, edit, move and remove", now.guests_change),
            hint="So can people from other organisations, where their images are added.",
            optional=True,
        ),
        *_review(now.review, groups or {}),
        header("Settings"),
        field(
            "Who can change these settings",
            people_menu(SETTERS, MOST_REVIEWERS, now.setters),
            hint="Besides admins and whoever invited me. Each change is announced in the channel.",
            optional=True,
        ),
    ]
    metadata = json.dumps({"channel": channel, "home": home})
    return modal("Channel settings", blocks, submit="Save", callback_id=SETTINGS_VIEW, metadata=metadata)


def _review(rules: ReviewRules, groups: Mapping[str, str]) -> list[Block]:
    return [
        header("Review"),
        field(
            "Approvals needed",
            menu(APPROVALS, [choice(n, n) for n in _APPROVALS], str(min(rules.approvals, MOST_APPROVALS))),
            hint="Each from a different person.",
        ),
        field("Who can review", _who_may(MAY_REVIEW, rules.who, rules.group_id, groups)),
        field(
            "Reviewers",
            people_menu(REVIEWERS, MOST_REVIEWERS, rules.people),
            hint="Used when “Only the people named below” is chosen.",
            optional=True,
        ),
        field(
            "Whoever posted an image", _tick(POSTERS, "Can approve it too", rules.poster_may), optional=True
        ),
    ]


@forms.reading()
def read_settings(view: Mapping[str, Any]) -> tuple[str, ChannelSettings]:
    """What was filled in: the channel's id and its settings."""
    mascot = forms.option(view, MASCOT)
    may_add, adders = _read_who(view, MAY_ADD)
    may_review, reviewers = _read_who(view, MAY_REVIEW)
    rules = ReviewRules(
        approvals=_APPROVALS[forms.option(view, APPROVALS)],
        poster_may=_TICKED[forms.options(view, POSTERS)],
        who=MayReview(may_review),
        people=forms.people(view, REVIEWERS),
        group_id=reviewers,
    )
    filled = ChannelSettings(
        mode=Mode(forms.option(view, MODE)),
        mascot_id=None if mascot == NEW_ONES else mascot,
        takes_outsiders=_TICKED[forms.options(view, OUTSIDERS)],
        may_add=MayAdd(may_add),
        group_id=adders,
        review=rules,
        guests_change=_TICKED[forms.options(view, GUESTS)],
        setters=forms.people(view, SETTERS),
    )
    return forms.identifier(forms.metadata(view)["channel"]), filled


def mistakes(filled: ChannelSettings) -> dict[str, str]:
    """What cannot be saved like this: field → what is wrong with it; empty when all is well."""
    rules = filled.review
    if rules.who is not MayReview.PEOPLE:
        return {}
    if not rules.people:
        return {REVIEWERS: "Name at least one person, or let others review too."}
    if rules.approvals > (named := len(rules.people)):
        people = _count(named, "person is", "people are")
        return {APPROVALS: f"This needs {rules.approvals} approvals, but only {people} named to review."}
    return {}


def rules_words(rules: ReviewRules) -> str:
    """What it takes to approve a mascot, in a few plain words that mention nobody."""
    by = _WHO[rules.who][1]
    if rules.who is MayReview.PEOPLE:
        named = len(rules.people)
        by = _count(named, "named person", "named people") if named else "nobody: no one is named"
    own = "; whoever posted an image can approve it too" if rules.poster_may else ""
    return f"{_count(rules.approvals, 'approval', 'approvals')}, by {by}{own}"


def in_words(
    change: SettingChangeRow, names: Mapping[str, str], *, ids: bool = False
) -> tuple[str, str, str]:
    """Return what was changed, from what, and to what; `names` is mascot id → name, for those to be named;
    `ids` adds those of people and user groups.
    """

    def said(fact: Any) -> str:
        named: list[str] = []
        match fact:
            case _ if change.setting == "mascot_id":
                words = names.get(fact, "one mascot") if fact else "new mascots"
            case bool():
                words = "yes" if fact else "no"
            case list():
                words, named = str(len(fact)), fact
            case str() if fact in MODES:
                words = MODES[Mode(fact)].label.lower()
            case str():
                who, *named = fact.split(":")
                words = _WHO[who][1]
            case _:
                words = str(fact)
        return f"{words} ({', '.join(named)})" if ids and named else words

    return _CALLED[change.setting], said(change.before), said(change.after)


def told(change: SettingChangeRow, names: Mapping[str, str]) -> str:
    """Return a sentence for the people in the channel; `names` as for `in_words`."""
    what, was, now = in_words(change, names)
    return f"{what} {now}." if change.setting == "mascot_id" else f"{what}: {was} → {now}."


def introduction(mode: Mode) -> Message:
    """What the bot does with pictures here, and how to change or stop it."""
    does = MODES[mode].introduction
    stop = (
        "Would you rather be asked first, or have me leave images alone until I'm asked? "
        "Change that in the channel settings."
    )
    buttons = (
        button("Channel settings", f"{MENU}.settings", "settings"),
        button("All commands", f"{MENU}.help", "help"),
    )
    blocks = (section(does, "does"), context(stop, block_id="stop"), actions(buttons, "menu"))
    return message(escape(f"{does} {stop}"), blocks)


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _modes(now: Mode) -> RadioButtonsElement:
    options = {mode: choice(mode, words.label, words.more) for mode, words in MODES.items()}
    return RadioButtonsElement(action_id=MODE, options=[*options.values()], initial_option=options[now])


def _mascots(now: str | None, mascots: Mapping[str, str]) -> StaticSelectElement:
    options = [choice(NEW_ONES, "A new mascot for each post")]
    if now and now not in mascots:  # whoever chose it sees it
        options.append(choice(now, "The mascot that was chosen before"))
    options += [choice(each, name) for each, name in list(mascots.items())[:MOST_MASCOTS]]
    return menu(MASCOT, options, now)


def _who_may(
    action_id: str, now: MayAdd | MayReview, group_id: str | None, groups: Mapping[str, str]
) -> StaticSelectElement:
    """A choice of who may; `group_id` counts where it is that group's members."""
    offered, chosen = dict(list(groups.items())[:MOST_GROUPS]), now.value
    if chosen == _GROUP and group_id:
        offered.setdefault(group_id, groups.get(group_id, ""))
        chosen = f"{_GROUP}:{group_id}"
    options = [choice(each, _WHO[each][0]) for each in type(now) if each.value != _GROUP]
    for each, handle in offered.items():
        options.append(choice(f"{_GROUP}:{each}", f"Only @{handle}" if handle else _WHO[_GROUP][0]))
    return menu(action_id, options, chosen)


def _read_who(view: Mapping[str, Any], name: str) -> tuple[str, str | None]:
    """What was chosen of such a choice: who may, and the group's id where it is a group."""
    who, _, group_id = forms.option(view, name).partition(":")
    if (who == _GROUP) != bool(group_id):
        raise ValueError("no such choice")
    return who, group_id or None


def _tick(action_id: str, words: str, ticked: bool) -> CheckboxesElement:
    options = [choice("yes", words)]
    return CheckboxesElement(
        action_id=action_id, options=options, initial_options=options if ticked else None
    )
