"""Images: bytes into facts, into a file that Masko takes, and facts into advice; `prepare` is the way in."""

from bot.images.advice import Advice, AdviceKind, advice
from bot.images.errors import MAX_BYTES, WHAT_WORKS, DecodingFailed, ImageRefused
from bot.images.facts import Background, ImageFacts, ImageFormat, Shading
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
