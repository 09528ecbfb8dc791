"""What a mascot was beside what it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from slack_sdk.models.blocks import Block, ContextBlock, HeaderBlock, ImageBlock, SectionBlock
from slack_sdk.models.blocks.basic_components import SlackFile
from slack_sdk.models.views import View

from bot.slack.blocks import Picture
from bot.slack.text import clean, one_line, pieces, plain, shorten

BEFORE, NOW = "Before", "Now"

_MOST_PAIRS = 12  # three blocks each, of the 100 that a modal may have; a mascot has six references
_PROMPT_SECTIONS = 10  # for each of two prompts, so that a comparison fits into a modal

Pair = tuple[Picture | None, Picture | None]


def compare(
    name: str | None,
    changed: str,
    pairs: Sequence[Pair],
    prompts: tuple[str | None, str | None] | None,
) -> View:
    """The form: under one heading what was, and below it what took its place.

    Args:
        name: the mascot's.
        changed: what is different, in a sentence.
        pairs: the old picture and the new one; None where one only came or went.
        prompts: the old prompt and the new one, where that changed.
    """
    blocks: list[Block] = [SectionBlock(text=plain(changed))]
    for old, new in pairs[:_MOST_PAIRS]:
        blocks += [_heading(old, new), *_side(BEFORE, old), *_side(NOW, new)]
    if len(pairs) > _MOST_PAIRS:
        blocks.append(ContextBlock(elements=[plain(f"and {len(pairs) - _MOST_PAIRS} more")]))
    if prompts is not None:
        blocks.append(HeaderBlock(text=plain("Prompt changed")))
        blocks += [*_prompt(BEFORE, prompts[0]), *_prompt(NOW, prompts[1])]
    title = shorten(one_line(name or "") or "Compare", 24)
    return View(type="modal", title=plain(title), close=plain("Close"), blocks=blocks)


def _heading(old: Picture | None, new: Picture | None) -> Block:
    what = "added" if old is None else "removed" if new is None else "replaced"
    return HeaderBlock(text=plain(f"Reference {what}"))


def _side(side: str, picture: Picture | None) -> Iterator[Block]:
    if picture is None:
        return
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
