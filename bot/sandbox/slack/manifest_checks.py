"""What in a manifest would not work, told when the sandbox starts."""

from __future__ import annotations

from collections.abc import Iterator

from bot.sandbox.slack.directory import App
from bot.sandbox.slack.event_kinds import KINDS


def manifest_findings(app: App) -> Iterator[tuple[str, str]]:
    """Pairs of what it is about and what is wrong with it.

    Slack asks for these scopes when an event or a command is added to an app
    (docs.slack.dev: Events API; implementing slash commands).
    """
    for name in sorted(app.events):
        kind = KINDS.get(name)
        if kind is None:
            yield name, f"the manifest subscribes to {name}, which the sandbox never sends"
        elif kind.scopes and not app.scopes.intersection(kind.scopes):
            yield name, f"the manifest subscribes to {name} without the scope {' or '.join(kind.scopes)}"
    if (app.commands or app.shortcuts) and "commands" not in app.scopes:
        yield "commands", "the manifest declares commands or shortcuts without the scope commands"
    if app.shortcuts and not app.interactivity:
        yield "shortcuts", "the manifest declares shortcuts without interactivity"
