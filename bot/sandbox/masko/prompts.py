"""Facts → a prompt, in the words that a designer would use for what is there. Pure.

Colours come in the order of how much they cover, each once. Only what was measured is said: where a colour
sits when it sits in one place, the silhouette, the shading, the outline, the background.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from bot.sandbox.masko.pixels import Facts, Share

_LARGE = 0.15
_PART = 0.05
_ONE_PLACE = 0.15  # of the figure's height: within so much of its middle, a colour sits in one place


def prompt_of(facts: Facts) -> str:
    """Three or four sentences."""
    lead, others, tones = _sorted_out(facts)
    if facts.background == "scene":
        return (
            f"A friendly character in a detailed scene, whose middle is mostly {_listed(lead)}"
            f"{_with(others, facts)}. The surroundings are too busy to tell its silhouette from them for "
            f"certain. {_drawing(facts)}"
        )
    figure = f"A friendly {_in(lead)}{_with(others, facts)}."
    return " ".join(filter(None, (figure, _toned(lead, tones), _silhouette(facts), _drawing(facts))))


def _sorted_out(facts: Facts) -> tuple[Sequence[str], Sequence[Share], Sequence[Share]]:
    """The one or two colours that it is mostly of, one of each other family, further tones of the first."""
    painted = [share for share in facts.colours if share.colour != facts.outline] or list(facts.colours)
    family = _largest_family(painted)
    own = [share for share in painted if share.colour.family == family]
    lead = own[:1] + [share for share in own[1:2] if share.part >= _LARGE]
    seen, others = {family}, []
    for share in painted:
        if share.colour.family not in seen:
            seen.add(share.colour.family)
            others.append(share)
    return [share.colour.name for share in lead], others[:5], own[len(lead) :][:3]


def _largest_family(painted: Sequence[Share]) -> str:
    parts: Counter[str] = Counter()
    for share in painted:
        parts[share.colour.family] += round(share.part * 1000)
    return parts.most_common(1)[0][0]


def _in(lead: Sequence[str]) -> str:
    return f"{_before(lead[0])} character" if len(lead) == 1 else f"character in {_listed(lead)}"


def _with(others: Sequence[Share], facts: Facts) -> str:
    """The other colours: large areas, then parts with their place, then touches."""
    large = [share.colour.name for share in others if share.part >= _LARGE]
    parts = [share for share in others if _PART <= share.part < _LARGE]
    small = [share.colour.name for share in others if share.part < _PART][:3]
    said = [f"large areas of {_listed(large)}"] if large else []
    if facts.background == "scene":
        said += [f"parts in {_listed(share.colour.name for share in parts)}"] if parts else []
    else:
        said += _parts(parts)
    said += [f"touches of {_listed(small)}"] if small else []
    if said:
        return f" with {_listed(said)}" if len(said) < 3 else f" with {', '.join(said[:-1])}, and {said[-1]}"
    return ""


def _parts(parts: Sequence[Share]) -> list[str]:
    """The parts, those of one place together."""
    by_place: dict[str, list[str]] = {}
    for share in parts:
        by_place.setdefault(_place(share), []).append(_before(share.colour.name))
    return [f"{_listed(names)} parts{place}" for place, names in by_place.items()]


def _place(share: Share) -> str:
    """Where a colour sits, if it sits in one place; with a space before it."""
    if share.spread > _ONE_PLACE:
        return ""
    if share.height < 0.2:
        return " at the top"
    if share.height < 0.42:
        return " in the upper half"
    if share.height <= 0.58:
        return " around the middle"
    return " in the lower half" if share.height < 0.8 else " at the bottom"


def _toned(lead: Sequence[str], tones: Sequence[Share]) -> str:
    """Further tones of its main colour, from high to low."""
    by_place = {
        "higher up": [share.colour.name for share in tones if share.height < 0.42],
        "around the middle": [share.colour.name for share in tones if 0.42 <= share.height <= 0.58],
        "lower down": [share.colour.name for share in tones if share.height > 0.58],
    }
    said = [f"{_listed(names)} {place}" for place, names in by_place.items() if names]
    if not said:
        return ""
    return f"{_listed(lead).capitalize()} {'are' if len(lead) > 1 else 'is'} joined by {_listed(said)}."


def _silhouette(facts: Facts) -> str:
    return (
        f"Its {_build(facts.fullness)} silhouette is {_proportions(facts.aspect)}, "
        f"{_stance(facts.symmetry)} and {_weight(facts.top_heaviness)}."
    )


def _build(fullness: float) -> str:
    if fullness > 0.9:
        return "blocky"
    if fullness > 0.7:
        return "rounded"
    return "sturdy" if fullness > 0.55 else "airy"


def _proportions(aspect: float) -> str:
    if aspect < 0.72:
        return "clearly taller than wide"
    if aspect < 0.93:
        return "a little taller than wide"
    if aspect <= 1.08:
        return "as wide as it is tall"
    return "a little wider than tall" if aspect <= 1.3 else "clearly wider than tall"


def _stance(symmetry: float) -> str:
    if symmetry > 0.9:
        return "almost perfectly symmetrical"
    return "slightly asymmetrical" if symmetry > 0.6 else "turned to one side"


def _weight(top_heaviness: float) -> str:
    if top_heaviness > 0.55:
        return "heavier at the top"
    return "broad at its base" if top_heaviness < 0.42 else "evenly weighted"


def _drawing(facts: Facts) -> str:
    if facts.busyness > 0.4:
        shading = "Drawn with rich texture and much fine detail"
    elif facts.softness > 0.45:
        shading = "Shaded with soft gradients that give it volume"
    elif facts.softness > 0.3:
        shading = "Drawn in mostly flat colours with some gradients"
    else:
        shading = "Drawn in a flat vector style with clean, even areas of colour"
    if facts.background == "scene":
        return f"{shading}."
    return f"{shading}, {_line(facts)}, {_ground(facts)}."


def _line(facts: Facts) -> str:
    if facts.outline is None:
        return "without a dark outline"
    bold = any(share.colour == facts.outline and share.part >= 0.1 for share in facts.colours)
    return f"with a {'bold' if bold else 'fine'} {_before(facts.outline.name)} outline"


def _ground(facts: Facts) -> str:
    if facts.background_colour is None:
        return "on a transparent background"
    return f"on a plain {_before(facts.background_colour.name)} background"


def _before(colour: str) -> str:
    """A colour's name in front of what has it: `royal-blue`."""
    return colour.replace(" ", "-")


def _listed(words: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *rest, last = words
    return f"{', '.join(rest)} and {last}" if rest else last
