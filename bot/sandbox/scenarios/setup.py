"""A seed set up in a running sandbox, and the seed that a running sandbox has."""

from __future__ import annotations

import base64
import mimetypes
from collections.abc import Mapping
from dataclasses import replace

from bot.sandbox.masko import Collection, LocalMasko
from bot.sandbox.masko.refusals import Refusal
from bot.sandbox.samples import samples
from bot.sandbox.scenarios.seed import (
    BOT,
    Seed,
    SeedChannel,
    SeedError,
    SeedMascot,
    SeedPerson,
    SeedTeam,
    picture,
)
from bot.sandbox.slack.directory import HOME_TEAM, Channel, Directory, Person, groups_among

_COLOURS = ("#9f69e7", "#4bbe2e", "#e7392d", "#3c989f", "#d58247", "#2b6cb0", "#b83280", "#5a67d8")
_ID_LETTERS = 9


def set_up(seed: Seed, directory: Directory) -> None:
    """Let these people and channels be there, and no others; the app and its bot stay.

    The objects stay the same, since other parts of the sandbox hold them.
    """
    bot = directory.bot
    directory.team = replace(HOME_TEAM, name=seed.team.name, domain=seed.team.domain)
    people = {each.name: _person(each, n) for n, each in enumerate(seed.people)}
    directory.people.clear()
    directory.people.update({person.id: person for person in (*people.values(), bot)})
    directory.groups = groups_among(directory.people)
    members = {**people, BOT: bot}
    channels = [_channel(each, n, members) for n, each in enumerate(seed.channels, start=1)]
    directory.channels.clear()
    directory.channels.update({channel.id: channel for channel in channels})


async def add_mascots(seed: Seed, masko: LocalMasko) -> None:
    """Let Masko have the seed's mascots too.

    Raises:
        SeedError: a reference that is no sample, or a picture that Masko does not take.
    """
    for mascot in seed.mascots:
        pictures = [_read(reference) for reference in mascot.references]
        try:
            await masko.add_mascot(pictures, name=mascot.name, prompt=mascot.prompt)
        except Refusal as refusal:
            raise SeedError(f"mascots: {mascot.name or pictures[0][0]}: {refusal.message}") from None


def present(directory: Directory, masko: LocalMasko | None) -> Seed:
    """The seed that would set up what is there now; messages and files are not in a seed."""
    names = {person.id: person.name for person in directory.people.values()} | {directory.bot.id: BOT}
    return Seed(
        team=SeedTeam(name=directory.team.name, domain=directory.team.domain),
        people=[_seed_person(person) for person in directory.people.values() if not person.is_bot],
        channels=[_seed_channel(channel, names) for channel in directory.channels.values()],
        mascots=[_seed_mascot(each, masko) for each in masko.collections.values()] if masko else [],
    )


def _person(seed: SeedPerson, n: int) -> Person:
    return Person(
        id=seed.id or _id("U0", seed.name, n + 1),
        name=seed.name,
        real_name=seed.real_name or seed.name.capitalize(),
        title=seed.title,
        color=seed.color or _COLOURS[n % len(_COLOURS)],
        team_id=_team(seed.organization),
        is_restricted=seed.guest,
        is_admin=seed.admin,
        time_zone=seed.time_zone,
        deactivated=seed.deactivated,
    )


def _seed_person(person: Person) -> SeedPerson:
    elsewhere = person.team_id != HOME_TEAM.id
    return SeedPerson(
        name=person.name,
        real_name=person.real_name,
        title=person.title,
        color=person.color,
        guest=person.is_restricted,
        admin=person.is_admin,
        time_zone=person.time_zone,
        deactivated=person.deactivated,
        organization=person.team_id.removeprefix("T0") if elsewhere else None,
        id=person.id,
    )


def _channel(seed: SeedChannel, n: int, everybody: Mapping[str, Person]) -> Channel:
    people = [name for name in seed.members if name != BOT]
    names = "--".join(everybody[member].name for member in seed.members)
    direct = seed.kind in ("im", "mpim")
    name = seed.name or (people[0] if seed.kind == "im" else f"mpdm-{names}-1")
    return Channel(
        id=seed.id or _id("D0" if seed.kind == "im" else "C0", "-".join(people) if direct else name, n),
        name=name,
        kind=seed.kind,
        topic=seed.topic,
        members=[everybody[member].id for member in seed.members],
        is_ext_shared=seed.shared,
        user=everybody[people[0]].id if seed.kind == "im" else None,
    )


def _seed_channel(channel: Channel, names: Mapping[str, str]) -> SeedChannel:
    return SeedChannel(
        name=channel.name if channel.kind in ("channel", "private") else None,
        kind=channel.kind,
        topic=channel.topic,
        members=[names[member] for member in channel.members],
        shared=channel.is_ext_shared,
        id=channel.id,
    )


def _seed_mascot(mascot: Collection, masko: LocalMasko) -> SeedMascot:
    references = [masko.assets[asset_id] for asset_id in mascot.reference_asset_ids]
    return SeedMascot(
        name=mascot.name or "",
        prompt=mascot.prompt or "",
        references=[_reference(asset.data, asset.format) for asset in references],
    )


def _reference(data: bytes, format: str) -> str:
    for sample in samples():
        if sample.read() == data:
            return sample.name
    kind = mimetypes.guess_type(f"x.{format.lower()}")[0] or "image/webp"
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def _read(reference: str) -> tuple[str, bytes]:
    if written := picture(reference):
        return written
    for sample in samples():
        if sample.name == reference:
            return sample.file, sample.read()
    known = ", ".join(sample.name for sample in samples())
    raise SeedError(f"mascots: no sample is called {reference!r}; there are {known}")


def _team(organization: str | None) -> str:
    return HOME_TEAM.id if organization is None else f"T0{organization.upper()}"


def _id(prefix: str, name: str, n: int) -> str:
    """An id that the same seed always gives: recordings name people and channels by it."""
    letters = "".join(letter for letter in name.upper() if letter.isascii() and letter.isalnum())
    return f"{prefix}{letters[: _ID_LETTERS - 3]:0<{_ID_LETTERS - 3}}{n:03d}"
