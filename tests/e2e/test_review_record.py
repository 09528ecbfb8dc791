"""The record of a review, exported through the front door."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from bot.review.view import APPROVE
from bot.sandbox.slack import NewFile, faults
from tests.e2e.team import Message, Team, drawn, picture, pictures
from tests.e2e.test_commands import answer, ask, mascot
from tests.e2e.test_commands import press as press_answer
from tests.e2e.test_reviews import id_of, press, request, review_of, set_rules
from tests.review.test_export import replayed

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _processed(team: Team) -> None:
    team.slack.files.processing_delay = 0.0


def handed_over(team: Team, user: str) -> list[Message]:
    """What the bot sent to somebody in direct messages."""
    conversation = team.slack.directory.direct_message(id_of(team, user))
    return team.slack.channel_messages(conversation.id) if conversation else []


def files(team: Team, user: str) -> dict[str, bytes]:
    """The files of the newest of it."""
    stored = {file["name"]: team.slack.files.get(file["id"]) for file in handed_over(team, user)[-1]["files"]}
    return {name: file.content for name, file in stored.items() if file is not None}


def exported(team: Team, user: str) -> tuple[list[dict[str, str]], dict[str, Any]]:
    """The rows and the document in them."""
    rows, document = (
        next(content for name, content in files(team, user).items() if name.endswith(ending))
        for ending in (".csv", ".json")
    )
    return list(csv.DictReader(io.StringIO(rows.decode("utf-8-sig"), newline=""))), json.loads(document)


async def test_a_whole_review_is_exported_and_replays_to_what_the_card_shows(team: Team) -> None:
    await set_rules(team, approvals=2)
    post = await mascot(team, "Felix the Fox")
    await request(team, post, "=Thinner tail", user="ben", about=1)
    await press(team, post, APPROVE, user="chris")
    await team.post([picture("side.png", "teal")], thread=post)
    await team.all_done()
    await press(team, post, APPROVE, user="ben")
    await ask(team, "export review felix", user="chris")
    assert (
        answer(team, user="chris") == "The record of the review of Felix the Fox is in our direct messages."
    )
    (message,) = handed_over(team, "chris")
    assert "CSV for spreadsheets, JSON for programs" in message["text"]
    assert sorted(files(team, "chris")) == ["review-felix-the-fox.csv", "review-felix-the-fox.json"]
    rows, document = exported(team, "chris")
    did = [("requested", "ben"), ("approved", "chris"), ("changed", None), ("approved", "ben")]
    by = [id_of(team, name) if name else "" for _, name in did]
    assert [(row["did"], row["by"]) for row in rows] == [
        (each[0], who) for each, who in zip(did, by, strict=True)
    ]
    assert (rows[0]["words"], rows[0]["about"]) == ("'=Thinner tail", "orange.png")
    assert [row["files"] for row in rows[1:3]] == ["orange.png", "orange.png\nside.png"]
    assert len({row["edition"] for row in rows}) == len(document["editions"]) == 2
    assert rows[3]["link"] == document["lines"][3]["link"]
    assert team.card(post)["ts"].replace(".", "") in rows[3]["link"]
    review = replayed(files(team, "chris")["review-felix-the-fox.json"])
    ben, chris = id_of(team, "ben"), id_of(team, "chris")
    assert document["state"] == review.state == "in review"
    assert [each.user for each in review.approvals] == [each["by"] for each in document["approvals"]] == [ben]
    assert [each.user for each in review.stale] == [chris]
    assert review_of(team, post) == (
        f"In review · 1 of 2 approvals\nApproved by <@{ben}>\n"
        f"<@{chris}> approved an earlier version\nWaiting for <@{chris}>"
    )
    assert document["rules"]["approvals"] == 2
    assert team.findings() == []


async def test_what_still_blocks_is_told(team: Team) -> None:
    post = await mascot(team, "Felix")
    await request(team, post, "Bigger ears", user="ben")
    await ask(team, "export review Felix")
    content = files(team, "ana")["review-felix.json"]
    ((_, document), review) = exported(team, "ana"), replayed(content)
    assert review_of(team, post).startswith("Changes requested")
    assert document["state"] == review.state == "changes requested"
    assert [(each.user, each.words) for each in review.requests] == [(id_of(team, "ben"), "Bigger ears")]


async def test_two_that_match_are_a_choice(team: Team) -> None:
    await mascot(team, "Felix")
    post = await mascot(team, "Felicity", "teal")
    await press(team, post, APPROVE, user="ben")
    await ask(team, "export review Fel")
    assert "Several mascots match “Fel”. Which one?" in answer(team)
    await press_answer(team, "commands.choose.1")
    assert "review of Felicity is in our direct messages" in answer(team)
    assert sorted(files(team, "ana")) == ["review-felicity.csv", "review-felicity.json"]


async def test_guests_do_not_get_it(team: Team) -> None:
    post = await mascot(team, "Felix")
    await press(team, post, APPROVE, user="ben")
    team.slack.invite("ana", "mascots", "gil")
    before = team.slack.calls["files.getUploadURLExternal"]
    await ask(team, "export review Felix", user="gil")
    assert answer(team, user="gil") == "Only members of this workspace can export the record of a review."
    assert team.slack.calls["files.getUploadURLExternal"] == before


async def test_what_nobody_reviewed_has_no_record(team: Team) -> None:
    await mascot(team, "Felix")
    await ask(team, "export review Felix")
    assert answer(team) == "Nobody has reviewed Felix yet, so there is no record."
    await ask(team, "export review Rex")
    assert "No mascot is called “Rex”." in answer(team)
    assert team.slack.calls["files.getUploadURLExternal"] == 0


async def test_the_record_outlives_the_mascot(team: Team) -> None:
    post = await mascot(team, "Felix")
    await press(team, post, APPROVE, user="ben")
    team.masko.delete_collection(team.mascots()[0].id)
    await ask(team, "show Felix")
    assert "was deleted in Masko" in answer(team)
    await ask(team, "export review Felix")
    assert "review of Felix is in our direct messages" in answer(team)
    rows, document = exported(team, "ana")
    assert [row["did"] for row in rows] == ["approved", "concluded"]
    assert document["state"] == "approved"


async def test_whoever_is_forgotten_has_no_name_in_it_and_their_votes_count(team: Team) -> None:
    await set_rules(team, approvals=2)
    post = await mascot(team, "Felix")
    for user in ("ben", "chris"):
        await press(team, post, APPROVE, user=user)
    for user in ("ben", "chris"):
        await ask(team, "forget me", user=user)
        await press_answer(team, "privacy.forget", user=user)
    await ask(team, "export review Felix")
    content = files(team, "ana")["review-felix.json"]
    assert not any(id_of(team, user) in content.decode() for user in ("ben", "chris"))
    assert len(set(each.user for each in replayed(content).approvals)) == 2
    assert exported(team, "ana")[1]["state"] == "approved"


async def test_a_slack_that_does_not_take_files_is_said(team: Team) -> None:
    post = await mascot(team, "Felix")
    await press(team, post, APPROVE, user="ben")
    team.slack.directory.app.scopes.discard("files:write")
    await ask(team, "export review Felix")
    assert answer(team) == "Slack didn't allow that (missing_scope)."


async def test_names_in_any_letters_make_file_names(team: Team) -> None:
    post = await mascot(team, "../شخصية «Ü» <!channel> 🦊")
    await press(team, post, APPROVE, user="ben")
    await ask(team, "export review شخصية")
    first, _ = sorted(files(team, "ana"))
    assert first.startswith("review-")
    assert not set(first) & set("/\\<>!: ")
    assert "<!channel>" not in handed_over(team, "ana")[-1]["text"]


async def test_one_card_is_looked_up_once_however_many_vote_on_it(team: Team) -> None:
    await set_rules(team, approvals=5, poster_may=True)
    post, other = await team.post(pictures(1)), await team.post([NewFile("b.png", drawn("teal"))])
    before = team.slack.calls["chat.getPermalink"]
    for user in ("ana", "ben", "chris"):
        await team.press(team.card(post), APPROVE, user=user)
    await team.all_done()
    assert review_of(team, post).startswith("In review · 3 of 5")
    assert team.slack.calls["chat.getPermalink"] == before + 1
    await press(team, other, APPROVE, user="ben")
    assert team.slack.calls["chat.getPermalink"] == before + 2


async def test_a_vote_counts_also_where_slack_tells_no_address(team: Team) -> None:
    post = await mascot(team, "Felix")
    team.slack.faults.add("chat.getPermalink", faults.refusal("message_not_found"))
    await press(team, post, APPROVE, user="ben")
    assert review_of(team, post).startswith("Approved")
    await ask(team, "export review Felix")
    assert exported(team, "ana")[1]["lines"][0]["link"] is None
