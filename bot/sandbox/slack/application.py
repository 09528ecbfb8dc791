"""The web application of the local Slack."""

from __future__ import annotations

from collections.abc import Iterable

from aiohttp import web

from bot.sandbox.slack.authorize import Authorize
from bot.sandbox.slack.control import Topic, add_control
from bot.sandbox.slack.file_server import FileServer
from bot.sandbox.slack.local import LocalSlack
from bot.sandbox.slack.response_server import ResponseServer
from bot.sandbox.slack.web_api import WebApi

LARGEST_REQUEST = 64 * 1024 * 1024  # bytes


def application(slack: LocalSlack, topics: Iterable[Topic] = ()) -> web.Application:
    """Serve the Web API, OAuth, Socket Mode and files of all workspaces, the control API and the page.

    Args:
        slack: the workspace that the control API and the page are about.
        topics: further calls of the control API.
    """
    platform = slack.platform
    api, files, authorize = WebApi(platform), FileServer(platform), Authorize(platform)
    app = web.Application(client_max_size=LARGEST_REQUEST)
    app.add_routes(
        [
            web.route("*", "/api/{method}", api.handle),
            web.get("/oauth/v2/authorize", authorize.show),
            web.post("/oauth/v2/authorize", authorize.decide),
            web.get("/link/", slack.socket.serve),
            web.get("/files-pri/{key}/{name}", files.download),
            web.get("/files-pri/{key}/download/{name}", files.download),
            web.get("/files-tmb/{key}/{name}", files.download),
            web.post("/upload/v1/{file_id}", files.upload),
            web.post("/{kind:actions|commands|app}/{team}/{key}", ResponseServer(platform).handle),
        ]
    )
    add_control(app, slack, topics)
    app.on_shutdown.append(slack.stop)
    return app
