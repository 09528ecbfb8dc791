"""What must be true in the end, whatever happened in between: what was posted against what is there.  Pure.

It knows nothing of the bot but the words that it says to people.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import NamedTuple

FULL = 6

_COUNT = re.compile(r"(\d+) of 6 references")
_ADDED = re.compile(r"^Added (?P<names>.+) · [1-6] of 6 references$", re.MULTILINE)
_LEFT_OUT = re.compile(r"^(?:⚠️ )?(?P<names>.+) (?:was|were) left out: ", re.MULTILINE)
_SAME = re.compile(r"^(?:⚠️ )?(?P<name>\S+) is the same image as (?P<of>\S+), so it wasn't", re.MULTILINE)
_UNFINISHED = re.compile(r"^(Reading|Adding) |Trying again|keep trying|not in yet|\[Retry\]", re.MULTILINE)


@dataclass(frozen=True)
class Picture:
    """An image file; two with the same `look` hold the same bytes."""

    name: str
    look: int


class Place(NamedTuple):
    """Where a message is."""

    channel: str
    ts: str


@dataclass(frozen=True)
class Posted:
    """A post with images; `thread` is where its thread begins, for a root the same."""

    at: Place
    thread: Place
    pictures: tuple[Picture, ...]


@dataclass(frozen=True)
class Reply:
    """A message of the bot.

    Attributes:
        answers: the ts of the post that it is the reply to.
        words: what people read.
        mascot: Masko's id, where it is a card.
    """

    answers: str | None
    words: str
    mascot: str | None


@dataclass(frozen=True)
class Mascot:
    """A mascot in Masko; its references in order."""

    id: str
    references: tuple[Picture, ...]


@dataclass(frozen=True)
class Thread:
    """A thread as it should be seen: its posts, what was said to them, and its mascots."""

    posts: Sequence[Posted]
    replies: Sequence[Reply]
    mascots: Sequence[Mascot]

    @property
    def held(self) -> list[Picture]:
        """All references of all its mascots."""
        return [picture for mascot in self.mascots for picture in mascot.references]


def complaints(
    posts: Sequence[Posted],
    replies: Mapping[Place, Sequence[Reply]],
    mascots: Sequence[Mascot],
    any_order: Set[Place],
) -> list[str]:
    """Everything that is not as it should be, a sentence each.

    Args:
        posts: all that had images.
        replies: what the bot said, by thread.
        mascots: all that Masko holds.
        any_order: posts whose images need not be added in the order of posting: some were held up, or
            somebody pressed Retry, and others took their places meanwhile.
    """
    found = [*_strangers(posts, mascots)]
    for number, root in enumerate(dict.fromkeys(post.thread for post in posts), 1):
        own = [post for post in posts if post.thread == root]
        names = {picture.name for post in own for picture in post.pictures}
        its = [each for each in mascots if names & {picture.name for picture in each.references}]
        thread = Thread(own, replies.get(root, ()), its)
        said = [*_of_mascots(thread), *_of_cards(thread), *_of_replies(thread, any_order)]
        found += [f"thread {number}: {words}" for words in said]
    return found


def _strangers(posts: Sequence[Posted], mascots: Sequence[Mascot]) -> Iterator[str]:
    home = {picture: post.thread for post in posts for picture in post.pictures}
    for mascot in mascots:
        if len({home.get(picture) for picture in mascot.references} - {None}) != 1:
            yield f"a mascot holds {_names(mascot.references)}, which are not of one thread"
        yield from (f"{each.name} was never posted so" for each in mascot.references if each not in home)


def _of_mascots(thread: Thread) -> Iterator[str]:
    if len(thread.mascots) != 1:
        yield f"{len(thread.mascots)} mascots: {[_names(each.references) for each in thread.mascots]}"
    looks = Counter(picture.look for picture in thread.held)
    yield from (f"look {look} is {times} references" for look, times in looks.items() if times > 1)
    posted = {picture.look for post in thread.posts for picture in post.pictures}
    if len(looks) != min(FULL, len(posted)):
        yield f"{len(looks)} references of {len(posted)} different pictures"


def _of_cards(thread: Thread) -> Iterator[str]:
    cards = [reply for reply in thread.replies if reply.mascot is not None]
    if len(cards) != 1:
        yield f"{len(cards)} cards"
    for card in cards:
        if card.mascot not in {mascot.id for mascot in thread.mascots}:
            yield "the card shows a mascot that is not the thread's"
        counts = [int(count) for count in _COUNT.findall(card.words)]
        if counts != [len(thread.held)]:
            yield f"the card says {counts}, Masko holds {len(thread.held)}"


def _of_replies(thread: Thread, any_order: Set[Place]) -> Iterator[str]:
    yield from (f"unfinished: {each.words!r}" for each in thread.replies if _UNFINISHED.search(each.words))
    known = {post.at.ts for post in thread.posts}
    yield from (f"who asked? {each.words!r}" for each in thread.replies if each.answers not in known)
    for post in thread.posts:
        said = [reply for reply in thread.replies if reply.answers == post.at.ts]
        if len(said) != 1:
            yield f"{len(said)} replies to {_names(post.pictures)}: {[each.words for each in said]}"
        else:
            yield from _of_post(thread, post, said[0])
        if post.at not in any_order:
            yield from _of_order(thread, post)


def _of_post(thread: Thread, post: Posted, reply: Reply) -> Iterator[str]:
    """Each image is a reference, or was left out of a full mascot, or is in it already: as the reply says."""
    held = thread.held
    added = [picture.name for picture in held if picture in post.pictures]
    told = _told_added(reply)
    if reply.mascot is None and sorted(told) != sorted(added):
        yield f"said to be added: {told}, are: {added}"
    left_out, same = _told_left_out(reply), _told_same(reply)
    for picture in post.pictures:
        ends = Counter({"in": added.count(picture.name), "left out": left_out.count(picture.name)})
        ends["the same"] = picture.name in same
        if ends.total() != 1:
            yield f"{picture.name}: {dict(+ends) or 'nobody was told'}; {reply.words!r}"
    if left_out and len(held) < FULL:
        yield f"{left_out} left out of {len(held)} references"
    for name, of in same.items():
        if not any(each.name == of and each.look == _look(post, name) for each in held):
            yield f"{name} is said to be the same as {of}, which is no reference"


def _of_order(thread: Thread, post: Posted) -> Iterator[str]:
    """The first that fit, in the order of posting."""
    held = [picture for picture in thread.held if picture in post.pictures]
    if held != [picture for picture in post.pictures if picture in held]:
        yield f"{_names(post.pictures)} were added as {_names(held)}"
    looks = {picture.look for picture in thread.held}
    missing = [at for at, picture in enumerate(post.pictures) if picture.look not in looks]
    if missing and any(picture in held for picture in post.pictures[missing[0] :]):
        yield f"{post.pictures[missing[0]].name} was left out before {_names(held)}"


def _told_added(reply: Reply) -> list[str]:
    found = _ADDED.search(reply.words)
    return _listed(found["names"]) if found else []


def _told_left_out(reply: Reply) -> list[str]:
    found = _LEFT_OUT.search(reply.words)
    return _listed(found["names"]) if found else []


def _told_same(reply: Reply) -> dict[str, str]:
    return {found["name"]: found["of"] for found in _SAME.finditer(reply.words)}


def _listed(words: str) -> list[str]:
    return re.split(r", | and ", words)


def _look(post: Posted, name: str) -> int | None:
    return next((picture.look for picture in post.pictures if picture.name == name), None)


def _names(pictures: Sequence[Picture]) -> list[str]:
    return [f"{picture.name} ({picture.look})" for picture in pictures]
