"""Who may do what where, as tables: what the tests hold the program to, and what `docs/permissions.md` says.

`python -m tests.channels.permissions.matrix --write` writes the page.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.channels import permission_rules as words
from bot.channels.permission_rules import Act
from bot.privacy import ONLY_ADMINS_EXPORT

PAGE = Path(__file__).parents[3] / "docs" / "permissions.md"

PEOPLE = {
    "admin": "an admin, not in the conversation",
    "member": "a member who is in it",
    "other member": "a member who is not",
    "guest": "a guest who is in it",
    "other guest": "a guest who is not",
    "partner": "somebody from another organisation who is in it",
}
PLACES = ("public channel", "private channel", "direct messages")

OK = None
_HIDDEN, _AWAY = words.NOT_KNOWN, words.NOT_IN_SIGHT

PUBLIC: dict[Act, tuple[str | None, ...]] = {
    Act.SEE: (OK, OK, OK, OK, _HIDDEN, OK),
    Act.ADD: (OK, OK, OK, OK, _HIDDEN, words.FROM_OUTSIDE),
    Act.CHANGE: (OK, OK, OK, words.ONLY_MEMBERS_CHANGE, _HIDDEN, words.ONLY_MEMBERS_CHANGE),
    Act.COMMENT: (OK, OK, OK, words.ONLY_MEMBERS_REVIEW, _HIDDEN, words.NO_OUTSIDERS),
    Act.REQUEST: (OK, OK, OK, words.ONLY_MEMBERS_REVIEW, _HIDDEN, words.NO_OUTSIDERS),
    Act.APPROVE: (OK, words.POSTED_IT, OK, words.ONLY_MEMBERS_REVIEW, _HIDDEN, words.NO_OUTSIDERS),
    Act.SET: (
        OK,
        words.ONLY_SOME_SET,
        words.ONLY_SOME_SET,
        words.ONLY_SOME_SET,
        _AWAY,
        words.ONLY_SOME_SET,
    ),
}


def _closed(act: Act, *, direct: bool) -> tuple[str | None, ...]:
    """Only who is in it sees it; of direct messages, that is one person, who also sets them."""
    out = _AWAY if act is Act.SET else _HIDDEN
    open_to = {1} if direct else {1, 3, 5}
    row = [cell if at in open_to else out for at, cell in enumerate(PUBLIC[act])]
    if direct and act is Act.SET:
        row[1] = OK
    return tuple(row)


MATRIX: dict[str, dict[Act, tuple[str | None, ...]]] = {
    "public channel": PUBLIC,
    "private channel": {act: _closed(act, direct=False) for act in Act},
    "direct messages": {act: _closed(act, direct=True) for act in Act},
}
"""Conversation → act → for each of `PEOPLE` what they are told; None where they may.

