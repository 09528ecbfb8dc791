"""Where the app is installed, and the codes and tokens that OAuth hands out.

docs.slack.dev: Installing with OAuth; Using token rotation. Choices, where these are silent: the app is
installed when the code is exchanged, not when somebody allows it; a refresh token has no grace period; a code
whose exchange was refused may still be exchanged; a token that gave way to newer ones is `token_revoked`.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.sandbox.slack.directory import Enterprise
from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.tokens import new_access_token, new_refresh_token
from bot.sandbox.slack.workspace import Workspace

CODE_LIFETIME = 10 * 60  # seconds
TOKEN_LIFETIME = 12 * 60 * 60  # seconds
MOST_ACTIVE = 2
"""Expiring tokens of an installation at a time; a refresh revokes the oldest beyond them."""


@dataclass(frozen=True)
class Place:
    """Where the app can be installed: one workspace, or an organisation with all its workspaces."""

    workspaces: tuple[Workspace, ...]
    enterprise: Enterprise | None = None

    @property
    def id(self) -> str:
        """`T…`, or `E…` of an organisation."""
        return self.enterprise.id if self.enterprise else self.workspaces[0].directory.team.id

    @property
    def name(self) -> str:
        """What it is called."""
        return self.enterprise.name if self.enterprise else self.workspaces[0].directory.team.name


@dataclass(eq=False)
class Installation:
    """The app in one place.

    Attributes:
        user: the id of whoever allowed it last.
        scopes: granted to its bot; the same set as `directory.app.scopes` of its workspaces.
    """

    place: Place
    user: str
    scopes: set[str]

    @property
    def workspace(self) -> Workspace:
        """The workspace, or the organisation's first."""
        return self.place.workspaces[0]


@dataclass(eq=False)
class AccessToken:
    """A bot token.

    Attributes:
        expires: when, in the seconds of the installations' clock; None for never.
        dead: Slack's error for it, once it is revoked.
    """

    value: str = field(repr=False)
    installation: Installation
    expires: float | None = None
    dead: str = ""


@dataclass(frozen=True)
class Allowed:
    """What somebody allowed; a code stands for it.

    Attributes:
        redirect_uri: where the code was sent.
        uri_given: whether the request for it named that.
    """

    place: Place
    user: str
    scopes: frozenset[str]
    redirect_uri: str
    uri_given: bool


@dataclass
class _Code:
    allowed: Allowed
    expires: float
    used: bool = False


@dataclass
class _Refresh:
    installation: Installation
    used: bool = False


@dataclass(frozen=True)
class Issued:
    """A fresh token, with what renews it if it expires."""

    access: AccessToken
    refresh: str | None = field(default=None, repr=False)


