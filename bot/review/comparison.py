"""The modal that compares an earlier edition of a mascot with the present one."""

from __future__ import annotations

from collections.abc import Iterator

from slack_sdk.models.blocks import Block, ContextBlock, HeaderBlock, ImageBlock, SectionBlock
from slack_sdk.models.blocks.basic_components import SlackFile
from slack_sdk.models.views import View

from bot.review.model import Difference, Part
from bot.review.text import what_changed
from bot.slack.text import clean, one_line, pieces, plain, shorten

BEFORE, NOW = "Before", "Now"

_MOST_PAIRS = 12  # three blocks each, of the 100 that a modal may have; a mascot has six references
_PROMPT_SECTIONS = 10  # for each of two prompts, so that a comparison fits into a modal


def compare(name: str | None, changed: Difference) -> View:
    """Return the modal: for each change, the old picture above the new one, then both prompts."""
    blocks: list[Block] = [SectionBlock(text=plain(what_changed(changed)))]
    for old, new in changed.pairs[:_MOST_PAIRS]:
        what = "added" if old is None else "removed" if new is None else "replaced"
        blocks += [HeaderBlock(text=plain(f"Reference {what}")), *_side(BEFORE, old), *_side(NOW, new)]
    if (more := len(changed.pairs) - _MOST_PAIRS) > 0:
        blocks.append(ContextBlock(elements=[plain(f"and {more} more")]))
    if changed.prompts is not None:
        blocks.append(HeaderBlock(text=plain("Prompt changed")))
        blocks += [*_prompt(BEFORE, changed.prompts[0]), *_prompt(NOW, changed.prompts[1])]
    title = shorten(one_line(name or "") or "Compare", 24)
    return View(type="modal", title=plain(title), close=plain("Close"), blocks=blocks)


def _side(side: str, part: Part | None) -> Iterator[Block]:
    if part is None:
        return
    picture = part.picture
    title = shorten(f"{side}: {one_line(picture.name)}", 150)
    if picture.file_id is None:
        yield SectionBlock(text=plain(f"{title} (Slack cannot show it)"))
        return
    alt = shorten(f"{side}: {one_line(picture.alt) or one_line(picture.name) or 'reference image'}", 300)
    yield ImageBlock(slack_file=SlackFile(id=picture.file_id), alt_text=alt, title=plain(title))


def _prompt(side: str, prompt: str | None) -> Iterator[Block]:
    text = f"{side}: {clean(prompt or '') or 'none'}"
    for piece in pieces(text, 2900)[:_PROMPT_SECTIONS]:
        yield SectionBlock(text=plain(piece))