By the settings that nobody has changed, where the member has posted the mascot's only image and somebody else
has invited the bot.
"""

EXPORTS: dict[str, tuple[str | None, ...]] = {
    "see who changed which setting of a channel": (OK, *[ONLY_ADMINS_EXPORT] * 5),
    "see that of all channels": (OK, *[ONLY_ADMINS_EXPORT] * 5),
}
"""What `/masko export` answers each of `PEOPLE`, in a channel and in direct messages."""

OWN = "what is their own"
NOBODY = "nobody: it changes nothing of anybody's"
SLACK = "nobody: Slack tells of it, no person asks"
DUE = "nobody: it is due, no person asks"
ADMIN = "an admin or owner of the workspace"

LISTENERS: dict[str, Act | str] = {
    "event message": Act.ADD,
    "event app_mention": Act.ADD,
    "event file_deleted": SLACK,
    "event member_joined_channel": SLACK,
    "event member_left_channel": SLACK,
    "event channel_left": SLACK,
    "event group_left": SLACK,
    "event channel_archive": SLACK,
    "event group_archive": SLACK,
    "event channel_deleted": SLACK,
    "event group_deleted": SLACK,
    "event channel_unarchive": SLACK,
    "event group_unarchive": SLACK,
    "event channel_id_changed": SLACK,
    "event app_home_opened": Act.SEE,
    "event reaction_added": Act.APPROVE,
    "event reaction_removed": Act.SEE,
    "command /masko": Act.SEE,
    "shortcut add_to_masko": Act.SEE,
    "shortcut new_mascot": NOBODY,
    "options adding.search": Act.SEE,
    "view adding.message": Act.ADD,
    "view adding.new": Act.ADD,
    "action question.as_usual": OWN,
    "action question.new": OWN,
    "action question.into": OWN,
    "action question.ignore": OWN,
    "action intake.retry": OWN,
    "action card.edit": Act.CHANGE,
    "action card.open": NOBODY,
    "action card.more": Act.SEE,
    "view card.edit": Act.CHANGE,
    "view card.details": Act.SEE,
    "view card.unlink": Act.CHANGE,
    "action review.approve": Act.APPROVE,
    "action review.request": Act.SEE,
    "action review.comment": Act.SEE,
    "action review.ask": Act.SEE,
    "view review.request": Act.REQUEST,
    "view review.comment": Act.COMMENT,
    "view review.ask": Act.COMMENT,
    "view review.dismiss": Act.COMMENT,
    "action offer.undo": Act.SEE,
    "action offer.put_back": Act.ADD,
    "action offer.move_back": Act.CHANGE,
    "action offer.link": Act.ADD,
    "action offer.another": Act.ADD,
    "action offer.remove": Act.SEE,
    "action offer.keep": NOBODY,
    "action offer.go": NOBODY,
    "action offer.replace": Act.CHANGE,
    "action offer.request": Act.SEE,
    "action offer.answer": Act.SEE,
    "action offer.compare": Act.SEE,
    "action offer.dismiss": Act.SEE,
    "action offer.met": Act.SEE,
    "view reference.change": Act.CHANGE,
    "view reference.remove": Act.CHANGE,
    "view reference.replace": Act.CHANGE,
    "action commands.menu.*": Act.SEE,
    "action commands.choose.*": Act.SEE,
    "action commands.show": Act.SEE,
    "action commands.share": Act.CHANGE,
    "action privacy.forget": OWN,
    "action commands.turn_page.*": Act.SEE,
    "view channel.settings": Act.SET,
    "action home.search": Act.SEE,
    "action home.all_of_mine": Act.SEE,
    "action home.refresh": Act.SEE,
    "action home.turn_page.previous": Act.SEE,
    "action home.turn_page.next": Act.SEE,
    "action home.retry": OWN,
    "action home.show": Act.SEE,
    "action home.settings": Act.SET,
    "view home.connect": ADMIN,
    "action *": NOBODY,
    "view *": NOBODY,
    "options *": NOBODY,
    "shortcut *": NOBODY,
}
"""What each listener, or the job that it puts, asks the permissions before it acts."""

JOBS: dict[str, Act | str] = {
    "adding.asked": Act.ADD,
    "adding.look": NOBODY,
    "cards.retire": NOBODY,
    "cards.refresh": NOBODY,
    "cards.sheet": NOBODY,
    "channel.told": NOBODY,
    "commands.mention": Act.SEE,
    "commands.request": Act.SEE,
    "home.greet": NOBODY,
    "intake.another": Act.ADD,
    "intake.carry": Act.ADD,
    "intake.prune": DUE,
    "mascot.describe": NOBODY,
    "mascot.edit": Act.CHANGE,
    "reference.move": Act.CHANGE,
    "reference.offer_removal": SLACK,
    "reference.remove": Act.CHANGE,
    "review.act": Act.APPROVE,
    "review.ruled": NOBODY,
    "review.ask": Act.COMMENT,
    "review.outdated": NOBODY,
    "review.remind": Act.SEE,
    "review.tell": NOBODY,
    "thread.unlink": Act.CHANGE,
    "channel.introduce": SLACK,
}


def page() -> str:
    """The page of permissions."""
    lines = [
        "# Who may do what",
        "",
        "<!-- Made by `python -m tests.channels.permissions.matrix --write` from tables under test. -->",
        "",
        "A mascot belongs to the conversations that it has threads in. Who sees one of them in Slack",
        "sees the mascot; one that has no thread is seen by the members of the workspace. What Slack does",
        "not tell is taken for no, and a mascot that somebody can't see is not confirmed by name either.",
        "",
        "The settings of the conversation that a mascot was first shown in hold for it, wherever the act",
        "comes from. The tables show them as they are before anybody changes them. There, a member has",
        "posted the mascot's only image, and somebody else has invited the bot.",
        "",
    ]
    for place, acts in MATRIX.items():
        lines += [
            f"## A mascot of a {place}" if place != "direct messages" else "## One of direct messages",
            "",
        ]
        lines += _table(acts)
    lines += [
        "## The record of settings",
        "",
        "Each change of a channel's settings is recorded with its time and who made it. Admins and owners of",
        "the workspace get it with `/masko export`: in a channel that channel's, and in direct messages with",
        "the bot that of all channels. Of a private channel that they are not in, it has the channel's id",
        "and which settings changed, but no name of a mascot that they can't see.",
        "",
        *_table(EXPORTS),
    ]
    lines += ["What they are told:", ""]
    lines += [f"{number}. {told}" for number, told in enumerate(_TOLD, 1)]
    lines += [
        "",
        "People always may take back their own votes, undo what they posted themselves, and retry it.",
        "",
        "## What asks",
        "",
        "Each listener and each kind of job asks right before it acts; a test walks them all.",
        "",
        "| listener or job | asks for |",
        "|---|---|",
        *(f"| {name} | {wants} |" for name, wants in LISTENERS.items()),
        *(f"| job {name} | {wants} |" for name, wants in JOBS.items()),
        "",
    ]
    return "\n".join(lines)


def _table(acts: Mapping[Any, tuple[str | None, ...]]) -> list[str]:
    lines = ["| | " + " | ".join(PEOPLE.values()) + " |", "|---" * (len(PEOPLE) + 1) + "|"]
    for act, row in acts.items():
        lines.append(
            f"| {act} | " + " | ".join("yes" if cell is OK else _number(cell) for cell in row) + " |"
        )
    return [*lines, ""]


_ALL: tuple[Mapping[Any, tuple[str | None, ...]], ...] = (*MATRIX.values(), EXPORTS)
_TOLD = list(dict.fromkeys(cell for acts in _ALL for row in acts.values() for cell in row if cell is not OK))


def _number(told: str) -> str:
    return f"no ({_TOLD.index(told) + 1})"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Print the page of permissions.")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name} instead")
    if parser.parse_args().write:
        PAGE.write_text(page())
    else:
        print(page())
