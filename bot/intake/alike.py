"""Images that are nearly the same as a reference: said, with the reference below the post.  Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from bot.cards.service import picture
from bot.db.tables import ImageState, IntakeRow, MascotRow, ReferenceRow
from bot.images import AdviceKind, ImageFacts, advice
from bot.slack.blocks import Picture


class Alike(NamedTuple):
    """A sentence about images that resemble others, and those others."""

    text: str
    pictures: tuple[Picture, ...]


def alike(mascot: MascotRow, references: Sequence[ReferenceRow], images: Sequence[IntakeRow]) -> Alike | None:
    """Which of a post's images resemble another reference of the mascot, with that one; None where none does.

    Args:
        mascot: that they were added to.
        references: of the mascot, oldest first.
        images: of the post.
    """
    held = set(mascot.reference_ids)
    living = [each for each in references if each.asset_id in held and each.facts]
    new = {image.sha256 for image in images if image.state is ImageState.ADDED and image.sha256}
    facts = [ImageFacts.from_json(each.facts) for each in living if each.facts]
    found = next((each for each in advice(facts, new=new) if each.kind is AdviceKind.RESEMBLES), None)
    if found is None:
        return None
    # The new ones stand in the post above, and Slack refuses files that it has not processed yet.
    known = [each for each in living if each.sha256 not in new]
    shown = [picture(each) for name in found.names for each in known if each.name == name]
    return Alike(found.text, tuple(dict.fromkeys(shown)))
