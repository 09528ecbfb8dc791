"""Client of the Masko API."""

from bot.masko.client import MaskoClient
from bot.masko.errors import (
    InsufficientCredits,
    MaskoAddressNotPublic,
    MaskoAnswerLost,
    MaskoBadRequest,
    MaskoBroken,
    MaskoError,
    MaskoForbidden,
    MaskoHeldBack,
    MaskoKeyRefused,
    MaskoNotFound,
    MaskoRateLimited,
    MaskoRedirected,
    MaskoUnintelligible,
    MaskoUnreachable,
)
from bot.masko.rate_limit import RateLimiter, in_bulk, parse_limits
from bot.masko.requests import Timeouts
from bot.masko.responses import MAX_REFERENCES, Asset, Mascot, Project

__all__ = [
    "MAX_REFERENCES",
    "Asset",
    "InsufficientCredits",
    "Mascot",
    "MaskoAddressNotPublic",
    "MaskoAnswerLost",
    "MaskoBadRequest",
    "MaskoBroken",
    "MaskoClient",
    "MaskoError",
    "MaskoForbidden",
    "MaskoHeldBack",
    "MaskoKeyRefused",
    "MaskoNotFound",
    "MaskoRateLimited",
    "MaskoRedirected",
    "MaskoUnintelligible",
    "MaskoUnreachable",
    "Project",
    "RateLimiter",
    "Timeouts",
    "in_bulk",
    "parse_limits",
]
