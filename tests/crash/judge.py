"""What was posted against what Slack and Masko hold at the end.  Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tests.crash.story import Picture, Post, threads

MOST_REFERENCES = 6

_COUNT = re.compile(r"(\d+) of 6 references")
_NOT_IN = (
    re.compile(r"^(?:⚠️ )?(?P<names>.+?) (?:was|were) left out: "),
    re.compile(r"^(?:⚠️ )?(?P<names>.+?) is already a reference here"),
    re.compile(r"^(?:⚠️ )?(?P<names>.+?) is the same image as "),
)
_FINAL = re.compile(r"^(Added .+ · \d+ of 6 references|Nothing was added\.)")
_UNFINISHED = re.compile(r"still describing|being detected|\[Retry\]")


@dataclass(frozen=True)
class Reply:
    """A message of the bot: its words, and whether it is a card."""

    words: str
    is_card: bool


@dataclass(frozen=True)
class Upload:
    """An asset that Masko holds: the file's name and the hash of its bytes."""

    name: str
    sha256: str


@dataclass
class Verdict:
    """What is wrong; `complaints` tells each in a sentence."""

    lost: int = 0
    doubled_mascots: int = 0
    doubled_references: int = 0
    doubled_cards: int = 0
    doubled_replies: int = 0
    untrue: int = 0
    complaints: list[str] = field(default_factory=list)

    @property
    def doubled(self) -> int:
        """All that is there more often than it should be."""
        return self.doubled_mascots + self.doubled_references + self.doubled_cards + self.doubled_replies

    @property
    def good(self) -> bool:
        """Nothing lost, nothing doubled, nothing untrue."""
        return not (self.lost or self.doubled or self.untrue)

    def complain(self, thread: int | None, words: str, count: int = 1, **what: int) -> None:
        """Count `what` (by default as `untrue`) and keep the words."""
        for kind, number in (what or {"untrue": count}).items():
            setattr(self, kind, getattr(self, kind) + number)
        self.complaints.append(words if thread is None else f"thread of post {thread}: {words}")


def judge(
    story: Sequence[Post], replies: Mapping[int, Sequence[Reply]], mascots: Iterable[Sequence[Upload]]
) -> Verdict:
    """Compare.

    Args:
        story: what was posted.
        replies: what the bot said, by the number of the thread's root.
        mascots: the references of each mascot.
    """
    verdict = Verdict()
    home = {picture.name: post.thread for post in story for picture in post.pictures}
    mascots_of: dict[int, list[Sequence[Upload]]] = {thread: [] for thread in threads(story)}
    for references in mascots:
        belongs = {home.get(upload.name) for upload in references}
        if len(belongs) != 1 or None in belongs:
            names = [upload.name for upload in references]
            verdict.complain(None, f"a mascot holds {names}, which are of no single thread")
        for thread in belongs - {None}:
            mascots_of[thread or 0].append(references)
    for thread, posts in threads(story).items():
        _judge_mascot(verdict, thread, posts, mascots_of[thread], replies.get(thread, ()))
        _judge_replies(verdict, thread, posts, mascots_of[thread], replies.get(thread, ()))
    return verdict


def _judge_mascot(
    verdict: Verdict,
    thread: int,
    posts: Sequence[Post],
    mascots: Sequence[Sequence[Upload]],
    replies: Sequence[Reply],
) -> None:
    pictures = [picture for post in posts for picture in post.pictures]
    if not mascots:
        verdict.complain(thread, "no mascot", lost=len(pictures))
        return
    if len(mascots) > 1:
        verdict.complain(thread, f"{len(mascots)} mascots", doubled_mascots=len(mascots) - 1)
    held = [upload for references in mascots for upload in references]
    for sha256, times in Counter(upload.sha256 for upload in held).items():
        if times > 1:
            names = [upload.name for upload in held if upload.sha256 == sha256]
            verdict.complain(
                thread, f"one picture is {times} references: {names}", doubled_references=times - 1
            )
    _judge_pictures(verdict, thread, pictures, held, set(_told_not_in(replies)))


def _judge_pictures(
    verdict: Verdict, thread: int, pictures: Sequence[Picture], held: Sequence[Upload], told: set[str]
) -> None:
    """Every image is a reference, or told as left out or as the same as another."""
    hashes = {upload.sha256 for upload in held}
    wanted = {picture.sha256 for picture in pictures}
    if foreign := hashes - wanted:
        verdict.complain(thread, f"{len(foreign)} references are not what was posted")
    room = min(MOST_REFERENCES, len(wanted))
    if len(hashes) < room:
        verdict.complain(thread, f"{len(hashes)} references, {room} would fit", lost=room - len(hashes))
    names = {upload.name for upload in held}
    for picture in pictures:
        if picture.name in names and picture.name in told:
            verdict.complain(thread, f"{picture.name} is a reference, but was told not to be")
        if picture.name not in names and picture.name not in told:
            verdict.complain(thread, f"{picture.name} is no reference, and nobody was told", lost=1)


def _judge_replies(
    verdict: Verdict,
    thread: int,
    posts: Sequence[Post],
    mascots: Sequence[Sequence[Upload]],
    replies: Sequence[Reply],
) -> None:
    cards = [reply for reply in replies if reply.is_card]
    lines = len(replies) - len(cards)
    if len(cards) > 1:
        verdict.complain(thread, f"{len(cards)} cards", doubled_cards=len(cards) - 1)
    if not cards:
        verdict.complain(thread, "no card", lost=1)
    later = len(posts) - 1
    if lines < later:
        verdict.complain(thread, f"{lines} replies to {later} later posts", lost=later - lines)
    if lines > later:
        verdict.complain(thread, f"{lines} replies to {later} later posts", doubled_replies=lines - later)
    for card in cards:
        told = _COUNT.search(card.words)
        held = sum(map(len, mascots))
        if told is None or int(told[1]) != held:
            verdict.complain(thread, f"the card says {told and told[0]!r}, Masko holds {held}")
    for reply in replies:
        if _UNFINISHED.search(reply.words) or not (reply.is_card or _is_final(reply.words)):
            verdict.complain(thread, f"unfinished: {reply.words!r}")


def _is_final(words: str) -> bool:
    first = words.split("\n", 1)[0]
    return bool(_FINAL.match(first)) or any(pattern.match(first) for pattern in _NOT_IN)


def _told_not_in(replies: Iterable[Reply]) -> Iterator[str]:
    """The images that some reply says are not references, by name."""
    lines = (line for reply in replies for line in reply.words.splitlines())
    for line in lines:
        for pattern in _NOT_IN:
            if found := pattern.match(line):
                yield from re.split(r", | and ", found["names"])
