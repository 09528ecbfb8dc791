"""A stand-in for Masko's vision: a name and a prompt from what the pixels hold.

It says of colours, silhouette, outline, shading and background what is measurably there, never what the
character is, and says of itself that it is a stand-in. The same pixels always get the same words.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass

from bot.sandbox.masko.pixels import Facts, facts_of
from bot.sandbox.masko.prompts import prompt_of

STAND_IN = "(Described by the sandbox's local stand-in from its colours and shapes.)"

_NAMES = {
    "orange": ("Tangerine", "Rusty", "Marmalade", "Clementine", "Saffron", "Ginger"),
    "red": ("Ruby", "Poppy", "Scarlet", "Cherry", "Ember", "Paprika"),
    "yellow": ("Sunny", "Honey", "Goldie", "Dandelion", "Lemon", "Butterscotch"),
    "green": ("Clover", "Fern", "Basil", "Sage", "Minty", "Pesto"),
    "teal": ("Lagoon", "Marina", "Juniper", "Splash", "Reef", "Tidepool"),
    "blue": ("Skye", "Bluebell", "Cobalt", "Denim", "Azure", "Brook"),
    "purple": ("Plum", "Violet", "Lilac", "Iris", "Grape", "Amethyst"),
    "pink": ("Rosie", "Blossom", "Peony", "Bubblegum", "Flora", "Sorbet"),
    "brown": ("Hazel", "Cocoa", "Mocha", "Chestnut", "Toffee", "Maple"),
    "white": ("Snowy", "Pearl", "Cotton", "Ivory", "Vanilla", "Marshmallow"),
    "grey": ("Pebble", "Misty", "Silver", "Nickel", "Drizzle", "Flint"),
    "dark": ("Onyx", "Inky", "Midnight", "Pepper", "Velvet", "Raven"),
}
_MANNERS = {
    "scene": ("Explorer", "Traveller", "Wanderer"),
    "soft": ("Gentle", "Soft-Hearted", "Mellow"),
    "round": ("Round", "Jolly", "Snug"),
    "tall": ("Tall", "Upright", "Lofty"),
    "wide": ("Easygoing", "Broad", "Unhurried"),
    "still": ("Steady", "Calm", "Trusty"),
    "turned": ("Curious", "Swift", "Nimble"),
    "lively": ("Lively", "Cheerful", "Bright"),
}
_PLAIN_FAMILIES = frozenset({"white", "grey", "dark"})


@dataclass(frozen=True)
class Description:
    """What the vision has to say: a character's name, and a prompt of its visual traits."""

    name: str
    prompt: str


def describe(data: bytes) -> Description:
    """Describe an encoded picture that is known to decode (blocking: call it in a thread)."""
    return description_of(facts_of(data))


def description_of(facts: Facts) -> Description:
    """Name and prompt for these facts."""
    return Description(_name(facts), f"{prompt_of(facts)} {STAND_IN}")


def _name(facts: Facts) -> str:
    seed = f"{facts.fingerprint}/{facts.colours[0].colour.name}".encode()
    one, other = hashlib.sha256(seed).digest()[:2]
    names, manners = _NAMES[_main_family(facts)], _MANNERS[_manner(facts)]
    return f"{names[one % len(names)]} the {manners[other % len(manners)]}"


def _main_family(facts: Facts) -> str:
    """The family most of the figure is of; white, grey and dark only where there is little else."""
    parts: Counter[str] = Counter()
    for share in facts.colours:
        if share.colour != facts.outline:
            parts[share.colour.family] += round(share.part * 1000)
    bright = [family for family, part in parts.items() if family not in _PLAIN_FAMILIES and part >= 120]
    return max(bright or parts or ["grey"], key=lambda family: parts[family])


def _manner(facts: Facts) -> str:
    if facts.background == "scene":
        return "scene"
    traits = {
        "soft": facts.softness > 0.45,
        "tall": facts.aspect < 0.72,
        "wide": facts.aspect > 1.3,
        "round": facts.fullness > 0.7,
        "still": facts.symmetry > 0.9,
        "turned": facts.symmetry < 0.6,
    }
    return next((trait for trait, found in traits.items() if found), "lively")
