"""What the pages take among many records: every page's p95, and whether the server's memory stays flat."""

from __future__ import annotations

import re
import sqlite3
import statistics
import time
from contextlib import closing
from typing import TYPE_CHECKING

import httpx
from bed import PASSWORD, address, command, serve
from filling import carry
from table import Table

from qbferry.proof.cluster import cluster
from qbferry.proof.databases import Postgresql

if TYPE_CHECKING:
    from pathlib import Path

    from bed import Bed
    from scale import Scale

__all__ = ["measure"]

MANY, QUICK = 1_000_000, 100_000

PAGES = {
    "overview": "/",
    "first page": "/records/invoice",
    "by amount": "/records/invoice?sort=-amount",
    "by party": "/records/invoice?sort=party&size=100",
    "failed, by date": "/records/invoice?status=Pending/Failed&sort=date",
    "transferred, of a week": "/records/invoice?status=Transferred&date_from=2025-01-01&date_to=2025-01-07",
    "a number": "/records/invoice?number=INV-77",
    "a party": "/records/invoice?party=customer+4&sort=-date",
    "a reason nothing has": "/records/invoice?reason=nobody+has+this",
    "of a batch": "/records/invoice?batch=B-0077",
    "batches": "/batches",
    "history": "/history",
    "history, a text nothing has": "/history?text=nobody+has+this",
    "history, of a year": "/history?to=2025-01-01",
    "one record": "/records/invoice/INV-0000500",
    "runs": "/runs",
}
DEEP = 200
"""Pages that are turned before one is measured."""


def measure(bed: Bed, *, scale: Scale, rounds: int) -> list[Table]:
    """Ask for each page often, in turns, of either database."""
    count, deep = scale.pick((MANY, DEEP), (QUICK, DEEP), (1_000, 2))
    table = Table(
        f"Milliseconds of pages among {count:,} invoices, each asked for {10 * rounds} times",
        ("page", "SQLite median", "p95", "PostgreSQL median", "p95"),
    )
    memory = Table(
        "Peak memory of the server in MiB, after each page once and after all", ("database", "once", "all")
    )
    with bed.copy(bed.filled(count)) as file:
        _mix(file)
        command(address(file), "user", "add", "ann", "--password-stdin", text=PASSWORD)
        lite = _look(address(file), rounds, memory, "SQLite", deep)
        with cluster() as admin:
            server = Postgresql(admin)
            url = server.create(bed.folder)
            command(url, "migrate")
            carry(file, url)
            other = _look(url, rounds, memory, "PostgreSQL", deep)
            server.drop(url)
    for name, seconds in lite.items():
        table.add(name, *_figures(seconds), *_figures(other[name]))
    return [table, memory]


def _look(url: str, rounds: int, memory: Table, database: str, deep: int) -> dict[str, list[float]]:
    """Seconds of each page."""
    with serve(url) as server, closing(_logged_in(server.address)) as client:
        pages = PAGES | {f"page {deep} by amount": _turned(client, deep)}
        took: dict[str, list[float]] = {name: [] for name in pages}
        for path in pages.values():
            _ask(client, path)
        before = server.peak_mib()
        for _ in range(10 * rounds):
            for name, path in pages.items():
                took[name].append(_ask(client, path))
        memory.add(database, before, server.peak_mib())
    return took


def _figures(seconds: list[float]) -> tuple[float, float]:
    """Median and p95 in milliseconds."""
    return 1000 * statistics.median(seconds), 1000 * statistics.quantiles(seconds, n=20)[-1]


def _ask(client: httpx.Client, path: str) -> float:
    start = time.perf_counter()
    reply = client.get(path)
    took = time.perf_counter() - start
    reply.raise_for_status()
    return took


def _turned(client: httpx.Client, deep: int) -> str:
    """Where one is after many pages."""
    path = "/records/invoice?sort=-amount&size=100"
    for _ in range(deep):
        found = re.search(r'<a rel="next" href="([^"]+)"', client.get(path).text)
        assert found is not None
        path = "/records/invoice" + found[1].replace("&amp;", "&")
    return path


def _logged_in(address: tuple[str, int]) -> httpx.Client:
    base = f"http://{address[0]}:{address[1]}"
    client = httpx.Client(base_url=base, follow_redirects=True, timeout=120)
    token = re.search(r'name="csrftoken" value="([^"]+)"', client.get("/login").text)
    assert token is not None
    form = {"csrftoken": token[1], "username": "ann", "password": PASSWORD}
    client.post("/login", data=form).raise_for_status()
    return client


def _mix(file: Path) -> None:
    """Let records differ, as they do after some years: most transferred, one in two hundred failed."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("PRAGMA cache_size=-400000")
        connection.execute("BEGIN")
        connection.execute(
            "UPDATE record SET amount = (pk * 7919) % 1000003, batch = printf('B-%04d', pk % 2000), "
            "dated = date('2024-01-01', '+' || (pk % 900) || ' days'), "
            "transfer_status = CASE WHEN pk % 200 = 0 THEN 'Pending/Failed' WHEN pk % 50 = 1 "
            "THEN 'Pending' ELSE 'Transferred' END, "
            "reason = CASE WHEN pk % 200 = 0 THEN 'QuickBooks has no item named ' || (pk % 7) END, "
            "queue_position = CASE WHEN pk % 200 = 0 OR pk % 50 = 1 THEN queue_position END, "
            "transfer_date = CASE WHEN pk % 200 <> 0 AND pk % 50 <> 1 "
            "THEN datetime('2024-01-01', '+' || (pk % 1000000) || ' minutes') END"
        )
        connection.execute("DELETE FROM counter")
        connection.execute(
            "INSERT INTO counter "
            "(connector_id, entity, transfer_status, currency, unit, records, due, amount) "
            "SELECT connector_id, entity, transfer_status, currency, unit, count(*), count(queue_position), "
            "sum(amount) FROM record GROUP BY 1, 2, 3, 4, 5"
        )
        connection.execute("COMMIT")
        connection.execute("ANALYZE")
