"""`/oauth/v2/authorize`: where a person allows the app into a workspace, or an organisation.

docs.slack.dev: Installing with OAuth. `GET` with what the app asks for shows the page. Each place on it is a
form that is posted to the same address with

    place   T… or E…
    user    who decides, by id or name; the place's first administrator when not given
    choice  allow | cancel

and answered with a redirect (302) to the app: `code` and `state`, or `error=access_denied` and `state`. So a
test needs no browser: `POST /oauth/v2/authorize?client_id=…&scope=…&state=…` with these fields. What Slack
would not ask a person about is answered 400 with a page that says why, and is a finding. Unlike Slack's, a
redirect address need not be HTTPS, and has to be on loopback.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from urllib.parse import parse_qsl, urlencode, urlsplit

from aiohttp import web

from bot.sandbox.slack.directory import Person
from bot.sandbox.slack.http_delivery import is_loopback
from bot.sandbox.slack.installations import Allowed, Place
from bot.sandbox.slack.platform import Platform

_TITLE = "/oauth/v2/authorize"


class Refused(Exception):
    """Why nobody is asked; `code` in the style of Slack's errors."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(code, words)
        self.code = code
        self.words = words


class Asked:
    """What the app asks for, read from the query and checked.

    Attributes:
        scopes: for its bot.
        redirect_uri: where the answer goes.
        uri_given: whether it named that.
        places: where it can be installed: all, or the one that `team` names.

    Raises:
        Refused: Slack would not ask anybody about this.
    """

    def __init__(self, query: Mapping[str, str], platform: Platform) -> None:
        if query.get("client_id") != platform.tokens.client_id:
            raise Refused("invalid_client_id", "No app has this client id.")
        self.scopes = frozenset(filter(None, query.get("scope", "").split(",")))
        if query.get("user_scope"):
            raise Refused("invalid_scope", "The sandbox hands out no user tokens: leave out user_scope.")
        if not self.scopes:
            raise Refused("no_scopes", "The app asks for no scope.")
        if lacking := self.scopes - platform.declared_scopes:
            raise Refused("invalid_scope", f"The manifest has no {', '.join(sorted(lacking))}.")
        given = query.get("redirect_uri", "")
        self.redirect_uri, self.uri_given = _redirect_uri(given, platform.redirect_urls), bool(given)
        self.state = query.get("state", "")
        wanted = query.get("team", "")
        self.places = [place for place in platform.places() if wanted in ("", place.id)]
        if not self.places:
            raise Refused("invalid_team", f"The app can't be installed in {wanted}.")

    def place(self, id: str) -> Place:
        """The place that somebody chose.

        Raises:
            Refused: it is none of those on the page.
        """
        for place in self.places:
            if place.id == id:
                return place
        raise Refused("invalid_team", f"The app can't be installed in {id or 'no place at all'}.")

    def back(self, **answer: str) -> str:
        """The redirect address with an answer, and the state."""
        parts = urlsplit(self.redirect_uri)
        own = parse_qsl(parts.query, keep_blank_values=True)
        query = [*own, *answer.items(), ("state", self.state)]
        return parts._replace(query=urlencode(query)).geturl()


