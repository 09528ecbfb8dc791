"""The faults on offer, by the names that people type: `masko.create=lost-answer`, `slack.post=429:3`.

    SERVICE.CALL=FAULT           the next such call
    SERVICE.CALL=FAULT:3         the next three
    SERVICE.CALL=FAULT:always    every one

Pure: what is named here is made in `bot.sandbox.faults` and the services' own `faults`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bot.sandbox import faults
from bot.sandbox.faults import Fault
from bot.sandbox.masko import faults as masko_faults
from bot.sandbox.slack import faults as slack_faults

Service = Literal["masko", "slack"]
Makers = Mapping[str, Callable[[], Fault]]

_WANTED = re.compile(
    r"(?P<service>[a-z]+)\.(?P<call>[\w.*-]+)=(?P<fault>[\w-]+)(:(?P<times>[1-9]\d{0,5}|always))?"
)

_NETWORK: Makers = {
    "slow": faults.delay,
    "lost-answer": faults.answer_lost,
    "timeout": faults.silence,
    "done-timeout": faults.done_in_silence,
    "500-empty": faults.empty_500,
    "502": faults.proxy_page,
    "503": faults.proxy_silence,
    "dropped": faults.dropped,
    "reset": faults.reset,
    "cut-short": faults.cut_short,
    "drip": faults.drip,
}

FAULTS: Mapping[Service, Makers] = {
    "masko": {
        "429": masko_faults.rate_limited,
        "500": masko_faults.internal_error,
        **_NETWORK,
        "401": masko_faults.unauthorized,
        "402": masko_faults.insufficient_credits,
        "403": masko_faults.forbidden,
        "404": masko_faults.not_found,
    },
    "slack": {"429": slack_faults.rate_limited, "500": slack_faults.internal_error, **_NETWORK},
}
"""Each service's faults, the most asked for first."""

_OF_FILES: Makers = {"429": slack_faults.busy_file_server, "500": faults.empty_500, **_NETWORK}
"""Where files are kept no JSON is spoken."""

CALLS: Mapping[Service, Mapping[str, str]] = {
    "masko": {
        "upload": "upload",
        "create": "collections.create",
        "reference": "references.add",
        "remove": "references.remove",
        "get": "collections.get",
        "list": "collections.list",
        "rename": "collections.update",
        "projects": "projects.list",
        "credits": "credits",
        "any": faults.ANY,
    },
    "slack": {
        "post": "chat.postMessage",
        "update": "chat.update",
        "whisper": "chat.postEphemeral",
        "download": slack_faults.DOWNLOAD,
        "file": "files.info",
        "replies": "conversations.replies",
        "view": "views.open",
        "home": "views.publish",
        "respond": slack_faults.RESPONSE_URL,
        "any": faults.ANY,
    },
}
"""Each service's calls by short names; their full names, such as `chat.update`, are taken as well."""


class UnknownFault(ValueError):
    """A fault that is not on offer; the message is one line and tells what is."""


@dataclass(frozen=True)
class Wanted:
    """A fault that somebody asked for.

    Attributes:
        operation: as the service names its calls.
        name: of the fault, as in `FAULTS`.
        times: how many calls it strikes; None: every one.
    """

    service: Service
    operation: str
    name: str
    times: int | None = 1

    def make(self) -> Fault:
        """The fault itself."""
        return faults_of(self.service, self.operation)[self.name]()

    def as_json(self) -> dict[str, Any]:
        """As the control API takes it."""
        return {
            "service": self.service,
            "operation": self.operation,
            "fault": self.name,
            "times": self.times,
        }

    def __str__(self) -> str:
        """As it is typed."""
        times = "" if self.times == 1 else f":{self.times or 'always'}"
        return f"{self.service}.{self.operation}={self.name}{times}"


def faults_of(service: Service, operation: str) -> Makers:
    """What can go wrong with an operation, by name."""
    files = (slack_faults.DOWNLOAD, slack_faults.UPLOAD)
    return _OF_FILES if service == "slack" and operation in files else FAULTS[service]


def wanted(text: str) -> Wanted:
    """The fault that a text such as `masko.create=lost-answer` asks for.

    Raises:
        UnknownFault: there is no such service, call or fault.
    """
    asked = _WANTED.fullmatch(text.strip())
    if asked is None:
        raise UnknownFault(f"{text!r} is not of the form SERVICE.CALL=FAULT, such as masko.create=429")
    times = {None: 1, "always": None}.get(asked["times"], 0)
    return chosen(
        asked["service"], asked["call"], asked["fault"], int(asked["times"]) if times == 0 else times
    )


def chosen(service: str, call: str, name: str, times: int | None = 1) -> Wanted:
    """The fault of this service, call (short or full name) and name.

    Raises:
        UnknownFault: there is no such service, call or fault.
    """
    for known in FAULTS:
        if known == service:
            operation = _operation(known, call)
            offered = faults_of(known, operation)
            if name not in offered:
                raise UnknownFault(f"{service}.{call} has no fault {name!r}; it has {', '.join(offered)}")
            return Wanted(known, operation, name, times)
    raise UnknownFault(f"{service}: the services are {' and '.join(FAULTS)}")


def name_of(service: Service, fault: Fault) -> str | None:
    """The name under which a fault is on offer; None for one that a test made by itself."""
    offered = (*FAULTS[service].items(), *_OF_FILES.items())
    return next((name for name, make in offered if make().name == fault.name), None)


def listed() -> list[dict[str, Any]]:
    """Everything on offer, for the control API: an entry for each service and fault, with what it strikes."""
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for service, calls in CALLS.items():
        for operation in calls.values():
            for name, make in faults_of(service, operation).items():
                fault = make()
                entry = {"service": service, "name": name, **told(fault), "operations": []}
                found.setdefault((service, name, fault.name), entry)["operations"].append(operation)
    order = [(service, name) for service, makers in FAULTS.items() for name in makers]
    return sorted(found.values(), key=lambda entry: order.index((entry["service"], entry["name"])))


def told(fault: Fault) -> dict[str, Any]:
    """What a fault is, in words."""
    return {"title": fault.name, "imitates": fault.imitates, "source": fault.source}


def as_text() -> str:
    """Everything on offer, for a terminal."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield "--fault SERVICE.CALL=FAULT[:TIMES], such as masko.create=lost-answer or slack.post=429:3;"
    yield "TIMES is a number, or always; once when not given"
    for service, makers in FAULTS.items():
        yield ""
        yield f"{service}.CALL  {' '.join(CALLS[service])}"
        for name, make in makers.items():
            fault = make()
            yield f"  {name:<14}{fault.name}: {fault.imitates}"


def _operation(service: Service, call: str) -> str:
    calls = CALLS[service]
    operation = calls.get(call, call)
    if operation not in calls.values():
        raise UnknownFault(f"{service} has no call {call!r}; it has {', '.join(calls)}")
    return operation
