"""The tables.  Rows outlive their session as snapshots: to set an attribute then changes no database."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import JSON, DateTime, Dialect, Enum, ForeignKey, Text, TypeDecorator, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

from bot.db.values import Did, MayAdd, MayReview, Mode, State


class UTCDateTime(TypeDecorator[datetime]):
    """An aware time, stored in UTC; SQLite stores no time zones, so they are set again on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC) if value.tzinfo is None else value


class Words(TypeDecorator[str]):
    """Text without what no database takes (NUL, lone surrogates), so that no post is lost to it."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else value.replace("\0", "").encode("utf-8", "replace").decode()


class ImageState(StrEnum):
    """States of an image of a post."""

    WAITING = "waiting"  # stored here only
    UPLOADED = "uploaded"  # an asset in Masko, not yet a reference
    ADDED = "added"  # a reference of the mascot
    DUPLICATE = "duplicate"  # the mascot has these bytes already
    LEFT_OUT = "left_out"  # the mascot is full
    REFUSED = "refused"  # cannot become a reference
    FAILED = "failed"  # after all retries; the Retry button starts again
    REMOVED = "removed"  # was a reference, and was taken away
    PASSED_ON = "passed_on"  # to another post, to become another mascot


class CaughtBy(StrEnum):
    """Why the bot took notice of a post."""

    CHANNEL = "channel"  # what its channel is set to
    MENTION = "mention"  # it names the bot
    DIRECT = "direct"  # it was sent to the bot
    ASKED = "asked"  # somebody asked by a command, a form or a button
    DECIDED = "decided"  # its poster said so when asked


class Base(DeclarativeBase):
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UTCDateTime,
        dict[str, Any]: JSON,
        list[str]: JSON,
        list[float]: JSON,
        list[dict[str, Any]]: JSON,
        str: Words,
        # As text, so that a new value needs no migration.
        StrEnum: Enum(
            StrEnum, native_enum=False, length=20, values_callable=lambda kind: [each.value for each in kind]
        ),
    }

    @declared_attr.directive
    def __tablename__(cls) -> str:
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", cls.__name__.removesuffix("Row")).lower()


class OfTeam:
    """Mixin of tables whose rows name their team; see bot.db.scope."""

    team: Mapped[str] = mapped_column()


class OfPost:
    """Mixin of tables whose rows belong to a post."""

    post_id: Mapped[int] = mapped_column()


class OfMascot:
    """Mixin of tables whose rows belong to a mascot."""

    mascot_id: Mapped[str] = mapped_column()


def _now() -> datetime:
    return datetime.now(UTC)


class PostRow(OfTeam, Base):
    """A post that the bot took notice of, and the bot's reply to it."""

    __table_args__ = (UniqueConstraint("team", "channel", "ts"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    team: Mapped[str]
    channel: Mapped[str]
    ts: Mapped[str]
    thread_ts: Mapped[str]  # the root of the thread: the post's own ts for a top-level post
    user: Mapped[str] = mapped_column(index=True)
    from_outside: Mapped[bool]
    among_strangers: Mapped[bool]  # another workspace is another organisation's here
    reply_ts: Mapped[str | None]
    notice: Mapped[str | None]  # what is said to a post that has no image
    promised_for: Mapped[datetime | None]  # when it goes on, as the thread was told
    wants_new: Mapped[bool] = mapped_column(default=False)  # a new mascot, whatever thread and channel say
    wants_mascot: Mapped[str | None]  # this mascot, whatever thread and channel say
    wants_name: Mapped[str | None]  # for the new mascot, given by a person
    held_back: Mapped[bool] = mapped_column(default=False)  # nothing is done before the poster says so
    caught_by: Mapped[CaughtBy | None]
    created_at: Mapped[datetime] = mapped_column(default=_now)

    @property
    def is_direct(self) -> bool:
        """True in a conversation with the bot alone (docs.slack.dev: ids of DMs begin with D)."""
        return self.channel.startswith("D")


class IntakeRow(OfPost, Base):
    """One image of a post.  Unique by (team, channel, message ts, file id or link)."""

    __table_args__ = (UniqueConstraint("post_id", "image_key"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"), index=True)
    image_key: Mapped[str]
    file_id: Mapped[str | None]
    name: Mapped[str]
    source: Mapped[str]
    url: Mapped[str | None]
    alt: Mapped[str | None]
    showable: Mapped[bool]  # Slack's image blocks take this file
    state: Mapped[ImageState] = mapped_column(default=ImageState.WAITING)
    detail: Mapped[str | None]  # for a person: what happened to this image
    asset_id: Mapped[str | None]
    asked_at: Mapped[datetime | None]  # Masko was asked to make it a reference; no answer is known
    taken_at: Mapped[datetime | None] = mapped_column(index=True)  # counts for the quotas from then on
    sha256: Mapped[str | None]
    facts: Mapped[str | None]  # JSON of bot.images.ImageFacts
    unended: Mapped[int] = mapped_column(default=0)  # runs during which the process died
    source_gone_at: Mapped[datetime | None]  # its post or file was deleted in Slack


class MascotRow(OfTeam, Base):
    """What was last read of a mascot.  A cache: Masko holds the truth."""

    id: Mapped[str] = mapped_column(primary_key=True)  # Masko's collection id
    team: Mapped[str] = mapped_column(index=True)
    project_id: Mapped[str | None]
    name: Mapped[str | None]
    prompt: Mapped[str | None]
    reference_ids: Mapped[list[str]]  # as Masko told them: also those that others added there
    describe_until: Mapped[datetime | None]  # while Masko's description is being waited for
    gone_at: Mapped[datetime | None]  # deleted in Masko
    read_at: Mapped[datetime | None]  # in full; None while only its line in Masko's list is known
    created_at: Mapped[datetime] = mapped_column(default=_now)


class ThreadRow(OfTeam, Base):
    """A Slack thread, the mascot that it belongs to, and the one card in it."""

    __table_args__ = (UniqueConstraint("team", "channel", "thread_ts"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    team: Mapped[str]
    channel: Mapped[str]
    thread_ts: Mapped[str]
    mascot_id: Mapped[str | None] = mapped_column(ForeignKey("mascot.id"), index=True)
    card_ts: Mapped[str | None]
    card_post_id: Mapped[int | None] = mapped_column(ForeignKey("post.id"), index=True)
    marked: Mapped[bool] = mapped_column(default=False)  # its root has the emoji of what is approved
    channel_gone_at: Mapped[datetime | None]  # archived, deleted, or the bot was removed from it


class ReferenceRow(OfMascot, Base):
    """A reference image of a mascot.  Ids are never reused: buttons and forms name references by them."""

    __table_args__ = (UniqueConstraint("mascot_id", "asset_id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    mascot_id: Mapped[str] = mapped_column(ForeignKey("mascot.id"), index=True)
    asset_id: Mapped[str]
    intake_id: Mapped[int | None] = mapped_column(ForeignKey("intake.id"), index=True)
    name: Mapped[str]
    alt: Mapped[str | None]
    file_id: Mapped[str | None]
    showable: Mapped[bool]
    sha256: Mapped[str | None]
    facts: Mapped[str | None]  # JSON of bot.images.ImageFacts
    added_by: Mapped[str] = mapped_column(index=True)
    source_gone_at: Mapped[datetime | None]  # its post or file was deleted in Slack, and the thread asked
    question_ts: Mapped[str | None]  # of the message that asks whether it is to go too
    created_at: Mapped[datetime] = mapped_column(default=_now)


class CreateIntentRow(OfPost, Base):
    """The intent to create a mascot from assets or links; while it exists, an answer may have been lost."""

    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"), primary_key=True)
    project_id: Mapped[str]
    asset_ids: Mapped[list[str]]
    links: Mapped[list[str]]
    before: Mapped[list[str]]  # for links: ids of the mascots at that time
    created_at: Mapped[datetime] = mapped_column(default=_now)
    asked_at: Mapped[datetime | None]  # Masko was asked to make it; no answer is known


class ChannelRow(OfTeam, Base):
    """A channel, and its settings by the names that they have in bot.channels.settings."""

    team: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    mode: Mapped[Mode] = mapped_column(default=Mode.AUTO)
    mascot_id: Mapped[str | None] = mapped_column(ForeignKey("mascot.id"))
    takes_outsiders: Mapped[bool] = mapped_column(default=False)
    may_add: Mapped[MayAdd] = mapped_column(default=MayAdd.EVERYONE)
    group_id: Mapped[str | None]
    review_approvals: Mapped[int] = mapped_column(default=1)
    review_poster_may: Mapped[bool] = mapped_column(default=False)
    review_who: Mapped[MayReview] = mapped_column(default=MayReview.MEMBERS)
    review_people: Mapped[list[str]] = mapped_column(default=list)
    review_group_id: Mapped[str | None]
    guests_change: Mapped[bool] = mapped_column(default=False)
    setters: Mapped[list[str]] = mapped_column(default=list)
    introduced_at: Mapped[datetime | None]  # the bot has said here what it does
    invited_by: Mapped[str | None]  # who brought the bot in, where Slack told


class OfferRow(OfTeam, Base):
    """The images of a message until the shortcut's form is sent; too long for the form's metadata."""

    id: Mapped[int] = mapped_column(primary_key=True)
    team: Mapped[str]
    channel: Mapped[str]
    thread_ts: Mapped[str]  # the root of the message's thread: its own ts for a top-level message
    user: Mapped[str]  # who used the shortcut
    images: Mapped[list[dict[str, Any]]]  # bot.slack.post_images.PostImage
    response_url: Mapped[str]  # of the shortcut
    created_at: Mapped[datetime] = mapped_column(default=_now, index=True)


class SettingChangeRow(OfTeam, Base):
    """A change of one setting (bot.channels.settings.facts) of a channel; only people's ids are removed."""

    id: Mapped[int] = mapped_column(primary_key=True)
    team: Mapped[str]
    channel: Mapped[str] = mapped_column(index=True)
    user: Mapped[str]  # who changed it
    at: Mapped[datetime] = mapped_column(default=_now)
    setting: Mapped[str]
    before: Mapped[Any] = mapped_column(JSON)
    after: Mapped[Any] = mapped_column(JSON)


class GreetedRow(OfTeam, Base):
    """People to whom the bot has introduced itself in their conversation with it."""

    team: Mapped[str] = mapped_column(primary_key=True)
    user: Mapped[str] = mapped_column(primary_key=True)
    greeted_at: Mapped[datetime] = mapped_column(default=_now)


class PersonRow(OfTeam, Base):
    """Preferences of a person."""

    team: Mapped[str] = mapped_column(primary_key=True)
    user: Mapped[str] = mapped_column(primary_key=True)
    ignored: Mapped[bool]  # their images are left alone, unless they ask


class EditionRow(OfMascot, Base):
    """A state of a mascot that an entry of its record refers to; only `sheet` comes later."""

    mascot_id: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(primary_key=True)
    prompt: Mapped[str | None]
    parts: Mapped[list[dict[str, Any]]]  # bot.review.model.Part
    sheet: Mapped[str | None]  # Slack's id of its contact sheet; "" where there can be none
    created_at: Mapped[datetime] = mapped_column(default=_now)


class VoteRow(OfTeam, Base):
    """An entry of a review's record (bot.review.model.Entry); only a forgotten person's data is changed, and
    where it is told."""

    id: Mapped[int] = mapped_column(primary_key=True)
    team: Mapped[str] = mapped_column(index=True)
    mascot_id: Mapped[str] = mapped_column(index=True)
    key: Mapped[str] = mapped_column(unique=True)  # of the delivery, so that a repeated one changes nothing
    did: Mapped[Did]
    at: Mapped[datetime]
    user: Mapped[str] = mapped_column(index=True)
    edition: Mapped[str]
    words: Mapped[str | None]
    about: Mapped[str | None]
    answers: Mapped[int | None]
    reviewers: Mapped[list[str]] = mapped_column(default=list)
    due: Mapped[datetime | None]
    needed: Mapped[int | None]
    channel: Mapped[str] = mapped_column(default="")
    thread_ts: Mapped[str] = mapped_column(default="")
    ts: Mapped[str] = mapped_column(default="")
    link: Mapped[str | None]
    told_ts: Mapped[
        str | None
    ]  # of the line that tells of it in the thread, which is updated once it is settled


class ReviewRow(OfTeam, Base):
    """The state of a mascot's review, for lists; updated with each entry of the record."""

    mascot_id: Mapped[str] = mapped_column(primary_key=True)
    team: Mapped[str] = mapped_column(index=True)
    state: Mapped[State]
    waiting: Mapped[list[str]]  # ids of those who have been asked and have not voted
    asked_by: Mapped[list[str]]  # ids
    due: Mapped[datetime | None]
    updated_at: Mapped[datetime] = mapped_column(default=_now)


class WorkspaceRow(OfTeam, Base):
    """A workspace, where one program serves many, and its connection to Masko."""

    team: Mapped[str] = mapped_column(primary_key=True)
    enterprise: Mapped[str | None] = mapped_column(index=True)  # the id of its Enterprise organisation
    masko_key: Mapped[str | None]  # encrypted
    project_id: Mapped[str | None] = mapped_column(unique=True)  # of new mascots; no other workspace sees it
    connected_by: Mapped[str | None]
    connected_at: Mapped[datetime | None]


class InstallationRow(Base):
    """A workspace or an organisation that has installed the app."""

    place: Mapped[str] = mapped_column(primary_key=True)  # the id of either
    sealed: Mapped[str]  # slack_sdk's Installation as JSON, encrypted: it has the tokens
    installed_at: Mapped[datetime]


class InstallingRow(Base):
    """An installation that has begun, by OAuth's `state`."""

    state: Mapped[str] = mapped_column(primary_key=True)
    until: Mapped[datetime]  # not valid afterwards


class JobRow(Base):
    """A job to run, deleted when done.  Ids are never reused: a job's posts in Slack are found by them."""

    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    lock: Mapped[str] = mapped_column(index=True)  # one at a time, in order of id
    key: Mapped[str | None] = mapped_column(unique=True)  # at most one waiting job a key
    payload: Mapped[dict[str, Any]]
    run_at: Mapped[datetime] = mapped_column(default=_now)
    attempts: Mapped[int] = mapped_column(default=0)
    faults: Mapped[int] = mapped_column(default=0)
    rounds: Mapped[int] = mapped_column(default=1)  # put again while it waited or ran
    begun: Mapped[bool] = mapped_column(default=False)  # by some worker, which may have been stopped
    dead_at: Mapped[datetime | None]  # given up: kept to be looked at, never run again
    created_at: Mapped[datetime] = mapped_column(default=_now)


class InteractionRow(Base):
    """An interaction that was handled, so that a replay of it is not."""

    key: Mapped[str] = mapped_column(primary_key=True)  # a hash
    until: Mapped[datetime]  # deleted then


class RateLimitRow(Base):
    """The latest requests of a Masko key; locked for as long as a slot is looked for."""

    key: Mapped[str] = mapped_column(primary_key=True)  # made of the key by a hash, never the key
    timestamps: Mapped[list[float]]  # seconds since 1970, ascending; see bot.masko.rate_limit
    closed_until: Mapped[float]  # seconds since 1970; no request before then, by what Masko said
