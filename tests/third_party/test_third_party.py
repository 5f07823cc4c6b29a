"""A stranger's entity and a stranger's policy work with no change to the core."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from qbferry.simulator import CompanyFile, WebConnector

from .conftest import ENABLED, HERE, Office

if TYPE_CHECKING:
    from pathlib import Path


def check(id_: str, date: str = "2026-10-31", **fields: Any) -> dict[str, Any]:
    wanted = {"payee": "Ingram Micro", "amount": "12.50", "expense_account": "Travel"}
    return {"id": id_, "date": date} | wanted | fields


def invoice(id_: str, date: str) -> dict[str, Any]:
    line = {"id": "1", "item": "Labor~Remote", "quantity": "2.5", "amount": "300.00", "taxable": False}
    return {
        "id": id_,
        "organization": "Acme Corp",
        "invoice_date": date,
        "status": "processed",
        "total": "300.00",
        "lines": [line],
    }


def take_in(office: Office, entity: str, *records: dict[str, Any]) -> Any:
    return office.json("import", entity, "-", "--ready", stdin="\n".join(map(json.dumps, records)))


def transfer(office: Office) -> None:
    """One run of the Web Connector, and what the server tells the world after it."""
    with CompanyFile.open(office.folder / "company.qbsim") as company, office.served() as url:
        outcome = WebConnector(url, "qbferry-office", "open sesame", company).run()
        assert outcome.outcome.normal, outcome.sentence
        for _ in range(1200):
            with closing(database(office)) as connection:
                if connection.execute("SELECT count(*) FROM outbox").fetchone() == (0,):
                    return
            time.sleep(0.1)
    raise AssertionError("The outbox was not emptied.")


def database(office: Office) -> sqlite3.Connection:
    return sqlite3.connect(office.folder / "qbferry.sqlite3")


def tables(office: Office) -> set[str]:
    with closing(database(office)) as connection:
        return {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def statuses(office: Office, entity: str) -> dict[str, str]:
    return {record["id"]: record["transfer_status"] for record in office.json("list", entity)}


def test_installed_plugins_are_listed_and_run_when_they_are_enabled(python: Path, tmp_path: Path) -> None:
    office = Office(python, tmp_path)
    before = {plugin["name"]: plugin for plugin in office.json("plugins")}
    assert [before[name]["enabled"] for name in ("checks", "freeze", "ledgerbook")] == [False] * 3
    office.settings(ENABLED)
    after = {plugin["name"]: plugin for plugin in office.json("plugins")}
    assert after["checks"] == {
        "name": "checks",
        "version": "1.2.0",
        "distribution": "qbferry-checks",
        "enabled": True,
        "entities": ["check"],
        "source": "qbferry_checks.plugin:Checks",
    }
    assert (after["freeze"]["enabled"], after["freeze"]["entities"]) == (True, [])


def test_the_commands_know_the_new_entity(office: Office) -> None:
    schema = json.loads(office.run("schema", "check").stdout)
    assert {"id", "payee", "amount"} <= set(schema["required"])
    assert take_in(office, "check", check("C-1"))["ready"] == 1
    (listed,) = office.json("list", "check")
    assert (listed["transfer_status"], listed["payee"]) == ("Pending", "Ingram Micro")
    assert listed["expense_account"] == "Travel"
    preview = office.json("preview", "check", "C-1")
    assert "<CheckAdd><AccountRef><FullName>Checking</FullName></AccountRef>" in preview["qbxml"]
    assert preview["problem"] is None


def test_the_entity_reads_its_settings(office: Office) -> None:
    office.settings(ENABLED + '[plugins.checks]\nbank_account = "Petty Cash"\n')
    take_in(office, "check", check("C-1"))
    assert "<FullName>Petty Cash</FullName>" in office.json("preview", "check", "C-1")["qbxml"]


def test_the_policy_vetoes_records_of_every_entity(office: Office) -> None:
    report = take_in(office, "invoice", invoice("I-1", "2026-09-30"), invoice("I-2", "2026-10-01"))
    assert report["not_ready"] == [
        {"id": "I-1", "reason": "The books are closed until 2026-09-30; this invoice is of 2026-09-30."}
    ]
    assert statuses(office, "invoice") == {"I-1": "Not Transferred", "I-2": "Pending"}
    assert take_in(office, "check", check("C-1", "2026-01-01"))["ready"] == 0
    refused = office.run("ready", "invoice", "I-1")
    assert refused.returncode == 1
    assert "The books are closed until 2026-09-30" in refused.stdout + refused.stderr


def test_the_policy_sees_every_date_that_would_leave(office: Office) -> None:
    """A timesheet of an open week may hold a day that is closed; no entry of it goes."""
    enabled = ENABLED.replace('"invoices"', '"invoices", "timesheets", "purchase_orders"')
    office.settings(enabled)
    entries = [{"id": day, "date": f"2026-10-{day}", "hours": "2"} for day in ("29", "30")]
    sheet = {"id": "T-1", "resource": "Smith, Ann", "period_start": "2026-10-25", "period_end": "2026-10-31"}
    take_in(office, "timesheet", sheet | {"status": "Approved", "entries": entries})
    assert office.json("preview", "timesheet", "T-1")["problem"] is None
    office.settings(enabled.replace("2026-09-30", "2026-10-29"))
    problem = office.json("preview", "timesheet", "T-1")["problem"]
    assert "The books are closed until 2026-10-29" in problem
    assert "is of 2026-10-29." in problem
    office.settings(enabled.replace("2026-09-30", "2126-10-29"))  # whatever would be dated today as well
    order = {"id": "P-1", "vendor": "Ingram Micro", "status": "Submitted"}
    line = {"id": "1", "product": "Switch", "quantity": "1", "unit_cost": "310.00", "received": "0"}
    take_in(office, "purchase_order", order | {"lines": [line]})
    assert "The books are closed" in office.json("preview", "purchase_order", "P-1")["problem"]


def test_a_whole_transfer(office: Office) -> None:
    take_in(office, "invoice", invoice("I-1", "2026-10-01"), invoice("I-2", "2026-11-15"))
    take_in(office, "check", check("C-1"), check("C-2", payee="Nobody"), check("C-3", account="Nowhere"))
    office.settings(ENABLED.replace("2026-09-30", "2026-10-15"))  # closed while they were waiting
    transfer(office)
    with CompanyFile.open(office.folder / "company.qbsim") as company:
        assert [txn["date"] for txn in company.transactions("Check")] == ["2026-10-31"]
        assert [txn["date"] for txn in company.transactions("Invoice")] == ["2026-11-15"]
    assert statuses(office, "invoice") == {"I-1": "Pending/Failed", "I-2": "Transferred"}
    assert statuses(office, "check") == {
        "C-1": "Transferred",
        "C-2": "Pending/Failed",
        "C-3": "Pending/Failed",
    }
    reasons = {record["id"]: record["reason"] for record in office.json("list", "check")}
    assert reasons["C-2"] == "QuickBooks has no vendor named Nobody."
    assert "Nowhere" in reasons["C-3"]
    book = {line["record_id"]: line for line in office.json("ledgerbook", "show")["lines"]}
    assert {name: line["kind"] for name, line in book.items()} == {
        "I-2": "sent",
        "C-1": "sent",
        "C-3": "rejected",
    }
    assert "Nowhere" in book["C-3"]["reason"]


def test_the_plugins_own_tests_pass_where_it_is_installed(python: Path) -> None:
    folder = HERE / "checks"
    options = ["-q", "-p", "no:cacheprovider", f"--rootdir={folder}", f"-c={folder / 'pyproject.toml'}"]
    done = subprocess.run(
        [python, "-m", "pytest", *options, folder / "tests"],
        cwd=folder,
        text=True,
        capture_output=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_plugins_own_tables_are_made_once_and_its_command_writes_into_them(office: Office) -> None:
    assert {"ledgerbook_line", "ledgerbook_note"} <= tables(office)
    assert office.run("migrate").stdout == "The database was up to date.\n"
    assert office.run("ledgerbook", "note", "October is reconciled.").returncode == 0
    assert office.json("ledgerbook", "show") == {"notes": ["October is reconciled."], "lines": []}


def test_a_plugin_tidies_its_own_tables_when_the_server_starts(office: Office) -> None:
    line = ("invoice", "I-1", "InvoiceAdd", "sent")
    with closing(database(office)) as connection, connection:
        for number, day in enumerate(("2001-01-01", "2999-01-01")):
            connection.execute(
                "INSERT INTO ledgerbook_line (record_pk, at, entity, record_id, request, kind) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (number, f"{day}T00:00:00+00:00", *line),
            )
    with office.served():
        assert [line["at"][:4] for line in office.json("ledgerbook", "show")["lines"]] == ["2999"]


def test_a_column_more_in_the_frameworks_tables_breaks_no_plugin(office: Office) -> None:
    with closing(database(office)) as connection, connection:
        for table in sorted(tables(office) - {"alembic_version"}):
            if not table.startswith("ledgerbook_"):
                connection.execute(f"ALTER TABLE {table} ADD COLUMN of_tomorrow TEXT NOT NULL DEFAULT 'new'")
    take_in(office, "invoice", invoice("I-1", "2026-11-15"))
    take_in(office, "check", check("C-1"), check("C-2"))
    transfer(office)
    assert statuses(office, "invoice") | statuses(office, "check") == {
        "I-1": "Transferred",
        "C-1": "Transferred",
        "C-2": "Transferred",
    }
    assert {line["record_id"] for line in office.json("ledgerbook", "show")["lines"]} == {"I-1", "C-1", "C-2"}


def test_records_wait_for_a_plugin_that_was_taken_out(office: Office) -> None:
    take_in(office, "check", check("C-1"))
    office.settings("")
    assert take_in(office, "invoice", invoice("I-1", "2026-09-30"))["ready"] == 1
    assert statuses(office, "check") == {"C-1": "Pending"}
    assert office.json("show", "check", "C-1")["waits_for"] == "checks"
    refused = office.run("clear-external-number", "check", "C-1")
    assert refused.returncode == 1
    assert "checks" in refused.stderr
    office.settings(ENABLED)
    transfer(office)
    assert statuses(office, "check") == {"C-1": "Transferred"}


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (
            ENABLED.replace("2026-09-30", '"soon"'),
            "error: A setting in [plugins.freeze] does not fit: until",
        ),
        (ENABLED.replace('"freeze"', '"freez"'), "error: No plugin named freez is installed"),
        (
            ENABLED + "[plugins.checks]\nbank = 1\n",
            "error: A setting in [plugins.checks] does not fit: bank",
        ),
    ],
)
def test_settings_that_do_not_fit_stop_the_start(office: Office, settings: str, sentence: str) -> None:
    office.settings(settings)
    stopped = office.run("list", "invoice")
    assert stopped.returncode == 1
    assert stopped.stderr.startswith(sentence)
    assert len(stopped.stderr.splitlines()) == 1
