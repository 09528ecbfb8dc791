"""What the pixels of a picture really hold: colours, background, silhouette, outline, shading.

Nothing here knows what a fox is. A picture is looked at in a small size, so that this takes a few
hundredths of a second and the same picture in another encoding gives the same facts.
"""

from __future__ import annotations

import io
import struct
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

from PIL import ExifTags, Image

from bot.sandbox.masko.palette import Colour, Rgb, named

SIDE = 128
"""The longer side, in pixels, of the small size that a picture is looked at in."""

_SOLID = 128
_BACKGROUND_TOLERANCE = 40
_DARK = 90
_STEP = 24
"""Two colours side by side that differ by more (the sum over red, green, blue) make an edge."""
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}  # Exif 2.32, 4.6.4: Orientation


@dataclass(frozen=True)
class Share:
    """One colour of the subject.

    Attributes:
        part: how much of the subject is of it, from 0 to 1.
        height: how far down it sits on average: 0 top, 1 bottom.
        spread: how far from there it reaches (a standard deviation): 0.29 for an even spread over all.
    """

    colour: Colour
    part: float
    height: float
    spread: float


@dataclass(frozen=True)
class Facts:
    """What was found. In a scene, where no subject can be told apart, it is that of the picture's middle.

    Attributes:
        background: `transparent`, `scene`, or `plain`, then with the name of its colour.
        colours: of the subject, most first; those under 1% left out.
        aspect: width ÷ height of the subject's bounding box.
        fullness: how much of that box the subject fills (a disc: 0.79).
        symmetry: how much of the subject has its mirror image in the subject, 0 to 1.
        top_heaviness: how much of the subject lies in the upper half of its box.
        outline: the colour of a dark line around the subject, if there is one.
        softness: how much of the subject is gradient rather than flat colour, 0 to 1.
        busyness: how much of it is edges, which texture and fine detail are full of, 0 to 1.
        fingerprint: 64 bits of coarse light and dark, the same for the same picture re-encoded.
    """

    background: str
    background_colour: Colour | None
    colours: tuple[Share, ...]
    aspect: float
    fullness: float
    symmetry: float
    top_heaviness: float
    outline: Colour | None
    softness: float
    busyness: float
    fingerprint: int


def facts_of(data: bytes) -> Facts:
    """The facts of an encoded picture that is known to decode (blocking: call it in a thread)."""
    small = _small(data)
    grid = _Grid.of(small)
    background, ground = _background(grid)
    subject = _subject(grid, background, ground)
    left, top, right, bottom = _box(subject, grid.width)
    width, height = right - left + 1, bottom - top + 1
    steps = _steps(grid, subject)
    return Facts(
        background=background,
        background_colour=named(ground) if background == "plain" else None,
        colours=_colours(grid, subject, top, height),
        aspect=width / height,
        fullness=len(subject) / (width * height),
        symmetry=_symmetry(subject, grid.width, left + right),
        top_heaviness=sum(at // grid.width < top + height / 2 for at in subject) / len(subject),
        outline=_outline(grid, subject) if background != "scene" else None,
        softness=sum(2 <= step <= _STEP for step in steps) / max(1, len(steps)),
        busyness=sum(step > _STEP for step in steps) / max(1, len(steps)),
        fingerprint=_fingerprint(small),
    )


@dataclass(frozen=True)
class _Grid:
    """A small picture: one colour and one opacity a pixel, row by row."""

    width: int
    height: int
    rgb: tuple[Rgb, ...]
    alpha: bytes

    @classmethod
    def of(cls, image: Image.Image) -> _Grid:
        raw = image.tobytes()
        rgb = tuple(zip(raw[0::4], raw[1::4], raw[2::4], strict=True))
        return cls(image.width, image.height, rgb, raw[3::4])

    def border(self) -> list[int]:
        """The places along the four edges."""
        last_row = (self.height - 1) * self.width
        rows = [*range(self.width), *range(last_row, last_row + self.width)]
        sides = [y * self.width + x for y in range(self.height) for x in (0, self.width - 1)]
        return rows + sides

    def around(self, at: int) -> list[int]:
        """The places beside, above and below `at` that there are."""
        x = at % self.width
        found = [at - self.width, at + self.width]
        if x > 0:
            found.append(at - 1)
        if x < self.width - 1:
            found.append(at + 1)
        return [each for each in found if 0 <= each < len(self.rgb)]


def _small(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data)) as image:
        image.draft("RGB", (SIDE * 4, SIDE * 4))
        upright = _turned(image).convert("RGBA")
    scale = SIDE / max(upright.size)
    size = (max(1, round(upright.width * scale)), max(1, round(upright.height * scale)))
    return upright.resize(size, Image.Resampling.BOX, reducing_gap=2.0)


def _turned(image: Image.Image) -> Image.Image:
    """As its Exif says that it is held; an Exif that cannot be read turns nothing, as in browsers."""
    try:
        turn = _TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except (OSError, SyntaxError, ValueError, TypeError, struct.error):
        return image
    return image if turn is None else image.transpose(turn)


def _apart(one: Rgb, other: Rgb) -> int:
    return abs(one[0] - other[0]) + abs(one[1] - other[1]) + abs(one[2] - other[2])


