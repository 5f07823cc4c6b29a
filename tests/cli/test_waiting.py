"""Records of a plugin that is not enabled wait for it: they are shown, and nothing of them is sent."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from qbferry.app import build
from qbferry.config import load
from qbferry.store.catalog import KnownKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from typer.testing import Result

    Run = Callable[..., Result]
    Put = Callable[..., str]

SENTENCE = "Invoices wait for the plugin invoices, which is not enabled; name it in [plugins] enabled."


@pytest.fixture
def waiting(qbferry: Run, put: Put, office: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two invoices, one of them ready, and then no plugin for invoices any more."""
    qbferry("import", "invoice", put("A"), "--ready")
    qbferry("import", "invoice", put(("B", {"organization": "Beta Ltd"})))
    monkeypatch.setenv("QBFERRY_PLUGINS__ENABLED", '["timesheets"]')


@pytest.mark.usefixtures("waiting")
def test_they_are_listed_and_shown_with_what_they_wait_for(qbferry: Run) -> None:
    rows = json.loads(qbferry("list", "invoice", "--json").stdout)
    assert [(row["id"], row["transfer_status"], row["waits_for"]) for row in rows] == [
        ("A", "Pending", "invoices"),
        ("B", "Not Transferred", "invoices"),
    ]
    table = qbferry("list", "invoice").stdout
    assert "Waits for plugin invoices." in table
    assert "Beta Ltd" in table
    shown = json.loads(qbferry("show", "invoice", "A", "--json").stdout)
    assert shown["waits_for"] == "invoices"
    assert shown["document"]["organization"] == "Acme Corp"
    assert [line["kind"] for line in shown["history"]] == ["Ready"]
    assert "waits for" in qbferry("show", "invoice", "A").stdout
    assert [line["id"] for line in json.loads(qbferry("history", "invoice", "--json").stdout)] == ["A"]


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize(
    "words",
    [
        ("ready", "invoice", "B"),
        ("ready", "invoice", "--all"),
        ("clear-external-number", "invoice", "B"),
        ("preview", "invoice", "B"),
        ("import", "invoice", "invoices.jsonl"),
        ("doubt", "there", "invoice", "B"),
        ("doubt", "not-there", "invoice", "B"),
    ],
)
def test_what_needs_the_plugin_is_refused_in_one_sentence(qbferry: Run, words: tuple[str, ...]) -> None:
    refused = qbferry(*words, status=1)
    assert refused.stdout == ""
    assert refused.stderr == f"error: {SENTENCE} Nothing was changed.\n"


@pytest.mark.usefixtures("waiting")
def test_they_can_be_set_not_ready(qbferry: Run) -> None:
    assert qbferry("not-ready", "invoice", "A").stdout == "Invoices set not ready: 1.\n"
    rows = json.loads(qbferry("list", "invoice", "--json").stdout)
    assert {row["transfer_status"] for row in rows} == {"Not Transferred"}


@pytest.mark.usefixtures("waiting")
def test_once_the_plugin_runs_again_they_wait_no_more(qbferry: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QBFERRY_PLUGINS__ENABLED", '["invoices"]')
    rows = json.loads(qbferry("list", "invoice", "--json").stdout)
    assert {row["waits_for"] for row in rows} == {None}
    assert qbferry("ready", "invoice", "B").stdout == "Invoices set ready: 1.\n"


@pytest.mark.usefixtures("waiting")
def test_a_kind_there_never_was_is_told_with_those_there_are(qbferry: Run) -> None:
    refused = qbferry("list", "bill", status=1)
    assert refused.stderr == "error: There is no entity named bill; there are: timesheet, invoice.\n"


@pytest.mark.usefixtures("waiting")
def test_what_kinds_there_are_is_noted_when_they_change_and_then_only(qbferry: Run) -> None:
    qbferry("list", "timesheet")
    with closing(build(load())) as application:
        with application.database.write() as tx:
            before = tx.catalog.all()
            tx.catalog.keep([replace(before["timesheet"], label="Sheet")])
        with closing(build(load())), application.database.read() as tx:
            assert tx.catalog.all() == before
        with closing(sqlite3.connect("qbferry.sqlite3", isolation_level=None)) as writer:
            writer.execute("BEGIN IMMEDIATE")
            build(load()).close()  # or it would wait for the writer
    invoice = before["invoice"]
    assert replace(invoice, columns=()) == KnownKind(
        "invoice", "invoices", "Invoice", "Invoices", ("InvoiceAdd",)
    )
    assert "organization" in {column.name for column in invoice.columns}
