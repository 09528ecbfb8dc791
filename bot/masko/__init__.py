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
    MaskoJobFailed,
    MaskoKeyRefused,
    MaskoNotFound,
    MaskoRateLimited,
    MaskoRedirected,
    MaskoUnintelligible,
    MaskoUnreachable,
)
from bot.masko.models import MAX_REFERENCES, Asset, Credits, Mascot, MascotSummary, Project
from bot.masko.rate_limit import RateLimiter, in_bulk, parse_limits
from bot.masko.requests import Timeouts

__all__ = [
    "MAX_REFERENCES",
    "Asset",
    "Credits",
    "InsufficientCredits",
    "Mascot",
    "MascotSummary",
    "MaskoAddressNotPublic",
    "MaskoAnswerLost",
    "MaskoBadRequest",
    "MaskoBroken",
    "MaskoClient",
    "MaskoError",
    "MaskoForbidden",
    "MaskoHeldBack",
    "MaskoJobFailed",
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
