"""What an invoice takes when much is due: CPU beside a short queue, and memory beside the libraries alone."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from baseline import baseline_mib
from bed import PART, PASSWORD, USER, address, serve
from table import Table

from webconnector import QuickBooks, session

if TYPE_CHECKING:
    from pathlib import Path

    from bed import Bed
    from scale import Scale

    from webconnector import Session

__all__ = ["measure"]

QUEUES = (1_000, 100_000, 1_000_000)
WARM_UP = 5
"""Messages at the beginning of a session that are not measured; what a run counts once is among them."""


def measure(bed: Bed, *, scale: Scale, rounds: int) -> list[Table]:
    """Carry some hundred invoices out of queues of different lengths, in turns; medians of the rounds."""
    queues = scale.pick(QUEUES, QUEUES[:-1], QUEUES[:1])
    sessions: dict[int, list[Session]] = {queue: [] for queue in queues}
    peaks: dict[int, float] = {}
    companies = {queue: QuickBooks() for queue in queues}
    for _ in range(rounds):
        for queue in queues:
            result, peak = _carry(bed, queue, companies[queue])
            sessions[queue].append(result)
            peaks[queue] = max(peak, peaks.get(queue, 0))
    table = Table(
        "CPU seconds for 1,000 invoices, 25 a message, by the length of the queue, and the longest calls in "
        f"milliseconds; medians of {rounds} rounds",
        ("due", "CPU", "ratio", "longest send", "longest receive"),
    )
    shortest = _cpu(sessions[queues[0]])
    for queue in queues:
        cpu = _cpu(sessions[queue])
        sends, receives = (
            statistics.median(max(each.waits[call]) * 1000 for each in sessions[queue])
            for call in ("sendRequestXML", "receiveResponseXML")
        )
        table.add(queue, cpu, cpu / shortest, sends, receives)
    return [table, _memory(bed, peaks, companies, scale=scale)]


def _carry(bed: Bed, queue: int, company: QuickBooks, limit: int = PART // 2) -> tuple[Session, float]:
    if queue > PART:
        return _session(bed.filled(queue), company, limit)
    with bed.copy(bed.filled(queue)) as file:
        return _session(file, QuickBooks(), limit)


def _session(file: Path, company: QuickBooks, limit: int) -> tuple[Session, float]:
    with serve(address(file)) as server:
        result = session(
            server.address, USER, PASSWORD, company, warm_up=WARM_UP, limit=limit, meter=server.cpu
        )
        return result, server.peak_mib()


def _cpu(sessions: list[Session]) -> float:
    return statistics.median(each.cpu / each.invoices * 1000 for each in sessions)


def _memory(bed: Bed, peaks: dict[int, float], companies: dict[int, QuickBooks], *, scale: Scale) -> Table:
    """The server's memory after many records, beside a process with the same libraries and one hash."""
    table = Table(
        "The most memory the server ever had, in MiB, and what of it is beyond a process that imports the "
        "same libraries and has hashed one password",
        ("due", "carried", "MiB", "beyond"),
    )
    libraries = baseline_mib(bed)
    for queue, peak in peaks.items():
        table.add(queue, PART // 2, peak, peak - libraries)
    many = scale.pick(90_000, 5_000, PART // 2)
    queue = [*peaks][min(1, len(peaks) - 1)]
    _, peak = _carry(bed, queue, companies[queue], many)
    table.add(queue, many, peak, peak - libraries)
    return table
