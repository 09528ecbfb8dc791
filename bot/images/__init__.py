"""Images: bytes into facts, into a file that Masko takes, and facts into advice; `prepare` is the way in."""

from bot.images.errors import MAX_BYTES, WHAT_WORKS, DecodingFailed, ImageRefused
from bot.images.facts import Advice, AdviceKind, Background, ImageFacts, Shading, advice
from bot.images.formats import ImageFormat
from bot.images.pool import PreparedImage, prepare

__all__ = [
    "MAX_BYTES",
    "WHAT_WORKS",
    "Advice",
    "AdviceKind",
    "Background",
    "DecodingFailed",
    "ImageFacts",
    "ImageFormat",
    "ImageRefused",
    "PreparedImage",
    "Shading",
    "advice",
    "prepare",
]
