"""The review of a mascot: on its card, and its forms."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from slack_sdk.models.blocks import (
    Block,
    ButtonElement,
    ContextBlock,
    DateTimePickerElement,
    HeaderBlock,
    ImageBlock,
    InputBlock,
    MarkdownTextObject,
    Option,
    OverflowMenuElement,
    PlainTextInputElement,
    SectionBlock,
    StaticSelectElement,
    UserMultiSelectElement,
)
from slack_sdk.models.blocks.basic_components import SlackFile
from slack_sdk.models.views import View

from bot.review.model import MOST_ASKED, MOST_WORDS, Difference, Part
from bot.review.text import Reviewed, what_changed
from bot.slack import forms as state
from bot.slack.blocks import Picture, marked_up, rich_text, thumbnails
from bot.slack.request import CardPlace
from bot.slack.text import clean, length, one_line, pieces, plain, shorten

APPROVE, REQUEST, COMMENT, MORE = "review.approve", "review.request", "review.comment", "review.more"
ASK, COMPARE, TAKE_BACK = "ask", "compare", "take_back"
"""Choices of the review's `···`; a value is one of these and the mascot's id, separated by a space."""

REQUEST_VIEW, COMMENT_VIEW, ASK_VIEW = "review.request", "review.comment", "review.ask"
WORDS, ABOUT = "words", "about"
REVIEWERS, UNTIL = "reviewers", "until"
_MOST_PAIRS = 12  # three blocks each, of the 100 that a modal may have; a mascot has six references
_PROMPT_SECTIONS = 10  # for each of two prompts, so that a comparison fits into a modal
THE_WHOLE = "all"  # stands for no reference: the mascot as a whole


@dataclass(frozen=True)
class FormAbout:
    """What a review form is about; the view's private metadata in Slack."""

    place: CardPlace
    seen: str  # digest of the mascot when the form was opened
    answers: int | None = None  # id of the request that a comment answers
    ahead: float = 0.0  # seconds of this clock before Slack's, which gives no time for submitted forms

    def as_metadata(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def of(cls, view: Mapping[str, Any]) -> FormAbout:
        """Read the metadata; only the place is checked.  Raises KeyError, TypeError, ValueError."""
        values = state.metadata(view)
        place = CardPlace.from_values(values["place"])
        return cls(place, values["seen"], values["answers"], values["ahead"])


def review_lines(mascot_id: str, review: Reviewed, *, acting: bool) -> Iterator[Block]:
    """Yield the state of the review and its details."""
    menu = _menu(mascot_id, review) if acting else None
    headline = MarkdownTextObject(text=marked_up(review.headline), verbatim=True)
    yield SectionBlock(text=headline, accessory=menu, block_id="review")
    if review.lines:
        yield rich_text(review.lines, "review_lines")


def votes(mascot_id: str, review: Reviewed) -> Iterator[ButtonElement]:
    """Yield the buttons that vote on exactly what the card shows."""
    value = f"{mascot_id} {review.edition}"
    if not review.approved:
        yield ButtonElement(text=plain("Approve"), action_id=APPROVE, value=value, style="primary")
    yield ButtonElement(text=plain("Request changes"), action_id=REQUEST, value=value)
    yield ButtonElement(text=plain("Comment"), action_id=COMMENT, value=value)


def _menu(mascot_id: str, review: Reviewed) -> OverflowMenuElement:
    choices = [("Ask for a review", ASK), ("Take my vote back", TAKE_BACK)]
    if review.compares:
        choices.insert(1, ("Compare with before", COMPARE))
    options = [Option(value=f"{what} {mascot_id}", text=plain(label)) for label, what in choices]
    return OverflowMenuElement(action_id=MORE, options=options)


def request(about: FormAbout, name: str | None, references: Sequence[tuple[str, Picture]]) -> View:
    """Return the form that asks what should change, and in which reference (id and picture)."""
    hint = "It blocks the approval until you take it back or approve, or until the pictures are others."
    ask = _words("What should change?", "The tail is too thin in the side view.")
    fields = [*thumbnails([picture for _, picture in references]), ask, *_about(references)]
    return _form(REQUEST_VIEW, "Request changes", "Request", about, name, [*fields, _small(hint)])


def comment(about: FormAbout, name: str | None, references: Sequence[tuple[str, Picture]]) -> View:
    """Return the form for a comment, or for the answer to a request."""
    title = "Answer" if about.answers is not None else "Comment"
    fields = [*thumbnails([picture for _, picture in references]), _words(f"Your {title.lower()}", None)]
    fields += [] if about.answers is not None else _about(references)
    hint = "Posted in the thread. Doesn't count as a vote."
    return _form(COMMENT_VIEW, title, "Send", about, name, [*fields, _small(hint)])


def ask(about: FormAbout, name: str | None) -> View:
    """Return the form for a request for review; every field is optional."""
    people = UserMultiSelectElement(
        action_id=REVIEWERS, max_selected_items=MOST_ASKED, placeholder=plain("Choose people")
    )
    nobody = plain("They are mentioned once, in the thread. Without anybody, it is there for whoever may.")
    until = DateTimePickerElement(action_id=UNTIL)
    reminded = plain("They are reminded before and when the time has come; not at night or at weekends.")
    note = PlainTextInputElement(action_id=WORDS, multiline=True, max_length=MOST_WORDS)
    fields: list[Block] = [
        InputBlock(label=plain("Reviewers"), element=people, block_id=REVIEWERS, hint=nobody, optional=True),
        InputBlock(label=plain("Until"), element=until, block_id=UNTIL, hint=reminded, optional=True),
        InputBlock(label=plain("What to look at"), element=note, block_id=WORDS, optional=True),
    ]
    return _form(ASK_VIEW, "Ask for a review", "Ask", about, name, fields)


def entered(view: Mapping[str, Any], *, answer: bool) -> tuple[str, str | None]:
    """Return the words of a form and their reference; None for the whole mascot or an answer."""
    about = THE_WHOLE if answer else state.option(view, ABOUT)
    return clean(state.text(view, WORDS)), None if about == THE_WHOLE else about


def invited(view: Mapping[str, Any]) -> tuple[tuple[str, ...], int | None, str | None]:
    """Return the reviewers, the due date (seconds since 1970) and the note of a form."""
    note = clean(state.text(view, WORDS))
    return state.people(view, REVIEWERS), state.moment(view, UNTIL), note or None


def wrong_with_words(said: str) -> str | None:
    """Return why words are too long to keep; None if they are not."""
    if length(said) <= MOST_WORDS:
        return None
    return f"Say it in at most {MOST_WORDS:,} characters; these are {length(said):,}."


def _words(label: str, example: str | None) -> InputBlock:
    field = PlainTextInputElement(
        action_id=WORDS,
        multiline=True,
        max_length=MOST_WORDS,
        min_length=1,
        focus_on_load=True,
        placeholder=plain(example) if example else None,
    )
    return InputBlock(label=plain(label), element=field, block_id=WORDS)


def _about(references: Sequence[tuple[str, Picture]]) -> list[Block]:
    options = [Option(value=THE_WHOLE, text=plain("The whole mascot"))]
    for number, (asset_id, picture) in enumerate(references, 1):
        label = plain(shorten(f"{number}. {one_line(picture.name)}", 75))
        options.append(Option(value=asset_id, text=label))
    select = StaticSelectElement(action_id=ABOUT, options=options, initial_option=options[0])
    return [InputBlock(label=plain("It is about"), element=select, block_id=ABOUT)]


def _small(words: str) -> Block:
    return ContextBlock(elements=[plain(words)])


def _form(
    callback_id: str, title: str, submit: str, about: FormAbout, name: str | None, blocks: Sequence[Block]
) -> View:
    of = SectionBlock(text=plain(f"About {one_line(name or '') or 'this mascot'}."))
    return View(
        type="modal",
        callback_id=callback_id,
        title=plain(title, 24),
        submit=plain(submit),
        close=plain("Cancel"),
        private_metadata=about.as_metadata(),
        blocks=[of, *blocks],
    )


def compare(name: str | None, changed: Difference) -> View:
    """Return the modal that compares an earlier edition with the present one: pictures, then prompts."""
    blocks: list[Block] = [SectionBlock(text=plain(what_changed(changed)))]
    for old, new in changed.pairs[:_MOST_PAIRS]:
        what = "added" if old is None else "removed" if new is None else "replaced"
        blocks += [HeaderBlock(text=plain(f"Reference {what}")), *_side("Before", old), *_side("Now", new)]
    if (more := len(changed.pairs) - _MOST_PAIRS) > 0:
        blocks.append(ContextBlock(elements=[plain(f"and {more} more")]))
    if changed.prompts is not None:
        blocks.append(HeaderBlock(text=plain("Prompt changed")))
        blocks += [*_prompt("Before", changed.prompts[0]), *_prompt("Now", changed.prompts[1])]
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
