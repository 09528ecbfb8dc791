"""A local Masko: the documented API on loopback, as strict as its pages allow, with nothing behind it.

server      the calls of `/v1` (`LocalMasko`)
middleware  what every call passes: key, limits, faults, the inspector
catalogue   projects, assets and collections, and the rules among them
records     one project, asset, collection
operations  every call: its path, what it may be told, what it answers
bodies      what a request may say
shapes      what an answer consists of, today's and yesterday's
answers     records in those shapes
openapi     the document that all this makes
refusals    every way to say no
limits      calls a minute and an hour
faults      what a test may make go wrong
pictures    bytes → a decoded picture, or the reason why not
links       pictures fetched by URL, from allowed origins alone
vision      a stand-in for Masko's vision: pixels, palette → facts → a name, and a prompt (prompts)
decoder     pictures and vision in processes that can be ended
"""

from bot.sandbox.masko.faults import Fault, Faults
from bot.sandbox.masko.limits import Limit
from bot.sandbox.masko.records import Asset, Collection, Project
from bot.sandbox.masko.server import SANDBOX_API_KEY, LocalMasko

__all__ = ["SANDBOX_API_KEY", "Asset", "Collection", "Fault", "Faults", "Limit", "LocalMasko", "Project"]
