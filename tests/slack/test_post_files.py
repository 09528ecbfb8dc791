"""Which attached files are images, and what is known of them."""

from __future__ import annotations

from typing import Any

import pytest

from bot.slack.post_images import ImageSource, from_file_info
from tests.slack.events import FILES, STUB, image_file


@pytest.mark.parametrize(
    ("mimetype", "filetype", "name"),
    [
        ("image/png", "png", "a.png"),
        ("image/jpeg", "jpg", "a.jpeg"),
        ("IMAGE/PNG", None, "a"),
        ("image/png; charset=binary", None, "a"),
        ("image/gif", "gif", "a.gif"),
        ("image/webp", "webp", "a.webp"),
        ("image/heic", "heic", "a.heic"),
        ("image/avif", "avif", "a.avif"),
        ("image/tiff", "tiff", "a.tif"),
        ("image/bmp", "bmp", "a.bmp"),
        ("image/svg+xml", "svg", "a.svg"),
        ("image/from-the-future", "binary", "a.x"),
        ("text/plain", "svg", "a.svg"),
        ("application/octet-stream", "binary", "a.HEIC"),
        ("application/octet-stream", "heic", "a"),
        ("binary/octet-stream", None, "a.avif"),
        ("", "", "a.png"),  # not scanned yet
        (None, None, "a.webp"),
        (None, "PNG", "a"),
    ],
)
def test_images(mimetype: str | None, filetype: str | None, name: str) -> None:
    image = from_file_info(image_file(mimetype=mimetype, filetype=filetype, name=name))
    assert image is not None
    assert image.source is ImageSource.HOSTED


@pytest.mark.parametrize(
    ("mimetype", "filetype", "name"),
    [
        ("image/vnd.adobe.photoshop", "psd", "a.psd"),
        ("image/x-photoshop", "psd", "a.psd"),
        ("application/octet-stream", "psd", "a.psd"),
        ("application/postscript", "ai", "a.ai"),
        ("application/pdf", "pdf", "a.pdf"),
        ("application/pdf", "pdf", "a.png"),
        ("video/mp4", "mp4", "a.mp4"),
        ("video/mp4", "png", "a.png"),
        ("audio/mpeg", "mp3", "a.png"),
        ("text/plain", "text", "a.png"),
        ("application/zip", "zip", "a.png.zip"),
        ("application/octet-stream", "binary", "png"),
        ("", "", "a"),
        (None, None, ".png"),
    ],
)
def test_files_that_are_no_images(mimetype: str | None, filetype: str | None, name: str) -> None:
    assert from_file_info(image_file(mimetype=mimetype, filetype=filetype, name=name)) is None


@pytest.mark.parametrize(
    "mode",
    [
        "snippet",
        "post",
        "email",
        "quip",
        "canvas",
        "list",
        "tombstone",
        "hidden_by_limit",
        "file_access",
        "new",
    ],
)
def test_modes_that_hold_no_image(mode: str) -> None:
    assert from_file_info(image_file(mode=mode)) is None


@pytest.mark.parametrize("mode", ["hosted", "", None])
def test_modes_that_may_hold_one(mode: str | None) -> None:
    assert from_file_info(image_file(mode=mode)) is not None


@pytest.mark.parametrize(
    ("changes", "url"),
    [
        ({}, f"{FILES}/download/felix.png"),
        ({"url_private_download": None}, f"{FILES}/felix.png"),
        ({"url_private_download": 7}, f"{FILES}/felix.png"),
    ],
)
def test_where_the_bytes_are(changes: dict[str, Any], url: str) -> None:
    image = from_file_info(image_file(**changes))
    assert image is not None
    assert image.url == url


def test_an_image_without_an_address_has_to_be_asked_for() -> None:
    image = from_file_info(image_file(url_private=None, url_private_download=None))
    assert image is not None
    assert (image.source, image.url, image.usable_in_blocks) == (ImageSource.STUB, None, False)


def test_a_file_without_an_id_goes_by_its_link() -> None:
    image = from_file_info(image_file(id=None))
    assert image is not None
    assert (image.key, image.file_id, image.usable_in_blocks) == (f"{FILES}/download/felix.png", None, False)


