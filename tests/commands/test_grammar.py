# ruff: noqa: RUF001 - quotation marks of every language
from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.grammar import (
    LONGEST,
    TOO_LONG,
    USAGE,
    WHICH_NAME,
    Add,
    Command,
    Export,
    Help,
    ListMascots,
    New,
    NoticeMe,
    Refused,
    Rename,
    Review,
    Show,
    Simple,
    Talk,
    Use,
    as_json,
    from_json,
    read_command,
    read_mention,
    unfinished,
)
from bot.text import NO_NAME

TOO_LONG_NAME = "A name has at most 80 characters, and this one has 81."
FOX, BEAR = "https://example.com/fox.png", "http://example.com/bear.png?a=1&b=2"


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("", Simple.MENU),
        ("   ", Simple.MENU),
        ("help", Help()),
        ("HELP me", Help()),
        ("list", ListMascots()),
        ("list red fox", ListMascots("red fox")),
        ("find Felix", ListMascots("Felix")),
        ("Search red fox", ListMascots("red fox")),
        ("show me Felix", Show("Felix")),
        ("show Felix the Fox", Show("Felix the Fox")),
        ('show "Felix"', Show("Felix")),
        ("show “Felix”", Show("Felix")),
        ("show &lt;b&gt; &amp; co", Show("<b> & co")),
        ("show &amp;lt;", Show("&lt;")),
        ("show", unfinished("show")),
        (f"new {FOX}", New(links=(FOX,))),
        (f"new {FOX} {BEAR.replace('&', '&amp;')}", New(links=(FOX, BEAR))),
        (f"new &lt;{FOX}|fox&gt;", New(links=(FOX,))),
        (f"new {FOX}, {FOX}", New(links=(FOX,))),
        (f"new {FOX} name Felix the Fox", New("Felix the Fox", (FOX,))),
        (f"new {FOX} Felix", unfinished("new")),
        (f"new {FOX} name", unfinished("new")),
        ("new", unfinished("new")),
        ("new fox.png", unfinished("new")),
        ("new ftp://example.com/fox.png", unfinished("new")),
        (f"add {FOX} to Felix", Add("Felix", (FOX,))),
        (f"add {FOX} {BEAR} to Back to Basics", Add("Back to Basics", (FOX, BEAR))),
        (f"add {FOX}", unfinished("add")),
        ("add to Felix", unfinished("add")),
        ("use Felix", Use("Felix")),
        ("use None", Use(None)),
        ('use "none"', Use("none")),
        ("use", unfinished("use")),
        ("rename Felix to Rex", Rename("Felix", "Rex")),
        ("rename Felix to", unfinished("rename")),
        ("rename Felix", unfinished("rename")),
        ("rename A to B to C", Refused(WHICH_NAME)),
        ('rename A to "B to C"', Rename("A", "B to C")),
        ('rename "A to B" to C', Rename("A to B", "C")),
        ("rename O'Neil to Rex", Rename("O'Neil", "Rex")),
        ("settings", Simple.SETTINGS),
        ("Status", Simple.STATUS),
        ("forget me", Simple.FORGET_ME),
        ("Forget ME", Simple.FORGET_ME),
        ("forget Felix", unfinished("forget")),
        ("ignore me", NoticeMe(False)),
        ("notice me", NoticeMe(True)),
        ("notice", unfinished("notice")),
        ("export", Export()),
        ("export everything", Export()),
        ("export review Felix the Fox", Export("Felix the Fox")),
        ('export REVIEW "Felix"', Export("Felix")),
        ("export review", unfinished("export review")),
        (f'new {FOX} name ""', Refused(NO_NAME)),
        (f"new {FOX} name {'x' * 81}", Refused(TOO_LONG_NAME)),
        ('rename Felix to ""', Refused(NO_NAME)),
        (f"rename Felix to {'x' * 81}", Refused(TOO_LONG_NAME)),
        (f"rename {'x' * 81} to Felix", Rename("x" * 81, "Felix")),
        (" show\u00a0Felix\u2003the\u3000Fox ", Show("Felix the Fox")),
        ("show\t\u200bFe\u200blix\n", Show("Felix")),
        (f"add\u00a0<{FOX}>\u202fto\u00a0Felix", Add("Felix", (FOX,))),
        ("lsit", Help("There is no command “lsit”. Did you mean list?", "list")),
        ("xyzzy", Help("There is no command “xyzzy”. These are all:")),
    ],
)
def test_what_is_asked_for(text: str, command: Command) -> None:
    assert read_command(text) == command