class Installations:
    """Every installation of the app.

    Attributes:
        rotation: whether tokens that are issued from now on expire.
    """

    def __init__(self, *, rotation: bool = False, clock: Callable[[], float] = time.time) -> None:
        self.rotation = rotation
        self._clock = clock
        self._ahead = 0.0
        self._installed: dict[str, Installation] = {}
        self._codes: dict[str, _Code] = {}
        self._tokens: dict[str, AccessToken] = {}
        self._refreshes: dict[str, _Refresh] = {}

    def pass_time(self, seconds: float) -> None:
        """Let codes and tokens be so many seconds older."""
        self._ahead += seconds

    def adopt(self, workspace: Workspace, token: str) -> None:
        """Count a workspace as one where the app is installed with this lasting token."""
        installation = Installation(Place((workspace,)), "", workspace.directory.app.scopes)
        self._installed[installation.place.id] = installation
        self._tokens[token] = AccessToken(token, installation)

    def find(self, token: str) -> AccessToken | None:
        """The token of this value, whether or not it still works."""
        return self._tokens.get(token)

    def refusal(self, access: AccessToken) -> str:
        """Slack's error for a token that works no more; nothing for one that does."""
        return access.dead or ("token_expired" if self._expired(access.expires) else "")

    def of(self, workspace: Workspace) -> Installation | None:
        """The installation that a workspace has the app from, its organisation's where there is one."""
        found = [each for each in self._installed.values() if workspace in each.place.workspaces]
        return next(iter(sorted(found, key=lambda each: each.place.enterprise is None)), None)

    def allow(self, allowed: Allowed) -> str:
        """A code for what somebody allowed."""
        code = f"sandbox.{secrets.token_hex(24)}"
        self._codes[code] = _Code(allowed, self._now() + CODE_LIFETIME)
        return code

    def exchange(self, code: str, redirect_uri: str | None) -> Issued:
        """Install the app where a code says, and issue a token for it.

        Without rotation a place that has the app keeps its token, with the new scopes added.

        Raises:
            SlackError: invalid_code; code_already_used, which the page of oauth.v2.access does not list;
                bad_redirect_uri; cannot_install_an_org_installed_app.
        """
        known = self._codes.get(code)
        if known is None or self._expired(known.expires):
            raise SlackError("invalid_code")
        if known.used:
            raise SlackError("code_already_used")
        allowed = known.allowed
        if redirect_uri != allowed.redirect_uri and (redirect_uri or allowed.uri_given):
            raise SlackError("bad_redirect_uri")
        above = self.of(allowed.place.workspaces[0])
        if allowed.place.enterprise is None and above is not None and above.place.enterprise is not None:
            raise SlackError("cannot_install_an_org_installed_app")
        known.used = True
        return self._issue(self._install(allowed))

    def refresh(self, value: str) -> Issued:
        """A fresh token for a refresh token, which is used up then; the token before lives until it expires.

        Raises:
            SlackError: invalid_refresh_token.
        """
        known = self._refreshes.get(value)
        if known is None or known.used:
            raise SlackError("invalid_refresh_token")
        known.used = True
        return self._issue(known.installation)

    def was_refreshed(self, value: str) -> bool:
        """Whether a refresh token is used up."""
        known = self._refreshes.get(value)
        return known is not None and known.used

    def lifetime(self, access: AccessToken) -> int | None:
        """Seconds that a token has left; None for one that lasts."""
        return None if access.expires is None else max(0, round(access.expires - self._now()))

    def expire(self, installation: Installation) -> None:
        """Let every token of an installation that expires be expired."""
        for access in self._of(installation):
            if access.expires is not None:
                access.expires = self._now()

    def revoke(self, installation: Installation, error: str = "token_revoked") -> None:
        """Let no token of an installation work any more, nor renew one."""
        for access in self._of(installation):
            access.dead = access.dead or error
        for value, known in list(self._refreshes.items()):
            if known.installation is installation:
                del self._refreshes[value]

    def uninstall(self, installation: Installation) -> None:
        """Take the app away from where it is.

        A bot token of a workspace that the app was removed from is `account_inactive` (docs.slack.dev: the
        common errors of every method).
        """
        gone = set(installation.place.workspaces)
        for place_id, each in list(self._installed.items()):
            if gone.issuperset(each.place.workspaces):
                self.revoke(each, "account_inactive")
                del self._installed[place_id]
        for workspace in gone:
            workspace.app_uninstalled()

    def _install(self, allowed: Allowed) -> Installation:
        place = allowed.place
        installation = self._installed.setdefault(place.id, Installation(place, allowed.user, set()))
        installation.place, installation.user = place, allowed.user
        # Additive (docs.slack.dev: Installing with OAuth, appending scopes).
        installation.scopes |= allowed.scopes
        for workspace in place.workspaces:
            workspace.app_installed(installation.scopes, is_enterprise_install=place.enterprise is not None)
        return installation

    def _issue(self, installation: Installation) -> Issued:
        live = [each for each in self._of(installation) if not self.refusal(each)]
        if not self.rotation:
            lasting = next((each for each in live if each.expires is None), None)
            return Issued(lasting or self._new(installation, None))
        expiring = [each for each in live if each.expires is not None]
        for oldest in expiring[: max(0, len(expiring) + 1 - MOST_ACTIVE)]:
            oldest.dead = "token_revoked"
        refresh = new_refresh_token()
        self._refreshes[refresh] = _Refresh(installation)
        return Issued(self._new(installation, self._now() + TOKEN_LIFETIME), refresh)

    def _new(self, installation: Installation, expires: float | None) -> AccessToken:
        value = new_access_token(expires=expires is not None)
        access = self._tokens[value] = AccessToken(value, installation, expires)
        return access

    def _of(self, installation: Installation) -> list[AccessToken]:
        """Its tokens, oldest first."""
        return [each for each in self._tokens.values() if each.installation is installation]

    def _expired(self, moment: float | None) -> bool:
        return moment is not None and moment <= self._now()

    def _now(self) -> float:
        return self._clock() + self._ahead
