"""What happens at a point: each makes the run in which it happens at the nth place."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING

from qbferry.proof.relay import Relay
from qbferry.proof.server import AFTER_COMMIT, Trap
from qbferry.simulator import Fault, Faults

if TYPE_CHECKING:
    from collections.abc import Callable

    from qbferry.proof.bench import Bench
    from qbferry.proof.server import Server
    from qbferry.simulator.report import CallReport

__all__ = [
    "BUSY",
    "Interruption",
    "both_in_turns",
    "connector_dies",
    "database_fails",
    "fault",
    "never_closed",
    "one_of_two_dies",
    "restored",
    "second_connector",
    "server_dies",
    "two_servers",
]

BUSY = 120
"""Seconds a run must be silent before it may be taken over: longer than any trial."""


class Interruption(Faults):
    """A plan in which something else happens at one point, once."""

    def __init__(self, at: str, nth: int, action: Callable[[], object]) -> None:
        super().__init__([Fault(at=at, do="wait", seconds=0, nth=nth)])
        self._action = action

    def hit(self, point: str, request: str = "") -> list[Fault]:
        """Pass a point."""
        if super().hit(point, request):
            self._action()
        return []


def server_dies(moment: str) -> Callable[[Bench, int], None]:
    """The server is killed at a moment."""
    return lambda bench, nth: _discard(bench.run(bench.serve(Trap(moment, nth))))


def connector_dies(at: str) -> Callable[[Bench, int], None]:
    """The process of Web Connector and QuickBooks is killed at a point of the simulator."""
    return lambda bench, nth: bench.run_and_die(bench.serve(), Fault(at=at, do="kill", nth=nth))


def fault(at: str, do: str, times: int = 1) -> Callable[[Bench, int], None]:
    """A fault of the simulator."""
    return lambda bench, nth: _discard(bench.run(bench.serve(), Fault(at=at, do=do, nth=nth, times=times)))


def restored(back: str, *, cut: bool) -> Callable[[Bench, int], None]:
    """A backup is made before the nth message and comes back at a point; ``cut``: its answer is lost."""

    def way(bench: Bench, nth: int) -> None:
        path = str(bench.world.folder / "backup.sqlite3")
        faults = [
            Fault(at="before process", do="backup", nth=nth, path=path),
            Fault(at=back, do="restore", nth=nth, path=path),
        ]
        if cut:
            faults.append(Fault(at="before receiveResponseXML", do="cut", nth=nth))
        bench.run(bench.serve(), *faults)

    return way


def second_connector(at: str, takeover_after: int) -> Callable[[Bench, int], None]:
    """A second Web Connector makes a whole run with the same password while the first waits.

    With ``takeover_after`` 0 not between a message's leaving the server and QuickBooks' executing it: a Web
    Connector that sleeps there through somebody else's whole run executes what has long been sent again,
    and nothing a server does can prevent that. That is why a run is left alone for 120 seconds by default.
    """

    def way(bench: Bench, nth: int) -> None:
        server = bench.serve(takeover_after=takeover_after)
        bench.run(server, plan=Interruption(at, nth, lambda: bench.run(server)))

    return way


def both_in_turns(bench: Bench, nth: int) -> None:
    """Two Web Connectors with one password call in turns, from the first's nth call on, two runs each."""
    server = bench.serve()
    baton = _Baton(nth)
    threads = [threading.Thread(target=_take_turns, args=(bench, server, baton, who)) for who in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def two_servers(bench: Bench, nth: int) -> None:  # noqa: ARG001 - there is one such point
    """Two servers answer in turns."""
    with Relay([bench.serve().url, bench.serve().url]) as relay:
        bench.run_at(relay.url)


def one_of_two_dies(bench: Bench, nth: int) -> None:
    """Two servers answer in turns, and one dies after its nth commit."""
    with Relay([bench.serve(Trap(AFTER_COMMIT, nth)).url, bench.serve().url]) as relay:
        bench.run_at(relay.url)
        bench.run_at(relay.url)


def database_fails(*, gone: bool) -> Callable[[Bench, int], None]:
    """Before the nth call the database is locked, or goes, until the run has ended."""

    def way(bench: Bench, nth: int) -> None:
        server = bench.serve(impatient=True)
        databases = bench.world.databases
        fail = databases.gone if gone else databases.locked
        with ExitStack() as stack:
            failing = Interruption("before any", nth, lambda: stack.enter_context(fail(bench.world.url)))
            bench.run(server, plan=failing)

    return way


def never_closed(bench: Bench, nth: int) -> None:
    """The Web Connector vanishes with its nth answer; the run is taken over once it was silent for long."""
    server = bench.serve(takeover_after=1)
    bench.run(server, Fault(at="after process", do="stop", nth=nth))


class _Baton:
    """Whose turn it is: the first's until its nth call, then each other's after every call."""

    def __init__(self, nth: int) -> None:
        self._changed = threading.Condition()
        self._turn, self._alone = 0, nth
        self._gone: set[int] = set()

    def wait(self, who: int) -> None:
        """Wait for one's turn."""
        with self._changed:
            self._changed.wait_for(lambda: self._turn == who or 1 - who in self._gone)

    def give(self, who: int) -> None:
        """Let the other have a turn, and wait for the next."""
        with self._changed:
            self._alone -= who == 0
            if self._alone <= 0:
                self._turn = 1 - who
            self._changed.notify_all()
        self.wait(who)

    def leave(self, who: int) -> None:
        """Let the other go on alone."""
        with self._changed:
            self._gone.add(who)
            self._changed.notify_all()


def _take_turns(bench: Bench, server: Server, baton: _Baton, who: int) -> None:
    def hear(_: CallReport) -> None:
        baton.give(who)

    try:
        baton.wait(who)
        for _ in range(2):
            bench.run(server, watch=hear)
    finally:
        baton.leave(who)


def _discard(_: object) -> None:
    """Runs say how they ended; after a crash it does not matter."""