class Authorize:
    """The page, and what becomes of its forms."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def show(self, request: web.Request) -> web.Response:
        """The page that asks."""
        try:
            asked = Asked(request.query, self._platform)
        except Refused as refused:
            return self._refuse(request, refused)
        target = urlsplit(asked.redirect_uri)
        return _page(_question(asked, self._platform), f"'self' {target.scheme}://{target.netloc}")

    async def decide(self, request: web.Request) -> web.Response:
        """Lead back to the app with what somebody decided."""
        if urlsplit(request.headers.get("Origin", f"//{request.host}")).netloc != request.host:
            raise web.HTTPForbidden(text="another page asks for this")
        chosen = {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
        try:
            asked = Asked(request.query, self._platform)
            location = self._decided(asked, chosen)
        except Refused as refused:
            return self._refuse(request, refused)
        return web.Response(status=302, headers={"Location": location})

    def _decided(self, asked: Asked, chosen: Mapping[str, str]) -> str:
        match chosen.get("choice"):
            case "cancel":
                self._note("somebody cancels the installation")
                return asked.back(error="access_denied")
            case "allow":
                place = asked.place(chosen.get("place", ""))
                person = _decider(place, chosen.get("user", ""))
                self._note(f"{person.name} allows the app in {place.name}")
                allowed = Allowed(place, person.id, asked.scopes, asked.redirect_uri, asked.uri_given)
                return asked.back(code=self._platform.installations.allow(allowed))
            case _:
                raise Refused("invalid_arguments", "choice is neither allow nor cancel.")

    def _note(self, words: str) -> None:
        self._platform.inspector.add("control", words)

    def _refuse(self, request: web.Request, refused: Refused) -> web.Response:
        self._platform.inspector.add(
            "web_api",
            f"{request.method} {_TITLE}",
            ok=False,
            request=dict(request.query),
            response={"error": refused.code},
            finding=f"{refused.code}: {refused.words}",
        )
        body = (
            f"<h1>Something went wrong</h1><p>{escape(refused.words)}</p><p><code>{refused.code}</code></p>"
        )
        return _page(body, "'none'", status=400)


def _redirect_uri(given: str, configured: list[str]) -> str:
    """Where the answer goes: the address that is given, else the first that is configured.

    Raises:
        Refused: it is none of the app's, not on loopback, or has an anchor.
    """
    if not given and not configured:
        raise Refused("bad_redirect_uri", "The app names no redirect address, and none is configured.")
    chosen = given or configured[0]
    if given and not any(_leads_into(given, each) for each in configured):
        raise Refused("bad_redirect_uri", f"{given} matches no redirect address of the app.")
    if not is_loopback(chosen) or urlsplit(chosen).fragment:
        raise Refused("bad_redirect_uri", f"The sandbox leads to loopback addresses only, not to {chosen}.")
    return chosen


def _leads_into(uri: str, configured: str) -> bool:
    """Whether an address is a configured one, or lies below it."""
    one, other = urlsplit(uri), urlsplit(configured)
    same_host = (one.scheme, one.netloc) == (other.scheme, other.netloc)
    below = one.path == other.path or one.path.startswith(f"{other.path.rstrip('/')}/")
    return same_host and below and ".." not in one.path.split("/")


def _deciders(place: Place) -> list[Person]:
    """Who may decide: members of their own workspaces who are no guests, administrators first."""
    people = [
        person
        for workspace in place.workspaces
        for person in workspace.directory.people.values()
        if not (person.is_bot or person.is_restricted or person.deactivated)
        and not workspace.directory.is_external(person)
    ]
    return sorted(people, key=lambda person: not person.is_admin)


def _decider(place: Place, named: str) -> Person:
    for person in _deciders(place):
        if named in ("", person.id, person.name):
            return person
    raise Refused("invalid_user", f"Nobody called {named} can install the app in {place.name}.")


def _question(asked: Asked, platform: Platform) -> str:
    scopes = "".join(f"<li><code>{escape(scope)}</code></li>" for scope in sorted(asked.scopes))
    forms = "".join(_form(place) for place in asked.places)
    name = escape(platform.name)
    return (
        f"<h1>{name} asks for permission</h1><p>It wants to do in your workspace:</p><ul>{scopes}</ul>{forms}"
        '<form method="post"><button name="choice" value="cancel">Cancel</button></form>'
    )


def _form(place: Place) -> str:
    kind = "organisation" if place.enterprise else "workspace"
    return (
        f'<form method="post"><h2>{escape(place.name)}, {kind}</h2>'
        f'<input type="hidden" name="place" value="{place.id}">'
        f'<label>You are <select name="user">{"".join(_options(place))}</select></label> '
        '<button name="choice" value="allow">Allow</button></form>'
    )


def _options(place: Place) -> Iterator[str]:
    for person in _deciders(place):
        yield f'<option value="{person.id}">{escape(person.real_name)}</option>'


def _page(body: str, form_action: str, *, status: int = 200) -> web.Response:
    policy = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action "
    text = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Install an app</title>'
        '<link rel="stylesheet" href="/static/styles/base.css"></head><body><main>'
        f"{body}</main></body></html>"
    )
    headers = {"Content-Security-Policy": policy + form_action, "Cache-Control": "no-store"}
    return web.Response(text=text, status=status, content_type="text/html", headers=headers)
