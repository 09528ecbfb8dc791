from __future__ import annotations

from bot.slack.blocks import RETRY, Message, Retry
from bot.slack.messages import Working
from handlers.render import render
from tests.slack.limits import plain_words, problems, text_objects


def test_the_placeholder_names_the_images() -> None:
    said = plain_words(render(Working(("fox.png", "side.png"))).blocks)
    assert said.startswith("Reading fox.png and side.png…")


def test_the_placeholder_names_the_mascot_and_why_it_waits() -> None:
    said = plain_words(render(Working(("tail.png",), "Felix", "Queued: about 40 s.")).blocks)
    assert said == "Adding tail.png to Felix…\nQueued: about 40 s."


def test_a_line_with_retry() -> None:
    rendered = render(Message.of("It did not work.", ("Because.",), Retry(12)))
    button = rendered.blocks[-1]["elements"][0]
    assert (button["action_id"], button["value"], button["text"]["text"]) == (RETRY, "12", "Retry")
    assert rendered.text == "It did not work.\nBecause."


def test_file_names_are_plain_text() -> None:
    rendered = render(Working(("<!here>.png",), "<@U1>"))
    assert {text["type"] for text in text_objects(rendered.blocks)} == {"plain_text"}
    assert "<" not in rendered.text


def test_long_lines_fit() -> None:
    assert problems(render(Message.of("x" * 10_000, ("y" * 10_000,) * 9, Retry(1))).blocks) == []
