"""HTTP delivery: signed requests to the bot's request URL, and Slack's retries.

docs.slack.dev: Verifying requests from Slack; Events API, error handling. An event that is not answered with
2xx within 3 seconds comes again nearly at once, after a minute and after five, with `x-slack-retry-num` and
`x-slack-retry-reason`; an answer with `x-slack-no-retry: 1` ends that. Choice: redirects are not followed.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import ipaddress
import json
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

import aiohttp

from bot.sandbox.inspector import Inspector
from bot.sandbox.slack.deliveries import Attempt, Deliverer, Delivery, EnvelopeType, title
from bot.sandbox.slack.events import VERIFICATION_TOKEN

AGENT = "Slackbot 1.0 (+https://api.slack.com/robots)"
RETRIES_AFTER = (0.0, 60.0, 300.0)  # seconds after the attempt before


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """`X-Slack-Signature` of a request."""
    return "v0=" + hmac.new(secret.encode(), f"v0:{timestamp}:".encode() + body, hashlib.sha256).hexdigest()


def is_loopback(url: str) -> bool:
    """Whether a URL leads to this machine itself; no name is looked up for it."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or parts.hostname is None:
        return False
    try:
        return parts.hostname == "localhost" or ipaddress.ip_address(parts.hostname).is_loopback
    except ValueError:
        return False


def request_body(type_: EnvelopeType, payload: Mapping[str, Any]) -> tuple[str, bytes]:
    """Content type and body of a payload: JSON for events, forms for interactions and commands."""
    if type_ == "events_api":
        return "application/json", json.dumps(payload).encode()
    form = {"payload": json.dumps(payload)} if type_ == "interactive" else payload
    return "application/x-www-form-urlencoded", urlencode(form).encode()


class HttpDelivery(Deliverer):
    """Slack's requests to one URL.

    Args:
        url: where the bot listens.
        signing_secret: what requests are signed with.
        faster: how many times sooner than Slack the retries come.
    """

    name = "HTTP delivery"

    def __init__(
        self,
        url: str,
        signing_secret: str,
        inspector: Inspector,
        on_change: Callable[[], None],
        *,
        faster: float = 1.0,
    ) -> None:
        super().__init__(inspector, on_change, pauses=[seconds / faster for seconds in RETRIES_AFTER])
        self.url = url
        self._secret = signing_secret
        self._session: aiohttp.ClientSession | None = None

    @property
    def connected(self) -> bool:
        """Always: whether somebody listens shows when it is tried."""
        return True

    async def verify(self) -> bool:
        """Ask whether the URL is the app's own (docs.slack.dev: url_verification)."""
        challenge = secrets.token_hex(16)
        asked = {"token": VERIFICATION_TOKEN, "challenge": challenge, "type": "url_verification"}
        try:
            async with asyncio.timeout(self.ack_timeout):
                status, answer, _ = await self._post(*request_body("events_api", asked), {})
        except (TimeoutError, aiohttp.ClientError):
            return False
        return status == 200 and challenge in answer

    async def stop(self) -> None:
        """Give up every delivery and close the connections."""
        await super().stop()
        if self._session is not None:
            await self._session.close()

    async def _attempt(self, delivery: Delivery, *, number: int, reason: str) -> str:
        attempt = self._begin(delivery, number)
        retry = {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": reason} if number else {}
        # The record names the envelope as in Socket Mode, so that both read alike.
        shown = {"envelope_id": attempt.envelope_id, "payload": delivery.payload, "headers": retry}
        self._inspector.add("envelope", title(delivery.type, delivery.payload, number), request=shown)
        failure = await self._answered(attempt, *request_body(delivery.type, delivery.payload), retry)
        attempt.closed = not attempt.acked.is_set()
        self._record(attempt, failure)
        return failure

    def _record(self, attempt: Attempt, failure: str) -> None:
        acknowledged = {"envelope_id": attempt.envelope_id} if attempt.acked.is_set() else {}
        answer = {"status": attempt.status, "envelope_id": None} | acknowledged
        what = f"HTTP {attempt.status or failure}"
        self._inspector.add("ack", what, ok=bool(acknowledged), ms=attempt.ack_ms, response=answer)
        self._on_change()

    async def _answered(self, attempt: Attempt, kind: str, body: bytes, retry: Mapping[str, str]) -> str:
        try:
            async with asyncio.timeout(self.ack_timeout):
                attempt.status, answer, headers = await self._post(kind, body, retry)
        except TimeoutError:
            return "http_timeout"
        except aiohttp.ClientError:
            return "connection_failed"
        if not 200 <= attempt.status < 300:
            return "" if headers.get("X-Slack-No-Retry") == "1" else "http_error"
        attempt.ack_ms = round((time.monotonic() - attempt.sent_at) * 1000, 2)
        attempt.response = _as_json(answer)
        attempt.acked.set()
        return ""

    async def _post(
        self, kind: str, body: bytes, retry: Mapping[str, str]
    ) -> tuple[int, str, Mapping[str, str]]:
        if self._session is None:
            self._session = aiohttp.ClientSession(headers={"User-Agent": AGENT})
        timestamp = str(int(time.time()))
        headers = {
            "Content-Type": kind,
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signature(self._secret, timestamp, body),
            **retry,
        }
        async with self._session.post(
            self.url, data=body, headers=headers, allow_redirects=False
        ) as response:
            return response.status, await response.text(), response.headers


def _as_json(answer: str) -> Any:
    try:
        return json.loads(answer)
    except ValueError:
        return answer or None
