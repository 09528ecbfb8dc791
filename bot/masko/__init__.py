"""The Masko API: a client, what it speaks of, and what can go wrong."""

from bot.masko.budget import Budget, parse_limits
from bot.masko.client import MaskoClient
from bot.masko.errors import (
    InsufficientCredits,
    MaskoAnswerLost,
    MaskoBadRequest,
    MaskoBroken,
    MaskoError,
    MaskoForbidden,
    MaskoJobFailed,
    MaskoKeyRefused,
    MaskoNotFound,
    MaskoRateLimited,
    MaskoRedirected,
    MaskoUnintelligible,
    MaskoUnreachable,
)
from bot.masko.models import MAX_REFERENCES, Asset, Credits, Mascot, MascotSummary, Project

__all__ = [
    "MAX_REFERENCES",
    "Asset",
    "Budget",
    "Credits",
    "InsufficientCredits",
    "Mascot",
    "MascotSummary",
    "MaskoAnswerLost",
    "MaskoBadRequest",
    "MaskoBroken",
    "MaskoClient",
    "MaskoError",
    "MaskoForbidden",
    "MaskoJobFailed",
    "MaskoKeyRefused",
    "MaskoNotFound",
    "MaskoRateLimited",
    "MaskoRedirected",
    "MaskoUnintelligible",
    "MaskoUnreachable",
    "Project",
    "parse_limits",
]
