"""``qbferry import`` takes tables in, and writes maps for them."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Run

SALES = """\
Invoice No,Customer,Invoice Date,Product/Service,Amount
1001,Acme Corp,10/31/2026,Consulting,"1,200.00"
,,,Travel,99.5
1002,Beta Ltd,11/1/2026,Consulting,50
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    made = tmp_path / "october.csv"
    made.write_text(SALES, encoding="utf-8")
    return made


def test_a_map_is_written_looked_through_and_used(qbferry: Run, table: Path, tmp_path: Path) -> None:
    qbferry("connector", "add", "office")
    target = tmp_path / "october.toml"

    said = qbferry("import", "invoice", str(table), "--suggest-map", str(target)).stdout

    assert "Look through it" in said
    assert 'organization = "Customer"' in target.read_text(encoding="utf-8")
    told = qbferry("import", "invoice", str(table), "--map", str(target), "--dry-run")
    assert "Invoices: 2 new" in told.stdout
    assert "nothing was changed" in told.stderr
    assert "Invoices: 2 new" in qbferry("import", "invoice", str(table), "--map", str(target)).stdout
    again = qbferry("import", "invoice", str(table), "--suggest-map", str(target), status=1)
    assert f"There is a file {target} already" in again.stderr


def test_a_suggestion_is_shown(qbferry: Run, table: Path) -> None:
    table.write_text(SALES.replace("Customer", "Unheard of"), encoding="utf-8")
    said = qbferry("import", "invoice", str(table), "--suggest-map", "-")
    assert said.stdout.startswith('dates = "us"\nnumbers = "1,234.56"\n\n[columns]\nid = "Invoice No"\n')
    assert '# not used: "Unheard of"' in said.stdout
    assert "No column was found for organization; records need that." in said.stderr


def test_without_a_map_headings_are_fields_and_dates_may_be_said(qbferry: Run, table: Path) -> None:
    qbferry("connector", "add", "office")
    table.write_text("id,organization,invoice_date,lines.amount\nA,Acme,31.10.2026,1\n", encoding="utf-8")
    assert "is no date such as 2026-10-31" in qbferry("import", "invoice", str(table), status=1).stderr
    assert "1 new" in qbferry("import", "invoice", str(table), "--dates", "eu").stdout


def test_headings_that_are_no_fields_lead_to_a_map(qbferry: Run, table: Path) -> None:
    qbferry("connector", "add", "office")
    told = qbferry("import", "invoice", str(table), status=1).stderr
    assert 'The column "Invoice No" is no field. Write a map with --suggest-map' in told


def test_files_that_are_not_there_are_told(qbferry: Run, table: Path, tmp_path: Path) -> None:
    qbferry("connector", "add", "office")
    nothing = str(tmp_path / "nothing.csv")
    assert f"The file {nothing} cannot be read" in qbferry("import", "invoice", nothing, status=1).stderr
    told = qbferry("import", "invoice", str(table), "--map", nothing, status=1)
    assert f"The map {nothing} cannot be read" in told.stderr


def test_a_table_comes_on_standard_input(qbferry: Run) -> None:
    qbferry("connector", "add", "office")
    text = "id,organization,invoice_date,lines.amount\nA,Acme,2026-10-31,1\n"
    assert "1 new" in qbferry("import", "invoice", "-", "--dates", "iso", stdin=text).stdout


# -- Export


@pytest.fixture
def filled(qbferry: Run, tmp_path: Path) -> Run:
    """Three invoices, one of which is ready."""
    qbferry("connector", "add", "office")
    lines = [
        {
            "id": name,
            "organization": "=Acme",
            "invoice_date": "2026-10-31",
            "bill_to": {"city": "Köln"},
            "lines": [
                {"item": "Consulting", "description": "-now-", "amount": "-10.00", "taxable": True},
                {"item": "Travel", "quantity": "2.5", "amount": "20.00", "class": "East"},
            ],
        }
        for name in ("A", "B", "C")
    ]
    file = tmp_path / "three.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    qbferry("import", "invoice", str(file))
    qbferry("ready", "invoice", "B")
    return qbferry


@pytest.mark.parametrize("form", ["csv", "jsonl", "xlsx"])
def test_what_is_exported_can_be_taken_in_again(filled: Run, tmp_path: Path, form: str) -> None:
    target = tmp_path / f"out.{form}"
    assert f"Invoices written to {target}: 3." in filled("export", "invoice", "-o", str(target)).stderr

    told = json.loads(filled("import", "invoice", str(target), "--json").stdout)

    assert (told["created"], told["changed"], told["unchanged"]) == (0, 0, 3), told


def test_an_export_says_what_became_of_each(filled: Run) -> None:
    lines = filled("export", "invoice", "--where", "status=Pending").stdout.splitlines()
    [one] = [json.loads(line) for line in lines]
    assert (one["id"], one["quickbooks"]) == ("B", {"transfer_status": "Pending"})


def test_a_table_has_a_row_for_each_line_and_no_formula(filled: Run) -> None:
    text = filled("export", "invoice", "--format", "csv").stdout
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["id"] for row in rows] == ["A", "A", "B", "B", "C", "C"]
    assert [row["organization"] for row in rows[:2]] == ["'=Acme", ""]
    assert [row["lines.amount"] for row in rows[:2]] == ["-10.00", "20.00"]
    assert rows[0]["lines.description"] == "'-now-"
    assert [row["quickbooks.transfer_status"] for row in rows[:2]] == ["Not Transferred", ""]


def test_mistakes_of_an_export_are_told(filled: Run, tmp_path: Path) -> None:
    assert "Write a condition as NAME=VALUE" in filled("export", "invoice", "--where", "x", status=1).stderr
    assert "needs a file" in filled("export", "invoice", "--format", "xlsx", status=1).stderr
    nowhere = str(tmp_path / "nowhere" / "x.csv")
    assert "cannot be written" in filled("export", "invoice", "-o", nowhere, status=1).stderr
    assert (
        "There is no transfer status Gone"
        in filled("export", "invoice", "--where", "status=Gone", status=1).stderr
    )
