"""Server processes and what the kernel says of them. Linux only: clocks of other processes, and /proc."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Served", "Spent", "free_port", "run", "served"]

PATIENCE = 60.0
"""Seconds a server may take to start."""


@dataclass(frozen=True, slots=True)
class Served:
    """A server at work, with the processes it has started.

    Attributes:
        pid: Of the first process.
        port: Where it listens.
    """

    pid: int
    port: int

    @property
    def address(self) -> tuple[str, int]:
        return "127.0.0.1", self.port

    def cpu(self) -> float:
        """Seconds of CPU so far, in nanoseconds' resolution."""
        # The kernel's MAKE_PROCESS_CPUCLOCK(pid, CPUCLOCK_SCHED): all threads, those that ended as well.
        return sum(time.clock_gettime(~pid << 3 | 2) for pid in self._pids())

    def peak_mib(self) -> float:
        """The most memory it ever had."""
        return sum(_peak_mib(pid) for pid in self._pids())

    def _pids(self) -> list[int]:
        tasks = Path(f"/proc/{self.pid}/task").glob("*/children")
        return [self.pid, *(int(pid) for task in tasks for pid in task.read_text().split())]


@dataclass(frozen=True, slots=True)
class Spent:
    """What a command took that has ended: seconds of CPU, and the most memory it ever had."""

    cpu: float
    peak_mib: float


def _peak_mib(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0  # it has ended


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run(command: Sequence[str], environment: dict[str, str], text: str = "") -> Spent:
    """Run a command to its end, with a text as its input.

    Raises:
        RuntimeError: It failed.
    """
    peak, done = 0.0, 0
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdin
        process.stdin.write(text)
        process.stdin.close()
        while not done:
            # Looked at now and then: what the kernel says at the end begins with the memory of the parent.
            peak = max(peak, _peak_mib(process.pid))
            time.sleep(0.02)
            done, status, usage = os.wait4(process.pid, os.WNOHANG)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}.")
    return Spent(usage.ru_utime + usage.ru_stime, peak)


@contextmanager
def served(command: Sequence[str], port: int, environment: dict[str, str]) -> Iterator[Served]:
    """A server, from the moment it listens and has nothing left to do for its start."""
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    server = Served(process.pid, port)
    try:
        _await(process, server)
        yield server
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _await(process: subprocess.Popen[bytes], server: Served) -> None:
    end = time.monotonic() + PATIENCE
    listens, before = False, -1.0
    while time.monotonic() < end and process.poll() is None:
        time.sleep(0.3)
        spent = server.cpu()
        if listens and spent - before < 0.01:
            return
        before = spent
        listens = listens or _listens(server)
    raise RuntimeError(f"The server {process.args!r} did not start.")


def _listens(server: Served) -> bool:
    try:
        socket.create_connection(server.address, 0.2).close()
    except OSError:
        return False
    return True
