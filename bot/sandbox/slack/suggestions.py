"""Options that an external select asks the bot for (docs.slack.dev: block_suggestion payload)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.sandbox.slack.asking import Asker
from bot.sandbox.slack.blockkit import Surroundings, check_options, elements_of
from bot.sandbox.slack.directory import Person

Json = dict[str, Any]

_EXTERNAL = frozenset({"external_select", "multi_external_select"})
FEWEST_TYPED = 3
"""Characters before a client asks, unless `min_query_length` says otherwise (docs.slack.dev: select menu)."""


class NoOptions(Exception):
    """The bot did not answer in time, or not with options: the menu shows an error."""


class Suggestions:
    """Asks for the options of a menu."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker

    async def ask(
        self,
        person: Person,
        blocks: list[Json],
        place: Json,
        action_id: str,
        block_id: str | None,
        value: str,
    ) -> Json:
        """The bot's `{"options": […]}` or `{"option_groups": […]}` for what was typed so far.

        Args:
            place: what the payload says of where the menu stands: `container` and `view` or `message`.

        Raises:
            LookupError: there is no such menu.
            NoOptions: the bot failed to answer.
        """
        block, menu = _menu(blocks, action_id, block_id)
        if len(value) < menu.get("min_query_length", FEWEST_TYPED):
            return {"options": []}
        asked = {"action_id": action_id, "block_id": block["block_id"], "value": value}
        delivery = await self._asker.ask("block_suggestion", person, place | asked)
        if not delivery.acknowledged:
            raise NoOptions("not acknowledged in time")
        answer = delivery.response
        if problems := check_options(answer, Surroundings("modal")):
            words = f"the answer to block_suggestion is refused: {problems[0]}"
            self._asker.found("block_suggestion", words, answer)
            raise NoOptions(words)
        name = "option_groups" if "option_groups" in answer else "options"
        return {name: answer[name]}


def _menu(blocks: list[Json], action_id: str, block_id: str | None) -> tuple[Json, Mapping[str, Any]]:
    for block in blocks:
        for _, element in elements_of(block):
            if (
                element["type"] in _EXTERNAL
                and element.get("action_id") == action_id
                and block_id in (None, block["block_id"])
            ):
                return block, element
    raise LookupError(f"no menu with action_id {action_id!r} that asks for its options")
