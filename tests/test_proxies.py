from __future__ import annotations

import pytest

from bot.settings import NoProxy, SettingsError, load


@pytest.mark.parametrize(
    ("told", "read"),
    [
        ("http://proxy:3128", "http://proxy:3128/"),
        ("https://proxy.example.com", "https://proxy.example.com/"),
        ("proxy:3128", "http://proxy:3128/"),
        ("user:secret@proxy:3128", "http://user:secret@proxy:3128/"),
        ("http://[fd00::1]:3128", "http://[fd00::1]:3128/"),
        ("10.0.0.1:8080", "http://10.0.0.1:8080/"),
    ],
)
def test_proxies(told: str, read: str) -> None:
    assert str(load({"HTTPS_PROXY": told}, dotenv=None).https_proxy) == read


@pytest.mark.parametrize(
    "told",
    [
        "socks5://127.0.0.1:1080",
        "socks5h://u:secret@127.0.0.1:1080",
        "http://",
        "http://u:secret@proxy:port",
        "http://proxy:99999",
        "ftp://proxy",
        "http://[secret",
        "://secret",
    ],
)
def test_what_is_no_proxy_is_said_without_its_password(told: str) -> None:
    with pytest.raises(SettingsError, match=r"HTTPS_PROXY: .*URL") as caught:
        load({"HTTPS_PROXY": told}, dotenv=None)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("no_proxy", "host", "straight"),
    [
        ("", "slack.com", False),
        ("", "localhost", True),
        ("", "a.localhost", True),
        ("", "localhost.", True),
        ("", "127.0.0.1", True),
        ("", "127.9.9.9", True),
        ("", "::1", True),
        ("", "127.0.0.1.example.com", False),
        ("", "10.0.0.1", False),
        ("*", "slack.com", True),
        ("example.com,*", "slack.com", True),
        ("slack.com", "slack.com", True),
        ("slack.com", "files.slack.com", True),
        ("slack.com", "notslack.com", False),
        (".slack.com", "files.slack.com", True),
        (".slack.com", "slack.com", True),
        ("*.slack.com", "files.slack.com", True),
        ("SLACK.com", "slack.com", True),
        ("slack.com.", "slack.com", True),
        (" a.example , slack.com ", "slack.com", True),
        ("a.example slack.com", "slack.com", True),
        (",,slack.com,", "slack.com", True),
        ("10.0.0.0/8", "10.1.2.3", True),
        ("10.1.2.3/8", "10.9.9.9", True),
        ("10.0.0.0/8", "11.1.2.3", False),
        ("192.168.1.7", "192.168.1.7", True),
        ("192.168.1.7", "192.168.1.70", False),
        ("fd07:b51a:cc66:f0::/64", "fd07:b51a:cc66:f0::1", True),
        ("fd07:b51a:cc66:f0::/64", "fd08::1", False),
        ("localhost,fd07:b51a:cc66:f0::/64", "slack.com", False),
        ("fd00::1", "fd00::1", True),
        ("[fd00::1]", "fd00::1", True),
        ("[fd00::1]:80", "fd00::1", False),
        ("slack.com:443", "slack.com", True),
        ("slack.com:80", "slack.com", False),
        ("10.0.0.1:443", "10.0.0.1", True),
        ("10.0.0.1:80", "10.0.0.1", False),
    ],
)
def test_what_is_reached_without(no_proxy: str, host: str, straight: bool) -> None:
    assert NoProxy.read(no_proxy).match(host, 443) is straight


@pytest.mark.parametrize("wrong", ["10.0.0.0/99", "fd00::/200", "10.0.0/x", "http://slack.com"])
def test_a_range_that_cannot_be_read_is_named(wrong: str) -> None:
    with pytest.raises(ValueError, match=f"'{wrong}' does not appear to be an IPv4 or IPv6 network"):
        NoProxy.read(f"localhost,{wrong}")
