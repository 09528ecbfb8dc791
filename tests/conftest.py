from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.databases import fresh_url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh database: a test that asks for it runs on both kinds."""
    yield from fresh_url(request.param, request)


@pytest.fixture
def postgres_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh PostgreSQL database."""
    yield from fresh_url("postgresql", request)
