"""A process that is killed while it reads Autotask: what it has taken in stays, and the next one goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from qbferry.config import PluginSettings
from qbferry.plugin.manager import assemble
from qbferry.testing.installation import Installation

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from qbferry.simulator.autotask import Office, Tenant

COMMAND = (sys.executable, "-m", "qbferry", "sources", "run", "autotask.invoices")
MANY = 450
"""Three parts."""


@pytest.mark.parametrize("fatal", [3, 8, 11])
def test_it_leaves_whole_parts_and_the_next_takes_the_rest(
    tmp_path: Path,
    database_url: str,
    tenant: Tenant,
    office: Office,
    table: Callable[..., dict[str, Any]],
    fatal: int,
) -> None:
    for number in range(MANY - 3):
        at = datetime.now(UTC) - timedelta(minutes=number)
        more = {"invoiceDateTime": office.day, "isVoided": False, "createDateTime": at}
        tenant.add("Invoices", companyID=office.customer, invoiceTotal=0, **more)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("QBFERRY_")}
    environment |= {
        "QBFERRY_DATABASE_URL": database_url,
        "QBFERRY_PLUGINS__ENABLED": '["invoices", "autotask"]',
        **{f"QBFERRY_PLUGINS__AUTOTASK__{name.upper()}": value for name, value in table().items()},
    }
    plugins = assemble(PluginSettings(enabled=["invoices"]))
    with Installation(tmp_path, plugins=plugins, url=database_url) as world:

        def kill(number: int, *_: str) -> str:
            if number == fatal:
                reading.send_signal(signal.SIGKILL)
                return "reset"
            return ""

        tenant.fault = kill
        with subprocess.Popen(COMMAND, env=environment, cwd=tmp_path) as reading:
            pass
        assert reading.returncode == -signal.SIGKILL
        there = len(world.records("invoice"))
        assert there % 200 == 0, "a part is whole or not there"
        with world.database.write() as tx:  # ten minutes pass
            now, later = datetime.now(UTC), timedelta(minutes=10)
            assert not tx.leases.take("source autotask.invoices", "another", now, now + later)
            assert tx.leases.take("source autotask.invoices", "another", now + later, now + 2 * later)
            tx.leases.give_back("source autotask.invoices", "another", now)
        done = subprocess.run(COMMAND, env=environment, cwd=tmp_path, capture_output=True, text=True)
        assert f"autotask.invoices: {MANY - there} new, 0 changed" in done.stdout, done.stderr
        assert len(world.records("invoice")) == MANY
