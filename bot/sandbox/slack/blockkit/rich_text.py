"""The rich_text block (docs.slack.dev: rich text block)."""

from __future__ import annotations

from collections.abc import Mapping

from bot.sandbox.slack.blockkit.composition import BLOCK_ID
from bot.sandbox.slack.blockkit.schema import (
    Check,
    boolean,
    by_type,
    integer,
    items,
    one_of,
    text,
    thing,
    url,
)

_ID = text(most=255)
_STYLE = thing(
    optional={name: boolean for name in ("bold", "italic", "strike", "code", "underline", "highlight")}
)
_STYLED: dict[str, Check] = {"style": _STYLE}
_INLINE = by_type(
    {
        "text": thing(required={"text": text(most=40_000)}, optional=_STYLED),
        "link": thing(
            required={"url": url(schemes=("https://", "http://", "mailto:", "slack://"))},
            optional={"text": text(most=40_000, least=0), "unsafe": boolean, **_STYLED},
        ),
        "emoji": thing(
            required={"name": _ID}, optional={"unicode": _ID, "skin_tone": integer(least=1, most=6)}
        ),
        "user": thing(required={"user_id": _ID}, optional=_STYLED),
        "usergroup": thing(required={"usergroup_id": _ID}, optional=_STYLED),
        "channel": thing(required={"channel_id": _ID}, optional=_STYLED),
        "broadcast": thing(required={"range": one_of("here", "channel", "everyone")}),
        "color": thing(required={"value": _ID}),
        "date": thing(
            required={"timestamp": integer(least=0, most=99_999_999_999), "format": _ID},
            optional={"url": url(), "fallback": _ID, **_STYLED},
        ),
    }
)
_INLINES = items(_INLINE, least=0, most=10_000)
_SECTION = thing(required={"elements": _INLINES})
_BORDER = integer(least=0, most=1)
_PARTS: Mapping[str, Check] = {
    "rich_text_section": _SECTION,
    "rich_text_quote": thing(required={"elements": _INLINES}, optional={"border": _BORDER}),
    "rich_text_preformatted": thing(
        required={"elements": _INLINES}, optional={"border": _BORDER, "language": _ID}
    ),
    "rich_text_list": thing(
        required={
            "style": one_of("bullet", "ordered"),
            "elements": items(by_type({"rich_text_section": _SECTION}), most=1000),
        },
        optional={
            "indent": integer(least=0, most=8),
            "offset": integer(least=0, most=10_000),
            "border": _BORDER,
        },
    ),
}

RICH_TEXT = thing(
    required={"elements": items(by_type(_PARTS), least=0, most=1000)}, optional={"block_id": BLOCK_ID}
)
