"""Images: bytes into facts, into a file that Masko takes, and facts into advice.

`prepare` is the way in.  Nothing in here knows Slack, Masko's API or the store.
"""

from bot.images.advice import Advice, AdviceKind, advice
from bot.images.facts import Background, ImageFacts, Shading
from bot.images.formats import ImageFormat
from bot.images.preparation import PreparedImage, prepare
from bot.images.refusals import (
    MAX_BYTES,
    MAX_PIXELS,
    WHAT_WORKS,
    DamagedSvg,
    DecodingFailed,
    EmptyImage,
    ImageRefused,
    NotAnImage,
    TooComplex,
    TooComplexSvg,
    TooManyBytes,
    TooManyPixels,
    TruncatedImage,
    UndrawableSvg,
    UnreadableSvg,
    UnsafeSvg,
)

__all__ = [
    "MAX_BYTES",
    "MAX_PIXELS",
    "WHAT_WORKS",
    "Advice",
    "AdviceKind",
    "Background",
    "DamagedSvg",
    "DecodingFailed",
    "EmptyImage",
    "ImageFacts",
    "ImageFormat",
    "ImageRefused",
    "NotAnImage",
    "PreparedImage",
    "Shading",
    "TooComplex",
    "TooComplexSvg",
    "TooManyBytes",
    "TooManyPixels",
    "TruncatedImage",
    "UndrawableSvg",
    "UnreadableSvg",
    "UnsafeSvg",
    "advice",
    "prepare",
]
