"""The Masko API: a client, what it speaks of, and what can go wrong."""

from bot.masko.budget import Budget
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
from bot.masko.lanes import in_bulk
from bot.masko.models import MAX_REFERENCES, Asset, Credits, Mascot, MascotSummary, Project
from bot.masko.observing import Observer
from bot.masko.rates import parse_limits

__all__ = [
    "MAX_REFERENCES",
    "Asset",
    "Budget",
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
    "Observer",
    "Project",
    "in_bulk",
    "parse_limits",
]
