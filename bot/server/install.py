"""The pages where workspaces install the app, by Bolt's flow (docs.slack.dev: Installing with OAuth)."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

import aiohttp
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from sqlalchemy.exc import SQLAlchemyError

INSTALL_PATH, REDIRECT_PATH = "/slack/install", "/slack/oauth_redirect"
NOT_NOW = "The app can't be installed right now. Please try again in a few minutes."
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src https://platform.slack-edge.com data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

log = logging.getLogger(__name__)
quiet = logging.getLogger(f"{__name__}.bolt")
quiet.setLevel(logging.ERROR)  # Bolt's own lines quote the codes that Slack hands out


def install_routes(flow: AsyncOAuthFlow) -> list[web.RouteDef]:
    """Return the install page and the address that Slack sends people back to."""

    def page(
        answer: Callable[[AsyncBoltRequest], Awaitable[BoltResponse]],
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def respond(request: web.Request) -> web.StreamResponse:
            # The install page asks for nothing; Bolt would put a `team` into Slack's address as it is.
            query = request.query_string if request.path == REDIRECT_PATH else ""
            bolt = AsyncBoltRequest(body="", query=query, headers=dict(request.headers))
            try:
                response = await to_aiohttp_response(await answer(bolt))
            except (SQLAlchemyError, aiohttp.ClientError, TimeoutError) as error:
                log.error("%s: %s", request.path, getattr(error, "orig", None) or type(error).__name__)
                return web.Response(status=503, text=NOT_NOW, headers=_HEADERS)
            log.info("%s: %d", request.path, response.status)
            response.charset = "utf-8"
            response.headers.update(_HEADERS)
            for cookie in response.cookies.values():
                cookie["samesite"] = "Lax"  # it has to come back from Slack
            return response

        return respond

    install, back = page(flow.handle_installation), page(flow.handle_callback)
    return [web.get(INSTALL_PATH, install, allow_head=False), web.get(REDIRECT_PATH, back, allow_head=False)]
