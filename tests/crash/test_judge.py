from __future__ import annotations

from collections.abc import Iterable

import pytest

from tests.crash.judge import Reply, Upload, Verdict, judge
from tests.crash.story import Picture, Post, story, threads

A, B, C, D = (Picture(f"{letter}.png", number) for number, letter in enumerate("abcd", 1))
A_AGAIN = Picture("again.png", A.number)
STORY = [Post(0, 0, (A, B)), Post(1, 0, (C, A_AGAIN)), Post(2, 2, (D,))]

ADDED = "Added c.png · 3 of 6 references\nagain.png is the same image as a.png, so it wasn't uploaded again."
CARD, OTHER_CARD = Reply("Felix\n● ● ●  3 of 6 references", True), Reply("Otto\n●  1 of 6 references", True)
REPLIES = {0: [CARD, Reply(ADDED, False)], 2: [OTHER_CARD]}


def up(*pictures: Picture) -> list[Upload]:
    return [Upload(picture.name, picture.sha256) for picture in pictures]


MASCOTS = [up(A, B, C), up(D)]


def wrong(verdict: Verdict) -> dict[str, int]:
    """What the verdict counts, without what is all right."""
    return {kind: n for kind, n in vars(verdict).items() if isinstance(n, int) and n}


def test_all_is_well() -> None:
    verdict = judge(STORY, REPLIES, MASCOTS)
    assert verdict.good
    assert verdict.complaints == []


@pytest.mark.parametrize(
    ("mascots", "counts"),
    [
        ([up(A, B, C)], {"lost": 1, "untrue": 1}),
        ([up(A, B), up(D)], {"lost": 2, "untrue": 1}),
        ([*MASCOTS, up(D)], {"doubled_mascots": 1, "doubled_references": 1, "untrue": 1}),
        ([up(A, B, C, A_AGAIN), up(D)], {"doubled_references": 1, "untrue": 2}),
        ([up(A, B, C, D), up(D)], {"doubled_mascots": 1, "doubled_references": 1, "untrue": 5}),
        ([*MASCOTS, up(Picture("stranger.png", 9))], {"untrue": 1}),
        ([*MASCOTS, []], {"untrue": 1}),
    ],
    ids=["mascot lost", "image lost", "mascot twice", "picture twice", "mixed", "nobody's", "empty"],
)
def test_wrong_mascots(mascots: Iterable[list[Upload]], counts: dict[str, int]) -> None:
    assert wrong(judge(STORY, REPLIES, mascots)) == counts


@pytest.mark.parametrize(
    ("said", "counts"),
    [
        ([CARD], {"lost": 2}),
        ([Reply(ADDED, False)], {"lost": 1}),
        ([CARD, CARD, Reply(ADDED, False)], {"doubled_cards": 1}),
        ([CARD, Reply(ADDED, False), Reply(ADDED, False)], {"doubled_replies": 1}),
        (
            [CARD, Reply("Adding c.png and again.png to Felix…\nUploading to Masko.", False)],
            {"lost": 1, "untrue": 1},
        ),
        ([CARD, Reply(f"{ADDED}\n[Retry]", False)], {"untrue": 1}),
        ([Reply("Felix\n● ●  2 of 6 references", True), Reply(ADDED, False)], {"untrue": 1}),
        ([CARD, Reply(f"{ADDED}\nb.png was left out: a mascot has", False)], {"untrue": 1}),
    ],
    ids=["no reply", "no card", "two cards", "two replies", "placeholder", "retry", "count", "told wrongly"],
)
def test_wrong_words(said: list[Reply], counts: dict[str, int]) -> None:
    assert wrong(judge(STORY, {**REPLIES, 0: said}, MASCOTS)) == counts


def test_images_that_do_not_fit_must_be_told() -> None:
    pictures = [Picture(f"{n}.png", n) for n in range(1, 9)]
    posts = [Post(0, 0, tuple(pictures[:4])), Post(1, 0, tuple(pictures[4:]))]
    card = Reply("Felix\n6 of 6 references", True)
    left_out = (
        "Added 5.png and 6.png · 6 of 6 references\n7.png and 8.png were left out: a mascot has at most 6"
    )
    assert judge(posts, {0: [card, Reply(left_out, False)]}, [up(*pictures[:6])]).good
    silent = Reply(left_out.splitlines()[0], False)
    assert wrong(judge(posts, {0: [card, silent]}, [up(*pictures[:6])])) == {"lost": 2}


def test_a_story_has_all_that_is_to_be_tried() -> None:
    posts = story(200, seed=1)
    by_thread = threads(posts)
    names = [picture.name for post in posts for picture in post.pictures]
    in_threads = [[picture.number for post in of for picture in post.pictures] for of in by_thread.values()]
    assert posts == story(200, seed=1)
    assert posts != story(200, seed=2)
    assert len(set(names)) == len(names)
    assert {len(post.pictures) for post in posts} == {1, 2, 3, 4}
    assert all(of[0].is_root and not any(post.is_root for post in of[1:]) for of in by_thread.values())
    assert any(len(set(numbers)) > 6 for numbers in in_threads)
    assert any(len(set(numbers)) < len(numbers) for numbers in in_threads)


def test_pictures_are_alike_only_by_number() -> None:
    assert A.sha256 == A_AGAIN.sha256
    assert len({picture.sha256 for picture in (A, B, C, D)}) == 4
