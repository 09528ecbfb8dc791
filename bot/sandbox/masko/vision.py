"""A stand-in for Masko's vision: a name and a prompt from what the pixels hold.

It says of colours, proportions, outline, shading and background what is measurably there, never what the
character is, and says of itself that it is a stand-in. The same pixels always get the same words.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.sandbox.masko.pixels import Facts, Share, facts_of

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
    parts = (_figure(facts), _tones(facts), _places(facts), _shape(facts), _style(facts), _ground(facts))
    return Description(_name(facts), " ".join([*filter(None, parts), STAND_IN]))


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


def _figure(facts: Facts) -> str:
    main, accents = _main_and_accents(facts)
    build = "" if facts.background == "scene" else _build(facts)
    sentence = f"A friendly{build} character, mostly {_listed(_with_part(share) for share in main)}"
    if not accents:
        return f"{sentence}."
    return f"{sentence}, with {'accents' if len(accents) > 1 else 'an accent'} of {_listed(accents)}."


def _build(facts: Facts) -> str:
    if facts.fullness > 0.7:
        return ", rounded"
    return ", sturdy" if facts.fullness > 0.55 else ", light-limbed"


def _main_and_accents(facts: Facts) -> tuple[Sequence[Share], Sequence[str]]:
    """Up to three colours that make the figure, and up to four of other families that stand out."""
    painted = [share for share in facts.colours if share.colour != facts.outline] or list(facts.colours)
    main = [share for share in painted if share.part >= 0.12][:3] or painted[:1]
    families = {share.colour.family for share in main}
    accents = []
    for share in painted:
        if share.colour.family not in families and share not in main:
            families.add(share.colour.family)
            accents.append(share.colour.name)
    return main, accents[:4]


def _with_part(share: Share) -> str:
    return f"{share.colour.name} (about {max(1, round(share.part * 100))}%)"


def _tones(facts: Facts) -> str:
    """Further tones of the main colours' families."""
    main, _ = _main_and_accents(facts)
    families = {share.colour.family for share in main}
    shown = {share.colour for share in main} | {facts.outline}
    tones = [
        share.colour.name
        for share in facts.colours
        if share.colour.family in families and share.colour not in shown
    ]
    return f"Further tones: {_listed(tones[:3])}." if tones else ""


def _places(facts: Facts) -> str:
    """Which colours sit near the top and towards the bottom."""
    if facts.background == "scene":
        return ""
    high = [share.colour.name for share in facts.colours if share.height < 0.34][:2]
    low = [share.colour.name for share in facts.colours if share.height > 0.66][:2]
    said = [
        f"{_listed(names)} {place}" for names, place in ((high, "near the top"), (low, "lower down")) if names
    ]
    return f"{'; '.join(said).capitalize()}." if said else ""


def _shape(facts: Facts) -> str:
    if facts.background == "scene":
        return "The surroundings are so busy that its silhouette cannot be told for sure."
    return f"{_proportions(facts.aspect)}, {_stance(facts.symmetry)}, {_weight(facts.top_heaviness)}."


def _proportions(aspect: float) -> str:
    if aspect < 0.72:
        return "Clearly taller than wide"
    if aspect < 0.93:
        return "A little taller than wide"
    if aspect <= 1.08:
        return "As wide as it is tall"
    return "A little wider than tall" if aspect <= 1.3 else "Clearly wider than tall"


def _stance(symmetry: float) -> str:
    if symmetry > 0.9:
        return "almost perfectly symmetrical"
    return "not quite symmetrical" if symmetry > 0.6 else "turned to one side"


def _weight(top_heaviness: float) -> str:
    if top_heaviness > 0.55:
        return "with most of its mass in the upper half"
    return "with a broad base" if top_heaviness < 0.42 else "with its mass evenly above and below"


def _style(facts: Facts) -> str:
    if facts.softness > 0.45:
        shading = "Soft gradients and highlights give it a shaded, rounded look"
    elif facts.softness > 0.3:
        shading = "Mostly flat colours with some gradients"
    else:
        shading = "Flat vector style with clean areas of even colour"
    if facts.background == "scene":
        return f"{shading}."
    line = f"a {facts.outline.name} outline all around" if facts.outline else "no dark outline"
    return f"{shading}, {line}."


def _ground(facts: Facts) -> str:
    if facts.background == "transparent":
        return "Transparent background."
    if facts.background_colour is None:
        return "Set in a detailed scene."
    return f"Plain {facts.background_colour.name} background."


def _listed(words: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *rest, last = words
    return f"{', '.join(rest)} and {last}" if rest else last
