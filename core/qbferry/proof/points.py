"""The points at which something dies: found in a run without faults, and what happens at each."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qbferry.proof.server import AFTER_COMMIT, BEFORE_COMMIT, BEFORE_REPLY, Trap
from qbferry.simulator import Fault, Faults

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from qbferry.proof.bench import Bench

__all__ = ["CLASSES", "Baseline", "Class", "Point", "baseline", "points"]

BACKUP = "backup.sqlite3"


@dataclass(frozen=True, slots=True)
class Baseline:
    """What happens in the run of the scenario when nothing goes wrong.

    Attributes:
        commits: Of the server.
        replies: Of the server.
        calls: Of the Web Connector, by name, in order.
        messages: Message sets QuickBooks was given.
        requests: Requests in them.
    """

    commits: int
    replies: int
    calls: tuple[str, ...]
    messages: int
    requests: int


@dataclass(frozen=True, slots=True)
class Class:
    """A way to die.

    Attributes:
        name: ``server.before-commit``.
        what: In words.
        count: At how many points of a run it can happen.
        act: Makes the run in which it happens at the nth of them.
    """

    name: str
    what: str
    count: Callable[[Baseline], int]
    act: Callable[[Bench, int], None]


@dataclass(frozen=True, slots=True, order=True)
class Point:
    """One crash: a class and which of its points, from 1."""

    name: str
    nth: int

    def __str__(self) -> str:
        return f"{self.name}:{self.nth}"


class _Counting(Faults):
    """A plan without faults that counts the points passed."""

    def __init__(self) -> None:
        super().__init__()
        self.passed: Counter[str] = Counter()

    def hit(self, point: str, request: str = "") -> list[Fault]:
        self.passed[point] += 1
        return super().hit(point, request)


def baseline(bench: Bench) -> Baseline:
    """Make the scenario's run without faults, and count."""
    server, plan = bench.serve(), _Counting()
    before = server.passed()
    report = bench.run(server, plan=plan)
    passed = server.passed() - before
    return Baseline(
        commits=passed[BEFORE_COMMIT],
        replies=passed[BEFORE_REPLY],
        calls=tuple(call.operation for call in report.calls),
        messages=report.message_sets,
        requests=plan.passed["request"],
    )


def points(found: Baseline) -> Iterator[Point]:
    """Every point of a run."""
    for one in CLASSES:
        yield from (Point(one.name, nth) for nth in range(1, one.count(found) + 1))


# -- What happens


def _server(moment: str) -> Callable[[Bench, int], None]:
    def act(bench: Bench, nth: int) -> None:
        bench.run(bench.serve(Trap(moment, nth)))

    return act


def _fault(at: str, do: str) -> Callable[[Bench, int], None]:
    def act(bench: Bench, nth: int) -> None:
        bench.run(bench.serve(), Fault(at=at, do=do, nth=nth))

    return act


def _kill(at: str) -> Callable[[Bench, int], None]:
    def act(bench: Bench, nth: int) -> None:
        bench.run_and_die(bench.serve(), Fault(at=at, do="kill", nth=nth))

    return act


def _calls(found: Baseline) -> int:
    return len(found.calls)


def _messages(found: Baseline) -> int:
    return found.messages


def _requests(found: Baseline) -> int:
    return found.requests


CLASSES: tuple[Class, ...] = (
    Class(
        "server.before-commit",
        "the server is killed before a commit",
        lambda found: found.commits,
        _server(BEFORE_COMMIT),
    ),
    Class(
        "server.after-commit",
        "the server is killed after a commit",
        lambda found: found.commits,
        _server(AFTER_COMMIT),
    ),
    Class(
        "server.before-reply",
        "the server is killed before a reply",
        lambda found: found.replies,
        _server(BEFORE_REPLY),
    ),
    Class("wire.before-call", "the connection is cut before a call", _calls, _fault("before any", "cut")),
    Class(
        "wire.reply-lost", "the server did its work, the reply is lost", _calls, _fault("reply any", "cut")
    ),
    Class(
        "wire.answer-lost",
        "QuickBooks executed the message, the connection is cut before its answer leaves",
        _messages,
        _fault("before receiveResponseXML", "cut"),
    ),
    Class("connector.before-call", "the Web Connector is killed before a call", _calls, _kill("before any")),
    Class("connector.after-call", "the Web Connector is killed after a call", _calls, _kill("after any")),
    Class(
        "connector.before-work",
        "the Web Connector is killed before QuickBooks gets a message",
        _messages,
        _kill("before process"),
    ),
    Class(
        "connector.after-work",
        "the Web Connector is killed when QuickBooks has executed a message",
        _messages,
        _kill("after process"),
    ),
    Class(
        "connector.at-request",
        "Web Connector and QuickBooks are killed at a request",
        _requests,
        _kill("request"),
    ),
)
