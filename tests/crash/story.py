"""What people post: new mascots, replies to them, too many images, the same image twice.  Pure."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from random import Random

from PIL import Image, ImageDraw

SIDE = 256  # pixels
NEW_MASCOTS = 0.35  # of all posts
FAVOURITES = 0.15  # of all mascots: these get half of the replies, more images than a mascot takes
TWICE = 0.08  # of the images in replies: a picture that the thread has already


@dataclass(frozen=True)
class Picture:
    """An image in a post.

    Attributes:
        name: its file name; no other image has it.
        number: what is drawn; two images with one number have the same bytes.
    """

    name: str
    number: int

    @cached_property
    def content(self) -> bytes:
        """The file."""
        return drawn(self.number)

    @cached_property
    def sha256(self) -> str:
        """The hash of the file."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True)
class Post:
    """One post; its position in the story is its `number`, and `thread` is that of the thread's root."""

    number: int
    thread: int
    pictures: tuple[Picture, ...]

    @property
    def is_root(self) -> bool:
        """Whether it begins a thread."""
        return self.number == self.thread


def story(posts: int, seed: int) -> list[Post]:
    """That many posts, the same for the same seed."""
    return list(_posts(posts, Random(f"{seed} story")))


def threads(posts: Sequence[Post]) -> dict[int, list[Post]]:
    """The posts by the number of their thread."""
    found: dict[int, list[Post]] = defaultdict(list)
    for post in posts:
        found[post.thread].append(post)
    return dict(found)


def _posts(posts: int, random: Random) -> Iterator[Post]:
    roots: list[int] = []
    favourites: list[int] = []
    drawn_in: dict[int, list[int]] = {}
    fresh = iter(range(1, 1_000_000))
    for number in range(posts):
        if not roots or random.random() < NEW_MASCOTS:
            thread = number
            roots.append(thread)
            drawn_in[thread] = []
            if len(favourites) < FAVOURITES * len(roots):
                favourites.append(thread)
            count = random.randint(1, 4)
        else:
            thread = random.choice(favourites if random.random() < 0.5 else roots)
            count = random.randint(1, 3)
        pictures = []
        for at in range(count):
            known = drawn_in[thread]
            what = random.choice(known) if known and random.random() < TWICE else next(fresh)
            known.append(what)
            pictures.append(Picture(f"post{number}-{at}.png", what))
        yield Post(number, thread, tuple(pictures))


def drawn(number: int) -> bytes:
    """A PNG that is unlike the one of any other number."""
    random = Random(number)
    image = Image.new("RGB", (SIDE, SIDE), "white")
    draw = ImageDraw.Draw(image)
    for _ in range(3):
        left, top = random.randrange(SIDE // 2), random.randrange(SIDE // 2)
        size = random.randrange(SIDE // 4, SIDE // 2)
        colour = (random.randrange(256), random.randrange(256), random.randrange(256))
        draw.ellipse((left, top, left + size, top + size), fill=colour)
    image.putpixel((0, 0), (number >> 16 & 255, number >> 8 & 255, number & 255))
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()
