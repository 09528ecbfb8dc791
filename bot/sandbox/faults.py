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

`bot.sandbox.injection` does it to a request.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
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
        source: the page or thread that tells of it.
    """

    name: str
    imitates: str
    effect: bool
    reply: Reply
    source: str

    @property
    def unheard(self) -> bool:
        """Whether the service never hears of the call."""
        return not self.effect and not isinstance(self.reply, Own)

    def refuse(self) -> None:
        """Raise the service's own error, where that is the fault."""
        if isinstance(self.reply, Own):
            raise self.reply.error()


def refused(name: str, error: Callable[[], Exception], imitates: str, source: str) -> Fault:
    """The service says no, in its own form."""
    return Fault(name, imitates, False, Own(error), source)


def empty_500() -> Fault:
    """500 with an empty body."""
    return Fault(
        "500 with an empty body", "a server that fell over", False, Given(500), "RFC 9110, section 15.6.1"
    )


def proxy_page() -> Fault:
    """502 with a proxy's HTML page."""
    page = Given(502, _PROXY_PAGE, "text/html")
    return Fault(
        "502 with a page of HTML", "a proxy whose server is away", False, page, "RFC 9110, section 15.6.3"
    )


def proxy_silence() -> Fault:
    """503 with an empty body."""
    return Fault(
        "503 with an empty body",
        "a load balancer with nobody behind it",
        False,
        Given(503),
        "RFC 9110, section 15.6.4",
    )


def dropped() -> Fault:
    """The connection is closed before anything happened."""
    return Fault(
        "connection dropped before any effect",
        "a server that restarts",
        False,
        Cut(),
        "RFC 9112, section 9.5",
    )


def reset() -> Fault:
    """The connection is reset before anything happened."""
    return Fault(
        "connection reset before any effect",
        "a firewall that forgot us",
        False,
        Cut(rude=True),
        "RFC 9293, section 3.5.3",
    )


def silence() -> Fault:
    """No answer for as long as the caller waits, and nothing is done."""
    return Fault(
        "nothing done, and no answer ever",
        "a network that swallows packets",
        False,
        Silence(),
        "RFC 9293, section 3.8.3",
    )


def answer_lost() -> Fault:
    """The call takes effect; its answer never arrives."""
    return Fault(
        "done, but the answer was lost",
        "a connection lost on the way back",
        True,
        Cut(),
        "RFC 9110, section 9.2.2: no retry of what is not idempotent",
    )


def done_in_silence() -> Fault:
    """The call takes effect; no answer comes for as long as the caller waits."""
    return Fault(
        "done, but no answer ever",
        "a server that hangs after its commit",
        True,
        Silence(),
        "RFC 9110, section 9.2.2: no retry of what is not idempotent",
    )


def cut_short() -> Fault:
    """The call takes effect; half of its answer arrives."""
    return Fault(
        "done, and half of the answer",
        "a connection lost within the body",
        True,
        Cut(0.5),
        "RFC 9112, section 8: incomplete messages",
    )


def drip(seconds: float = 0.3) -> Fault:
    """The call takes effect; its answer comes byte by byte, `seconds` apart."""
    return Fault(
        "done, and a byte now and then",
        "a line that is all but dead",
        True,
        Drip(seconds),
        "RFC 9112, section 8: incomplete messages",
    )


def delay(seconds: float = 5) -> Fault:
    """Slow, then as usual."""
    return Fault(f"{seconds:g} s late", "a busy server", True, Late(seconds), "RFC 9110, section 15.6.5")


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
class Armed:
    """A fault that was added, and what became of it.

    Attributes:
        id: from 1, in the order of adding.
        operation: which calls it is for.
        left: how many of them it still strikes; None: every one.
        struck: how many it has struck.
    """

    id: int
    operation: str
    fault: Fault
    left: int | None
    struck: int = 0

    @property
    def over(self) -> bool:
        """Whether it strikes nothing any more."""
        return self.left == 0


class Faults:
    """The faults that wait for their call, first come first served per operation.

    Attributes:
        struck: how often a fault struck each operation.
        on_change: called when a fault was added, struck or was cleared.
    """

    def __init__(self) -> None:
        self.struck: Counter[str] = Counter()
        self.on_change: Callable[[], None] = _nobody_asks
        self._armed: list[Armed] = []
        self._count = 0

    @property
    def armed(self) -> list[Armed]:
        """Every fault since the last clearing, used up or not, oldest first."""
        return list(self._armed)

    def add(self, operation: str, fault: Fault, times: int | None = 1) -> None:
        """Let the next `times` calls of `operation` go wrong like this.

        Args:
            operation: as the service names its calls; `*` stands for any.
            fault: what happens.
            times: None for every call until `clear`.
        """
        if times is None or times > 0:
            self._count += 1
            self._armed.append(Armed(self._count, operation, fault, times))
            self.on_change()

    def take(self, operation: str) -> Fault | None:
        """The fault for a call that arrives now, used up; None when it should go well."""
        for name in (operation, ANY):
            for armed in self._armed:
                if armed.operation == name and not armed.over:
                    return self._strike(armed, operation)
        return None

    def waiting(self) -> dict[str, list[str]]:
        """The names of the faults still to come, by operation."""
        found: dict[str, list[str]] = {}
        for armed in self._armed:
            if not armed.over:
                found.setdefault(armed.operation, []).extend(_names(armed))
        return found

    def clear(self, operation: str | None = None, *, id: int | None = None) -> None:
        """Let everything go well again, or one operation, or what the fault of this id is for."""
        self._armed = [
            armed
            for armed in self._armed
            if (operation is not None and armed.operation != operation) or (id is not None and armed.id != id)
        ]
        self.on_change()

    def _strike(self, armed: Armed, operation: str) -> Fault:
        armed.struck += 1
        self.struck[operation] += 1
        if armed.left is not None:
            armed.left -= 1
        self.on_change()
        return armed.fault


def _names(armed: Armed) -> list[str]:
    return [f"{armed.fault.name}, always"] if armed.left is None else [armed.fault.name] * armed.left


def _nobody_asks() -> None:
    """Nobody wants to hear of changes."""
