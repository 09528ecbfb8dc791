from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.databases import fresh_url


def pytest_xdist_auto_num_workers() -> int:
    """Two test processes a core: most tests wait for something more than they compute."""
    return 2 * (os.cpu_count() or 1)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh database: a test that asks for it runs on both kinds."""
    yield from fresh_url(request.param, request)


@pytest.fixture
def postgres_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh PostgreSQL database."""
    yield from fresh_url("postgresql", request)
