"""Which posts the bot looks at, and what it reads in them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.slack.events import Post, read_post, read_shortcut
from bot.slack.post_images import ImageSource
from tests.slack.events import BOT, STUB, TEAM, callback, image_file, post_event

RECORDED = Path(__file__).parents[2] / "../shared/slack/payloads"


def read(event: Any, **changes: Any) -> Post | None:
    return read_post(callback(event, **changes), team=TEAM, bot_user_id=BOT)


def seen(event: Any, **changes: Any) -> Post:
    post = read(event, **changes)
    assert post is not None
    return post


def keys(post: Post) -> list[str]:
    return [image.key for image in post.images]


def test_an_image_in_a_channel() -> None:
    post = seen(post_event(image_file(alt_txt="A fox"), text="our fox"))
    assert (post.team, post.channel, post.ts) == (
        TEAM,
        "C1",
        "1764000000.000100",
    )
    assert (post.user, post.text) == ("U1", "our fox")
    assert (post.thread_ts, post.root_ts) == (None, post.ts)
    assert (post.other_files, post.mentions_bot, post.from_outside, post.is_direct) == (
        (),
        False,
        False,
        False,
    )
    [image] = post.images
    assert (image.key, image.file_id, image.name, image.alt) == ("F1", "F1", "felix.png", "A fox")
    assert image.source is ImageSource.HOSTED
    assert image.url == "https://files.slack.com/files-pri/T0HOME-F1/download/felix.png"
    assert image.usable_in_blocks


@pytest.mark.parametrize(("channel", "direct"), [("C0MASCOTS", False), ("G0ART", False), ("D0ALICE", True)])
def test_kinds_of_channel(channel: str, direct: bool) -> None:
    assert seen(post_event(image_file(), channel=channel)).is_direct is direct


@pytest.mark.parametrize(
    ("thread_ts", "expected", "root"),
    [
        (None, None, "1764000000.000100"),
        ("1764000000.000100", None, "1764000000.000100"),  # a root that has replies
        ("1763999999.000001", "1763999999.000001", "1763999999.000001"),
        ("", None, "1764000000.000100"),
        (5, None, "1764000000.000100"),
    ],
)
def test_threads(thread_ts: Any, expected: str | None, root: str) -> None:
    post = seen(post_event(image_file(), thread_ts=thread_ts))
    assert (post.thread_ts, post.root_ts) == (expected, root)


@pytest.mark.parametrize("subtype", [None, "file_share", "thread_broadcast", "me_message"])
def test_posts_that_are_read(subtype: str | None) -> None:
    assert keys(seen(post_event(image_file(), subtype=subtype))) == ["F1"]


@pytest.mark.parametrize(
    "changes",
    [
        {"subtype": "message_changed", "hidden": True, "message": post_event(image_file())},
        {"subtype": "message_changed", "message": post_event(image_file())},
        {"subtype": "message_deleted", "hidden": True},
        {"subtype": "message_replied"},
        {"subtype": "bot_message"},
        {"subtype": "channel_join"},
        {"subtype": "tombstone"},
        {"subtype": "from_the_future"},
        {"subtype": ["file_share"]},
        {"hidden": True},
        {"bot_id": "B1"},
        {"bot_profile": {"id": "B1"}},
        {"user": BOT},
        {"user": "USLACKBOT"},
        {"user": None},
        {"user": {"id": "U1"}},
        {"ts": None},
        {"ts": 1764000000.0001},
        {"channel": None},
        {"channel": ["C1"]},
        {"type": None},
        {"type": "file_shared"},
        {"type": "reaction_added"},
        {"type": ["message"]},
    ],
    ids=json.dumps,
)
def test_posts_that_are_not_looked_at(changes: dict[str, Any]) -> None:
    assert read(post_event(image_file()) | changes) is None


def edit(before: list[Any], after: list[Any], **message: Any) -> dict[str, Any]:
    posted = post_event(*after, **message)
    told = {name: posted.pop(name) for name in ("channel", "channel_type")}
    previous = {**posted, "files": before}
    return {
        "type": "message",
        "subtype": "message_changed",
        "hidden": True,
        "ts": "1764000001.000001",
        "message": posted,
        "previous_message": previous,
        **told,
    }


def test_an_edit_that_adds_files_is_about_those() -> None:
    post = read(edit([image_file()], [image_file(), image_file(id="F2")], text=f"<@{BOT}> look"))
    assert post is not None
    assert (post.ts, keys(post), post.mentions_bot) == ("1764000000.000100", ["F2"], False)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ([image_file()], [image_file()], {"text": "edited"}),
        ([image_file()], [], {}),
        ([], [], {"attachments": [{"is_msg_unfurl": True, "files": [image_file()]}]}),
        ([], [image_file()], {"bot_id": "B1"}),
        ([], [image_file()], {"user": BOT}),
    ],
)
def test_edits_that_are_not_looked_at(before: list[Any], after: list[Any], message: dict[str, Any]) -> None:
    assert read(edit(before, after, **message)) is None


def test_a_bot_id_of_null_is_no_bot() -> None:
    assert keys(seen(post_event(image_file()) | {"bot_id": None})) == ["F1"]


def test_a_post_without_files_is_still_a_post() -> None:
    post = seen(post_event(text="hello", channel="D0ALICE"))
    assert (post.images, post.other_files, post.is_direct) == ((), (), True)


@pytest.mark.parametrize(
    ("changes", "mentioned"),
    [
        ({"text": f"<@{BOT}> a fox"}, True),
        ({"text": f"look, <@{BOT}|masko>"}, True),
        ({"text": f"{BOT} a fox"}, False),
        ({"text": f"<@{BOT}X>"}, False),
        ({"text": "<@U2>"}, False),
        ({"text": None}, False),
        ({"type": "app_mention", "text": "<@U2>"}, True),
    ],
)
def test_mentions(changes: dict[str, Any], mentioned: bool) -> None:
    assert seen(post_event(image_file(), **changes)).mentions_bot is mentioned


def test_without_knowing_the_bot_nothing_is_a_mention() -> None:
    post = read_post(callback(post_event(text="<@>")), team=TEAM)
    assert post is not None
    assert not post.mentions_bot


def test_app_mention_beside_message_names_the_same_images() -> None:
    message = seen(post_event(image_file(), image_file(id="F2"), text=f"<@{BOT}>"))
    mention = seen(
        post_event(image_file(), image_file(id="F2"), type="app_mention", subtype=None, channel_type=None)
    )

    def names(post: Post) -> list[tuple[str, str, str, str]]:
        return [(post.team, post.channel, post.ts, key) for key in keys(post)]

    assert names(message) == names(mention)
    assert len(names(message)) == 2


def test_many_files_keep_their_order_and_come_once() -> None:
    files = [
        image_file(id="F3"),
        image_file(id="F1"),
        image_file(id="F3", title="again"),
        image_file(id="F2"),
    ]
    post = seen(post_event(*files))
    assert keys(post) == ["F3", "F1", "F2"]
    assert post.images[0].name == "felix.png"


def test_one_bad_file_does_not_drop_the_others() -> None:
    broken: list[Any] = [None, 7, "F0", [], {}, {"id": 5}, {"mode": []}, image_file(id="F2")]
    assert keys(seen(post_event() | {"files": broken})) == ["F2"]


@pytest.mark.parametrize("marker", ["is_share", "is_msg_unfurl"])
def test_forwarded_posts(marker: str) -> None:
    forwarded = {
        marker: True,
        "files": [image_file(id="F7"), image_file(id="F8", mimetype="application/pdf", filetype="pdf")],
    }
    post = seen(post_event(attachments=[forwarded, {"files": [image_file(id="F6")]}, None]))
    assert keys(post) == ["F7"]
    assert post.other_files == ("felix.png",)


def test_a_file_forwarded_beside_itself_comes_once() -> None:
    assert keys(
        seen(post_event(image_file(), attachments=[{"is_share": True, "files": [image_file()]}]))
    ) == ["F1"]


FOX = "https://example.com/fox.png"


@pytest.mark.parametrize(
    "shown",
    [
        {"text": f"look <{FOX}>"},
        {"text": f"<{FOX}|the fox>"},
        {"blocks": [{"type": "image", "image_url": FOX, "alt_text": "fox"}]},
        {"attachments": [{"image_url": FOX, "from_url": FOX, "fallback": "fox"}]},
        {"text": f"<{FOX}>", "attachments": [{"image_url": FOX}]},
    ],
    ids=str,
)
def test_a_picture_on_the_web_is_an_image_without_a_file(shown: dict[str, Any]) -> None:
    (image,) = seen(post_event(**shown)).images
    assert (image.key, image.url, image.file_id, image.name) == (FOX, FOX, None, "fox.png")
    assert image.source is ImageSource.EXTERNAL
    assert not image.usable_in_blocks


@pytest.mark.parametrize(
    "shown",
    [
        {"text": FOX},  # no link to Slack
        {"text": "<https://example.com/a-story-about-foxes>"},
        {"text": "<https://example.com/fox.png.html>"},
        {"text": "<http://192.168.1.4/fox.png>"},
        {"attachments": [{"image_url": FOX, "title": "A story about foxes", "service_name": "The News"}]},
        {"blocks": [{"type": "image", "slack_file": {"id": "F1"}, "alt_text": "fox"}, None, 7]},
        {"blocks": "no blocks", "attachments": {"image_url": FOX}},
    ],
    ids=str,
)
def test_what_shows_no_picture_of_its_own(shown: dict[str, Any]) -> None:
    assert seen(post_event(**shown)).images == ()


def test_links_come_after_files() -> None:
    post = seen(post_event(image_file(), text=f"<{FOX}> <{FOX}>"))
    assert keys(post) == ["F1", FOX]


def test_other_files_are_named() -> None:
    post = seen(
        post_event(
            image_file(id="F1", name="notes.txt", mode="snippet", mimetype="text/plain", filetype="text"),
            image_file(id="F2", name="Walk cycle", mimetype="video/mp4", filetype="mp4"),
            image_file(id="F3", title=" ", name=" ", mimetype="application/pdf", filetype="pdf"),
            image_file(id="F4", title="gone", mode="tombstone"),
            image_file(id="F5", title="old", mode="hidden_by_limit"),
            image_file(id="F6", title="lost", mode="file_access", file_access="file_not_found"),
            image_file(id="F7"),
        )
    )
    assert post.other_files == ("notes.txt", "Walk cycle", "file")
    assert keys(post) == ["F7"]


ELSEWHERE = "T0AWAY"
GRID = [{"enterprise_id": "E1", "team_id": TEAM}]
ORG_WIDE = [{"enterprise_id": "E1", "team_id": None, "is_enterprise_install": True}]
THEIRS = [{"enterprise_id": "E9", "team_id": ELSEWHERE}]


@pytest.mark.parametrize(
    ("event", "body", "outside"),
    [
        ({"user_team": TEAM}, {"is_ext_shared_channel": True}, False),
        ({"user_team": ELSEWHERE}, {"is_ext_shared_channel": True}, True),
        ({"source_team": ELSEWHERE}, {"is_ext_shared_channel": True}, True),
        ({"team": ELSEWHERE}, {"is_ext_shared_channel": True}, True),
        ({"user_team": TEAM, "source_team": ELSEWHERE}, {"is_ext_shared_channel": True}, False),
        ({"user_team": ELSEWHERE, "team": TEAM}, {"is_ext_shared_channel": True}, True),
        ({}, {"is_ext_shared_channel": True}, False),
        ({"user_team": 5}, {"is_ext_shared_channel": True}, False),
        ({"user_team": ELSEWHERE}, {}, True),
        ({"user_team": ELSEWHERE}, {"is_ext_shared_channel": None, "authorizations": None}, True),
        ({"user_team": ELSEWHERE}, {"authorizations": GRID}, False),
        ({"user_team": ELSEWHERE}, {"authorizations": ORG_WIDE}, False),
        ({"user_team": ELSEWHERE}, {"authorizations": THEIRS}, True),
        ({"user_team": ELSEWHERE}, {"authorizations": GRID, "is_ext_shared_channel": True}, True),
        ({"user_team": "E1"}, {"authorizations": GRID, "is_ext_shared_channel": True}, False),
    ],
)
def test_who_is_from_outside(event: dict[str, Any], body: dict[str, Any], outside: bool) -> None:
    assert seen(post_event(**event), **body).from_outside is outside


@pytest.mark.parametrize(
    ("file_user", "outside"),
    [("U1", True), ("U2", False)],
    ids=["the poster's own file", "somebody else's file"],
)
def test_a_file_tells_the_posters_team_when_the_event_does_not(file_user: str, outside: bool) -> None:
    post = seen(post_event(image_file(user=file_user, user_team=ELSEWHERE)), is_ext_shared_channel=True)
    assert post.from_outside is outside


def recorded(name: str) -> Any:
    path = RECORDED / f"{name}.json"
    if not path.exists():
        pytest.skip("the recorded payloads are not here")
    return json.loads(path.read_text())


def test_recorded_posts() -> None:
    body = recorded("messageIm")
    post = read_post(body, team=body["team_id"])
    assert post is not None
    assert (post.text, post.is_direct, post.images, post.from_outside) == ("test", True, (), False)


def test_recorded_snippet() -> None:
    body = recorded("message_file_share")
    post = read_post(body, team=body["team_id"])
    assert post is not None
    assert (post.images, post.other_files, post.from_outside) == ((), ("namenamename.txt",), False)


def test_recorded_slack_connect_stub() -> None:
    body = recorded("message_file_share_slack_connect")
    post = read_post(body, team=body["team_id"])
    assert post is not None
    assert [(image.key, image.source) for image in post.images] == [("F12345678", ImageSource.STUB)]


@pytest.mark.parametrize(
    "name", ["messageChange", "message_deleted", "app_home_opened_home", "slash_command", "modal"]
)
def test_recorded_events_that_are_no_posts(name: str) -> None:
    body = recorded(name)
    assert all(read_post(item, team="T1") is None for item in (body if isinstance(body, list) else [body]))


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def perhaps_wrong(value: Mapping[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """The same mapping with any of its fields missing or of any other shape."""
    return st.fixed_dictionaries({}, optional={field: st.just(good) | JSON for field, good in value.items()})


FILES = st.lists(perhaps_wrong(image_file(alt_txt="A fox")) | perhaps_wrong(STUB) | JSON, max_size=3)
ATTACHMENTS = st.lists(st.fixed_dictionaries({"is_share": JSON, "files": FILES | JSON}) | JSON, max_size=2)
EVENTS = st.tuples(
    perhaps_wrong(post_event(thread_ts="1.1", user_team=ELSEWHERE, text="hi")),
    st.fixed_dictionaries({}, optional={"files": FILES | JSON, "attachments": ATTACHMENTS | JSON}),
    st.sampled_from([{}, {"type": "message", "user": "U1", "ts": "1.2", "channel": "C1"}]),
).map(lambda parts: {**parts[0], **parts[1], **parts[2]})


@settings(max_examples=300, deadline=None, database=None)
@given(body=perhaps_wrong(callback({})), event=EVENTS | JSON)
def test_no_json_makes_it_raise(body: dict[str, Any], event: Any) -> None:
    post = read_post(body | {"event": event}, team=TEAM, bot_user_id=BOT)
    if post is not None:
        assert len({image.key for image in post.images}) == len(post.images)
        assert all(0 < len(image.name) <= 120 and len(image.name.splitlines()) == 1 for image in post.images)


@settings(max_examples=100, deadline=None, database=None)
@given(value=JSON)
def test_no_json_in_place_of_a_body_makes_it_raise(value: Any) -> None:
    assert read_post(value, team=TEAM) is None


def used(message: Any, **changes: Any) -> dict[str, Any]:
    """The body of a message shortcut that Ana used on somebody's message."""
    body = {
        "type": "message_action",
        "callback_id": "add",
        "user": {"id": "U1", "team_id": TEAM},
        "channel": {"id": "C1", "name": "brand"},
        "message_ts": "1764000000.000100",
        "message": message,
    }
    return body | changes


