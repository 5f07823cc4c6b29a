"""Many company files at once: rate, how long calls take, and what fails."""

from __future__ import annotations

import threading
import time
import uuid
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from bed import PART, PASSWORD, USER, address, command, serve
from filling import copying
from invoices import invoices
from table import Cell, Table

from qbferry.proof.cluster import cluster
from qbferry.proof.databases import Postgresql
from qbferry.store import tables
from qbferry.store.database import Database
from webconnector import QuickBooks, Session, session

if TYPE_CHECKING:
    from collections.abc import Callable

    from bed import Bed
    from machine import Served
    from scale import Scale

__all__ = ["Crowd", "measure", "p99", "spread", "user_name"]

SQLITE, POSTGRESQL = 50, 200
PROCESSES = (1, 2, 4)


def measure(bed: Bed, *, scale: Scale, rounds: int) -> list[Table]:  # noqa: ARG001 - one long round each
    """Let all connectors of an installation run at the same moment."""
    count = scale.pick(PART // 10, PART // 100, 1)
    lite, large = scale.pick((SQLITE, POSTGRESQL), (SQLITE, POSTGRESQL), (2, 2))
    table = Table(
        f"Connectors that all begin at the same moment, each with {count} invoices, 25 a message; calls in "
        "seconds",
        ("database", "connectors", "processes", "invoices a second", "p99 sign-in", "p99 others", "failed"),
    )
    with bed.copy(bed.ready(count)) as file:
        spread(address(file), lite)
        table.add("SQLite", lite, 1, *_run(address(file), lite, 1))
    with cluster() as admin:
        server = Postgresql(admin)
        template = server.create(bed.folder)
        command(template, "migrate")
        command(template, "connector", "add", USER, "--user", USER, "--password-stdin", text=PASSWORD)
        command(template, "import", "invoice", "-", "--ready", text=invoices(count))
        spread(template, large)
        for processes in scale.pick(PROCESSES, PROCESSES, PROCESSES[1:2]):
            url = server.copy(template, bed.folder)
            table.add("PostgreSQL", large, processes, *_run(url, large, processes))
            server.drop(url)
    return [table]


def spread(url: str, connectors: int) -> None:
    """Give the one connector of a database, and its records, so many equals; ``bench-2`` and so on."""
    with closing(Database(url)) as database, database.write() as tx:
        first = tx.connectors.named(None)
        do = tx.connection.exec_driver_sql
        [(last,)] = do("SELECT max(pk) FROM record")
        for number in range(2, connectors + 1):
            file_id = f"{{{uuid.uuid4()}}}"
            name = user_name(number)
            row = replace(first, id=0, name=name, user_name=name, file_id=file_id, is_default=False)
            tx.connectors.add(row)
            further = (number - 1) * last
            mine = {"connector_id": str(row.id)}
            for table, changed, where in (
                (tables.record, mine | {"pk": f"pk + {further}"}, f"pk <= {last}"),
                (tables.document, {"record_pk": f"record_pk + {further}"}, f"record_pk <= {last}"),
                (tables.record_value, {"record_pk": f"record_pk + {further}"}, f"record_pk <= {last}"),
                (tables.counter, mine, f"connector_id = {first.id}"),
            ):
                do(copying(table.name, [column.name for column in table.columns], changed, where))
        if not database.is_sqlite:  # the copies have keys that it has not given
            do("SELECT setval(pg_get_serial_sequence('record', 'pk'), (SELECT max(pk) FROM record))")


def user_name(number: int) -> str:
    return USER if number == 1 else f"{USER}-{number}"


def _run(url: str, connectors: int, processes: int) -> tuple[Cell, ...]:
    """Invoices a second, the two p99, and how many sessions failed."""
    with serve(url, workers=processes) as server:
        crowd = Crowd(server)
        threads = [
            threading.Thread(target=crowd.run, args=(user_name(number),))
            for number in range(1, connectors + 1)
        ]
        begun = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took = time.perf_counter() - begun
    for fault in crowd.faults[:1]:
        print(f"One of {len(crowd.faults)} sessions that failed: {fault}")
    signing = [second for each in crowd.sessions for second in each.waits["authenticate"]]
    rate = sum(each.invoices for each in crowd.sessions) / took
    return rate, p99(signing), p99(crowd.waits()), len(crowd.faults)


class Crowd:
    """Web Connectors at one server."""

    def __init__(self, server: Served, stop: Callable[[], bool] = lambda: False) -> None:
        self._address, self._stop = server.address, stop
        self.sessions: list[Session] = []
        self.faults: list[str] = []

    def run(self, user: str) -> None:
        """Run one to its end."""
        try:
            self.sessions.append(session(self._address, user, PASSWORD, QuickBooks(), stop=self._stop))
        except (OSError, RuntimeError, ValueError) as error:
            self.faults.append(f"{user}: {error}")

    def waits(self) -> list[float]:
        """How long each call took in seconds, but for the sign-ins."""
        return [
            second
            for each in self.sessions
            for operation, seconds in each.waits.items()
            if operation != "authenticate"
            for second in seconds
        ]


def p99(seconds: list[float]) -> float | None:
    return sorted(seconds)[int(len(seconds) * 0.99)] if seconds else None
