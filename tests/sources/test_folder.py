"""A watched folder: each file is taken in once, whatever dies when."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from tests.plain import plain

from qbferry.config import FolderSettings, PluginSettings
from qbferry.desk.drawer import Drawer
from qbferry.intake import read, take_in
from qbferry.plugin.manager import assemble
from qbferry.sources import Folder
from qbferry.store.database import Database
from qbferry.store.records import Filter
from qbferry.testing.installation import Installation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Make = Callable[..., dict[str, Any]]


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    return tmp_path / "inbox"


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[Installation]:
    with Installation(tmp_path, plugins=assemble(plain()), url=database_url) as installation:
        yield installation


def watching(world: Installation, inbox: Path, **how: Any) -> Folder:
    """A server's watch, after its first look."""
    settings = FolderSettings(path=str(inbox), **{"settle": 0} | how)
    folder = Folder(world.database, world.plugins, settings, "continue")
    folder.work()
    return folder


def ids(world: Installation) -> list[str]:
    return sorted(row.id for row in world.records("invoice"))


def put(file: Path, *documents: dict[str, Any]) -> None:
    file.write_text("".join(json.dumps(one) + "\n" for one in documents))


def lying(inbox: Path) -> list[str]:
    """All files, without the marks of who claimed them."""
    return sorted(
        path.relative_to(inbox / "invoice").as_posix() for path in inbox.rglob("*") if path.is_file()
    )


def test_a_file_is_taken_in_and_moved_away_with_a_report(
    world: Installation, inbox: Path, invoice: Make
) -> None:
    folder = watching(world, inbox, ready=True)
    put(inbox / "invoice/october.jsonl", invoice("A"), invoice("B"))
    assert folder.work() == 1
    assert folder.work() == 0
    assert ids(world) == ["A", "B"]
    assert lying(inbox) == ["done/october.jsonl", "done/october.jsonl.report.json"]
    told = json.loads((inbox / "invoice/done/october.jsonl.report.json").read_text())
    assert (told["file"], told["taken_in"], told["created"], told["ready"]) == ("october.jsonl", True, 2, 2)


def test_a_file_that_does_not_fit_is_refused_with_its_faults(
    world: Installation, inbox: Path, invoice: Make
) -> None:
    folder = watching(world, inbox)
    put(inbox / "invoice/bad.jsonl", invoice("A"), {"id": "B"})
    (inbox / "invoice/empty.jsonl").write_text("")
    assert [folder.work(), folder.work(), folder.work()] == [1, 1, 0]
    assert ids(world) == []
    told = json.loads((inbox / "invoice/refused/bad.jsonl.report.json").read_text())
    assert told["taken_in"] is False
    assert "line 2, field organization: is missing" in told["details"]
    assert "There is no record" in (inbox / "invoice/refused/empty.jsonl.report.json").read_text()


def test_a_table_is_read_by_the_map_beside_it(world: Installation, inbox: Path) -> None:
    folder = watching(world, inbox)
    columns = (
        '[columns]\nid = "No"\norganization = "Customer"\ninvoice_date = "Day"\nlines.amount = "Amount"\n'
    )
    (inbox / "invoice/map.toml").write_text('dates = "us"\n' + columns)
    (inbox / "invoice/october.csv").write_text("No,Customer,Day,Amount\nA,Acme,10/31/2026,5\n")
    assert [folder.work(), folder.work()] == [1, 0]
    assert ids(world) == ["A"]
    assert "map.toml" in lying(inbox)


