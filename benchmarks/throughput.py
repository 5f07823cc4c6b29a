"""Invoices through one Web Connector session, beside the floor: CPU and rate."""

from __future__ import annotations

import statistics
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from agreement import differences
from bed import PASSWORD, USER, address, environment, serve
from machine import free_port, served
from prepared import prepare_messages
from table import Table

from webconnector import QuickBooks, session

if TYPE_CHECKING:
    from bed import Bed
    from machine import Served
    from scale import Scale

    from webconnector import Session

__all__ = ["measure"]

PER_MESSAGE = (1, 10, 25, 50)
WARM_UP = 5
"""Messages at the beginning of a session that are not measured."""


def measure(bed: Bed, *, scale: Scale, rounds: int) -> list[Table]:
    """Carry the same invoices by both, in turns; medians of the rounds.

    Raises:
        RuntimeError: The floor has not done the same work.
    """
    count, sizes = scale.pick(1000, 300, 1), scale.pick(PER_MESSAGE, PER_MESSAGE, (1, 2))
    ready = bed.ready(count + WARM_UP * max(sizes))
    table = Table(
        "CPU seconds for 1,000 invoices of three lines, and invoices a second while the Web Connector waits; "
        f"medians of {rounds} rounds",
        ("requests a message", "CPU", "floor", "ratio", "rate", "floor's", "of it"),
    )
    for per_message in sizes:
        messages = bed.folder / f"messages-{per_message}.json"
        prepare_messages(ready, per_message, messages)
        ours: list[Session] = []
        floors: list[Session] = []
        for _ in range(rounds):
            with bed.copy(ready) as mine, bed.copy(ready) as plain:
                with serve(address(mine), per_message) as server:
                    ours.append(_carry(server))
                floors.append(_floor(plain, messages, per_message))
                if unlike := differences(mine, plain):
                    raise RuntimeError(f"The floor has not done the same work: {unlike[0]}.")
        cpu, floor = _cpu(ours), _cpu(floors)
        rate, floor_rate = _rate(ours), _rate(floors)
        table.add(per_message, cpu, floor, cpu / floor, rate, floor_rate, rate / floor_rate)
    return [table]


def _floor(database: Path, messages: Path, per_message: int) -> Session:
    port = free_port()
    program = str(Path(__file__).with_name("floor.py"))
    command = [sys.executable, program, str(database), str(messages), str(per_message), str(port)]
    with served(command, port, environment(address(database))) as server:
        return _carry(server)


def _carry(server: Served) -> Session:
    return session(server.address, USER, PASSWORD, QuickBooks(), warm_up=WARM_UP, meter=server.cpu)


def _cpu(sessions: list[Session]) -> float:
    return statistics.median(each.cpu / each.invoices * 1000 for each in sessions)


def _rate(sessions: list[Session]) -> float:
    return statistics.median(each.invoices / each.seconds for each in sessions)
