"""``qbferry demo``: the first thing a new user runs."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from pathlib import Path

QBFERRY = [sys.executable, "-m", "qbferry"]
WIDE = os.environ | {"COLUMNS": "200"}


def test_every_record_of_the_demo_ends_as_expected(tmp_path: Path) -> None:
    done = subprocess.run([*QBFERRY, "demo", "--json"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    records = result["records"]
    assert sum(record["entity"] == "invoice" for record in records) == 40
    assert {record["entity"] for record in records} == {
        "invoice",
        "timesheet",
        "expense_report",
        "purchase_order",
    }
    assert all(record["as_expected"] for record in records)
    assert {record["transfer_status"] for record in records} >= {
        "Transferred",
        "Pending/Failed",
        "Not Transferred",
    }
    assert all(record["reason"] for record in records if record["transfer_status"] != "Transferred")
    assert result["books"]["ItemReceipt"] == 1
    assert list(tmp_path.iterdir()) == [], "nothing is left behind"


def test_keep_leaves_database_and_company_file(tmp_path: Path) -> None:
    done = subprocess.run(
        [*QBFERRY, "demo", "--keep", "kept"], cwd=tmp_path, capture_output=True, text=True, env=WIDE
    )
    assert done.returncode == 0, done.stderr
    assert "No record ended otherwise" in done.stdout
    assert "35 invoices: INV-1001 to INV-1033, INV-1039, INV-1040\n" in done.stdout
    assert "\n2 timesheets: TS-11, TS-13\n1 purchase order: PO-201\n" in done.stdout.replace(
        "2 expense reports: ER-31, ER-32\n", ""
    )
    assert done.stdout.count("Transferred, number") >= 2, "what was corrected has gone"
    story = " ".join(done.stdout.split())
    assert "INV-1039 corrected: its purchase order number was too long for QuickBooks Transferred" in story
    assert "canceled after it was transferred, and so deleted in QuickBooks Not Transferred" in story
    assert "qbferry init" in done.stdout
    assert "qbferry list invoice" in done.stdout
    assert len(done.stdout.splitlines()) < 50, "what went does not bury what did not"
    with sqlite3.connect(tmp_path / "kept" / "qbferry.sqlite3") as database:
        assert database.execute("SELECT count(*) FROM record WHERE entity = 'invoice'").fetchone() == (40,)
    database.close()
    again = subprocess.run([*QBFERRY, "demo", "--keep", "kept"], cwd=tmp_path, capture_output=True, text=True)
    assert again.returncode == 1
    assert "no empty folder" in again.stderr
    assert "Traceback" not in again.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl+C is sent otherwise there")
def test_with_web_the_pages_stay_up_until_somebody_ends_it(tmp_path: Path) -> None:
    # What a shell runs in the background is deaf to Ctrl+C, and so would be what these tests start there.
    demo = subprocess.Popen(
        [*QBFERRY, "demo", "--web"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )
    try:
        assert demo.stderr is not None
        told = ""
        for line in demo.stderr:
            told += line
            if "Ctrl+C" in line:
                break
        url, password = (
            re.search(r"(http://\S+)/\n", told),
            re.search(r"as demo, with the password (\S+)", told),
        )
        assert url is not None
        assert password is not None
        with httpx.Client(base_url=url[1], follow_redirects=True) as client:
            token = client.get("/login").text.split('name="csrftoken" value="')[1].split('"')[0]
            form = {"csrftoken": token, "username": "demo", "password": password[1]}
            assert "Failed, by reason" in client.post("/login", data=form).text
        demo.send_signal(signal.SIGINT)
        demo.communicate(timeout=60)
        assert demo.returncode == 0
    finally:
        demo.kill()
        demo.communicate()


def test_records_come_from_autotask_and_it_learns_what_became_of_them(tmp_path: Path) -> None:
    words = [*QBFERRY, "demo", "--autotask"]
    done = subprocess.run([*words, "--json"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert all(record["as_expected"] for record in result["records"])
    assert {record["autotask_field"] for record in result["records"]} == {
        "Invoices.invoiceNumber",
        "ExpenseReports.quickBooksReferenceNumber",
        "PurchaseOrders.externalPONumber",
        None,
    }
    assert result["books"] == {
        "Invoice": 3,
        "TimeTracking": 2,
        "Bill": 1,
        "PurchaseOrder": 1,
        "ItemReceipt": 1,
    }
    assert list(tmp_path.iterdir()) == [], "nothing is left behind"
    story = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, env=WIDE)
    assert "Day 1: 6 new records, 0 changed." in story.stderr
    assert "Day 2, after goods were received in Autotask: 0 new records, 1 changed." in story.stderr
    assert "Invoices.invoiceNumber" in story.stdout
    refused = subprocess.run([*words, "--web"], cwd=tmp_path, capture_output=True, text=True)
    assert (refused.returncode, "leave out --web" in refused.stderr) == (1, True)
