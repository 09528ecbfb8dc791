"""Where the bot's token may go, against addresses made to be misread."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.slack.post_images import Origin, may_see_token, read_origin

SLACK = "https://slack.com/api/"
SANDBOX = "http://127.0.0.1:8741/api/"


@pytest.mark.parametrize(
    "url",
    [
        "https://slack.com/files-pri/T1-F1/a.png",
        "https://files.slack.com/files-pri/T1-F1/download/a.png",
        "https://files-origin.slack.com/files-pri/T1-F1/a.png?x=1#y",
        "https://acme.enterprise.slack.com/?redir=%2Ffiles-pri",
        "https://FILES.Slack.COM/a.png",
        "HTTPS://files.slack.com/a.png",
        "https://files.slack.com:443/a.png",
        "https://files.slack.com",
        "https://files.slack.com?name=a.png",
        "https://files.slack.com/fêtes et naïveté.png",
        "https://files.slack.com/@evil.com",
        "https://under_score.slack.com/a.png",
    ],
)
def test_token_goes_to_slack(url: str) -> None:
    assert may_see_token(url, SLACK)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/files-pri/a.png",
        "//files.slack.com/a.png",
        "files.slack.com/a.png",
        "https:files.slack.com/a.png",
        "https:/files.slack.com/a.png",
        "https:///files.slack.com/a.png",
        "http://files.slack.com/a.png",
        "ftp://files.slack.com/a.png",
        "file:///etc/passwd",
        "javascript:alert(1)//slack.com",
        "https://evil.com/a.png",
        "https://slack.com.evil.com/a.png",
        "https://evilslack.com/a.png",
        "https://evil-slack.com/a.png",
        "https://slack.com@evil.com/a.png",
        "https://slack.com:443@evil.com/a.png",
        "https://slack.com:x@evil.com/a.png",
        "https://user:password@files.slack.com/a.png",
        "https://user@files.slack.com/a.png",
        "https://@files.slack.com/a.png",
        "https://slack.com\\@evil.com/a.png",
        "https://slack.com\\.evil.com/a.png",
        "https:\\\\slack.com/a.png",
        "https://slack.com/\\@evil.com",
        "https://evil.com/https://slack.com/a.png",
        "https://evil.com?slack.com",
        "https://evil.com#.slack.com",
        "https://evil.com#@slack.com/",
        "https://evil.com%2f.slack.com/a.png",
        "https://evil.com%23.slack.com/a.png",
        "https://slack.com%2eevil.com/a.png",
        "https://slack%2ecom/a.png",
        "https://slack.com./a.png",
        "https://files.slack.com../a.png",
        "https://.slack.com/a.png",
        "https://files..slack.com/a.png",
        "https://slack.com:8443/a.png",
        "https://slack.com:80/a.png",
        "https://slack.com:0/a.png",
        "https://slack.com:/a.png",
        "https://slack.com:443443/a.png",
        "https://slack.com:\uff14\uff14\uff13/a.png",
        "https://slack\u3002com/a.png",
        "https://files.slack\uff0ecom/a.png",
        "https://\u017flack.com/a.png",
        "https://slac\u212a.com/a.png",
        "https://\uff33lack.com/a.png",
        "https://sl\u0430ck.com/a.png",
        "https://xn--slck-43d.com/a.png",
        "https://slack.com\u200b/a.png",
        "https://slack.com\u202e/a.png",
        "https://slack.com\t/a.png",
        "https://slack.com\n.evil.com/a.png",
        "https://slack.com/a.png\r\nX-Evil: 1",
        "https://slack.com/a\x00.png",
        "https://slack.com/\ud800.png",
        " https://slack.com/a.png",
        "https://slack.com /a.png",
        "https://slack.com;.evil.com/a.png",
        "https://slack.com,evil.com/a.png",
        "https://[::1]/a.png",
        "https://[slack.com]/a.png",
        "https://127.0.0.1/a.png",
        "https://169.254.169.254/latest/meta-data",
        "https://slack-files.com/T1-F1-abc",
        "https://slack-edge.com/a.png",
        "http://127.0.0.1:8741/files/a.png",
    ],
)
def test_token_goes_nowhere_else(url: str) -> None:
    assert not may_see_token(url, SLACK)


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://127.0.0.1:8741/files/F1/a.png", True),
        ("http://127.0.0.1:8741", True),
        ("http://127.0.0.1:8742/files/F1/a.png", False),
        ("http://127.0.0.1/files/F1/a.png", False),
        ("https://127.0.0.1:8741/files/F1/a.png", False),
        ("http://localhost:8741/files/F1/a.png", False),
        ("http://127.0.0.1:8741@evil.com/a.png", False),
        ("http://127.0.0.1.evil.com:8741/a.png", False),
        ("https://files.slack.com/a.png", True),
        ("http://files.slack.com/a.png", False),
    ],
)
def test_the_configured_api_is_trusted_by_its_very_origin(url: str, allowed: bool) -> None:
    assert may_see_token(url, SANDBOX) is allowed


def test_an_api_url_that_cannot_be_read_opens_nothing() -> None:
    assert not may_see_token("nonsense", "nonsense")


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Slack.com/x", Origin("https", "slack.com", 443)),
        ("http://localhost/x", Origin("http", "localhost", 80)),
        ("http://[::1]:8080/x", Origin("http", "[::1]", 8080)),
        ("mailto:a@slack.com", None),
    ],
)
def test_reading_an_origin(url: str, origin: Origin | None) -> None:
    assert read_origin(url) == origin


PIECES = st.sampled_from(
    (
        *"/\\@:.?#[] \t\u3002\u017f\u212a",
        "https:",
        "//",
        "%2e",
        "443",
        "slack",
        "slack.com",
        "evil.com",
        "xn--",
    )
)


@settings(max_examples=400, deadline=None, database=None)
@given(
    start=st.sampled_from(["", "https://", "https://slack.com", "https://files.slack.com/"]),
    rest=st.lists(PIECES),
)
@example(start="https://slack.com/", rest=[])
def test_the_http_library_reads_the_same_place(start: str, rest: list[str]) -> None:
    url = start + "".join(rest)
    if may_see_token(url, SLACK):
        read = httpx.URL(url)
        assert read.scheme == "https"
        assert read.host == "slack.com" or read.host.endswith(".slack.com")
        assert read.port is None
        assert not read.userinfo