@pytest.mark.parametrize(
    ("text", "review"),
    [
        ("review", Review()),
        ("Review  ", Review()),
        ("review Felix the Fox", Review("Felix the Fox")),
        ("review Felix <@U1|ana> <@U2> by friday", Review("Felix", ("U1", "U2"), "friday")),
        (
            "review Felix <@U1|ana>, <@U2> and <@U1> by Dec 1, 10:00",
            Review("Felix", ("U1", "U2"), "Dec 1, 10:00"),
        ),
        ("review Felix by friday 3pm <@U1>, and <@U2>", Review("Felix", ("U1", "U2"), "friday 3pm")),
        ("review <@U1> Felix by friday", Review("Felix", ("U1",), "friday")),
        ("review Felix by <@U1> by friday", Review("Felix", ("U1",), "friday")),
        ("review <@U1> by friday", Review(None, ("U1",), "friday")),
        ("review by friday", Review(None, (), "friday")),
        ("review <@U1>", Review(None, ("U1",))),
        ("review Felix <!subteam^S1|@designers> <!subteam^s2>", Review("Felix", groups=("S1", "S2"))),
        (
            "review Felix <!subteam^S1> in 3 days",
            Review("Felix", (), "in 3 days", ("S1",), "Felix in 3 days"),
        ),
        ("review Felix <@U1> tomorrow", Review("Felix", ("U1",), "tomorrow", whole="Felix tomorrow")),
        ("review Felix <@U1>, until\u00a0friday.", Review("Felix", ("U1",), "friday")),
        ("review <@U1> before dec 1", Review(None, ("U1",), "dec 1")),
        (
            "review Felix <@U1> due by the day after tomorrow",
            Review("Felix", ("U1",), "the day after tomorrow"),
        ),
        ("review Felix <@U1> March Hare", Review("Felix March Hare", ("U1",))),
        ("review Felix until friday <@U1>", Review("Felix", ("U1",), "friday")),
        ("review in 3 days", Review(None, due="in 3 days", whole="in 3 days")),
        ("review Felix in 3 days", Review("Felix", due="in 3 days", whole="Felix in 3 days")),
        ("review Black Friday", Review("Black", due="Friday", whole="Black Friday")),
        ("review Felix by freitag", Review("Felix", due="freitag", whole="Felix by freitag")),
        ("review Felix by 31.12.", Review("Felix", due="31.12", whole="Felix by 31.12.")),
        ("review Stand by Me by friday", Review("Stand by Me", due="friday")),
        ("review Stand by Me", Review("Stand", due="Me", whole="Stand by Me")),
        ("review Felix by someday", Review("Felix", due="someday", whole="Felix by someday")),
        ("review Felix by whatever", Review("Felix", due="whatever", whole="Felix by whatever")),
        ("review Felix by 2020-01-01", Review("Felix", due="2020-01-01")),
        ("review Salt and Pepper and <@U1>", Review("Salt and Pepper", ("U1",))),
        ('review "Fox by friday"', Review("Fox by friday")),
        ('review "Fox by friday" by monday <@U1>', Review("Fox by friday", ("U1",), "monday")),
        ("review “Fox for @anna” <@U1>", Review("Fox for @anna", ("U1",))),
        ('review "Fox for <@U2|ben>" <@U1>', Review("Fox for @ben", ("U1",))),
        ("review C&amp;A &lt;b&gt; <@U1>", Review("C&A <b>", ("U1",))),
        ("review Felix &lt;@U1|ana&gt;", Review("Felix <@U1|ana>")),
        ("review fox@home.org", Review("fox@home.org")),
        ("review <mailto:fox@home.org|fox@home.org> by noon", Review("fox@home.org", due="noon")),
        ("review Felix @ 5", Review("Felix @ 5")),
    ],
)
def test_a_review_is_asked_for(text: str, review: Review) -> None:
    assert read_command(text) == review


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("rename <@U1|ana> to x", Rename("@ana", "x")),
        ("rename Felix to <@U1>", Rename("Felix", "<@U1>")),
        ("show <#C1|art> fox", Show("#art fox")),
        ("show <#C1|>", Show("<#C1|>")),
        ("use <!subteam^S1|@designers>", Use("@designers")),
        ("list C&amp;A", ListMascots("C&A")),
        ("list <http://masko.ai|masko.ai>", ListMascots("masko.ai")),
        ("show <mailto:a@b.org>", Show("a@b.org")),
        ("rename <https://a.org> to <http://b.org|b.org>", Rename("https://a.org", "b.org")),
        (f"new <{FOX}> <{BEAR.replace('&', '&amp;')}>, <{FOX}|example.com/fox.png>", New(links=(FOX, BEAR))),
        (f"new <{FOX}> name <@U1|ana> &amp; co", New("@ana & co", (FOX,))),
        (f"new <{FOX}> name <http://masko.ai|masko.ai>", New("masko.ai", (FOX,))),
        (f"add <{FOX}> to <#C1|art>", Add("#art", (FOX,))),
        ("<@U1|ana>", Help("There is no command “@ana”. These are all:")),
    ],
)
def test_slacks_tokens_are_what_was_typed(text: str, command: Command) -> None:
    assert read_command(text) == command