def _background(grid: _Grid) -> tuple[str, Rgb]:
    border = grid.border()
    if sum(grid.alpha[at] < _SOLID for at in border) > len(border) * 0.6:
        return "transparent", (255, 255, 255)
    commonest = Counter(tuple(level >> 4 for level in grid.rgb[at]) for at in border).most_common(1)[0][0]
    alike = [grid.rgb[at] for at in border if tuple(level >> 4 for level in grid.rgb[at]) == commonest]
    ground = alike[len(alike) // 2]
    near = sum(_apart(grid.rgb[at], ground) < _BACKGROUND_TOLERANCE for at in border)
    return ("plain" if near > len(border) * 0.75 else "scene"), ground


def _subject(grid: _Grid, background: str, ground: Rgb) -> frozenset[int]:
    """The places of the subject: what is solid, or not reached from the edges over the background's colour.

    A scene has no such border to find: there the middle counts. When nothing is left, everything does.
    """
    everything = frozenset(range(len(grid.rgb)))
    if background == "scene":
        return frozenset(at for at in everything if _is_central(grid, at)) or everything
    if background == "transparent":
        solid = frozenset(at for at in everything if grid.alpha[at] >= _SOLID)
        return solid or everything
    return everything - _flooded(grid, ground) or everything


def _is_central(grid: _Grid, at: int) -> bool:
    """Whether a place lies in the ellipse of three quarters of the picture's width and height."""
    across = (at % grid.width + 0.5) / grid.width - 0.5
    down = (at // grid.width + 0.5) / grid.height - 0.5
    return across**2 + down**2 < 0.375**2


def _flooded(grid: _Grid, ground: Rgb) -> set[int]:
    waiting = [at for at in grid.border() if _apart(grid.rgb[at], ground) < _BACKGROUND_TOLERANCE]
    reached = set(waiting)
    while waiting:
        for beside in grid.around(waiting.pop()):
            if beside not in reached and _apart(grid.rgb[beside], ground) < _BACKGROUND_TOLERANCE:
                reached.add(beside)
                waiting.append(beside)
    return reached


def _box(subject: frozenset[int], width: int) -> tuple[int, int, int, int]:
    columns = {at % width for at in subject}
    return min(columns), min(subject) // width, max(columns), max(subject) // width


def _colours(grid: _Grid, subject: frozenset[int], top: int, height: int) -> tuple[Share, ...]:
    depths: dict[Colour, list[int]] = {}
    clear = [at for at in subject if not _is_mixed(grid, at)] or list(subject)
    for at in clear:
        depths.setdefault(named(_rounded(grid.rgb[at])), []).append(at // grid.width - top)
    return tuple(
        Share(colour, len(found) / len(clear), fmean(found) / height, _deviation(found) / height)
        for colour, found in sorted(depths.items(), key=lambda each: (-len(each[1]), each[0]))
        if len(found) >= len(clear) * 0.01
    )


def _is_mixed(grid: _Grid, at: int) -> bool:
    """Whether a place lies on the edge between two colours: unlike what is on either side of it."""
    here, x, last = grid.rgb[at], at % grid.width, len(grid.rgb) - grid.width
    if 0 < x < grid.width - 1 and _between(here, grid.rgb[at - 1], grid.rgb[at + 1]):
        return True
    return grid.width <= at < last and _between(here, grid.rgb[at - grid.width], grid.rgb[at + grid.width])


def _between(here: Rgb, one: Rgb, other: Rgb) -> bool:
    return _apart(here, one) > _STEP and _apart(here, other) > _STEP


def _deviation(found: list[int]) -> float:
    """The standard deviation (`statistics.pstdev` counts in fractions, far too slowly for this)."""
    middle = fmean(found)
    return float(fmean((each - middle) ** 2 for each in found) ** 0.5)


def _rounded(rgb: Rgb) -> Rgb:
    return rgb[0] & 0xF8 | 4, rgb[1] & 0xF8 | 4, rgb[2] & 0xF8 | 4


def _symmetry(subject: frozenset[int], width: int, both_sides: int) -> float:
    mirrored = sum(at - 2 * (at % width) + both_sides in subject for at in subject)
    return mirrored / len(subject)


def _outline(grid: _Grid, subject: frozenset[int]) -> Colour | None:
    """The colour of the subject's rim, where most of the rim is dark and the rest is not."""
    rim = {at for at in subject if any(beside not in subject for beside in grid.around(at))}
    inner = {at for at in subject - rim if any(beside in rim for beside in grid.around(at))}
    dark = [at for at in rim | inner if max(grid.rgb[at]) < _DARK + 40 and sum(grid.rgb[at]) < _DARK * 3]
    within = subject - rim - inner
    dark_within = sum(sum(grid.rgb[at]) < _DARK * 3 for at in within)
    rim_is_dark = len(dark) > 0.55 * len(rim | inner)
    if not rim_is_dark or dark_within >= 0.5 * len(within):
        return None
    return Counter(named(_rounded(grid.rgb[at])) for at in dark).most_common(1)[0][0]


def _steps(grid: _Grid, subject: frozenset[int]) -> list[int]:
    """The differences between neighbours within the subject, to the right and down."""
    right = (at for at in subject if at + 1 in subject and (at + 1) % grid.width)
    down = (at for at in subject if at + grid.width in subject)
    return [
        *(_apart(grid.rgb[at], grid.rgb[at + 1]) for at in right),
        *(_apart(grid.rgb[at], grid.rgb[at + grid.width]) for at in down),
    ]


def _fingerprint(image: Image.Image) -> int:
    white = Image.new("RGBA", image.size, "white")
    grey = Image.alpha_composite(white, image).convert("L").resize((9, 8), Image.Resampling.BOX)
    rows = [grey.tobytes()[start : start + 9] for start in range(0, 72, 9)]
    bits = [left > right + 2 for row in rows for left, right in pairwise(row)]
    return sum(bit << place for place, bit in enumerate(bits))
