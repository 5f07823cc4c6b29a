"""Bad log-ins while others work: how much longer the calls of connectors take that are at it."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from bed import PART, PASSWORD, address, serve
from connectors import Crowd, p99, spread, user_name
from table import Table

from webconnector import STRING, Client

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bed import Bed
    from machine import Served
    from scale import Scale

__all__ = ["measure"]

CONNECTORS, ATTACKERS = 5, 100
BEFORE = 2.0
"""Seconds for which it is tried to log in before the connectors begin."""


def measure(bed: Bed, *, scale: Scale, rounds: int) -> list[Table]:
    """Let five connectors run alone, and beside a hundred that try passwords without end; in turns."""
    count, attackers, before = scale.pick(
        (PART, ATTACKERS, BEFORE), (PART // 4, ATTACKERS, BEFORE), (2, 5, BEFORE / 10)
    )
    table = Table(
        f"The p99 of calls in milliseconds, while {CONNECTORS} connectors carry {count} invoices each, 25 a "
        f"message, on SQLite; medians of {rounds} rounds",
        ("bad log-ins at the same time", "p99", "ratio", "failed"),
    )
    alone: list[float] = []
    beside: list[float] = []
    failed: list[str] = []
    with bed.copy(bed.ready(count)) as file:
        spread(address(file), CONNECTORS)
        for _ in range(rounds):
            for many, took in ((0, alone), (attackers, beside)):
                with bed.copy(file) as copied, serve(address(copied)) as server:
                    _introduce(server)
                    with _attacked(server, many, before):
                        crowd = _run(server)
                    took.append(1000 * (p99(crowd.waits()) or 0.0))
                    failed += crowd.faults
    for fault in failed[:1]:
        print(f"One of {len(failed)} sessions that failed: {fault}")
    quiet = median(alone)
    table.add(0, quiet, 1.0, 0)
    table.add(attackers, median(beside), median(beside) / quiet, len(failed))
    return [table]


def _introduce(server: Served) -> None:
    """Let each connector sign in once, as it did yesterday."""
    for number in range(1, CONNECTORS + 1):
        client = Client(server.address)
        granted = client.call("authenticate", strUserName=user_name(number), strPassword=PASSWORD)
        client.call("closeConnection", ticket=STRING.findall(granted)[0])
        client.close()


def _run(server: Served) -> Crowd:
    crowd = Crowd(server)
    threads = [
        threading.Thread(target=crowd.run, args=(user_name(number),)) for number in range(1, CONNECTORS + 1)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return crowd


@contextmanager
def _attacked(server: Served, count: int, before: float) -> Iterator[None]:
    if not count:
        yield
        return
    program = Path(__file__).with_name("attack.py")
    with subprocess.Popen([sys.executable, program, str(server.port), str(count)]) as attack:
        time.sleep(before)
        try:
            yield
        finally:
            attack.terminate()
