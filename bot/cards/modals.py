"""The modals of a card: rename, edit the prompt, show it in full."""

from __future__ import annotations

from slack_sdk.models.blocks import (
    InputBlock,
    PlainTextInputElement,
    SectionBlock,
)
from slack_sdk.models.views import View

from bot.slack.place import CardPlace
from bot.slack.text import clean, length, one_line, pieces, plain, shorten
from bot.text import MOST_NAME

RENAME_VIEW = "mascot.rename"
PROMPT_VIEW = "mascot.edit_prompt"
FIELD = "value"

MOST_PROMPT = 3000  # Block Kit: the most a text field takes
_PROMPT_SECTIONS = 90  # of the 100 blocks that a modal may have


def notice(words: str, title: str = "Masko") -> View:
    """Says something, and has nothing to be filled in."""
    return View(
        type="modal", title=plain(title), close=plain("Close"), blocks=[SectionBlock(text=plain(words))]
    )


def rename(place: CardPlace, name: str | None) -> View:
    """Asks for the mascot's name."""
    field = PlainTextInputElement(
        action_id=FIELD,
        initial_value=shorten(one_line(name), MOST_NAME) if name else None,
        min_length=1,
        max_length=MOST_NAME,
        focus_on_load=True,
    )
    return _form(
        RENAME_VIEW, "Rename mascot", place, InputBlock(label=plain("Name"), element=field, block_id=FIELD)
    )


def edit_prompt(place: CardPlace, prompt: str) -> View:
    """Asks for the mascot's prompt; one that is longer than a form takes is not cut but left to Masko."""
    if length(clean(prompt)) > MOST_PROMPT:
        return _too_long()
    field = PlainTextInputElement(
        action_id=FIELD,
        multiline=True,
        initial_value=clean(prompt) or None,
        min_length=1,
        max_length=MOST_PROMPT,
        focus_on_load=True,
    )
    hint = plain("What should stay the same in every pose: shape, colours, outfit, style.")
    block = InputBlock(label=plain("Prompt"), element=field, block_id=FIELD, hint=hint)
    return _form(PROMPT_VIEW, "Edit prompt", place, block)


def _too_long() -> View:
    return notice(
        f"This prompt is longer than the {MOST_PROMPT:,} characters that a form in Slack takes. "
        "Open Masko to change it; nothing was cut."
    )


def wrong_with_prompt(prompt: str) -> str | None:
    """Why a prompt is not taken, for whoever entered it; None where it is."""
    if not prompt:
        return "A mascot needs a prompt."
    if length(prompt) > MOST_PROMPT:
        return f"A prompt has at most {MOST_PROMPT:,} characters, and this one has {length(prompt):,}."
    return None


def full_prompt(name: str | None, prompt: str) -> View:
    """The whole prompt, in as many sections as it takes."""
    text = clean(prompt) or "Masko has not described the picture yet."
    parts = pieces(text, 2900)[:_PROMPT_SECTIONS]
    return View(
        type="modal",
        title=plain(one_line(name or "") or "Prompt", 24),
        close=plain("Close"),
        blocks=[SectionBlock(text=plain(piece)) for piece in parts if piece.strip()],
    )


def _form(callback_id: str, title: str, place: CardPlace, field: InputBlock) -> View:
    return View(
        type="modal",
        callback_id=callback_id,
        title=plain(title, 24),
        submit=plain("Save"),
        close=plain("Cancel"),
        private_metadata=place.as_metadata(),
        blocks=[field],
    )