@pytest.mark.parametrize("changes", [{"mode": "external"}, {"is_external": True}])
def test_external_files_keep_their_foreign_address(changes: dict[str, Any]) -> None:
    image = from_file_info(image_file(url_private="https://drive.example.com/fox.png", **changes))
    assert image is not None
    assert (image.source, image.url) == (ImageSource.EXTERNAL, "https://drive.example.com/fox.png")
    assert (image.key, image.usable_in_blocks) == ("F1", False)


@pytest.mark.parametrize(
    "url", [None, "", "file:///etc/passwd", "javascript:alert(1)", "//drive.example.com/a.png"]
)
def test_external_files_without_a_web_address_are_no_images(url: str | None) -> None:
    assert from_file_info(image_file(mode="external", url_private=url)) is None


def test_a_stub_is_an_image_until_slack_says_otherwise() -> None:
    image = from_file_info(STUB)
    assert image is not None
    assert (image.key, image.name, image.source, image.url) == ("F9", "image", ImageSource.STUB, None)
    assert not image.usable_in_blocks


def test_a_stub_without_an_id_is_nothing() -> None:
    assert from_file_info({"mode": "file_access", "file_access": "check_file_info"}) is None


@pytest.mark.parametrize(
    ("mimetype", "filetype", "name", "usable"),
    [
        ("image/png", "png", "a.png", True),
        ("image/jpeg", "jpg", "a.jpg", True),
        ("image/gif", "gif", "a.gif", True),
        ("", "", "a.JPG", True),
        ("", "png", "a", True),
        ("image/webp", "webp", "a.webp", False),
        ("image/heic", "heic", "a.jpg", False),
        ("image/svg+xml", "svg", "a.svg", False),
    ],
)
def test_what_an_image_block_takes(mimetype: str, filetype: str, name: str, usable: bool) -> None:
    image = from_file_info(image_file(mimetype=mimetype, filetype=filetype, name=name))
    assert image is not None
    assert image.usable_in_blocks is usable


@pytest.mark.parametrize(
    ("title", "name", "shown"),
    [
        ("Felix", "felix.png", "felix.png"),
        ("", "felix.png", "felix.png"),
        (None, None, "image"),
        (" \n\t ", "\u202e\u2066", "image"),
        ("\u200d", "\u200c \u200d", "image"),
        (7, ["x"], "image"),
        ("  fox \r\n in\tthe\u2028snow ", None, "fox in the snow"),
        ("fox\u202egnp.exe", None, "foxgnp.exe"),
        ("fox \u2067\u2069 den", None, "fox den"),
        ("a\x00b\x1b[31mc\x7f", None, "ab[31mc"),
        ("bad\ud800half", None, "badhalf"),
        (
            "\U0001f468\u200d\U0001f3a8 \u0646\u0645\u06cc\u200c\u062e\u0648",
            None,
            "\U0001f468\u200d\U0001f3a8 \u0646\u0645\u06cc\u200c\u062e\u0648",
        ),
        ("\U0001fae8 and a newer \U0001fadf", None, "\U0001fae8 and a newer \U0001fadf"),
        ("*bold* <!channel> & co", None, "*bold* <!channel> & co"),  # plain text: not markup's business
        ("x" * 120, None, "x" * 120),
        ("x" * 121, None, "x" * 119 + "…"),
        ("x" * 118 + " yz", None, "x" * 118 + "…"),
    ],
)
def test_names_for_people(title: Any, name: Any, shown: str) -> None:
    image = from_file_info(image_file(title=title, name=name))
    assert image is not None
    assert image.name == shown


@pytest.mark.parametrize(
    ("told", "known"),
    [
        ("A fox\nwaving", "A fox waving"),
        ("", None),
        (None, None),
        ("\u202e", None),
        ("x" * 3000, "x" * 1999 + "…"),
    ],
)
def test_descriptions(told: str | None, known: str | None) -> None:
    image = from_file_info(image_file(alt_txt=told))
    assert image is not None
    assert image.alt == known
