"""Records come in by the API while connectors run: how long the calls of these take meanwhile."""

from __future__ import annotations

import json
import threading
import time
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPConnection
from statistics import median
from typing import TYPE_CHECKING

from bed import PASSWORD, USER, address, command, serve
from connectors import Crowd, p99, spread, user_name
from invoices import invoices
from table import Table

from qbferry.desk import tokens
from qbferry.desk.tokens import Scope
from qbferry.proof.cluster import cluster
from qbferry.proof.databases import Postgresql
from qbferry.store.database import Database

if TYPE_CHECKING:
    from bed import Bed
    from machine import Served
    from scale import Scale

__all__ = ["measure"]

RUNS = 5
ALONE = 5.0
"""Seconds for which the calls are timed beside nothing."""
BEGINNING = 1.0
"""Seconds after which the runs have signed in and read their lists."""


@dataclass(slots=True)
class _Found:
    """What was found in all rounds.

    Attributes:
        alone: Seconds of each call beside nothing.
        beside: The same while records came in.
        took: Seconds until they were in.
        failed: What went wrong.
    """

    alone: list[float] = field(default_factory=list)
    beside: list[float] = field(default_factory=list)
    took: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


def measure(bed: Bed, *, scale: Scale, rounds: int) -> list[Table]:
    """Let runs go on alone, and while records come in, on either database."""
    due, coming = scale.pick((30_000, 50_000), (30_000, 50_000), (100, 50))
    alone = scale.pick(ALONE, ALONE, 0.1)
    table = Table(
        f"Calls of {RUNS} connectors in milliseconds, 25 invoices a message, while invoices come in by one "
        f"PUT, which takes so many seconds; the calls of {rounds} rounds together",
        ("database", "come in", "seconds", "calls", "p50", "p99", "longest", "failed"),
    )
    body = invoices(coming, "COMING").encode()
    found = _Found()
    with bed.copy(bed.ready(due)) as file:
        spread(address(file), RUNS)
        for _ in range(rounds):
            with bed.copy(file) as copied:
                _round(found, address(copied), body, alone)
    _tell(table, "SQLite", coming, found)
    found = _Found()
    with cluster() as admin:
        server = Postgresql(admin)
        template = server.create(bed.folder)
        command(template, "migrate")
        command(template, "connector", "add", USER, "--user", USER, "--password-stdin", text=PASSWORD)
        command(template, "import", "invoice", "-", "--ready", text=invoices(due))
        spread(template, RUNS)
        for _ in range(rounds):
            url = server.copy(template, bed.folder)
            _round(found, url, body, alone)
            server.drop(url)
    _tell(table, "PostgreSQL", coming, found)
    return [table]


def _tell(table: Table, database: str, coming: int, found: _Found) -> None:
    for fault in found.failed[:1]:
        print(f"One of {len(found.failed)} sessions that failed: {fault}")
    for count, seconds, calls in ((0, None, found.alone), (coming, median(found.took), found.beside)):
        waits = calls or [0.0]  # none is whole in so short a time as that of --tiny
        figures = (1000 * each for each in (median(waits), p99(waits) or 0.0, max(waits)))
        table.add(database, count, seconds, len(calls), *figures, len(found.failed) if count else None)


def _round(found: _Found, url: str, body: bytes, alone: float) -> None:
    with closing(Database(url)) as database, database.write() as tx:
        _, token = tokens.add(tx, "coming", (Scope.WRITE,))
    over = threading.Event()
    with serve(url) as server:
        crowd = Crowd(server, over.is_set)
        names = [user_name(number) for number in range(1, RUNS + 1)]
        threads = [threading.Thread(target=crowd.run, args=(name,)) for name in names]
        for thread in threads:
            thread.start()
        time.sleep(BEGINNING if alone >= BEGINNING else 0)
        quiet = time.perf_counter()
        time.sleep(alone)
        begun = time.perf_counter()
        try:
            _put(server, token, body)
            ended = time.perf_counter()
            early = alone >= BEGINNING and not all(thread.is_alive() for thread in threads)
            if early and not crowd.faults:
                raise RuntimeError("A run was over before the records were in.")
        finally:
            over.set()
            for thread in threads:
                thread.join()
    calls = [call for each in crowd.sessions for call in each.calls]
    found.alone += [took for at, took in calls if at >= quiet and at + took <= begun]
    found.beside += [took for at, took in calls if at + took > begun and at < ended]
    found.took.append(ended - begun)
    found.failed += crowd.faults


def _put(server: Served, token: str, body: bytes) -> None:
    with closing(HTTPConnection(*server.address, timeout=600)) as connection:
        head = {"Authorization": f"Bearer {token}", "Content-Type": "application/x-ndjson"}
        connection.request("PUT", "/api/v1/records/invoice?ready=true", body, head)
        reply = connection.getresponse()
        told = reply.read()
    if reply.status != 200 or json.loads(told)["ready"] != body.count(b"\n"):
        raise RuntimeError(f"The records did not come in: {told.decode()[:300]}")