def test_a_file_that_still_changes_is_left_until_it_is_complete(
    world: Installation, inbox: Path, invoice: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr("qbferry.sources.folder.time.monotonic", lambda: now)
    folder = watching(world, inbox, settle=5)
    file = inbox / "invoice/october.jsonl"
    put(file, invoice("A"))
    put(inbox / "invoice/november.jsonl.part", invoice("C"))
    assert folder.work() == 0
    now += 4
    put(file, invoice("A"), invoice("B"))
    assert folder.work() == 0
    now += 4
    assert folder.work() == 0
    now += 1
    assert folder.work() == 1
    assert ids(world) == ["A", "B"]
    assert "november.jsonl.part" in lying(inbox)


def test_the_same_name_comes_again_and_nothing_is_overwritten(
    world: Installation, inbox: Path, invoice: Make
) -> None:
    folder = watching(world, inbox)
    for name in ("A", "B"):
        put(inbox / "invoice/october.jsonl", invoice(name))
        assert folder.work() == 1
    assert ids(world) == ["A", "B"]
    assert len(lying(inbox)) == 4


def test_two_servers_never_take_the_same_file(
    world: Installation, inbox: Path, invoice: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = watching(world, inbox), watching(world, inbox)
    put(inbox / "invoice/october.jsonl", invoice("A"))
    begun: list[int] = []
    before = one._bring_in

    def meanwhile(*given: Any) -> Any:
        begun.append(other.work())
        return before(*given)

    monkeypatch.setattr(one, "_bring_in", meanwhile)
    assert one.work() == 1
    assert begun == [0]
    assert lying(inbox) == ["done/october.jsonl", "done/october.jsonl.report.json"]


def test_a_folder_that_cannot_be_used_is_told_once_in_one_sentence(
    world: Installation, inbox: Path, caplog: pytest.LogCaptureFixture
) -> None:
    inbox.write_text("a file of this name")
    folder = watching(world, inbox)
    assert folder.work() == 0
    assert [one.getMessage().partition(":")[0] for one in caplog.records] == [
        "The watched folder cannot be used"
    ]


def test_records_with_quickbooks_make_the_file_wait(world: Installation, inbox: Path, invoice: Make) -> None:
    folder = watching(world, inbox, ready=True)
    put(inbox / "invoice/october.jsonl", invoice("A"))
    assert folder.work() == 1
    assert "InvoiceAdd" in world.send(world.begin())
    put(inbox / "invoice/october.jsonl", invoice("A", memo="Later"))
    assert folder.work() == 0
    assert not any(name.startswith("refused") for name in lying(inbox))


KILLED = """
import os, signal, sys
from datetime import timedelta
from pathlib import Path
from qbferry.config import FolderSettings, PluginSettings
from qbferry.plugin.manager import assemble
from qbferry.sources import Folder, folder as module
from qbferry.store.database import Database

plugins = assemble(PluginSettings(enabled=["invoices"]))
module.LEASE = timedelta()  # the next server need not wait

def watch(root):
    database = Database(f"sqlite:///{root / 'qbferry.sqlite3'}")
    return Folder(database, plugins, FolderSettings(path=str(root / "inbox"), settle=0), "continue")

def killed(root, step):
    left = step
    def trace(frame, event, arg):
        nonlocal left
        if frame.f_code.co_filename != module.__file__:
            return None
        if event in ("line", "return"):
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace
    folder = watch(root)
    sys.settrace(trace)
    folder.work()
    os._exit(0)

for step, root in enumerate(sys.argv[1:]):
    child = os.fork()
    if not child:
        killed(Path(root), step * int(os.environ["STRIDE"]))
    _, status = os.waitpid(child, 0)
    print(int(os.waitstatus_to_exitcode(status) == 0), flush=True)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_process_that_is_killed_at_any_step_neither_loses_nor_doubles_a_file(
    tmp_path_factory: pytest.TempPathFactory, invoice: Make
) -> None:
    """After the kill a person changes a record, if it is there: what was taken in is not taken in again."""
    stride, most = 5, 60
    model = tmp_path_factory.mktemp("model")
    with Installation(model) as world:
        watching(world, model / "inbox")
        put(model / "inbox/invoice/october.jsonl", invoice("A"), invoice("B"))
    roots = [tmp_path_factory.mktemp("killed") for _ in range(most)]
    for root in roots:
        shutil.copytree(model, root, dirs_exist_ok=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("QBFERRY_")}
    told = subprocess.run(
        [sys.executable, "-c", KILLED, *map(str, roots)],
        env=environment | {"STRIDE": str(stride)},
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    assert told[0] == "0"
    assert told[-1] == "1"  # it has come to its end
    taken = 0
    for root in roots[: told.index("1") + 1]:
        taken += after(root, invoice)
    assert 0 < taken < told.index("1")


def after(root: Path, invoice: Make) -> bool:
    """What the next server finds and does; whether the killed one had taken the file in."""
    plugins = assemble(PluginSettings(enabled=["invoices"]))
    with closing(Database(f"sqlite:///{root / 'qbferry.sqlite3'}")) as database:

        def memos() -> dict[str, Any]:
            with database.read() as tx:
                rows = tx.records.page(1, "invoice", Filter(), limit=None)
            return {row.id: row.document["memo"] for row in rows}

        before = memos()
        assert len(before) in (0, 2), "half of a file"
        if before:
            with (
                database.write() as tx,
                Drawer.open(tx, plugins, "invoice", None, "continue", actor="Ann", lock=True) as drawer,
            ):
                take_in(drawer, read(plugins.entities["invoice"], [json.dumps(invoice("A", memo="By hand"))]))
        folder = Folder(database, plugins, FolderSettings(path=str(root / "inbox"), settle=0), "continue")
        folder.work()
        folder.work()
        assert memos() == {"A": "By hand" if before else None, "B": None}
    assert lying(root / "inbox") == ["done/october.jsonl", "done/october.jsonl.report.json"]
    assert json.loads((root / "inbox/invoice/done/october.jsonl.report.json").read_text())["created"] == 2
    return bool(before)
