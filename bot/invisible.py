"""Characters that nobody sees, taken out of what people, files and models write.  Pure.

Joiners and variation selectors stay where they do something: within emoji, between letters of scripts that
are spelled with them (Persian, Hindi …), and after ideographs that have variants.

Facts: Unicode, DerivedCoreProperties (`Default_Ignorable_Code_Point`); UTS #51, emoji ZWJ sequences; UAX #31,
section 2.3.1 (where joiners matter); UTS #37, ideographic variation.
"""

from __future__ import annotations

import re

_EMOJI = (
    r"[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u27bf\u2900-\u297f\u2b00-\u2bff"
    r"\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
)
_JOINED_LETTER = (
    r"[\u0620-\u065f\u066e-\u06d3\u06d5-\u06dc\u06ee-\u06ef\u06fa-\u08ff"  # Arabic, Syriac, Thaana, N'Ko …
    r"\u0900-\u0dff\u1000-\u109f\u1780-\u17b3\u17b6-\u17d3\u1820-\u18aa\ufb50-\ufdf1\ufe70-\ufefc]"  # Indic …
)
_VIRAMA = r"[\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca]"
_IDEOGRAPH = r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"

_KEPT = (
    rf"(?:(?<={_EMOJI})|(?<={_EMOJI}\ufe0f))\u200d(?={_EMOJI})",
    rf"(?<={_EMOJI})[\ufe0e\ufe0f]",
    r"(?<=[0-9#*])\ufe0f(?=\u20e3)",  # key caps
    r"(?<=\U0001f3f4)[\U000e0030-\U000e007a]{1,8}\U000e007f",  # flags of parts of countries
    rf"(?<={_JOINED_LETTER})[\u200c\u200d](?={_JOINED_LETTER})",
    rf"(?<={_VIRAMA})\u200d",
    rf"(?<={_IDEOGRAPH})[\ufe00-\ufe02\U000e0100-\U000e01ef]",
    r"(?<=[\u1820-\u18aa])[\u180b-\u180d\u180f]",  # Mongolian
)
_UNSEEN = (
    r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    r"\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    r"\ud800-\udfff\U0001bca0-\U0001bca3\U0001d159\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_FOUND = re.compile(rf"(?P<kept>{'|'.join(_KEPT)})|(?P<blank>[\t\x0b\x0c\r\x1c-\x1f\x85\u2800])|{_UNSEEN}")


def visible(text: str) -> str:
    """`text` without invisible characters, direction controls and lone surrogates.

    Line feeds stay; other control characters that part words, and the empty Braille pattern, become spaces.
    """
    if text.isascii() and text.isprintable():
        return text
    return _FOUND.sub(lambda found: found["kept"] or (" " if found["blank"] else ""), text)
