"""Which thread an entry of the inspector is about, from what earlier entries named together."""

from __future__ import annotations

from bot.sandbox.tracing.handles import Named

MOST_HANDLES = 50_000


class Threads:
    """Learns from each entry, in order: what is named beside a thread belongs to it.

    The envelope of a post names its files; a download names the file and what its bytes are like; an upload
    to Masko those bytes and an asset; a creation the asset and the mascot; and so on. A thing that
    shows up in two threads belongs to the later one, until it shows up in the first again.
    """

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def tie(self, named: Named) -> str | None:
        """The thread of an entry that names this, `channel/ts` of its first message, if it has one."""
        known = (self._known[handle] for handle in named.handles if handle in self._known)
        place = named.place or next(known, None) or named.perhaps
        if place is not None:
            for handle in named.handles:
                self._learn(handle, place)
        return place

    def forget(self) -> None:
        """Start over."""
        self._known.clear()

    def _learn(self, handle: str, place: str) -> None:
        self._known.pop(handle, None)  # to the end: what was not heard of for longest goes first
        self._known[handle] = place
        if len(self._known) > MOST_HANDLES:
            del self._known[next(iter(self._known))]
