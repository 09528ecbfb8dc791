"""Pictures fetched by URL: from the origins that the sandbox itself serves, and from nowhere else.

The sandbox needs no network and must not become a way into one, so a link is fetched only when its
origin was named beforehand; redirects are not followed.
"""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

import aiohttp

from bot.sandbox.masko.pictures import MOST_BYTES
from bot.sandbox.masko.refusals import bad_request, unusable

_PATIENCE = aiohttp.ClientTimeout(total=10)


def origin_of(url: str) -> str:
    """`http://127.0.0.1:8080` of a link.

    Raises:
        Refusal: 400 when it is not an absolute http or https URL.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise bad_request(f"'{url}' is not a URL.") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise bad_request(f"'{url}' is not an http or https URL.")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{port}" if port else "")


async def fetch(url: str, origins: Collection[str]) -> bytes:
    """The bytes behind `url`, at most one more than Masko accepts (so that the excess shows).

    Raises:
        Refusal: 400 when its origin is not in `origins`, or nothing but 200 comes back.
    """
    if origin_of(url) not in origins:
        raise unusable(f"The sandbox's Masko reaches no outside address, so it did not fetch {url}.")
    try:
        async with (
            aiohttp.ClientSession(timeout=_PATIENCE) as session,
            session.get(url, allow_redirects=False) as answer,
        ):
            if answer.status != 200:
                raise unusable(f"{url} answered {answer.status}.")
            return await _read(answer.content, MOST_BYTES + 1)
    except (TimeoutError, aiohttp.ClientError) as failure:
        raise unusable(f"{url} could not be fetched: {type(failure).__name__}.") from failure


async def _read(content: aiohttp.StreamReader, most: int) -> bytes:
    data = bytearray()
    async for chunk in content.iter_chunked(64 * 1024):
        data += chunk
        if len(data) >= most:
            break
    return bytes(data[:most])
