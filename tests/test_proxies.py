from __future__ import annotations

import pytest

from bot.settings import SettingsError, load


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
