"""What the page's own client does with the control API."""

from __future__ import annotations

from typing import Any

from aiohttp import ClientSession, FormData


async def read(page: ClientSession, path: str, **query: str) -> dict[str, Any]:
    async with page.get(f"/_control/{path}", params=query) as response:
        assert response.status == 200, await response.text()
        answer: dict[str, Any] = await response.json()
        return answer


async def write(page: ClientSession, path: str, **given: Any) -> tuple[int, dict[str, Any]]:
    async with page.post(f"/_control/{path}", json=given) as response:
        return response.status, await response.json()


def form(**fields: str) -> FormData:
    data = FormData()
    for name, value in fields.items():
        data.add_field(name.removesuffix("_"), value)
    return data
