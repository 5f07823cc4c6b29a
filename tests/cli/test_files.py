"""What qbferry writes is for its owner alone: books, passwords' hashes, what leads to them."""

from __future__ import annotations

import os
import re
import sqlite3
import stat
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from qbferry.config import load
from qbferry.simulator.company import CompanyFile
from qbferry.store.database import Database

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator

    from typer.testing import Result

    Run = Callable[..., Result]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there a file has the rights of its folder")


@pytest.fixture(autouse=True)
def open_umask() -> Iterator[None]:
    """The umask of a careless machine."""
    before = os.umask(0o000)
    yield
    os.umask(before)


def rights(folder: Path) -> dict[str, int]:
    """The rights of all that is in a folder, by name."""
    return {
        path.relative_to(folder).as_posix(): stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*")
    }


def test_the_database_and_the_files_beside_it(qbferry: Run, folder: Path) -> None:
    qbferry("connector", "add", "office")
    with closing(Database(load().database_url)) as database, database.write():
        assert rights(folder) == dict.fromkeys(
            ("qbferry.sqlite3", "qbferry.sqlite3-wal", "qbferry.sqlite3-shm"), 0o600
        )


def test_a_database_that_somebody_opened_to_others_stays_so(qbferry: Run, folder: Path) -> None:
    qbferry("connector", "add", "office")
    (folder / "qbferry.sqlite3").chmod(0o660)
    qbferry("connector", "list")
    assert rights(folder)["qbferry.sqlite3"] == 0o660


def test_a_database_that_is_named_by_a_uri(folder: Path) -> None:
    with closing(Database("sqlite:///file:named%20so?uri=true")) as database, database.write():
        assert set(rights(folder).values()) == {0o600}


@pytest.mark.usefixtures("office")
def test_the_qwc_file_be_it_new_or_not(qbferry: Run, folder: Path) -> None:
    qbferry("connector", "qwc", "office")
    assert rights(folder)["office.qwc"] == 0o600
    (folder / "office.qwc").chmod(0o644)
    qbferry("connector", "qwc", "office")
    assert rights(folder)["office.qwc"] == 0o600
    qbferry("connector", "qwc", "office", "-o", "/dev/null")


def test_what_the_help_remembers(process: Callable[..., object]) -> None:
    process("--help")
    assert set(rights(Path(os.environ["XDG_CACHE_HOME"])).values()) == {0o700, 0o600}


def test_the_company_file_and_its_backup(folder: Path) -> None:
    with CompanyFile.open(folder / "office.qbsim") as company:
        company.backup(folder / "office.bak")
        assert len(rights(folder)) == 4, "with -wal and -shm"
        assert set(rights(folder).values()) == {0o600}


def test_the_folder_that_the_demo_keeps(process: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    done = process("demo", "--keep", "a/kept", QBFERRY_PLUGINS__ENABLED='["expenses"]')
    assert "a/kept" in done.stdout, done.stdout
    assert stat.S_IMODE(Path("a/kept").stat().st_mode) == 0o700
    assert set(rights(Path("a/kept")).values()) == {0o600}


UNIT = {
    "UMask": "0077",
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "StateDirectory": "qbferry",
    "StateDirectoryMode": "0700",
    "CapabilityBoundingSet": "",
    "RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX",
    "SystemCallFilter": "@system-service",
}


def test_the_unit_of_the_docs_is_hardened_and_its_backup_private() -> None:
    text = (Path(__file__).parents[2] / "docs/operations.md").read_text("utf-8")
    [unit] = re.findall(r"```ini\n(\[Unit\].*?)```", text, re.DOTALL)
    given = dict(line.split("=", 1) for line in reversed(unit.splitlines()) if "=" in line)
    assert UNIT.items() <= given.items()
    assert 'umask 077; sqlite3 /var/lib/qbferry/qbferry.sqlite3 "VACUUM INTO' in text


def test_a_backup_made_as_the_docs_say_is_private(qbferry: Run, folder: Path) -> None:
    qbferry("connector", "add", "office")
    os.umask(0o077)
    with closing(sqlite3.connect("qbferry.sqlite3")) as database:
        database.execute("VACUUM INTO 'backup.sqlite3'")
    assert rights(folder)["backup.sqlite3"] == 0o600
