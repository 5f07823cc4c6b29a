"""One trial's servers and Web Connectors: started, killed, and run until nothing is due."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

from qbferry.errors import QbferryError
from qbferry.proof.server import Server, launch
from qbferry.proof.world import PASSWORD, USER, restless
from qbferry.simulator import Faults, RunEnd, WebConnector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType

    from qbferry.app import Application
    from qbferry.proof.server import Trap
    from qbferry.proof.world import World
    from qbferry.simulator import CompanyFile, Fault, RunReport
    from qbferry.simulator.report import CallReport

__all__ = ["Bench"]

MOST_RUNS = 12
"""So many runs must be enough to bring everything to rest."""

BUSY_PAUSE = 0.2
ERROR_PAUSE = 0.3
"""Seconds between two tries at a server that says that it is busy."""

PATIENCE = 120.0
"""Seconds a Web Connector waits for an answer; none takes that long, on a busy machine neither."""


class Bench:
    """Where a world is put to work; everything started here is killed in the end.

    Attributes:
        world: The world.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self._servers: list[Server] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in self._servers:
            server.kill()

    def serve(self, trap: Trap | None = None, *, takeover_after: int = 0, impatient: bool = False) -> Server:
        """Start one more server."""
        server = Server(self.world.settings(takeover_after, impatient=impatient), trap)
        self._servers.append(server)
        return server

    def run(
        self,
        server: Server,
        *faults: Fault,
        plan: Faults | None = None,
        watch: Callable[[CallReport], None] | None = None,
    ) -> RunReport:
        """Make one run of a Web Connector in this process."""
        with self.world.company() as company:
            return _connector(server.url, company, plan or Faults(faults), watch).run()

    def run_at(self, url: str) -> RunReport:
        """Make one run, with a connection of its own for each call."""
        with self.world.company() as company:
            return _connector(url, company, Faults(), keep_alive=False).run()

    def run_and_die(self, server: Server, *faults: Fault) -> None:
        """Make one run of a Web Connector, with its QuickBooks, in a process that a fault kills."""
        process = launch(_run, self.world, server.url, faults)
        process.join()
        if process.exitcode == 0:
            raise QbferryError("The Web Connector should have been killed, and was not.")

    def settle(self, application: Application) -> int:
        """Make runs without faults until nothing is due, and one more, in which nothing may happen.

        A server that lives goes on; otherwise another is started.

        Args:
            application: The world's, to look whether something is due.

        Returns:
            How many runs it took.

        Raises:
            QbferryError: It does not come to rest.
        """
        for count in range(1, MOST_RUNS + 1):
            # Asked each time: one that was just killed takes a moment to be gone.
            server = next((one for one in self._servers if one.alive), None) or self.serve()
            while (last := self.run(server)).outcome in {RunEnd.BUSY, RunEnd.POSTPONED}:
                time.sleep(BUSY_PAUSE)
            if not restless(application):
                self.run(server)
                return count
            if last.outcome is RunEnd.ERROR:
                time.sleep(ERROR_PAUSE)
        raise QbferryError(
            f"After {MOST_RUNS} runs something is still due; the last one: {last.outcome} {last.last_error}"
        )


def _run(world: World, url: str, faults: Iterable[Fault]) -> None:
    with world.company() as company:
        _connector(url, company, Faults(faults)).run()


def _connector(
    url: str,
    company: CompanyFile,
    faults: Faults,
    watch: Callable[[CallReport], None] | None = None,
    *,
    keep_alive: bool = True,
) -> WebConnector:
    return WebConnector(
        url,
        USER,
        PASSWORD,
        company,
        faults=faults,
        keep_alive=keep_alive,
        noop_wait=0,
        timeout=PATIENCE,
        watch=watch,
    )
