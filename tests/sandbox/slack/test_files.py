"""Files: types, processing, private URLs, the sign-in page, uploads, slack_file."""

from __future__ import annotations

import io
from typing import Any

import pytest
from aiohttp import ClientSession
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.images.formats import ImageFormat
from bot.sandbox.slack import LocalSlack, NewFile
from bot.sandbox.slack.filetypes import picture_size, type_of
from tests.images.hostile_files import jpeg_of_segments, tiff_of_strips
from tests.images.samples import encoded, mascot
from tests.sandbox.slack.conftest import picture

PNG_HEAD = b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize(
    ("name", "content", "filetype", "mimetype"),
    [
        ("fox.png", b"", "png", "image/png"),
        ("FOX.JPEG", b"", "jpg", "image/jpeg"),
        ("fox.svg", b"<svg/>", "svg", "image/svg+xml"),
        ("fox.heic", b"", "heic", "image/heic"),
        ("notes.txt", b"hello", "text", "text/plain"),
        ("fox", PNG_HEAD, "png", "image/png"),
        ("fox", b"\xff\xd8\xff", "jpg", "image/jpeg"),
        ("fox.unknown", b"hello", "text", "text/plain"),
        ("fox.unknown", b"\x00\xff", "binary", "application/octet-stream"),
        ("lie.png", b"<html>", "png", "image/png"),
    ],
)
def test_types(name: str, content: bytes, filetype: str, mimetype: str) -> None:
    found = type_of(name, content)
    assert (found.filetype, found.mimetype) == (filetype, mimetype)


def test_picture_size_of_what_is_and_is_not_a_picture() -> None:
    assert picture_size(picture("a.png").content) == (40, 20)
    assert picture_size(PNG_HEAD + b"rubbish") is None
    assert picture_size(b"") is None


@pytest.mark.parametrize("options", [{}, {"lossless": True}, {"exif": b"Exif\0\0"}])
def test_the_size_of_a_webp(options: dict[str, Any]) -> None:
    assert picture_size(encoded(mascot((300, 200)), ImageFormat.WEBP, **options)) == (300, 200)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(
            jpeg_of_segments(b"\xff\xe1\0\x09Exif\0\0a", 1_700_000), id="JPEG of tiny Exif segments"
        ),
        pytest.param(tiff_of_strips(4_800_000), id="TIFF of millions of strips"),
    ],
)
def test_the_size_of_a_file_that_takes_minutes_to_open_is_not_told(data: bytes) -> None:
    assert picture_size(data) is None


async def posted(
    slack: LocalSlack, *files: NewFile, channel: str = "mascots", user: str = "ana"
) -> dict[str, Any]:
    """The first file of a new post."""
    message = await slack.post(user=user, channel=channel, files=files)
    assert message["subtype"] == "file_share"
    found: dict[str, Any] = message["files"][0]
    return found


async def processed(slack: LocalSlack, file_id: str) -> None:
    file = slack.files.get(file_id)
    assert file is not None
    await slack.wait_until(lambda: slack.files.processed(file))


