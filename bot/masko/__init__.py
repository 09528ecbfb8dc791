"""Client of the Masko API."""

from bot.masko.client import MaskoClient
from bot.masko.errors import MaskoError, MaskoNotFound
from bot.masko.requests import Timeouts
from bot.masko.responses import MAX_REFERENCES, Mascot

__all__ = ["MAX_REFERENCES", "Mascot", "MaskoClient", "MaskoError", "MaskoNotFound", "Timeouts"]
