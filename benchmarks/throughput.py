"""Ready invoices through one Web Connector session, beside a floor measured in the same run.

    python benchmarks/throughput.py [--invoices 1000] [--per-message 1 10 50] [--rounds 3] [--json]

For every number of requests a message it prints invoices a second, the server's CPU seconds for
1,000 invoices and its peak memory, each beside the floor's: the same HTTP server answering
constants, with one durable SQLite commit a receiveResponseXML. Medians of the rounds; the machine
is noisy, so compare ratios, not runs. Linux only, since CPU and memory are read from /proc.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from webconnector import session

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
PASSWORD = "a password for measuring"


@dataclass(frozen=True)
class Figures:
    """One measurement."""

    invoices_per_second: float
    cpu_seconds_per_1000: float
    peak_mib: float
    send_p99_ms: float
    receive_p99_ms: float


def invoices(count: int) -> str:
    """JSON Lines of invoices with three lines each."""
    rows = []
    for number in range(count):
        lines = [
            {
                "id": str(line),
                "item": "Labor~Remote",
                "description": "Remote support",
                "service_date": "2026-10-03",
                "quantity": "2.5",
                "rate": "120.00",
                "amount": "300.00",
                "taxable": True,
                "class": None,
            }
            for line in range(1, 4)
        ]
        rows.append(
            {
                "id": f"INV-{number}",
                "organization": "Acme Corp",
                "invoice_date": "2026-10-31",
                "total": "900.00",
                "tax_total": "0.00",
                "status": "processed",
                "bill_to": {"address1": "1 Main St", "city": "Troy", "state": "NY", "postal_code": "12180"},
                "lines": lines,
            }
        )
    return "\n".join(json.dumps(row) for row in rows)


@contextmanager
def served(command: list[str], port: int, environment: dict[str, str]) -> Iterator[int]:
    """A server process, from the moment it listens; its process ID."""
    process = subprocess.Popen(command, env=os.environ | environment, stdout=subprocess.DEVNULL)
    try:
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), 0.2).close()
                break
            except OSError:
                time.sleep(0.05)
        yield process.pid
    finally:
        process.terminate()
        process.wait(20)


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_mib(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no VmHWM")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def measure(pid: int, port: int, user: str, count: int) -> Figures:
    before = cpu_seconds(pid)
    result = session("127.0.0.1", port, user, PASSWORD)
    if result.invoices < count:
        raise RuntimeError(f"only {result.invoices} of {count} invoices were sent")
    return Figures(
        invoices_per_second=result.per_second,
        cpu_seconds_per_1000=(cpu_seconds(pid) - before) / result.invoices * 1000,
        peak_mib=peak_mib(pid),
        send_p99_ms=p99(result.waits["sendRequestXML"]),
        receive_p99_ms=p99(result.waits["receiveResponseXML"]),
    )


def p99(waits: list[float]) -> float:
    return sorted(waits)[int(len(waits) * 0.99)] * 1000 if len(waits) > 1 else waits[0] * 1000


def qbferry(folder: Path, count: int, per_message: int) -> Figures:
    port = free_port()
    environment = {
        "QBFERRY_DATABASE_URL": f"sqlite:///{folder / 'bench.sqlite3'}",
        "QBFERRY_TRANSFER__REQUESTS_PER_MESSAGE": str(per_message),
        "QBFERRY_LOG__LEVEL": "ERROR",
    }

    def run(*arguments: str, text: str | None = None) -> None:
        command = [sys.executable, "-m", "qbferry", *arguments]
        subprocess.run(
            command,
            env=os.environ | environment,
            input=text,
            text=True,
            check=True,
            stdout=subprocess.DEVNULL,
        )

    run("connector", "add", "bench", "--user", "bench", "--password-stdin", text=PASSWORD)
    run("import", "invoice", "-", "--ready", text=invoices(count))
    serve = [sys.executable, "-m", "qbferry", "serve", "--port", str(port)]
    with served(serve, port, environment) as pid:
        return measure(pid, port, "bench", count)


def floor(folder: Path, count: int, per_message: int) -> Figures:
    port = free_port()
    command = [
        sys.executable,
        str(HERE / "floor.py"),
        str(folder / "floor.sqlite3"),
        str(port),
        str(count),
        str(per_message),
    ]
    with served(command, port, {}) as pid:
        return measure(pid, port, "floor", count)


def median(runs: list[Figures]) -> Figures:
    return Figures(
        **{name: round(statistics.median(asdict(run)[name] for run in runs), 2) for name in asdict(runs[0])}
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--invoices", type=int, default=1000)
    parser.add_argument("--per-message", type=int, nargs="+", default=[1, 10, 50])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    results = []
    for per_message in arguments.per_message:
        ours: list[Figures] = []
        floors: list[Figures] = []
        for _ in range(arguments.rounds):
            for kind, kept in ((qbferry, ours), (floor, floors)):
                with tempfile.TemporaryDirectory() as folder:
                    kept.append(kind(Path(folder), arguments.invoices, per_message))
        results.append((per_message, median(ours), median(floors)))
    if arguments.json:
        print(
            json.dumps([{"per_message": n, "qbferry": asdict(a), "floor": asdict(b)} for n, a, b in results])
        )
        return
    print(f"{arguments.invoices} invoices, median of {arguments.rounds} rounds, floor in brackets")
    print(f"{'a message':>9} {'invoices/s':>18} {'CPU s/1000':>16} {'peak MiB':>16} {'of floor':>9}")
    for per_message, a, b in results:
        print(
            f"{per_message:>9} {a.invoices_per_second:>9.0f} ({b.invoices_per_second:>6.0f})"
            f" {a.cpu_seconds_per_1000:>8.2f} ({b.cpu_seconds_per_1000:>5.2f})"
            f" {a.peak_mib:>9.0f} ({b.peak_mib:>4.0f})"
            f" {a.invoices_per_second / b.invoices_per_second:>8.0%}"
        )


if __name__ == "__main__":
    main()
