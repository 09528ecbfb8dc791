"""What may go wrong with a call to either local service, and how it is made to.

    masko.faults.add("collections.create", faults.answer_lost())
    slack.faults.add("chat.postMessage", faults.silence(), times=None)

A fault answers two questions: does the call take effect, and what does the caller get?

    fault                          effect   the caller gets
    own refusals (429, 500 …)      no       the service's own error, in its own form
    empty_500, proxy_page,
    proxy_silence                  no       500, 502 with HTML, 503 with nothing
    dropped, reset                 no       a closed connection, in the polite and in the rude way
    silence                        no       nothing, for as long as it waits
    answer_lost                    yes      a closed connection
    done_in_silence                yes      nothing, for as long as it waits
    cut_short                      yes      half of the answer, then a closed connection
    drip                           yes      the headers, then a byte now and then
    delay                          yes      the answer, late

`bot.sandbox.befalling` does it to a request.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

ANY = "*"

_PROXY_PAGE = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


@dataclass(frozen=True)
class Own:
    """The service refuses in its own form; `error` makes the exception that it answers."""

    error: Callable[[], Exception]


@dataclass(frozen=True)
class Given:
    """Somebody in front of the service answers this."""

    status: int
    text: str = ""
    content_type: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Cut:
    """The connection ends.

    Attributes:
        share: how much of the answer gets through before, from 0 to 1.
        rude: reset instead of closed.
    """

    share: float = 0.0
    rude: bool = False


@dataclass(frozen=True)
class Silence:
    """Nothing comes, until the caller hangs up."""


@dataclass(frozen=True)
class Drip:
    """The headers, then a byte every so many `seconds`."""

    seconds: float


@dataclass(frozen=True)
class Late:
    """Everything as usual, `seconds` later."""

    seconds: float


Reply = Own | Given | Cut | Silence | Drip | Late


@dataclass(frozen=True)
class Fault:
    """One call that goes wrong.

    Attributes:
        name: a few words for the inspector.
        imitates: what happens like this in life.
        effect: whether the call takes effect all the same.
        reply: what the caller gets.
    """

    name: str
    imitates: str
    effect: bool
    reply: Reply

    @property
    def unheard(self) -> bool:
        """Whether the service never hears of the call."""
        return not self.effect and not isinstance(self.reply, Own)

    def refuse(self) -> None:
        """Raise the service's own error, where that is the fault."""
        if isinstance(self.reply, Own):
            raise self.reply.error()


def refused(name: str, error: Callable[[], Exception], imitates: str) -> Fault:
    """The service says no, in its own form."""
    return Fault(name, imitates, False, Own(error))


def empty_500() -> Fault:
    """500 with an empty body."""
    return Fault("500 with an empty body", "a server that fell over", False, Given(500))


def proxy_page() -> Fault:
    """502 with a proxy's HTML page."""
    page = Given(502, _PROXY_PAGE, "text/html")
    return Fault("502 with a page of HTML", "a proxy whose server is away", False, page)


def proxy_silence() -> Fault:
    """503 with an empty body."""
    return Fault("503 with an empty body", "a load balancer with nobody behind it", False, Given(503))


def dropped() -> Fault:
    """The connection is closed before anything happened."""
    return Fault("connection dropped before any effect", "a server that restarts", False, Cut())


def reset() -> Fault:
    """The connection is reset before anything happened."""
    return Fault("connection reset before any effect", "a firewall that forgot us", False, Cut(rude=True))


def silence() -> Fault:
    """No answer for as long as the caller waits, and nothing is done."""
    return Fault("nothing done, and no answer ever", "a network that swallows packets", False, Silence())


def answer_lost() -> Fault:
    """The call takes effect; its answer never arrives."""
    return Fault("done, but the answer was lost", "a connection lost on the way back", True, Cut())


def done_in_silence() -> Fault:
    """The call takes effect; no answer comes for as long as the caller waits."""
    return Fault("done, but no answer ever", "a server that hangs after its commit", True, Silence())


def cut_short() -> Fault:
    """The call takes effect; half of its answer arrives."""
    return Fault("done, and half of the answer", "a connection lost within the body", True, Cut(0.5))


def drip(seconds: float = 0.3) -> Fault:
    """The call takes effect; its answer comes byte by byte, `seconds` apart."""
    return Fault("done, and a byte now and then", "a line that is all but dead", True, Drip(seconds))


def delay(seconds: float = 5) -> Fault:
    """Slow, then as usual."""
    return Fault(f"{seconds:g} s late", "a busy server", True, Late(seconds))


BY_NAME: Mapping[str, Callable[[], Fault]] = {
    make.__name__: make
    for make in (
        empty_500,
        proxy_page,
        proxy_silence,
        dropped,
        reset,
        silence,
        answer_lost,
        done_in_silence,
        cut_short,
        drip,
        delay,
    )
}
"""The faults that any service can have, by name; each service adds its own refusals."""


@dataclass
class _Expected:
    fault: Fault
    left: int | None  # None: for ever


class Faults:
    """The faults that wait for their call, first come first served per operation.

    Attributes:
        struck: how often a fault befell each operation.
    """

    def __init__(self) -> None:
        self.struck: Counter[str] = Counter()
        self._waiting: dict[str, deque[_Expected]] = {}

    def add(self, operation: str, fault: Fault, times: int | None = 1) -> None:
        """Let the next `times` calls of `operation` go wrong like this.

        Args:
            operation: as the service names its calls; `*` stands for any.
            fault: what happens.
            times: None for every call until `clear`.
        """
        if times is None or times > 0:
            self._waiting.setdefault(operation, deque()).append(_Expected(fault, times))

    def take(self, operation: str) -> Fault | None:
        """The fault for a call that arrives now, used up; None when it should go well."""
        for name in (operation, ANY):
            if waiting := self._waiting.get(name):
                self.struck[operation] += 1
                return _use_up(waiting)
        return None

    def waiting(self) -> dict[str, list[str]]:
        """The names of the faults still to come, by operation."""
        return {name: [*_names(queue)] for name, queue in self._waiting.items() if queue}

    def clear(self, operation: str | None = None) -> None:
        """Let everything, or one operation, go well again."""
        if operation is None:
            self._waiting.clear()
        else:
            self._waiting.pop(operation, None)


def _use_up(waiting: deque[_Expected]) -> Fault:
    expected = waiting[0]
    if expected.left is not None:
        expected.left -= 1
        if not expected.left:
            waiting.popleft()
    return expected.fault


def _names(waiting: deque[_Expected]) -> Iterator[str]:
    for expected in waiting:
        if expected.left is None:
            yield f"{expected.fault.name}, always"
        else:
            yield from [expected.fault.name] * expected.left
