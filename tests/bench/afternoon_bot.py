"""The bot as one writes it in an afternoon from Bolt's examples: the other side of every ratio.

It waits for nothing but the two services, stores nothing, and takes the images of a post one after the other.
"""

import asyncio
import os
from typing import Any

import httpx
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

TOKEN = os.environ["SLACK_BOT_TOKEN"]
TIMEOUT = 60.0  # seconds

app = AsyncApp(client=AsyncWebClient(TOKEN, base_url=os.environ["SLACK_API_URL"]))
slack = httpx.AsyncClient(headers={"Authorization": f"Bearer {TOKEN}"}, timeout=TIMEOUT)
masko = httpx.AsyncClient(
    base_url=os.environ["MASKO_API_URL"],
    headers={"Authorization": f"Bearer {os.environ['MASKO_API_KEY']}"},
    timeout=TIMEOUT,
)


@app.event({"type": "message", "subtype": "file_share"})
async def make_mascot(event: dict[str, Any], client: AsyncWebClient) -> None:
    assets = []
    for file in event["files"]:
        if file["mimetype"].startswith("image/"):
            image = (await slack.get(file["url_private_download"])).raise_for_status().content
            form = {"file": (file["name"], image, file["mimetype"])}
            assets.append((await call("POST", "/upload", files=form))["asset_id"])
    if assets:
        project = (await call("GET", "/projects"))[0]["id"]
        new = {"project_id": project, "reference_asset_ids": assets}
        mascot = await call("POST", "/collections", json=new)
        words = f"*{mascot['name']}*\n{mascot['config']['prompt']}\n{len(assets)} of 6 references"
        thread = event.get("thread_ts", event["ts"])
        await client.chat_postMessage(channel=event["channel"], thread_ts=thread, text=words)


@app.event("message")
async def ignore() -> None:
    """Acknowledge messages without files, the bot's own among them."""


async def call(method: str, path: str, **body: Any) -> Any:
    return (await masko.request(method, path, **body)).raise_for_status().json()["data"]


async def main() -> None:
    await AsyncSocketModeHandler(app, os.environ["SLACK_APP_TOKEN"]).start_async()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    asyncio.run(main())
