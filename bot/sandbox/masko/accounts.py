"""What belongs to one key of the local Masko."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.sandbox.masko.catalogue import Catalogue
from bot.sandbox.masko.records import Asset, Collection, Project

FIRST_CREDITS = 250


@dataclass
class Account:
    """What one key opens. Nothing of one account is there for another: its ids answer 404.

    Attributes:
        credits: may be set at any time.
    """

    catalogue: Catalogue
    credits: int = FIRST_CREDITS

    @property
    def projects(self) -> Mapping[str, Project]:
        """Every project by id, other organisations' included."""
        return self.catalogue.projects

    @property
    def assets(self) -> Mapping[str, Asset]:
        """Every uploaded or fetched picture by id."""
        return self.catalogue.assets

    @property
    def collections(self) -> Mapping[str, Collection]:
        """Every mascot by id."""
        return self.catalogue.collections
