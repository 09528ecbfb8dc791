"""Files that are in Slack by their address alone: Masko fetches them, from public hosts and no others."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.team import Message, Team

pytestmark = pytest.mark.slow


async def remote(team: Team, url: str, **more: Any) -> Message:
    """A post of Ana's with a remote file (docs.slack.dev: Working with files, remote files)."""
    post = await team.post(text="our fox")
    file = {
        "id": "F0REMOTE",
        "name": "fox.png",
        "mode": "external",
        "is_external": True,
        "mimetype": "image/png",
        "url_private": url,
    }
    event = {**post, "channel": team.slack.directory.channel("mascots").id, "channel_type": "channel"}
    await team.slack.send_event({**event, "subtype": "file_share", "files": [{**file, **more}]})
    await team.done()
    return post


async def test_one_on_a_public_host_becomes_a_reference(team: Team) -> None:
    post = await remote(team, f"{team.sandbox.page_url}_control/sample/fox.png")
    assert "1 of 6 references" in team.words(post)[0]


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/fox.png",
        "http://metadata.google.internal/fox.png",
        "http://[64:ff9b::a9fe:a9fe]/fox.png",
        "http://localhost:1/fox.png",
        "https://user:secret@example.com/fox.png",
    ],
)
async def test_one_elsewhere_is_refused_before_masko_hears_of_it(team: Team, url: str) -> None:
    post = await remote(team, url)
    assert "The address isn't public. Save the image and upload it here." in team.words(post)[0]
    assert team.masko.calls["upload"] == 0
    assert team.mascots() == []
