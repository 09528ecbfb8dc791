from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.post_images import is_picture, is_public, name_of, picture_links

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
        "https://bucket.s3.eu-west-1.amazonaws.com/fox.png",
        "https://svc.example.com/fox.png",
        "https://xn--bcher-kva.example/fox.png",
        "https://example.xn--p1ai/fox.png",
        "https://example.com./fox.png",
        "HTTPS://EXAMPLE.COM/fox.png",
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
        "http://169.254.169.254./latest/meta-data",
        "http://metadata.google.internal/fox.png",
        "http://metadata.google.internal./fox.png",
        "http://localhost./fox.png",
        "http://a.localhost/fox.png",
        "http://LOCALHOST/fox.png",
        "http://api.default.svc/fox.png",
        "http://api.default.svc.cluster.local/fox.png",
        "http://kubernetes.default/fox.png",
        "http://10-0-0-1.default.pod/fox.png",
        "http://db.service.consul/fox.png",
        "http://host.docker/fox.png",
        "http://wiki.corp/fox.png",
        "http://nas.home.arpa/fox.png",
        "http://1.0.0.127.in-addr.arpa/fox.png",
        "http://hidden.onion/fox.png",
        "http://example.com../fox.png",
        "http://a..com/fox.png",
        "http://.com/fox.png",
        "http://./fox.png",
        "http://192.0.0.8/fox.png",
        "http://192.88.99.1/fox.png",
        "http://198.18.0.1/fox.png",
        "http://203.0.113.1/fox.png",
        "http://224.0.0.251/fox.png",
        "http://239.255.255.250/fox.png",
        "http://240.0.0.1/fox.png",
        "http://255.255.255.255/fox.png",
        "http://0177.0.0.1/fox.png",
        "http://0x7f000001/fox.png",
        "http://0x7f.0x0.0x0.0x1/fox.png",
        "http://127.0.0.0x1/fox.png",
        "http://017700000001/fox.png",
        "http://1.2.3/fox.png",
        "http://1.2.3.4.5/fox.png",
        "http://\uff11\uff12\uff17.0.0.1/fox.png",
        "http://127\u30020\u30020\u30021/fox.png",
        "http://\u24db\u24de\u24d2alhost/fox.png",
        "http://%31%32%37.0.0.1/fox.png",
        "http://[1.2.3.4]/fox.png",
        "http://[::]/fox.png",
        "http://[::127.0.0.1]/fox.png",
        "http://[::8.8.8.8]/fox.png",
        "http://[::ffff:8.8.8.8]/fox.png",
        "http://[64:ff9b::8.8.8.8]/fox.png",
        "http://[64:ff9b::a9fe:a9fe]/fox.png",
        "http://[64:ff9b:1::a00:1]/fox.png",
        "http://[2002:a9fe:a9fe::1]/fox.png",
        "http://[2001:0:53aa:64c::1]/fox.png",
        "http://[2001:db8::1]/fox.png",
        "http://[2001:20::1]/fox.png",
        "http://[3fff::1]/fox.png",
        "http://[fe80::1]/fox.png",
        "http://[fe80::1%25eth0]/fox.png",
        "http://[fec0::1]/fox.png",
        "http://[ff02::fb]/fox.png",
        "http://[100::1]/fox.png",
        "http://[5f00::1]/fox.png",
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
