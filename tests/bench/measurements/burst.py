"""A burst of posts without Masko's limit: at Slack's documented limits, and at a Slack that refuses nothing.

A card that takes the place of a placeholder needs one `chat.update`: of these the local Slack lets 50 through
at once, and 50 a minute (Tier 3), all channels together.
"""

from __future__ import annotations

from pathlib import Path
from statistics import median

from bot.sandbox.slack.rate_limits import TIERS
from tests.bench.figures import Figure, Plot, Result, Size, percentile
from tests.bench.measurements.acknowledgement import acknowledgements, post_all
from tests.bench.sides import LIMIT, Post, Side, both

UPDATES = TIERS[3]  # chat.update


async def measure(size: Size, folder: Path) -> Result:
    within = f"{size.posts} posts in {size.seconds:g} s"
    figures, lines = list[Figure](), dict[str, list[tuple[float, float]]]()
    async with both(folder) as sides:
        for slack, enforced in (("documented limits", True), ("no refusals", False)):
            here, afternoon = [await _burst(side, size, enforced) for side in sides]
            own, other = ([post.seconds for post in posts] for posts in (here, afternoon))
            least = max(LIMIT, (size.posts - UPDATES.burst) / UPDATES.per_second) if enforced else LIMIT
            half = f"{within}, half of the cards ({slack})"
            figures.append(Figure(half, "s", median(own), median(other), LIMIT))
            figures.append(Figure(f"{within}, last card ({slack})", "s", max(own), max(other), least))
            lines |= {f"here, {slack}": _arrived(here), f"afternoon bot, {slack}": _arrived(afternoon)}
        acks = [acknowledgements(here), acknowledgements(afternoon)]
    for percent in (50, 99):
        own_ack, other_ack = (percentile(each, percent) for each in acks)
        figures.append(Figure(f"Acknowledgement p{percent} then", "ms", own_ack, other_ack))
    title = f"{within}, without Masko's limit"
    return Result(figures, [Plot("burst", title, "Seconds from the first post", "Cards", lines)])


async def _burst(side: Side, size: Size, enforced: bool) -> list[Post]:
    """Return the posts, each with its card; of a fresh bot, which has not learned Slack's pace yet."""
    await side.start()
    await side.warm_up()
    side.slack.rate_limits.forget()
    side.slack.rate_limits.enforced = enforced
    posts = await post_all(side, size)
    await side.cards(timeout=240)
    await side.stop()
    return posts


def _arrived(posts: list[Post]) -> list[tuple[float, float]]:
    """Return (seconds from the first post, cards by then)."""
    cards = sorted(post.sent + post.seconds - posts[0].sent for post in posts)
    return [(at, count + 1.0) for count, at in enumerate(cards)]
