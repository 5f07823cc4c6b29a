"""The memory of a process that imports the server's libraries and has hashed one password."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from bed import address, environment

if TYPE_CHECKING:
    from bed import Bed

__all__ = ["baseline_mib"]

SERVER = """
import sys
from qbferry import app, config
import qbferry.cli, qbferry.cli.serving
app.asgi(app.build(config.load()))
print(*(name for name in sys.modules if not name.startswith(("qbferry", "__"))))
"""
LIBRARIES = """
import contextlib, importlib, sys
for name in sys.argv[1:]:
    with contextlib.suppress(ImportError):
        importlib.import_module(name)
from argon2 import PasswordHasher
PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1).hash("a password")
for line in open("/proc/self/status"):
    if line.startswith("VmHWM"):
        print(int(line.split()[1]) / 1024)
"""


def baseline_mib(bed: Bed) -> float:
    """Measure it."""
    names = _python(bed, SERVER).split()
    return float(_python(bed, LIBRARIES, *names))


def _python(bed: Bed, program: str, *arguments: str) -> str:
    given = environment(address(bed.folder / "baseline.sqlite3"))
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, env=given, check=True, capture_output=True, text=True).stdout