@given(st.text())
def test_a_command_survives_its_journey_through_a_job(text: str) -> None:
    for words in ("rename a to ", "new http://a.org/b.png name ", "review <@U1> ", "show ", "notice me"):
        command = read_command(words + text)
        assert from_json(json.loads(json.dumps(as_json(command)))) == command


def test_more_words_than_are_read_are_refused() -> None:
    assert read_command("show " + "x" * (LONGEST - 5)) == Show("x" * (LONGEST - 5))
    assert read_command("show " + "x" * (LONGEST - 4)) == Refused(TOO_LONG)


@pytest.mark.parametrize("command", USAGE)
def test_every_example_is_understood(command: str) -> None:
    _, example, _ = USAGE[command]
    read = read_command(example)
    assert read == Help() if command == "help" else not isinstance(read, Help)


@given(st.text())
def test_nothing_that_is_typed_breaks_it(text: str) -> None:
    assert read_command(text) is not None


QUOTED = """"{}" “{}” „{}“ „{}” ”{}” «{}» »{}« »{}» «\u00a0{}\u00a0» ‹{}› ›{}‹ '{}' ‘{}’ ‚{}‘ `{}` ❝{}❞
「{}」 『{}』 《{}》 〈{}〉 〝{}〟 ＂{}＂"""


@pytest.mark.parametrize("quoted", re.split("[ \n]", QUOTED))
def test_quotes_of_every_language_are_no_part_of_a_name(quoted: str) -> None:
    name = quoted.format("A to B")
    assert read_command(f"show {name}") == Show("A to B")
    assert read_command(f"rename \u200b{name}\u200b to {name}") == Rename("A to B", "A to B")
    assert read_command(f"review {name} <@U1>") == Review("A to B", ("U1",))


@pytest.mark.parametrize(
    ("who", "told"),
    [
        ("@anna, @b.en.", "I can't ask @anna, @b.en."),
        ("@anna @anna", "I can't ask @anna."),
        ("<!here>", "I can't ask @here."),
        ("<!channel|channel> <@U1>", "I can't ask @channel."),
        ("@everyone", "I can't ask @everyone."),
        ("<#C1|art>", "I can't ask #art."),
        ("<#C1> @anna", "I can't ask a channel, @anna."),
    ],
)
def test_who_cannot_be_asked_is_told_so(who: str, told: str) -> None:
    refused = read_command(f"review Felix {who} by friday")
    assert isinstance(refused, Refused)
    assert refused.words.startswith(f"Nobody was asked. {told} Choose people or a user group")
    assert read_mention(f"review {who} by friday") == refused


NO_DATES = """by freitag|by whatever|in 3 tagen|in 2 months|3 days|31.12|12/1|by 15h|by firday|by may|asap
next month|end of month|by the weekend|yesterday"""


@pytest.mark.parametrize("words", re.split("[|\n]", NO_DATES))
def test_what_is_meant_as_a_date_is_none_of_a_name(words: str) -> None:
    due = words.removeprefix("by ")
    whole = f"Felix {words}"
    assert read_command(f"review Felix <@U1> {words}") == Review("Felix", ("U1",), due, whole=whole)
    assert read_mention(f"review <@U1> {words}") == Review(None, ("U1",), due)
    assert read_mention(f"please review it {words}!") == Review(due=due)


@pytest.mark.parametrize(
    "words",
    ["looks great", "friday is a fox", "5", "mayor", "Felix", "sun hat", "for ana", "freitag", "bis mañana"],
)
def test_other_words_are_not_taken_for_a_date(words: str) -> None:
    assert read_command(f"review <@U1> {words}") == Review(words, ("U1",))
    assert isinstance(read_mention(f"review <@U1> {words}"), Talk)
