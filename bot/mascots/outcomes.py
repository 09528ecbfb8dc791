"""What became of the images of a post, in words.  Pure: from outcomes to sentences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.db.tables import ImageState, IntakeRow
from bot.errors import BotError
from bot.images import WHAT_WORKS
from bot.masko import MAX_REFERENCES
from bot.text import listed, short_name

_GONE = (ImageState.REMOVED, ImageState.PASSED_ON)


@dataclass(frozen=True)
class Report:
    """Outcome of the images of one post, in sentences.

    Attributes:
        added, left_out: names of new references, and of images that did not fit.
        failed: some image may succeed when tried again.
        gone: what was added and has been removed since.
    """

    added: tuple[str, ...]
    problems: tuple[str, ...]
    notes: tuple[str, ...]
    failed: bool
    gone: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


NOTHING = Report((), (), (), False)


def report(images: Iterable[IntakeRow]) -> Report:
    """The report on a post's images, in their order; left-out images share one sentence."""
    images = list(images)
    left_out = [image.name for image in images if image.state is ImageState.LEFT_OUT]
    refusals = (ImageState.REFUSED, ImageState.DUPLICATE)
    problems = [image.detail for image in images if image.state in refusals and image.detail]
    trouble = (ImageState.FAILED, ImageState.WAITING)
    failures = [image.detail for image in images if image.state in trouble and image.detail]
    return Report(
        added=tuple(image.name for image in images if image.state is ImageState.ADDED),
        problems=(*problems, *dict.fromkeys(failures), *([no_room(left_out)] if left_out else [])),
        notes=tuple(image.detail for image in images if image.state is ImageState.ADDED and image.detail),
        failed=any(image.state is ImageState.FAILED for image in images),
        gone=tuple(image.detail for image in images if image.state in _GONE and image.detail),
        left_out=tuple(left_out),
    )


def no_room(names: Sequence[str]) -> str:
    """Which images did not fit, and what to do with them."""
    was = "was" if len(names) == 1 else "were"
    them = "it" if len(names) == 1 else "them"
    which = listed(map(short_name, names), most=10)
    return (
        f"{which} {was} left out: a mascot has at most {MAX_REFERENCES} references. "
        f"Start another mascot with {them}, or let {them} take a reference's place."
    )


def removed(name: str) -> str:
    """That a reference was taken away again."""
    return f"{short_name(name)} was removed."


def moved(name: str, mascot: str) -> str:
    """That a reference went to another mascot."""
    return f"{short_name(name)} was moved to {mascot}."


def passed_on(name: str) -> str:
    """That an image starts another mascot."""
    return f"{short_name(name)} starts another mascot: see my message in the channel."


def duplicate(name: str, of: str) -> str:
    """That an image has the same bytes as one that is there already."""
    if name == of:
        return f"{short_name(name)} is already a reference here, so it wasn't uploaded again."
    return f"{short_name(name)} is the same image as {short_name(of)}, so it wasn't uploaded again."


def stopped_the_bot(name: str) -> str:
    """That a file is given up because the program died over it."""
    return (
        f"Working on {short_name(name)} stopped me twice, so I won't try it again. "
        "Export it as a smaller PNG and post that instead."
    )


def no_reference(name: str) -> str:
    """That Masko added no further reference for a link."""
    return f"{short_name(name)} is the same image as another reference here, so Masko didn't add it again."


def not_fetched(name: str, error: BotError) -> str:
    """That Masko refused what it was to fetch from a link."""
    return f"{short_name(name)}: Masko couldn't fetch it from its address. {error.words}"


def not_an_image(name: str) -> str:
    """That a file holds no image."""
    return f"{short_name(name)} isn't an image that can be used. {WHAT_WORKS}"


def converted(
    name: str,
    from_format: str | None,
    scaled: tuple[int, int] | None,
    missing: Sequence[str] = (),
) -> str | None:
    """What was done to an image before Masko got it, and what is missing from it; None when nothing was."""
    size = f"{scaled[0]} × {scaled[1]}" if scaled else None
    if from_format:
        at = f" at {size}" if size else ""
        lacks = f" Missing from the image: {' and '.join(missing)}." if missing else ""
        return f"{short_name(name)} was converted from {from_format} to PNG{at}.{lacks}"
    return (
        f"{short_name(name)} was made smaller, to {size}: Masko takes files of up to 10 MB." if size else None
    )
