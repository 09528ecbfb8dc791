"""No text from Slack keeps the event loop: what reads it takes time that grows with its length, not faster.

What is timed is found by looking, not from memory: every regular expression that the program keeps, and every
public function that takes a text in the modules that read what people write.  One that is new and not timed
fails here.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import pytest

import bot
import handlers
from bot import text as invisible
from bot import text as naming
from bot.commands import grammar as commands
from bot.references import view as adding
from bot.review import due
from bot.review import view as reviews
from bot.slack import events, post_images, text, typed
from bot.slack import post_images as links
from bot.slack.forms import Unreadable

MOST = 40_000
"""Characters of a message (docs.slack.dev: chat.postMessage, text)."""
QUICK = 0.05
"""Seconds of work that nobody notices: less is not measured any closer, which keeps a busy machine green."""
TIMES_LONGER, TIMES_SLOWER = 4, 6

UNITS = r"""
@a "@a "a "a" “a “a” «a »a« 'a 'a' „a“ „a 「a `a ( < > << &lt; &amp; & <@U1 <@U1|a <@U1> <@U1|a> <#C1|a
<#C1> <!subteam^S1 <!subteam^S1|a> <!here> <http://a <http://a| <http://a.org/b.png> <https://a.org|a
<mailto:a| http://a http://a.org/b.png https://a.slack.com/files/U1/F1/a.png https://[ a. a.slack. - a- /
// .png %41 ? # by by_friday by_by by_friday_at until in_3_days tomorrow friday by_freitag and and_<@U1>
and_by to to_to name a_to_b please ,_please hey add_to call_it review review_it ask new show 1 1: 11.12. a
A aa . , ; : ! … * \ ß İ é
""".split()  # noqa: SIM905
"""What is repeated until the text is as long as it may be; `_` stands for a space."""
# fmt: off
INVISIBLE = (
    "\u200b", "\u200d", "\u202e", "\ufe0f", "👩\u200d", "👩\u200d👩", "\U0001f3f4\U000e0067", "\U000e0067",
    "\u0915\u094d\u200d", "\u0645\u200c", "\u845b\U000e0100", "\ud800", "\x00", "\u00a0", "\u3000", "\u2800",
    "\t", "\n", "\ufdfa", "e\u0301", "\u0301",
)
# fmt: on
_PLAIN = [unit.replace("_", " ") for unit in UNITS]
HOSTILE = sorted({" ", ", ", *INVISIBLE, *_PLAIN, *(f"{unit} " for unit in _PLAIN)})

NAMES = {"1": "Felix the Fox", "2": "a" * naming.MOST_NAME, "3": "ab " * 300}
NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
ASKS = (
    "",
    "show ",
    "list ",
    "new ",
    "new http://a.org/b.png name ",
    "add http://a.org/b.png to ",
    "use ",
    "rename ",
)
ALSO = (
    "rename a to ",
    "review ",
    "review a ",
    "review <@U1> ",
    "review a <@U1> by ",
    "export review ",
    "forget ",
)
SAYS = (
    "",
    "add to ",
    "call it ",
    "new called ",
    "show ",
    "review ",
    "review <@U1> ",
    "ask <@U1> ",
    "ask ",
    "please ",
)


def event(value: str) -> dict[str, Any]:
    file = {
        "id": "F1",
        "name": value,
        "title": value,
        "mimetype": value,
        "alt_txt": value,
        "url_private": value,
    }
    told = {
        "type": "message",
        "channel": value,
        "ts": "1.000001",
        "user": "U1",
        "text": value,
        "files": [file],
    }
    return {"event": told}


def shortcut(value: str) -> dict[str, object]:
    message = {"ts": "1.000001", "text": value, "attachments": [{"image_url": value}]}
    return {"message": message, "channel": {"id": "C1"}, "user": {"id": "U1"}}


def form(value: str) -> dict[str, object]:
    names = (adding.LINKS, adding.NAME, reviews.WORDS)
    fields = {each: {each: {"value": value}} for each in names}
    return {
        "state": {
            "values": {adding.FILES: {adding.FILES: {}}, adding.CHANNEL: {adding.CHANNEL: {}}, **fields}
        }
    }


def after(beginning: str, read: Callable[[str], object]) -> Callable[[str], object]:
    return lambda said: read(beginning + said)


def refusing(read: Callable[[str], object]) -> Callable[[str], object]:
    """What takes no longer text than Slack's fields hold."""

    def tried(said: str) -> None:
        with suppress(Unreadable):
            read(said)

    return tried


