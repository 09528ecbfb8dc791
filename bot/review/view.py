"""The review of a mascot: on its card, and its forms."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from slack_sdk.models.blocks import Block, DateTimePickerElement, ImageBlock
from slack_sdk.models.blocks.basic_components import SlackFile
from slack_sdk.models.views import View

from bot.review.model import MOST_ASKED, MOST_WORDS, Difference, Part
from bot.review.text import what_changed
from bot.slack import forms
from bot.slack.blocks import Picture, context, header, section, thumbnails
from bot.slack.forms import choice, field, modal, text_input
from bot.slack.request import CardPlace
from bot.slack.text import clean, one_line, pieces, plain, shorten

APPROVE, REQUEST, COMMENT, ASK = "review.approve", "review.request", "review.comment", "review.ask"
REQUEST_VIEW, COMMENT_VIEW, ASK_VIEW, DISMISS_VIEW = REQUEST, COMMENT, ASK, "review.dismiss"
WORDS, ABOUT = "words", "about"
REVIEWERS, UNTIL = "reviewers", "until"
_PROMPT_SECTIONS = 10  # for each of two prompts, so that a comparison fits into a modal
THE_WHOLE = "all"  # stands for no reference: the mascot as a whole

References = Sequence[tuple[str, Picture]]  # Masko's id and the picture of each


@dataclass(frozen=True)
class FormAbout:
    """What a review form is about; the view's private metadata in Slack."""

    place: CardPlace
    seen: forms.Digest  # of the mascot when the form was opened
    answers: forms.Number | None  # id of the request that a comment answers

    def as_metadata(self) -> str:
        return json.dumps(asdict(self))


def request(about: FormAbout, name: str | None, references: References) -> View:
    """Return the form that asks what should change, and in which reference."""
    words = _words("What should change?", "The tail is too thin in the side view.")
    hint = "It blocks approval until you approve or take it back, or somebody dismisses it with a reason."
    blocks = [*thumbnails([picture for _, picture in references]), words, _about(references), context(hint)]
    return _form(REQUEST_VIEW, "Request changes", "Request", about, name, blocks)


def comment(about: FormAbout, name: str | None, references: References) -> View:
    """Return the form for a comment, or for the answer to a request."""
    title = "Answer" if about.answers is not None else "Comment"
    which = [] if about.answers is not None else [_about(references)]
    hint = context("Posted in the thread. Doesn't count as a vote.")
    pictures = thumbnails([picture for _, picture in references])
    blocks = [*pictures, _words(f"Your {title.lower()}"), *which, hint]
    return _form(COMMENT_VIEW, title, "Send", about, name, blocks)


def dismiss(about: FormAbout, name: str | None, _: References = ()) -> View:
    """Return the form that asks why a request for changes is dismissed."""
    blocks = [_words("Why is it dismissed?"), context("Posted in the thread, and kept with the review.")]
    return _form(DISMISS_VIEW, "Dismiss request", "Dismiss", about, name, blocks)


def ask(about: FormAbout, name: str | None, _: References = ()) -> View:
    """Return the form for a request for review; every field is optional."""
    nobody = "I mention them once, in the thread. Leave it empty to ask anyone who can review."
    until = DateTimePickerElement(action_id=UNTIL)
    reminded = "I remind them before it's due and when it is, but not at night or at weekends."
    note = text_input(WORDS, most=MOST_WORDS, multiline=True)
    blocks = [
        field("Reviewers", forms.people_menu(REVIEWERS, MOST_ASKED), hint=nobody, optional=True),
        field("Due", until, hint=reminded, optional=True),
        field("What to look at", note, optional=True),
    ]
    return _form(ASK_VIEW, "Ask for a review", "Ask", about, name, blocks)


def entered(view: Mapping[str, Any], *, answer: bool) -> tuple[str, str | None]:
    """Return the words of a form and their reference; None for the whole mascot or an answer."""
    about = THE_WHOLE if answer else forms.option(view, ABOUT)
    return _entered_words(view), None if about == THE_WHOLE else about


def invited(view: Mapping[str, Any]) -> tuple[tuple[str, ...], int | None, str | None]:
    """Return the reviewers, the due date (seconds since 1970) and the note of a form."""
    return forms.people(view, REVIEWERS), forms.moment(view, UNTIL), _entered_words(view) or None


def _entered_words(view: Mapping[str, Any]) -> str:
    return clean(forms.text(view, WORDS))[:MOST_WORDS]  # as Slack's field takes no more


def _words(label: str, example: str | None = None) -> Block:
    return field(label, text_input(WORDS, most=MOST_WORDS, least=1, multiline=True, example=example))


def _about(references: References) -> Block:
    named = [choice(key, f"{n}. {one_line(picture.name)}") for n, (key, picture) in enumerate(references, 1)]
    return field("It is about", forms.menu(ABOUT, [choice(THE_WHOLE, "The whole mascot"), *named]))


def _form(
    callback_id: str, title: str, submit: str, about: FormAbout, name: str | None, blocks: Sequence[Block]
) -> View:
    shown = [section(f"About {one_line(name or '') or 'this mascot'}."), *blocks]
    return modal(title, shown, submit=submit, callback_id=callback_id, metadata=about.as_metadata())


def compare(name: str | None, changed: Difference) -> View:
    """Return the modal that compares an earlier edition with the present one."""
    return modal(one_line(name or "") or "Compare", differences(changed))


def differences(changed: Difference) -> list[Block]:
    """Return what changed: images, then prompts."""
    blocks: list[Block] = [section(what_changed(changed))]
    for old, new in changed.pairs:
        what = "added" if old is None else "removed" if new is None else "replaced"
        blocks += [header(f"Reference {what}"), *_side("Before", old), *_side("Now", new)]
    if changed.prompts is not None:
        blocks.append(header("Prompt changed"))
        for side, prompt in zip(("Before", "Now"), changed.prompts, strict=True):
            shown = pieces(f"{side}: {clean(prompt or '') or 'none'}", 2900)
            blocks += map(section, shown[:_PROMPT_SECTIONS])
    return blocks


def _side(side: str, part: Part | None) -> Iterator[Block]:
    if part is None:
        return
    name = one_line(part.name)
    title = shorten(f"{side}: {name}", 150)
    if part.file_id is None:
        yield section(f"{title} (Slack can't show it)")
        return
    alt = shorten(f"{side}: {one_line(part.picture.alt) or name or 'reference image'}", 300)
    yield ImageBlock(slack_file=SlackFile(id=part.file_id), alt_text=alt, title=plain(title))
