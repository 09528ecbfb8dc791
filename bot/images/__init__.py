"""Images: bytes into facts, into a file that Masko takes, and facts into a tip; `prepare` is the way in."""

from bot.images.errors import MAX_BYTES, WHAT_WORKS, ImageRefused
from bot.images.facts import ImageFacts, near_duplicate, tip
from bot.images.pool import contact_sheet, prepare

__all__ = [
    "MAX_BYTES",
    "WHAT_WORKS",
    "ImageFacts",
    "ImageRefused",
    "contact_sheet",
    "near_duplicate",
    "prepare",
    "tip",
]