TIMED: dict[str, Callable[[str], object]] = {
    **{f"read_command {asks}": after(asks, commands.read_command) for asks in (*ASKS, *ALSO)},
    **{f"read_mention {says}": after(says, commands.read_mention) for says in SAYS},
    "words_beside": lambda said: commands.words_beside(said, "U0BOT"),
    "read_links": typed.read_links,
    "read_people": typed.read_people,
    "outside_quotes": lambda said: list(typed.outside_quotes(said, re.finditer("a", said))),
    "unquoted": typed.unquoted,
    "named": typed.named,
    "as_typed": typed.as_typed,
    "unescaped": typed.unescaped,
    "visible": invisible.visible,
    "short": naming.short,
    "short_name": naming.short_name,
    "tidy_name": naming.tidy_name,
    "wrong_with": naming.wrong_with,
    "match": lambda said: naming.match(said, NAMES | {"4": said}),
    "containing": lambda said: naming.containing(said, NAMES | {"4": said}),
    "suggested": lambda said: naming.suggested(said, NAMES | {"4": said}),
    "nearest_word": lambda said: naming.nearest_word(said, commands.USAGE),
    "folded": naming.folded,
    "read_due": lambda said: due.read_due(said, NOW, UTC),
    "read_end": due.read_end,
    "unknown_people": lambda said: due.unknown_people([said]),
    "is_due": due.is_due,
    "picture_links": lambda said: list(links.picture_links(said)),
    "is_picture": links.is_picture,
    "is_public": links.is_public,
    "is_slacks": links.is_slacks,
    "beside_links": links.beside_links,
    "from_form": lambda said: post_images.from_form(event(said)["event"]["files"][0]),
    "from_slack_link": post_images.from_slack_link,
    "is_seen": lambda said: post_images.is_seen({"channels": [said], "user": said}, said, "U1"),
    "name_of": lambda said: links.name_of(said) if links.is_public(said) else None,
    "read_origin": links.read_origin,
    "may_see_token": lambda said: links.may_see_token(said, said),
    "read_post": lambda said: events.read_post(event(said), team="T1"),
    "read_deletion": lambda said: events.read_deletion(event(said), team="T1"),
    "read_shortcut": lambda said: events.read_shortcut(shortcut(said), team="T1"),
    "from_link": lambda said: post_images.from_link(said) if links.is_public(said) else None,
    "from_file_info": lambda said: post_images.from_file_info(event(said)["event"]["files"][0]),
    "name_of_file": lambda said: post_images.name_of_file({"name": said}, fallback=said),
    "clean": text.clean,
    "one_line": text.one_line,
    "length": text.length,
    "shorten": lambda said: text.shorten(said, 80),
    "shorten_markup": lambda said: text.shorten_markup(said, 2900),
    "pieces": lambda said: text.pieces(said, 2900),
    "plain": text.plain,
    "escape": text.escape,
    "read_new_form": refusing(lambda said: adding.read_new_form(form(said))),
    "entered": refusing(lambda said: reviews.entered(form(said), answer=True)),
}
READERS = (commands, typed, naming, due, links, events, post_images, text)
# Read what was read before, as other readers do, or are given what is short already.
NO_TEXT_OF_PEOPLE = {"text_of", "from_json", "unfinished", "read_thread", "listed", "short", "short_name"}


def modules() -> Iterator[ModuleType]:
    for package in (bot, handlers):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not found.name.startswith(("bot.sandbox", "bot.db.migrations")) and not found.name.endswith(
                "__main__"
            ):
                yield importlib.import_module(found.name)


def patterns() -> dict[str, tuple[re.Pattern[str], bool]]:
    """Every regular expression of texts that a module keeps, alone or in a tuple, and whether it is sought
    anywhere in a text, rather than at its beginning."""
    found = {}
    for module in modules():
        for name, value in vars(module).items():
            for number, each in enumerate(value if isinstance(value, tuple) else (value,)):
                if isinstance(each, re.Pattern) and isinstance(each.pattern, str):
                    used = re.search(
                        rf"\b{name}\.(sub|search|finditer|findall|split)\b", inspect.getsource(module)
                    )
                    found[f"{module.__name__}.{name}.{number}"] = (each, used is not None)
    return found


def seconds(work: Callable[[str], object], said: str) -> float:
    """Of this thread's own work, as little as it can be."""
    least = float("inf")
    for _ in range(3):
        start = time.thread_time()
        work(said)
        least = min(least, time.thread_time() - start)
        if least <= QUICK:
            break
    return least


def slow(work: Callable[[str], object], most: int) -> str | None:
    """A unit whose repetition makes work grow faster than their number."""
    for unit in HOSTILE:
        said, before = (unit * most)[:most], float("inf")
        for part in (TIMES_LONGER**2, TIMES_LONGER, 1):
            now = seconds(work, said[: most // part])
            if now > max(QUICK, TIMES_SLOWER * before):
                return f"{unit!r}: {now:.2f} s for {most // part} characters, {before:.2f} s for a quarter"
            before = now
    return None


@pytest.mark.parametrize("name", TIMED)
def test_what_reads_a_text_takes_time_by_its_length(name: str) -> None:
    capped = name.startswith(("read_command", "read_mention"))  # whatever is longer is not read
    assert slow(TIMED[name], commands.LONGEST - 100 if capped else MOST) is None


@pytest.mark.parametrize("name", patterns())
def test_a_regular_expression_takes_time_by_the_length(name: str) -> None:
    pattern, anywhere = patterns()[name]
    assert slow(lambda said: pattern.sub("", said) if anywhere else pattern.fullmatch(said), MOST) is None


def test_everything_that_reads_a_text_is_timed() -> None:
    timed = {name.split()[0] for name in TIMED} | NO_TEXT_OF_PEOPLE
    for module in READERS:
        for name, function in inspect.getmembers(module, inspect.isfunction):
            takes_text = any(
                "str" in str(each.annotation) for each in inspect.signature(function).parameters.values()
            )
            if function.__module__ == module.__name__ and not name.startswith("_") and takes_text:
                assert name in timed, f"{module.__name__}.{name}"


def test_a_reader_that_is_too_slow_would_be_found() -> None:
    assert slow(lambda said: [said[start:].strip("b") for start in range(len(said))], 10_000) is not None
