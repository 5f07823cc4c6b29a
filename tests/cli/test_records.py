"""Records: importing, setting ready, listing, showing, previewing."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from typer.testing import Result

    Run = Callable[..., Result]
    Put = Callable[..., str]

pytestmark = pytest.mark.usefixtures("office")


def statuses(qbferry: Run, *words: str) -> dict[str, str]:
    rows = json.loads(qbferry("list", "invoice", "--json", *words).stdout)
    return {row["id"]: row["transfer_status"] for row in rows}


def test_an_import_sums_up_and_names_what_it_could_not_set_ready(qbferry: Run, put: Put) -> None:
    result = qbferry("import", "invoice", put("A", ("V", {"status": "voided"})), "--ready")
    assert result.stdout == "Invoices: 2 new, 0 changed, 0 unchanged; 1 set ready.\n"
    assert "V was not set ready: Invoice V is voided" in result.stderr
    assert statuses(qbferry) == {"A": "Pending", "V": "Not Transferred"}


def test_an_import_reads_standard_input_and_reports_as_json(
    qbferry: Run, invoice: Callable[..., dict[str, Any]]
) -> None:
    result = qbferry("import", "invoice", "-", "--json", stdin=json.dumps(invoice("A")))
    report = json.loads(result.stdout)
    assert (report["created"], report["changed"], report["unchanged"], report["ready"]) == (1, 0, 0, 0)
    assert report["not_ready"] == report["changed_since_transfer"] == []


def test_records_belong_to_the_connector_that_was_named(qbferry: Run, put: Put) -> None:
    qbferry("connector", "add", "branch")
    qbferry("import", "invoice", put("A"), "--connector", "branch")
    assert statuses(qbferry) == {}
    assert statuses(qbferry, "--connector", "branch") == {"A": "Not Transferred"}


def test_ready_and_not_ready_by_id_batch_and_all(qbferry: Run, put: Put) -> None:
    qbferry("import", "invoice", put(("A", {"batch": "10"}), "B", ("C", {"batch": "10"})))
    assert qbferry("ready", "invoice", "--batch", "10").stdout == "Invoices set ready: 2.\n"
    assert statuses(qbferry) == {"A": "Pending", "B": "Not Transferred", "C": "Pending"}
    assert qbferry("not-ready", "invoice", "A").stdout == "Invoices set not ready: 1.\n"
    qbferry("ready", "invoice", "--all")
    assert set(statuses(qbferry).values()) == {"Pending"}
    qbferry("not-ready", "invoice", "--all")
    assert set(statuses(qbferry).values()) == {"Not Transferred"}


def test_a_named_record_that_cannot_be_set_ready_is_an_error_the_others_are_done(
    qbferry: Run, put: Put
) -> None:
    qbferry("import", "invoice", put("A", ("V", {"status": "voided"})))
    result = qbferry("ready", "invoice", "V", "A", "--json", status=1)
    refused, done = json.loads(result.stdout)
    assert (refused["id"], refused["refused"]) == ("V", True)
    assert "voided" in refused["reason"]
    assert done == {
        "id": "A",
        "transfer_status": "Pending",
        "changed": True,
        "refused": False,
        "reason": None,
    }


def test_all_leaves_out_what_is_not_eligible_and_says_so(qbferry: Run, put: Put) -> None:
    qbferry("import", "invoice", put("A", ("V", {"status": "voided"})))
    result = qbferry("ready", "invoice", "--all")
    assert result.stdout == "Invoices set ready: 1. Others: 1.\n"
    assert "V: Invoice V is voided" in result.stderr


def test_a_long_table_is_cut_and_says_how_to_see_the_rest(qbferry: Run, put: Put) -> None:
    qbferry("import", "invoice", put(*(f"INV-{number}" for number in range(205))))
    short = qbferry("list", "invoice")
    assert len(short.stdout.splitlines()) == 201
    assert "Shown: 200 of 205." in short.stderr
    assert len(qbferry("list", "invoice", "--limit", "0").stdout.splitlines()) == 206
    assert len(statuses(qbferry)) == 205
    assert list(statuses(qbferry, "--limit", "2", "--offset", "203")) == ["INV-203", "INV-204"]


def test_a_filter_takes_the_status_as_a_person_writes_it(qbferry: Run, put: Put) -> None:
    qbferry("import", "invoice", put("A"), "--ready")
    qbferry("import", "invoice", put("B"))
    assert statuses(qbferry, "--status", "pending") == {"A": "Pending"}
    assert statuses(qbferry, "--status", "") == {"A": "Pending", "B": "Not Transferred"}
    assert "There are no invoices like that." in qbferry("list", "invoice", "--status", "transferred").stdout


def test_show_has_the_record_and_its_history(qbferry: Run, put: Put) -> None:
    qbferry("import", "invoice", put("A"))
    shown = json.loads(qbferry("show", "invoice", "A", "--json").stdout)
    assert shown["transfer_status"] == "Not Transferred"
    assert shown["document"]["organization"] == "Acme Corp"
    assert shown["history"] == []
    text = qbferry("show", "invoice", "A").stdout
    assert '"organization": "Acme Corp"' in text
    assert "Nothing was transferred yet." in text


def test_the_history_names_who_did_it(qbferry: Run, put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "ann")
    qbferry("import", "invoice", put("A"), "--ready")
    monkeypatch.setenv("LOGNAME", "bob")
    qbferry("not-ready", "invoice", "A")
    lines = json.loads(qbferry("show", "invoice", "A", "--json").stdout)["history"]
    assert [(line["kind"], line["actor"]) for line in lines] == [("Not ready", "bob"), ("Ready", "ann")]
    assert "Not ready  bob" in qbferry("history", "invoice", "A").stdout


def test_why_an_import_could_not_set_a_record_ready_stays_visible(qbferry: Run, put: Put) -> None:
    qbferry("import", "invoice", put(("V", {"status": "voided"})), "--ready")
    reason = "Invoice V is voided; voided invoices are not transferred."
    assert reason in qbferry("list", "invoice").stdout
    assert reason in qbferry("show", "invoice", "V").stdout
    [row] = json.loads(qbferry("list", "invoice", "--json").stdout)
    assert (row["not_ready_reason"], row["reason"]) == (reason, None)


def test_an_import_says_where_it_found_a_record(qbferry: Run, put: Put) -> None:
    qbferry("connector", "add", "branch")
    qbferry("import", "invoice", put("B"), "--connector", "branch")
    result = qbferry("import", "invoice", put("A", ("B", {"memo": "late"})))
    assert result.stdout == (
        "Invoices: 1 new, 1 changed, 0 unchanged; 0 set ready.\nOf these 1 for office, 1 for branch.\n"
    )
    assert "The connector branch has these already, and they were taken in there: B." in result.stderr
    assert statuses(qbferry) == {"A": "Not Transferred"}
    report = json.loads(qbferry("import", "invoice", put("B"), "--json").stdout)
    assert report["elsewhere"] == {"branch": ["B"]}
    assert "--separate" in qbferry("import", "invoice", put("B"), "--connector", "office", status=1).stderr
    qbferry("import", "invoice", put("B"), "--connector", "office", "--separate")
    refused = qbferry("import", "invoice", put("B"), status=1)
    assert "Several connectors have invoices of these ids: B. Name one of office, branch" in refused.stderr


def test_a_preview_is_qbxml_raw_as_json_and_laid_out_for_people(qbferry: Run, put: Put) -> None:
    qbferry("import", "invoice", put("A"))
    raw = json.loads(qbferry("preview", "invoice", "A", "--json").stdout)
    assert raw["problem"] is None
    assert raw["qbxml"].startswith('<?xml version="1.0" encoding="utf-8"?><?qbxml version="13.0"?><QBXML>')
    people = qbferry("preview", "invoice", "A").stdout
    assert "\n        <CustomerRef>\n          <FullName>Acme Corp</FullName>\n" in people
    assert statuses(qbferry) == {"A": "Not Transferred"}


def test_a_preview_of_what_cannot_go_says_why(qbferry: Run, put: Put) -> None:
    qbferry("import", "invoice", put(("V", {"status": "voided"})))
    result = qbferry("preview", "invoice", "V", status=1)
    assert result.stdout == ""
    assert result.stderr.startswith("V would not go: Invoice V is voided")


def test_what_a_record_holds_is_shown_as_it_is(qbferry: Run, put: Put) -> None:
    name = "[bold]Ünïcode[/bold] :smile: \\"
    qbferry("import", "invoice", put(("A", {"organization": name})))
    assert name in qbferry("list", "invoice").stdout
    [row] = json.loads(qbferry("list", "invoice", "--json").stdout)
    assert row["organization"] == name


def test_the_schema_describes_a_record(qbferry: Run) -> None:
    schema = json.loads(qbferry("schema", "invoice").stdout)
    assert schema["additionalProperties"] is False
    assert {"id", "batch", "organization", "lines"} <= set(schema["properties"])


def test_nothing_is_in_doubt_and_nothing_was_transferred_at_first(qbferry: Run) -> None:
    assert qbferry("doubt", "list").stdout == "No record is in doubt.\n"
    assert qbferry("history").stdout == "Nothing was transferred yet.\n"
    assert qbferry("runs").stdout == "There was no run yet.\n"
    for words in (("doubt", "list"), ("history",), ("runs",)):
        assert json.loads(qbferry(*words, "--json").stdout) == []


def test_what_only_reads_need_not_wait_for_who_writes(qbferry: Run, put: Put) -> None:
    qbferry("import", "invoice", put("A"), "--ready")
    with closing(sqlite3.connect("qbferry.sqlite3", isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        assert statuses(qbferry) == {"A": "Pending"}
        qbferry("preview", "invoice", "A")
