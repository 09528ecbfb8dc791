"""Installing by OAuth: the page that asks, the redirect, and oauth.v2.access."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import ClientSession

from bot.sandbox.sandbox import Sandbox
from bot.sandbox.slack import LocalSlack, Tokens
from bot.sandbox.slack.tokens import looks_real
from tests.sandbox.slack.conftest import NoMasko
from tests.sandbox.slack.oauth import BACK, SCOPES, Installer, distributed


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(distributed(), masko=NoMasko()) as running:
        yield running


@pytest.fixture
async def installer(sandbox: Sandbox) -> AsyncIterator[Installer]:
    async with ClientSession(sandbox.page_url) as http:
        yield Installer(sandbox, http)


@pytest.fixture
def other(sandbox: Sandbox) -> LocalSlack:
    return sandbox.add_workspace("Northwind <Traders>")


async def test_the_page_names_app_scopes_and_workspaces(
    sandbox: Sandbox, installer: Installer, other: LocalSlack
) -> None:
    status, text = await installer.page()
    assert status == 200
    assert "Masko asks for permission" in text
    assert all(f"<code>{scope}</code>" in text for scope in SCOPES.split(","))
    assert "Sandbox Studio, workspace" in text
    assert "Northwind &lt;Traders&gt;, workspace" in text
    assert re.findall(r'name="place" value="(\w+)"', text) == ["T0SANDBOX01", "T1SANDBOX01"]
    _, narrowed = await installer.page(team="T1SANDBOX01")
    assert re.findall(r'name="place" value="(\w+)"', narrowed) == ["T1SANDBOX01"]


async def test_the_page_may_only_lead_back_to_the_app(installer: Installer, other: LocalSlack) -> None:
    async with installer.http.get("/oauth/v2/authorize", params=installer.asked()) as answer:
        policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert policy.endswith("form-action 'self' http://127.0.0.1:3000")


async def test_its_forms_do_what_a_test_does_by_hand(installer: Installer, other: LocalSlack) -> None:
    """Each form of the page, posted as a browser posts it, is enough for a code."""
    _, text = await installer.page()
    forms = re.findall(r"<form .*?</form>", text)
    assert len(forms) == 3
    for form in forms[:2]:
        fields = dict(re.findall(r'name="(place)" value="(\w+)"', form))
        fields |= {"user": re.findall(r'<option value="(\w+)"', form)[0], "choice": "allow"}
        async with installer.http.post(
            "/oauth/v2/authorize", params=installer.asked(), data=fields, allow_redirects=False
        ) as answer:
            assert answer.status == 302
            assert "code=" in answer.headers["Location"]


async def test_allowing_leads_back_with_code_and_state(installer: Installer, other: LocalSlack) -> None:
    status, location = await installer.decide("allow", "T1SANDBOX01", redirect_uri=f"{BACK}/more?x=1")
    assert status == 302
    assert location.startswith(f"{BACK}/more?x=1&")
    query = parse_qs(urlsplit(location).query)
    assert query["state"] == ["st&te"]
    assert len(query["code"][0]) > 20


async def test_cancelling_leads_back_with_an_error(installer: Installer) -> None:
    assert await installer.decide("cancel") == (302, f"{BACK}?error=access_denied&state=st%26te")


async def test_without_an_address_it_leads_to_the_first_configured(
    installer: Installer, sandbox: Sandbox
) -> None:
    sandbox.redirect_urls = ["http://localhost:3001/a", BACK]
    _, location = await installer.decide("cancel", redirect_uri="")
    assert location.startswith("http://localhost:3001/a?")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"client_id": "1.2"}, "invalid_client_id"),
        ({"client_id": ""}, "invalid_client_id"),
        ({"scope": "chat:write,admin"}, "invalid_scope"),
        ({"scope": ""}, "no_scopes"),
        ({"user_scope": "search:read"}, "invalid_scope"),
        ({"team": "T9"}, "invalid_team"),
        ({"redirect_uri": "http://127.0.0.1:3000/other"}, "bad_redirect_uri"),
        ({"redirect_uri": f"{BACK}er"}, "bad_redirect_uri"),
        ({"redirect_uri": f"{BACK}/../other"}, "bad_redirect_uri"),
        ({"redirect_uri": f"{BACK}#x"}, "bad_redirect_uri"),
        ({"redirect_uri": "https://127.0.0.1:3000/slack/oauth_redirect"}, "bad_redirect_uri"),
        ({"redirect_uri": "http://127.0.0.1:3000@evil.example/slack/oauth_redirect"}, "bad_redirect_uri"),
    ],
)
async def test_what_nobody_is_asked_about(
    sandbox: Sandbox, installer: Installer, query: dict[str, str], code: str
) -> None:
    status, text = await installer.page(**query)
    assert status == 400
    assert f"<code>{code}</code>" in text
    assert (await installer.decide("allow", "T0SANDBOX01", **query))[0] == 400
    found = [entry.finding or "" for entry in sandbox.inspector.findings()]
    assert len(found) == 2
    assert all(each.startswith(f"{code}: ") for each in found)


async def test_nobody_is_sent_off_this_machine(installer: Installer, sandbox: Sandbox) -> None:
    sandbox.redirect_urls = ["https://bot.example/oauth"]
    for uri in ("", "https://bot.example/oauth"):
        status, text = await installer.decide("cancel", redirect_uri=uri)
        assert status == 400
        assert "loopback" in text
    sandbox.redirect_urls = []
    assert (await installer.page(redirect_uri=""))[0] == 400


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"choice": "maybe"}, "invalid_arguments"),
        ({"choice": "allow", "place": "T9"}, "invalid_team"),
        ({"choice": "allow"}, "invalid_team"),
        ({"choice": "allow", "place": "T0SANDBOX01", "user": "gil"}, "invalid_user"),
        ({"choice": "allow", "place": "T0SANDBOX01", "user": "noor"}, "invalid_user"),
        ({"choice": "allow", "place": "T0SANDBOX01", "user": "U1ANA000001"}, "invalid_user"),
    ],
)
async def test_only_what_the_page_offers_can_be_chosen(
    installer: Installer, other: LocalSlack, form: dict[str, str], code: str
) -> None:
    status, text = await installer.decide(**form)
    assert status == 400
    assert f"<code>{code}</code>" in text


async def test_another_page_decides_nothing(installer: Installer) -> None:
    form, asked = {"choice": "allow", "place": "T0SANDBOX01"}, installer.asked()
    for origin in ("http://evil.example", "null"):
        headers = {"Origin": origin}
        async with installer.http.post(
            "/oauth/v2/authorize", params=asked, data=form, headers=headers
        ) as said:
            assert said.status == 403


async def test_a_code_is_exchanged_for_a_token(
    sandbox: Sandbox, installer: Installer, other: LocalSlack
) -> None:
    assert not other.installed
    answer = await installer.install("T1SANDBOX01", "ben")
    token = answer.pop("access_token")
    assert token.startswith("xoxb-")
    assert not looks_real(token)
    assert answer == {
        "ok": True,
        "app_id": "A0SANDBOX01",
        "authed_user": {"id": other.directory.person("ben").id},
        "scope": SCOPES,
        "token_type": "bot",
        "bot_user_id": other.directory.bot.id,
        "team": {"id": "T1SANDBOX01", "name": "Northwind <Traders>"},
        "enterprise": None,
        "is_enterprise_install": False,
    }
    assert other.installed
    who = await installer.call("auth.test", token)
    assert (who["team_id"], who["user_id"]) == ("T1SANDBOX01", other.directory.bot.id)


async def test_client_id_and_secret_may_be_parameters(installer: Installer, sandbox: Sandbox) -> None:
    code = await installer.code("T0SANDBOX01")
    given = {
        "client_id": sandbox.client_id,
        "client_secret": sandbox.client_secret,
        "code": code,
        "redirect_uri": BACK,
    }
    async with installer.http.post("/api/oauth.v2.access", data=given) as answer:
        assert (await answer.json())["access_token"] == sandbox.bot_token


@pytest.mark.parametrize(
    ("credentials", "error"),
    [
        ({}, "invalid_client_id"),
        ({"client_id": "1.2"}, "invalid_client_id"),
        ({"client_id": "OWN"}, "bad_client_secret"),
        ({"client_id": "OWN", "client_secret": "x"}, "bad_client_secret"),
    ],
)
async def test_only_the_app_itself_gets_a_token(
    installer: Installer, sandbox: Sandbox, credentials: dict[str, str], error: str
) -> None:
    code = await installer.code("T0SANDBOX01")
    given = {name: value.replace("OWN", sandbox.client_id) for name, value in credentials.items()}
    async with installer.http.post("/api/oauth.v2.access", data=given | {"code": code}) as answer:
        assert (await answer.json())["error"] == error
    for broken in ("Basic ???", "Basic YQ=="):
        headers = {"Authorization": broken}
        async with installer.http.post("/api/oauth.v2.access", headers=headers) as answer:
            assert (await answer.json())["error"] == "invalid_client_id"


async def test_a_code_is_good_once_and_for_ten_minutes(installer: Installer, sandbox: Sandbox) -> None:
    code = await installer.code("T0SANDBOX01")
    assert (await installer.access(code=code, redirect_uri="http://localhost/"))[
        "error"
    ] == "bad_redirect_uri"
    assert (await installer.access(code=code))["error"] == "bad_redirect_uri"
    assert (await installer.access(code=code, redirect_uri=BACK))["ok"]
    assert (await installer.access(code=code, redirect_uri=BACK))["error"] == "code_already_used"
    late, just = await installer.code("T0SANDBOX01"), None
    sandbox.pass_time(599)
    just = await installer.code("T0SANDBOX01")
    sandbox.pass_time(1)
    assert (await installer.access(code=late, redirect_uri=BACK))["error"] == "invalid_code"
    assert (await installer.access(code=just, redirect_uri=BACK))["ok"]
    assert (await installer.access(code="nonsense"))["error"] == "invalid_code"
    assert (await installer.access())["error"] == "invalid_code"


async def test_without_an_address_in_the_first_step_none_is_needed_in_the_second(
    installer: Installer,
) -> None:
    first, second = [await installer.code("T0SANDBOX01", redirect_uri="") for _ in range(2)]
    assert (await installer.access(code=first))["ok"]
    assert (await installer.access(code=second, redirect_uri=f"{BACK}/x"))["error"] == "bad_redirect_uri"
    assert (await installer.access(code=second, redirect_uri=BACK))["ok"]


async def test_any_other_grant_is_refused(installer: Installer) -> None:
    assert (await installer.access(grant_type="password"))["error"] == "invalid_grant_type"
    assert (await installer.refresh("xoxe-sandbox-x"))["error"] == "invalid_refresh_token"


async def test_installing_again_adds_scopes_to_the_same_token(
    installer: Installer, other: LocalSlack
) -> None:
    first = await installer.install("T1SANDBOX01", scope="chat:write")
    assert first["scope"] == "chat:write"
    refused = await installer.call("users.info", first["access_token"], user=other.directory.bot.id)
    assert (refused["error"], refused["provided"]) == ("missing_scope", "chat:write")
    second = await installer.install("T1SANDBOX01", scope="users:read")
    assert (second["scope"], second["access_token"]) == ("chat:write,users:read", first["access_token"])
    assert (await installer.call("users.info", first["access_token"], user=other.directory.bot.id))["ok"]


async def test_the_first_workspace_keeps_its_token(installer: Installer, sandbox: Sandbox) -> None:
    answer = await installer.install("T0SANDBOX01")
    assert answer["access_token"] == sandbox.bot_token
    assert set(answer["scope"].split(",")) == sandbox.slack.directory.app.scopes


async def test_the_inspector_shows_no_secret(installer: Installer, sandbox: Sandbox) -> None:
    sandbox.token_rotation = True
    code = await installer.code("T0SANDBOX01")
    answer = await installer.access(code=code, redirect_uri=BACK)
    await installer.refresh(answer["refresh_token"])
    shown = str([entry.as_json() for entry in sandbox.inspector.after(0)])
    secrets = (code, sandbox.client_secret, answer["access_token"], answer["refresh_token"])
    assert [secret for secret in secrets if secret in shown] == []
    assert [entry.title for entry in sandbox.inspector.after(0)].count("oauth.v2.access") == 2


def test_credentials_do_not_look_real() -> None:
    tokens = Tokens()
    assert "sandbox" in tokens.client_id
    assert "sandbox" in tokens.client_secret
    assert tokens.client_secret not in repr(tokens)
    assert looks_real("xoxe-1-abc")


async def test_the_environment_of_a_bot_for_many(sandbox: Sandbox) -> None:
    assert sandbox.environment_for_workspaces == {
        "SLACK_API_URL": sandbox.slack_api_url,
        "SLACK_CLIENT_ID": sandbox.client_id,
        "SLACK_CLIENT_SECRET": sandbox.client_secret,
        "SLACK_SIGNING_SECRET": sandbox.signing_secret,
        "MASKO_API_URL": sandbox.masko_api_url,
    }
