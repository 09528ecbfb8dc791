from __future__ import annotations

from slack_sdk.models.blocks import ImageBlock
from slack_sdk.models.blocks.basic_components import SlackFile

from bot.intake.view import working
from bot.slack.blocks import RETRY, Message, Picture, retry_button, without_images
from tests.slack.limits import plain_words, problems, text_objects

PICTURE = Picture("side.png", "A side view", "F1")


def test_the_placeholder_names_the_images() -> None:
    assert plain_words(working(("fox.png", "side.png")).blocks).startswith("Reading fox.png and side.png…")


def test_the_placeholder_names_the_mascot_and_why_it_waits() -> None:
    said = plain_words(working(("tail.png",), "Felix", "Queued: about 40 s.").blocks)
    assert said == "Adding tail.png to Felix…\nQueued: about 40 s."


def test_a_sentence_with_retry() -> None:
    message = Message.of("It did not work.", ("Because.",), buttons=(retry_button(12),))
    button = message.blocks[-1]["elements"][0]
    assert (button["action_id"], button["value"], button["text"]["text"]) == (RETRY, "12", "Retry")
    assert message.text == "It did not work.\nBecause."


def test_file_names_are_plain_text() -> None:
    message = working(("<!here>.png",), "<@U1>")
    assert {text["type"] for text in text_objects(message.blocks)} == {"plain_text"}
    assert "<" not in message.text


def test_long_sentences_fit() -> None:
    message = Message.of("x" * 10_000, ("y" * 10_000,) * 9, buttons=(retry_button(1),))
    assert problems(message.blocks) == []


def test_words_take_the_place_of_images() -> None:
    shown = Message.of("Nearly the same", pictures=(PICTURE,))
    assert [block["type"] for block in shown.blocks] == ["section", "context"]
    assert [block["type"] for block in shown.without_images().blocks] == ["section"]
    large = ImageBlock(slack_file=SlackFile(id="F1"), alt_text="A side view", title="Now: side.png").to_dict()
    (told,) = without_images([large])
    assert told["text"]["text"] == "Now: side.png (Slack doesn't show it now)"


def test_only_the_refused_images_go() -> None:
    large = ImageBlock(slack_file=SlackFile(id="F1"), alt_text="A side view").to_dict()
    assert [block["type"] for block in without_images([large, large], only=[1])] == ["image", "section"]