@pytest.mark.parametrize(
    "shown",
    [
        {"files": [image_file()]},
        {"text": "see <https://example.com/felix.png>"},
        {"attachments": [{"is_share": True, "files": [image_file()]}]},
        {"attachments": [{"image_url": "https://example.com/felix.png"}]},
        {"files": [image_file()], "bot_id": "B1", "subtype": "bot_message"},
        {"files": [image_file()], "user": "U2", "thread_ts": "1763000000.000100"},
    ],
)
def test_a_shortcut_reads_the_images_of_any_message(shown: dict[str, Any]) -> None:
    post = read_shortcut(used({"ts": "1764000000.000100", "user": "U2"} | shown), team=TEAM)
    assert post is not None
    assert [image.name for image in post.images] == ["felix.png"]
    assert (post.user, post.channel, post.ts) == ("U1", "C1", "1764000000.000100")
    assert post.root_ts == shown.get("thread_ts", post.ts)


def test_a_shortcut_follows_no_private_link() -> None:
    post = read_shortcut(used({"ts": "1.000001", "text": "<http://10.0.0.1/felix.png>"}), team=TEAM)
    assert post is not None
    assert post.images == ()


@settings(max_examples=100, deadline=None, database=None)
@given(body=perhaps_wrong(used({})) | JSON, message=EVENTS | JSON)
def test_no_json_of_a_shortcut_makes_it_raise(body: Any, message: Any) -> None:
    read_shortcut(body, team=TEAM)
    if isinstance(body, dict):
        read_shortcut(body | {"message": message}, team=TEAM)


