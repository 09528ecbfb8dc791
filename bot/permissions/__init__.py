"""Permissions: who may see, add to, change and review a mascot, and who may set a channel.

`Permissions.refusal(actor, act, mascot or channel)` is asked by everything that acts for a person, right
before it acts; `docs/permissions.md` lists what asks it.
"""

from bot.permissions import rules
from bot.permissions.rules import Act
from bot.permissions.service import Actor, CannotTell, Denied, Permissions

__all__ = ["Act", "Actor", "CannotTell", "Denied", "Permissions", "rules"]
