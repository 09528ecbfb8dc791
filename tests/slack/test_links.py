from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.links import is_picture, is_public, name_of, picture_links

OWN = "http://127.0.0.1:8123/api/"


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("", []),
        (
            "<https://a.example/x.png> and <http://b.example/y.JPG|y>",
            ["https://a.example/x.png", "http://b.example/y.JPG"],
        ),
        ("<https://a.example/x.png?w=1&amp;h=2>", ["https://a.example/x.png?w=1&h=2"]),
        ("<https://a.example/page> <mailto:x.png@a.example|x.png> <@U1> <#C1|x.png>", []),
        ("<https://a.example/x.svg> <https://a.example/x.heic>", []),
        ("https://a.example/x.png", []),
    ],
)
def test_links_in_a_text(text: str, links: list[str]) -> None:
    assert list(picture_links(text)) == links


@pytest.mark.parametrize(
    "link",
    [
        "https://example.com/fox.png",
        "http://cdn.example.co.uk:8080/fox.png",
        "https://93.184.216.34/fox.png",
        "https://[2606:2800:220:1::1]/fox.png",
        "http://127.0.0.1:8123/_control/sample/fox.png",
    ],
)
def test_public_links(link: str) -> None:
    assert is_public(link, OWN)


@pytest.mark.parametrize(
    "link",
    [
        "",
        "fox.png",
        "ftp://example.com/fox.png",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://user:secret@example.com/fox.png",
        "https://example.com\\@10.0.0.1/fox.png",
        "http://localhost/fox.png",
        "http://intranet/fox.png",
        "http://printer.local/fox.png",
        "http://db.internal/fox.png",
        "http://10.1.2.3/fox.png",
        "http://192.168.0.1/fox.png",
        "http://169.254.169.254/latest/meta-data",
        "http://100.64.0.1/fox.png",
        "http://0.0.0.0/fox.png",
        "http://127.1/fox.png",
        "http://0x7f.1/fox.png",
        "http://2130706433/fox.png",
        "http://127.0.0.1:9999/fox.png",
        "http://[::1]/fox.png",
        "http://[::ffff:10.0.0.1]/fox.png",
        "http://[fd00::1]/fox.png",
        "https://example.com/" + "x" * 2000 + ".png",
    ],
)
def test_links_that_are_not_named_to_anybody(link: str) -> None:
    assert not is_public(link, OWN)


def test_without_an_origin_of_our_own_loopback_is_not_public() -> None:
    assert not is_public("http://127.0.0.1:8123/fox.png")


@pytest.mark.parametrize(
    ("link", "name"),
    [
        ("https://example.com/a/fox%20side.png?x=1", "fox side.png"),
        ("https://example.com/", "example.com"),
        ("https://example.com", "example.com"),
    ],
)
def test_what_a_picture_is_called(link: str, name: str) -> None:
    assert name_of(link) == name


@given(st.text())
def test_no_text_breaks_it(text: str) -> None:
    assert is_public(text) in (True, False)
    assert is_picture(text) in (True, False)
    assert list(picture_links(text)) == [link for link in picture_links(text) if is_picture(link)]
