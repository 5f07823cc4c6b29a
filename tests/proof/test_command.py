"""``qbferry prove``: what it shows, and how it ends."""

from __future__ import annotations

import json
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from qbferry.cli import cli
from qbferry.proof import report
from qbferry.proof.points import Point
from qbferry.proof.trial import Result

if TYPE_CHECKING:
    from pathlib import Path

SQLITE = ("prove", "--database", "sqlite", "--per-message", "25", "25")


@pytest.fixture(autouse=True)
def nothing_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QBFERRY_PLUGINS__ENABLED", '["invoices"]')


def run(*words: str, status: int = 0) -> Any:
    done = CliRunner().invoke(cli, [*SQLITE, *words])
    assert done.exit_code == status, done.output
    return done


def test_it_proves_the_plugins_that_run() -> None:
    done = run("--only", "wire.sent:4", "--only", "server.after-commit:3", "--jobs", "1", "--json")
    told = json.loads(done.stdout)
    assert told["failed"] == 0
    assert [one["point"] for one in told["results"]] == ["server.after-commit:3", "wire.sent:4"]
    assert {tuple(one["records"]) for one in told["results"]} == {("invoice",)}


def test_records_of_ones_own_are_proven_as_well(tmp_path: Path) -> None:
    mine = {
        "id": "MINE-1",
        "organization": "Acme Corp",
        "invoice_date": "2026-10-31",
        "lines": [{"id": "1", "item": "Labor~Remote", "amount": "12.00"}],
    }
    (tmp_path / "mine.jsonl").write_text(json.dumps(mine))
    words = ("--only", "server.before-reply:4", "--jobs", "1")
    one, two = (
        json.loads(run(*words, *more, "--json").stdout)["results"][0]["records"]["invoice"]
        for more in ((), ("--records", "invoice=mine.jsonl"))
    )
    assert two == one + 1
    (tmp_path / "mine.jsonl").write_text(json.dumps(mine | {"organization": "Ingram Micro"}))
    refused = run(*words, "--records", "invoice=mine.jsonl", status=1).output
    assert "Even without faults" in refused
    assert "invoice MINE-1 is Pending/Failed" in " ".join(refused.split())


@pytest.mark.parametrize(
    ("named", "words"),
    [
        ("check=mine.jsonl", "There is no entity named check; there are: invoice."),
        ("invoice", "Give an entity and a file"),
        ("invoice=none.jsonl", "No such file"),
        ("invoice=list.jsonl", "Give an entity and a file"),
    ],
)
def test_what_is_no_file_of_records_is_told(tmp_path: Path, named: str, words: str) -> None:
    (tmp_path / "list.jsonl").write_text("[1]\n")
    assert words in " ".join(run("--records", named, status=1).output.split())


def test_it_lists_the_points_and_crashes_nothing() -> None:
    done = run("--only", "quickbooks.dies", "--list")
    assert "sqlite, 25 a message: quickbooks.dies:1" in done.stdout
    assert "server." not in done.stdout


def test_a_point_nobody_knows_is_told() -> None:
    assert "qbferry prove --list" in run("--only", "nothing.like-it", status=1).output


def test_a_soak_shows_its_seed() -> None:
    done = run("--soak", "0.02", "--seed", "5", "--jobs", "1")
    assert "seed 5" in done.stdout
    assert "none failed" in done.stdout


def test_a_failure_is_named_with_its_point() -> None:
    results = [
        Result(
            "sqlite, 25 a message", Point("wire.sent", 3), {"invoice": 6}, ("INV-1 is there twice.",), 1, 0.5
        ),
        Result("sqlite, 25 a message", Point("wire.sent", 4), {"invoice": 6}, (), 1, 0.5),
    ]
    shown = StringIO()
    report.show(results, Console(file=shown, width=160))
    assert "2, 1 FAILED" in shown.getvalue()
    assert "sqlite, 25 a message, wire.sent:3: INV-1 is there twice." in shown.getvalue()
    assert "2 crashes, 12 records compared; 1 failed." in shown.getvalue()
    assert report.as_json(results)["failed"] == 1
