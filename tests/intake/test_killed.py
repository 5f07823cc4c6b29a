"""A process that is killed while it imports."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from qbferry.testing.installation import Installation

    Make = Callable[..., dict[str, Any]]

COMMAND = (sys.executable, "-m", "qbferry", "import", "invoice", "-", "--ready")


def test_it_leaves_nothing_and_the_next_import_takes_all(
    world: Installation, database_url: str, invoice: Make
) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("QBFERRY_")}
    environment |= {"QBFERRY_DATABASE_URL": database_url, "QBFERRY_PLUGINS__ENABLED": '["invoices"]'}
    lines = "".join(json.dumps(invoice(f"{number}")) + "\n" for number in range(1500)).encode()
    with subprocess.Popen(COMMAND, env=environment, stdin=subprocess.PIPE) as importing:
        assert importing.stdin
        importing.stdin.write(lines)  # more than a pipe holds: when it is written, a part is weighed
        importing.stdin.flush()
        importing.kill()
    assert importing.returncode == -9
    assert world.records("invoice") == []
    subprocess.run(COMMAND, env=environment, input=lines, check=True)
    records = world.records("invoice")
    assert [record.queue_position for record in records] == list(range(1, 1501))
