"""The program that decodes in a process of its own, under limits of time and memory.

    python child.py svg SOURCE TARGET      draw SOURCE, write a PNG
    python child.py WebP SOURCE TARGET     decode SOURCE, write an uncompressed TIFF

It knows no secret: its environment is made by `bot.images.isolation`, which also waits for it.  Exit code 0:
TARGET is written.  `REFUSED`: it cannot be decoded, and a JSON object on stdout says why.  A signal: it ran
out of time, memory or stack.  Anything else is trouble of ours, with a traceback on stderr.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Final

REFUSED: Final = 3
SVG: Final = "svg"

# Without a dpi the renderer takes millimetres and inches for nothing; CSS says 96.
_ALWAYS: Final[dict[str, Any]] = {"dpi": 96.0, "skip_system_fonts": True, "languages": ["en"]}

SECONDS: Final = 10
SVG_MEMORY: Final = 1 << 30
PICTURE_MEMORY: Final = 3 << 30
"""Of address space, in bytes.  50 megapixels take 200 MB, and decoders hold several copies."""


def limit(memory: int) -> None:
    """Give this process no more than `memory` bytes of address space and `SECONDS` of processor time."""
    if sys.platform == "win32":
        return  # no such limits there; the parent's clock still holds
    import resource

    _lower(resource.RLIMIT_CPU, SECONDS)
    _lower(resource.RLIMIT_CORE, 0)
    if sys.platform != "darwin":  # macOS refuses to limit the address space
        _lower(resource.RLIMIT_AS, memory)


def forbid_files() -> None:
    """From here on this process can open no file and no socket."""
    if sys.platform != "win32":
        import resource

        _lower(resource.RLIMIT_NOFILE, 0)


def _lower(kind: int, value: int) -> None:
    import resource

    _, hard = resource.getrlimit(kind)
    if hard == resource.RLIM_INFINITY or value < hard:
        resource.setrlimit(kind, (value, value))


def draw(source: Path, target: Path) -> None:
    """Draw an SVG as PNG, its longest side `drawing.SIDE`.

    Raises:
        UnsafeSvg, TooComplexSvg: see `safe_source`.
        ValueError, LookupError, SyntaxError: it cannot be parsed or drawn.
    """
    import resvg_py

    from bot.images.drawing import SIDE, has_text, safe_source

    svg = safe_source(source.read_bytes(), name=source.name)
    fonts = _only_font(target.parent) if has_text(svg) else {}
    with target.open("wb") as file:
        if not fonts:
            forbid_files()
        file.write(resvg_py.svg_to_bytes(svg_string=svg, width=SIDE, height=SIDE, **_ALWAYS, **fonts))


def _only_font(folder: Path) -> dict[str, Any]:
    """Letters are drawn with the font inside Pillow, so that a picture is the same on every machine."""
    from PIL import ImageFont

    font = ImageFont.load_default(size=16)
    if not isinstance(font, ImageFont.FreeTypeFont):
        return {}  # a Pillow without FreeType: the drawing goes on without its letters
    path = folder / "font.ttf"
    path.write_bytes(font.font_bytes)
    family = font.getname()[0]
    generic = ("font", "serif", "sans_serif", "cursive", "fantasy", "monospace")
    return {"font_files": [str(path)], **{f"{each}_family": family for each in generic}}


def decode_picture(image_format: str, source: Path, target: Path) -> None:
    """Decode the first frame and write it uncompressed, to be read back at once.

    Raises:
        ImageRefused: it cannot be read.
    """
    from bot.images.decoding import decode
    from bot.images.formats import ImageFormat

    picture = decode(source, ImageFormat(image_format), name=source.name)
    picture.pixels.save(target, format="TIFF", compression=None, exif=b"", icc_profile=None)


def main(kind: str, source: Path, target: Path) -> int:
    from bot.images.refusals import ImageRefused, TooComplexSvg, UnsafeSvg

    limit(SVG_MEMORY if kind == SVG else PICTURE_MEMORY)
    try:
        draw(source, target) if kind == SVG else decode_picture(kind, source, target)
    except UnsafeSvg as error:
        return _refuse("outside", error.reference)
    except (TooComplexSvg, MemoryError):
        return _refuse("complex")
    except (ValueError, LookupError, SyntaxError, ImageRefused):
        return _refuse("damaged")
    except BaseException as error:
        if (
            type(error).__name__ == "PanicException"
        ):  # the renderer (Rust) gave up; pyo3 does not export the class
            return _refuse("damaged")
        raise
    return 0


def _refuse(why: str, reference: str = "") -> int:
    print(json.dumps({"why": why, "reference": reference[:200]}))
    return REFUSED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])))
