"""The points at which something dies: found in a run without faults, and what happens at each."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qbferry.proof import ways
from qbferry.proof.server import AFTER_COMMIT, BEFORE_COMMIT, BEFORE_REPLY
from qbferry.simulator import Fault, Faults

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from qbferry.proof.bench import Bench

__all__ = ["CLASSES", "Baseline", "Class", "Point", "baseline", "points"]


@dataclass(frozen=True, slots=True)
class Baseline:
    """What happens in the run of the scenario when nothing goes wrong.

    Attributes:
        database: What kind of database is used.
        commits: Of the server.
        replies: Of the server.
        calls: Of the Web Connector, by name, in order.
        messages: Message sets QuickBooks was given.
        requests: Requests in them.
    """

    database: str
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
        what: In words, after what the name begins with.
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
        database=bench.world.databases.name,
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


def _once(_: Baseline) -> int:
    return 1


def _calls(found: Baseline) -> int:
    return len(found.calls)


def _commits(found: Baseline) -> int:
    return found.commits


def _half_the_commits(found: Baseline) -> int:
    return found.commits // 2


def _messages(found: Baseline) -> int:
    return found.messages


def _replies(found: Baseline) -> int:
    return found.replies


def _requests(found: Baseline) -> int:
    return found.requests


def _calls_of_postgresql(found: Baseline) -> int:
    return len(found.calls) if found.database == "postgresql" else 0


ANSWER = "before receiveResponseXML"

CLASSES: tuple[Class, ...] = (
    Class("server.before-commit", "killed before a commit", _commits, ways.server_dies(BEFORE_COMMIT)),
    Class("server.after-commit", "killed after a commit", _commits, ways.server_dies(AFTER_COMMIT)),
    Class("server.before-reply", "killed before a reply", _replies, ways.server_dies(BEFORE_REPLY)),
    Class("servers.in-turns", "two servers answer in turns", _once, ways.two_servers),
    Class("servers.one-dies", "one of two is killed", _half_the_commits, ways.one_of_two_dies),
    Class("wire.before-call", "cut before a call", _calls, ways.fault("before any", "cut")),
    Class("wire.sent", "cut when a call was sent", _calls, ways.fault("sent any", "cut")),
    Class("wire.reply-lost", "cut before the reply is read", _calls, ways.fault("reply any", "cut")),
    Class("wire.answer-lost", "cut when QuickBooks has executed", _messages, ways.fault(ANSWER, "cut")),
    Class("connector.before-call", "killed before a call", _calls, ways.connector_dies("before any")),
    Class("connector.after-call", "killed after a call", _calls, ways.connector_dies("after any")),
    Class(
        "connector.before-work", "killed before a message", _messages, ways.connector_dies("before process")
    ),
    Class("connector.after-work", "killed after a message", _messages, ways.connector_dies("after process")),
    Class("connector.at-request", "killed with QuickBooks", _requests, ways.connector_dies("request")),
    Class("connector.vanishes", "the run is never closed", _messages, ways.never_closed),
    Class("quickbooks.not-opened", "it cannot be opened", _once, ways.fault("open", "hresult", times=4)),
    Class("quickbooks.closed", "closed before a message", _messages, ways.fault("before process", "close")),
    Class("quickbooks.dies", "dies inside a message", _requests, ways.fault("request", "die")),
    Class("quickbooks.error", "executes, gives an error", _messages, ways.fault("after process", "hresult")),
    Class(
        "quickbooks.restored-unanswered",
        "a backup comes back before the answer",
        _messages,
        ways.restored(ANSWER, cut=True),
    ),
    Class(
        "quickbooks.restored",
        "a backup comes back after the answer",
        _messages,
        ways.restored("after receiveResponseXML", cut=False),
    ),
    Class("second.takes-over", "a second one runs", _calls, ways.second_connector("before any", 0)),
    Class("second.is-busy", "a second one must wait", _calls, ways.second_connector("before any", ways.BUSY)),
    Class(
        "second.at-work",
        "a second one must wait",
        _messages,
        ways.second_connector("before process", ways.BUSY),
    ),
    Class("second.in-turns", "two call in turns", _calls, ways.both_in_turns),
    Class("database.locked", "locked from a call on", _calls, ways.database_fails(gone=False)),
    Class("database.gone", "gone from a call on", _calls_of_postgresql, ways.database_fails(gone=True)),
)
"""Every way to die, in the order of the report."""
