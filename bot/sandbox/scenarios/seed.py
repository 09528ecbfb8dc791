"""A seed: who and what is in the workspace at first, as YAML. Pure.

    team: {name: Sandbox Studio}
    people:
      - {name: ana, real_name: Ana Lima, title: Designer}
      - {name: gil, guest: true, time_zone: Asia/Tokyo}
      - {name: noor, organization: Northwind}
    channels:
      - {name: mascots, topic: "Mascots: drop a picture", members: [ana, gil, bot]}
      - {name: northwind, members: [ana, noor, bot], shared: true}
      - {kind: im, members: [ana, bot]}
    mascots:
      - {name: Felix, prompt: A friendly fox, references: [fox, fox-side]}

`bot` is the app. A reference is the name of a sample, or a picture as `data:image/png;base64,…`. A mascot
without name or prompt gets the vision's words.
"""

from __future__ import annotations

import base64
import binascii
from collections import Counter
from collections.abc import Iterable
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from bot.sandbox.slack.time_zones import TIME_ZONE, known

BOT = "bot"
MOST_REFERENCES = 6

PersonName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,20}$")]
ChannelName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,80}$")]
Id = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{9,14}$")]
Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]
Organisation = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]{1,9}$")]


class SeedError(ValueError):
    """A seed that cannot be used; the message is one line and says where and why."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SeedTeam(_Part):
    """The workspace's own name and domain."""

    name: str = "Sandbox Studio"
    domain: str = "sandbox-studio"


class SeedPerson(_Part):
    """Somebody to act as.

    Attributes:
        guest: sees only the channels that they are in.
        admin: of the workspace.
        time_zone: by its name, such as `Asia/Tokyo`.
        deactivated: has left.
        organization: another one than the workspace's; letters and digits, at most nine.
        id: made from the name when not given.
    """

    name: PersonName
    real_name: str = ""
    title: str = ""
    color: Colour | None = None
    guest: bool = False
    admin: bool = False
    time_zone: str = TIME_ZONE
    deactivated: bool = False
    organization: Organisation | None = None
    id: Id | None = None

    @field_validator("name")
    @classmethod
    def _not_the_bot(cls, name: str) -> str:
        if name == BOT:
            raise ValueError("bot is the app: call the person something else")
        return name

    @field_validator("time_zone")
    @classmethod
    def _known(cls, name: str) -> str:
        if name != TIME_ZONE and not known(name):
            raise ValueError(f"no time zone is called {name!r}")
        return name

    @field_validator("organization")
    @classmethod
    def _capital(cls, name: str | None) -> str | None:
        return name and name.capitalize()


class SeedChannel(_Part):
    """A conversation; `name` is only for channels, a `shared` one is shared with another organisation."""

    name: ChannelName | None = None
    kind: Literal["channel", "private", "im", "mpim"] = "channel"
    topic: str = ""
    members: list[str] = Field(min_length=1)
    shared: bool = False
    id: Id | None = None

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        if self.kind in ("channel", "private") and self.name is None:
            raise ValueError("a channel needs a name")
        if self.kind == "im" and (BOT not in self.members or len(self.members) != 2):
            raise ValueError("an im is between one person and bot")
        if self.kind == "mpim" and len(self.members) < 3:
            raise ValueError("an mpim has three members or more")
        return self


class SeedMascot(_Part):
    """A mascot that Masko has already."""

    name: str = ""
    prompt: str = ""
    references: list[str] = Field(min_length=1, max_length=MOST_REFERENCES)


class Seed(_Part):
    """Everything that is there at first."""

    team: SeedTeam = SeedTeam()
    people: list[SeedPerson] = Field(min_length=1)
    channels: list[SeedChannel] = Field(min_length=1)
    mascots: list[SeedMascot] = []

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        _no_double("people", (person.name for person in self.people))
        _no_double("channels", (channel.name for channel in self.channels if channel.name))
        ids = [*(person.id for person in self.people), *(channel.id for channel in self.channels)]
        _no_double("ids", filter(None, ids))
        known = {BOT, *(person.name for person in self.people)}
        for channel in self.channels:
            for member in channel.members:
                if member not in known:
                    raise ValueError(f"channels: {channel.name or channel.kind}: nobody is called {member!r}")
        return self


def parsed(text: str) -> Seed:
    """The seed that some YAML describes.

    Raises:
        SeedError: it is no YAML, or something in it is unknown, missing or does not fit.
    """
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as wrong:
        raise SeedError(f"this is no YAML: {' '.join(str(wrong).split())}") from None
    if not isinstance(found, dict):
        raise SeedError("a seed has people and channels; this has neither")
    return understood(found)


def understood(found: Any) -> Seed:
    """The seed that some JSON describes.

    Raises:
        SeedError: something in it is unknown, missing or does not fit.
    """
    try:
        return Seed.model_validate(found)
    except ValidationError as wrong:
        raise SeedError("; ".join(_words(error) for error in wrong.errors()[:3])) from None


def as_yaml(seed: Seed) -> str:
    """The seed as it is written, without what is as usual."""
    return yaml.safe_dump(as_json(seed), sort_keys=False, allow_unicode=True, width=110)


def as_json(seed: Seed) -> dict[str, Any]:
    """The same as JSON values."""
    return seed.model_dump(exclude_defaults=True)


def picture(reference: str) -> tuple[str, bytes] | None:
    """Name and bytes of a reference that is a `data:` URL; None for the name of a sample.

    Raises:
        SeedError: a `data:` URL that cannot be read.
    """
    if not reference.startswith("data:"):
        return None
    head, _, data = reference.partition(";base64,")
    try:
        return f"reference.{head.rpartition('/')[2]}", base64.b64decode(data, validate=True)
    except binascii.Error:
        raise SeedError(f"mascots: {reference[:40]}… is not written in base64") from None


def _no_double(what: str, names: Iterable[str]) -> None:
    for name, count in Counter(names).items():
        if count > 1:
            raise ValueError(f"{what}: {name} is there {count} times")


def _words(error: Any) -> str:
    where = ".".join(str(part) for part in error["loc"])
    message = str(error["msg"]).removeprefix("Value error, ")
    return f"{where}: {message}" if where else message