# -- Slack's own addresses, quoted pictures, and what deliveries leave out --------------------------

HERO = "https://acme.slack.com/files/U1/F0HERO/hero.png"


@pytest.mark.parametrize(
    "address",
    [
        HERO,
        "https://files.slack.com/files-pri/T0HOME-F0HERO/hero.png",
        "https://files.slack.com/files-pri/T0HOME-F0HERO/download/hero.png?pub_secret=1",
        "https://files.slack.com/files-tmb/T0HOME-F0HERO-0a1b2c/hero_720.png",
        "https://acme.enterprise.slack.com/files/W1/F0HERO/hero.png",
    ],
)
def test_an_address_of_slacks_stands_for_its_file(address: str) -> None:
    post = seen(post_event(text=f"look <{address}|hero.png>"))
    (image,) = post.images
    assert (image.key, image.file_id, image.source) == ("F0HERO", "F0HERO", ImageSource.STUB)
    assert post.in_passing
    shared = seen(post_event(image_file(id="F0HERO"), text=f"<{address}>"))
    assert [each.source for each in shared.images] == [ImageSource.HOSTED]
    assert not shared.in_passing


@pytest.mark.parametrize(
    "address",
    [
        "https://acme.slack.com/archives/C1/p1764000000000100.png",
        "https://slack-files.com/T0HOME-F0HERO-0a1b2c3d/hero.png",
        "https://slack.com/hero.png",
        "https://acme.slack.com./hero.png",
        "https://acme.slack.com/files/U1/F0HERO/notes.pdf",
    ],
)
def test_other_pages_of_slacks_are_no_images(address: str) -> None:
    assert seen(post_event(text=f"<{address}>")).images == ()


