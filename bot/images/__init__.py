"""Images: bytes into facts and a file that Masko takes (`bot.images.pool.prepare`), facts into a tip."""

from bot.images.errors import MAX_BYTES, WHAT_WORKS, ImageRefused
from bot.images.facts import ImageFacts, near_duplicate, tip

__all__ = ["MAX_BYTES", "WHAT_WORKS", "ImageFacts", "ImageRefused", "near_duplicate", "tip"]
