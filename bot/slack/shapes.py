"""JSON of any shape, read without surprises: what is of another kind than expected counts as not there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def mapping(value: object) -> Mapping[str, Any]:
    """An object; an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}


def mappings(value: object) -> Iterator[Mapping[str, Any]]:
    """The objects of a list; none for anything else."""
    return (
        (item for item in value if isinstance(item, Mapping)) if isinstance(value, list | tuple) else iter(())
    )


def text_of(given: Mapping[str, Any], field: str) -> str:
    """A member that is text; empty for anything else."""
    value = given.get(field)
    return value if isinstance(value, str) else ""