@pytest.mark.parametrize(
    "address", ["https://notslack.com/files/U1/F1/a.png", "https://slack.com.evil.org/a.png"]
)
def test_other_peoples_addresses_are_just_links(address: str) -> None:
    (image,) = seen(post_event(text=f"<{address}>")).images
    assert (image.source, image.url) == (ImageSource.EXTERNAL, address)


@pytest.mark.parametrize(
    ("changes", "in_passing"),
    [
        ({"text": "see <https://example.com/a.png>"}, True),
        ({"text": "<https://example.com/a.png|a> <https://example.com/b.png>"}, False),
        ({"text": f"<{HERO}>"}, True),
        ({"text": f"<{HERO}> <https://example.com/a.png>"}, False),
        ({"text": f"<@{BOT}> see <https://example.com/a.png>"}, False),
        ({"text": "see", "blocks": [{"type": "image", "image_url": "https://example.com/a.png"}]}, False),
        ({"text": "see what I drew"}, False),
    ],
)
def test_images_that_are_mentioned_in_passing(changes: dict[str, Any], in_passing: bool) -> None:
    assert seen(post_event(**changes)).in_passing is in_passing


@pytest.mark.parametrize("marker", ["is_share", "is_msg_unfurl"])
def test_an_image_block_of_a_forwarded_post(marker: str) -> None:
    blocks = [{"type": "section"}, {"type": "image", "image_url": "https://example.com/a.png"}, None]
    quoted = {"message_blocks": [{"message": {"blocks": blocks}}, None], "text": "look", "author_name": "Ben"}
    assert [each.url for each in seen(post_event(attachments=[{marker: True, **quoted}])).images] == [
        "https://example.com/a.png"
    ]
    assert seen(post_event(attachments=[quoted])).images == ()


def test_a_file_with_its_id_alone_has_to_be_looked_up() -> None:
    (image,) = seen(post_event({"id": "F0ONLY"})).images
    assert (image.source, image.file_id, image.url) == (ImageSource.STUB, "F0ONLY", None)
    assert seen(post_event({"id": "F1", "mode": "tombstone"})).images == ()
    assert seen(post_event({"id": "F1", "name": "notes.txt"})).other_files == ("notes.txt",)


def test_the_id_of_a_direct_message_tells_what_it_is() -> None:
    assert seen(post_event(channel="D0ALICE", channel_type=None, text="hello?")).is_direct
    assert not seen(post_event(channel="C1", channel_type=None)).is_direct
