"""The card: the one message that shows the mascot of a thread."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ContextBlock,
    HeaderBlock,
    ImageElement,
    Option,
    OverflowMenuElement,
    PlainTextObject,
    SectionBlock,
)
from slack_sdk.models.blocks.basic_components import SlackFile
from slack_sdk.models.blocks.block_elements import InteractiveElement

from bot.masko import MAX_REFERENCES
from bot.messages import Card, Picture, Rendered, references
from bot.views.lines import offer_button, retry_button
from bot.views.text import escape, one_line, plain, shorten

RENAME = "mascot.rename"
EDIT_PROMPT = "mascot.edit_prompt"
SHOW_PROMPT = "mascot.show_prompt"
OPEN_MASKO = "mascot.open"
MORE = "mascot.more"
ADD, TAKE_AWAY, UNDO, NO_MASCOT, WHY = "add", "take_away", "undo", "no_mascot", "why"
"""What is under `···`: each choice is one of these and the id that it is about, parted by a space."""

MASKO_COLLECTIONS = "https://masko.ai/collections"  # no public link to one collection is documented
IN_SIGHT = 5  # buttons of a card, `···` among them
PROMPT_ON_CARD = 240  # characters: about three lines beside the picture
_NAME = 150  # Block Kit: header text
_ALT = 300


def card(card: Card, *, pictures: bool = True) -> Rendered:
    """The card as classic blocks.

    Args:
        card: what is known of the mascot.
        pictures: False leaves every image out, for when Slack refuses one.
    """
    shown = [picture for picture in card.pictures if picture.file_id] if pictures else []
    blocks: list[Block] = [
        HeaderBlock(text=plain(name(card), _NAME), block_id="name"),
        SectionBlock(
            text=plain(_prompt(card)), accessory=_image(shown[0]) if shown else None, block_id="prompt"
        ),
        ContextBlock(elements=[PlainTextObject(text=_origin(card), emoji=False)], block_id="origin"),
        _references(card, shown),
        *_remarks(card),
        ActionsBlock(elements=[*_buttons(card), _more(card)], block_id="actions"),
    ]
    return Rendered(text=_fallback(card), blocks=[block.to_dict() for block in blocks])


def name(card: Card) -> str:
    """The mascot's name, or what stands in for it."""
    return one_line(card.name or "") or "New mascot"


def _prompt(card: Card) -> str:
    if card.prompt:
        return shorten(one_line(card.prompt), PROMPT_ON_CARD)
    if card.describing:
        return "Masko is still describing the picture. Its words appear here as soon as they are there."
    return "Masko has not described the picture. Edit prompt lets you describe it yourself."


def _origin(card: Card) -> str:
    if card.describing:
        return "Name and prompt are being detected from the image"
    detected: list[str] = []
    written: list[str] = []
    if card.name:
        (detected if card.name_detected else written).append("name")
    if card.prompt:
        (detected if card.prompt_detected else written).append("prompt")
    said = [
        f"{' and '.join(what)} {how}"
        for what, how in ((detected, "detected from the image"), (written, "written by your team"))
        if what
    ]
    return ", ".join(said).capitalize() if said else "Not described yet"


def _references(card: Card, shown: Sequence[Picture]) -> ContextBlock:
    filled = min(card.count, MAX_REFERENCES)
    dots = " ".join("●" * filled + "○" * (MAX_REFERENCES - filled))
    text = PlainTextObject(text=f"{dots}  {references(card.count)}", emoji=False)
    return ContextBlock(elements=[text, *map(_image, shown)], block_id="references")


def _remarks(card: Card) -> Iterator[ContextBlock]:
    changed = ("References changed: the style card is re-extracted on the next generation.",)
    groups = {
        "problems": card.problems,
        "notes": card.notes,
        "advice": (" ".join(card.advice),) if card.advice else (),
        "style": changed if card.references_changed else (),
    }
    for block_id, sentences in groups.items():
        if sentences:
            yield ContextBlock(elements=[plain("\n".join(sentences), 2000)], block_id=block_id)


def _buttons(card: Card) -> Iterator[InteractiveElement]:
    """Those in sight; what waits for somebody goes before what can always be done."""
    buttons: list[InteractiveElement] = [retry_button(card.retry)] if card.retry else []
    buttons += [*map(offer_button, card.left_out)]
    buttons += [_button("Rename", RENAME, card), _button("Edit prompt", EDIT_PROMPT, card)]
    if card.prompt and len(one_line(card.prompt)) > PROMPT_ON_CARD:
        buttons.append(_button("Show full prompt", SHOW_PROMPT, card))
    buttons.append(ButtonElement(text=_label("Open Masko"), action_id=OPEN_MASKO, url=MASKO_COLLECTIONS))
    yield from buttons[: IN_SIGHT - 1]


def _more(card: Card) -> OverflowMenuElement:
    """What is needed less often; Block Kit takes five choices here."""
    choices = [
        ("Add a reference", f"{ADD} {card.mascot_id}"),
        ("Remove or move a reference", f"{TAKE_AWAY} {card.mascot_id}") if card.count else None,
        ("Undo what this post added", f"{UNDO} {card.undo.about}") if card.undo else None,
        ("Not a mascot", f"{NO_MASCOT} {card.mascot_id}"),
        ("Why was this caught?", f"{WHY} {card.mascot_id}"),
    ]
    options = [Option(value=choice[1], text=_label(choice[0])) for choice in choices if choice]
    return OverflowMenuElement(action_id=MORE, options=options)


def _button(text: str, action_id: str, card: Card) -> ButtonElement:
    return ButtonElement(text=_label(text), action_id=action_id, value=card.mascot_id)


def _label(text: str) -> PlainTextObject:
    return PlainTextObject(text=text, emoji=False)


def _image(picture: Picture) -> ImageElement:
    alt = shorten(one_line(picture.alt) or one_line(picture.name) or "Reference image", _ALT)
    return ImageElement(slack_file=SlackFile(id=picture.file_id), alt_text=alt)


def _fallback(card: Card) -> str:
    """What notifications and screen readers say."""
    said = [f"{name(card)}: {references(card.count)}.", _prompt(card), *card.problems]
    return escape(" ".join(said))
