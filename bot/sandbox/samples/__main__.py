"""Draws the sample mascots' PNGs again from their SVG sources: `python -m bot.sandbox.samples`."""

from __future__ import annotations

import io
from pathlib import Path

import resvg_py
from PIL import Image

from bot.sandbox.samples import samples

SHADES = {"fox-shaded": 64}
"""How many steps each channel keeps, where gradients would make a PNG needlessly large."""


def drawn(svg: str, shades: int = 256) -> bytes:
    """The PNG of an SVG, in its own size, without transparency where it has none."""
    image = Image.open(io.BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True))))
    red, green, blue, alpha = image.convert("RGBA").split()
    steps = [round(round(level / 255 * (shades - 1)) * 255 / (shades - 1)) for level in range(256)]
    channels = [channel.point(steps) for channel in (red, green, blue)]
    opaque = alpha.getextrema() == (255, 255)
    picture = Image.merge("RGB", channels) if opaque else Image.merge("RGBA", [*channels, alpha])
    target = io.BytesIO()
    picture.save(target, "PNG", optimize=True)
    return target.getvalue()


def main() -> None:
    """Write every PNG beside its source."""
    folder = Path(__file__).parent
    for sample in samples():
        if sample.file.endswith(".png"):
            source = folder.joinpath(f"{sample.name}.svg").read_text("utf-8")
            data = drawn(source, SHADES.get(sample.name, 256))
            folder.joinpath(sample.file).write_bytes(data)
            print(f"{sample.file}: {len(data) // 1024} KB")


if __name__ == "__main__":
    main()