async def refused(client: AsyncWebClient, method: str, **arguments: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        await client.api_call(method, params=arguments)
    return str(caught.value.response["error"])


async def test_thumbnails_come_with_processing(slack: LocalSlack, png: NewFile) -> None:
    slack.files.processing_delay = 0.05
    file = await posted(slack, png)
    assert "thumb_360" not in file
    await processed(slack, file["id"])
    [message] = slack.channel_messages("mascots")
    assert (message["files"][0]["original_w"], message["files"][0]["thumb_360_h"]) == (40, 20)


async def test_a_private_url_needs_token_scope_and_membership(
    slack: LocalSlack, http: ClientSession, png: NewFile
) -> None:
    file = await posted(slack, png)
    for url in (file["url_private"], file["url_private_download"]):
        async with http.get(url) as response:
            assert response.content_type == "image/png"
            assert await response.read() == png.content
    assert slack.workspace.inspector.findings() == []


@pytest.mark.parametrize("spoilt", ["token", "real token", "scope", "membership", "switch"])
async def test_else_there_is_a_sign_in_page(
    slack: LocalSlack, http: ClientSession, png: NewFile, spoilt: str
) -> None:
    file = await posted(slack, png)
    headers = {}
    if spoilt == "token":
        headers = {"Authorization": "Bearer xoxb-sandbox-wrong"}
    elif spoilt == "real token":
        headers = {"Authorization": "Bearer " + "-".join(["xoxb", "123456789012", "x"])}
    elif spoilt == "scope":
        slack.directory.app.scopes.discard("files:read")
    elif spoilt == "membership":
        slack.directory.channel("mascots").members.remove(slack.directory.app.bot_user_id)
    else:
        slack.files.sign_in_page = True
    async with http.get(file["url_private_download"], headers=headers) as response:
        assert (response.status, response.content_type) == (200, "text/html")
        assert "Sign in" in await response.text()
    assert len(slack.workspace.inspector.findings()) == 1


async def test_an_unknown_file_is_not_found(http: ClientSession) -> None:
    async with http.get("/files-pri/T0SANDBOX01-F0NOTHERE01/a.png") as response:
        assert response.status == 404


async def test_info_tells_where_it_is_shared(client: AsyncWebClient, slack: LocalSlack, png: NewFile) -> None:
    public = (await client.files_info(file=(await posted(slack, png))["id"]))["file"]
    assert public["channels"] == ["C0MASCOTS01"]
    assert public["is_public"] is True
    private = (await client.files_info(file=(await posted(slack, png, channel="unreleased"))["id"]))["file"]
    assert (private["groups"], private["is_public"]) == (["C0SECRET004"], False)


async def test_info_is_refused(client: AsyncWebClient, slack: LocalSlack, png: NewFile) -> None:
    hidden = await posted(slack, png, channel="brand")
    assert await refused(client, "files.info", file=hidden["id"]) == "file_not_found"
    assert await refused(client, "files.info", file="F0NOTHERE01") == "file_not_found"
    assert await refused(client, "files.info") == "file_not_found"
    gone = slack.files.get((await posted(slack, png))["id"])
    assert gone is not None
    gone.deleted = True
    assert await refused(client, "files.info", file=gone.id) == "file_deleted"
    slack.directory.app.scopes.discard("files:read")
    assert await refused(client, "files.info", file=hidden["id"]) == "missing_scope"


async def test_a_partners_file_is_a_stub_in_events_and_whole_in_info(
    client: AsyncWebClient, slack: LocalSlack, png: NewFile
) -> None:
    file = await posted(slack, png, channel="northwind", user="noor")
    message = next(slack.workspace.messages.carrying(file["id"]))
    [stub] = slack.workspace.messages.as_json(message, to_app=True)["files"]
    assert (stub["mode"], stub["file_access"]) == ("file_access", "check_file_info")
    info = (await client.files_info(file=stub["id"]))["file"]
    assert info["user_team"] == "T0NORTHWIND"


async def test_the_sdk_uploads(client: AsyncWebClient, slack: LocalSlack, png: NewFile) -> None:
    answer = await client.files_upload_v2(
        channel="C0MASCOTS01", filename="fox.png", content=png.content, title="A fox", initial_comment="see"
    )
    [message] = slack.channel_messages("mascots")
    assert (message["text"], message["files"][0]["title"]) == ("see", "A fox")
    assert answer["file"]["id"] == message["files"][0]["id"]


async def test_uploads_are_refused(client: AsyncWebClient, slack: LocalSlack, png: NewFile) -> None:
    assert await refused(client, "files.getUploadURLExternal", filename="a", length=0) == "missing_argument"
    assert await refused(client, "files.getUploadURLExternal", length=1) == "missing_argument"
    long = {"filename": "a", "length": 1, "alt_txt": "x" * 1001}
    assert await refused(client, "files.getUploadURLExternal", **long) == "alt_txt_too_large"
    empty = (await client.files_getUploadURLExternal(filename="a.png", length=1))["file_id"]
    finish = "files.completeUploadExternal"
    assert await refused(client, finish, files=f'[{{"id": "{empty}"}}]') == "file_not_found"
    assert await refused(client, finish, files="[]") == "invalid_arguments"
    theirs = (await posted(slack, png))["id"]
    assert await refused(client, finish, files=f'[{{"id": "{theirs}"}}]') == "access_denied"


async def test_an_upload_goes_to_known_channels_only(
    client: AsyncWebClient, http: ClientSession, png: NewFile
) -> None:
    ticket = await client.files_getUploadURLExternal(filename="a.png", length=len(png.content))
    async with http.post(ticket["upload_url"], data={"file": io.BytesIO(png.content)}) as response:
        assert (await response.text()).startswith("OK")
    files = f'[{{"id": "{ticket["file_id"]}"}}]'
    finish = "files.completeUploadExternal"
    assert await refused(client, finish, files=files, channel_id="C0NOWHERE01") == "channel_not_found"
    assert await refused(client, finish, files=files, channel_id="C0BRAND0002") == "not_in_channel"


def image_block(file_id: str) -> dict[str, Any]:
    return {"type": "image", "slack_file": {"id": file_id}, "alt_text": "a fox"}


async def shown(client: AsyncWebClient, file_id: str) -> bool:
    """Whether a message may show the file; any refusal but the expected one is raised."""
    try:
        await client.chat_postMessage(channel="#mascots", text="x", blocks=[image_block(file_id)])
    except SlackApiError as error:
        if error.response["errors"] != ["invalid slack file [json-pointer:/blocks/0/slack_file]"]:
            raise
        return False
    return True


async def test_a_slack_file_is_refused_until_it_is_processed(
    client: AsyncWebClient, slack: LocalSlack, png: NewFile
) -> None:
    slack.files.processing_delay = 60
    file = await posted(slack, png)
    assert not await shown(client, file["id"])
    stored = slack.files.get(file["id"])
    assert stored is not None
    stored.ready_at -= 60  # a minute later
    assert await shown(client, file["id"])
    assert slack.workspace.inspector.findings() == []


@pytest.mark.parametrize(
    ("new", "channel", "passes"),
    [
        (picture("fox.png"), "mascots", True),
        (picture("fox.jpg", "JPEG"), "mascots", True),
        (picture("fox.gif", "GIF"), "mascots", True),
        (picture("fox.webp", "WEBP"), "mascots", False),
        (NewFile("broken.png", PNG_HEAD), "mascots", False),
        (picture("hidden.png"), "brand", False),
    ],
    ids=lambda value: getattr(value, "name", None),
)
async def test_which_files_a_block_may_show(
    client: AsyncWebClient, slack: LocalSlack, new: NewFile, channel: str, passes: bool
) -> None:
    slack.files.processing_delay = 0
    file = await posted(slack, new, channel=channel)
    assert await shown(client, file["id"]) is passes


async def test_slack_files_by_url_and_by_switch(
    client: AsyncWebClient, slack: LocalSlack, png: NewFile
) -> None:
    slack.files.processing_delay = 0
    file = await posted(slack, png)
    block = {"type": "image", "slack_file": {"url": file["permalink"]}, "alt_text": "a fox"}
    assert (await client.chat_postMessage(channel="#mascots", text="x", blocks=[block]))["ok"]
    slack.files.refuse_in_blocks = True
    assert not await shown(client, file["id"])
