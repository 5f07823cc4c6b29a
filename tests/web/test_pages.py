"""The other pages: one record, history, runs, alerts, batches, mappings, connectors, import."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest

from qbferry import config
from qbferry.demo.script import first_act
from qbferry.desk import connectors
from qbferry.model import Edit
from qbferry.store.rows import AlertRow, RunRow
from qbferry.web import guard

from .conftest import said, set_ready

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Place, Visit

    Make = Callable[..., dict[str, Any]]

NOW = datetime.now(UTC)


# -- One record


def test_a_record_tells_what_was_sent_and_what_came_back(invoices: Place, ann: Visit) -> None:
    set_ready(invoices, "INV-1")
    invoices.run()
    page = ann.get("/records/invoice/INV-1")
    told = said(page)
    assert "Transferred" in told
    assert "Acme Corp" in told
    assert "Labor~Remote" in told
    sent, answered = re.findall(r"<pre>(.*?)</pre>", page.split('id="history"')[1], re.DOTALL)[:2]
    assert "InvoiceAddRq" in sent
    assert "InvoiceAddRs" in answered
    assert "INV-2" not in sent


def test_a_record_that_failed_tells_why_and_leads_to_the_mappings(invoices: Place, ann: Visit) -> None:
    set_ready(invoices, "LOST")
    invoices.run()
    page = ann.get("/records/invoice/LOST")
    assert "Why it did not go: QuickBooks" in said(page)
    assert "Nobody Inc" in said(page)


def test_what_would_be_sent_is_shown(invoices: Place, ann: Visit) -> None:
    page = ann.get("/records/invoice/INV-1")
    assert "InvoiceAdd" in page.split('id="would"')[1]
    assert "It would not go: Invoice VOID is voided" in said(ann.get("/records/invoice/VOID"))


def test_acts_on_one_record(invoices: Place, ann: Visit) -> None:
    path = "/records/invoice/INV-1"
    ann.get(path)
    assert "Invoices set ready: 1." in said(ann.post(path, what="ready"))
    assert "Invoices set not ready: 1." in said(ann.post(path, what="not-ready"))
    assert "is not ready already" in said(ann.post(path, what="not-ready"))
    assert "is voided" in said(ann.post("/records/invoice/VOID", what="ready"))
    assert "Choose what is to be done" in said(ann.post(path, what="burn"))


def test_a_transferred_record_goes_again_only_when_it_is_confirmed(invoices: Place, ann: Visit) -> None:
    set_ready(invoices, "INV-1")
    invoices.run()
    path = "/records/invoice/INV-1"
    assert "makes a duplicate" in said(ann.get(path))
    ann.post(path, what="ready")
    assert invoices.statuses()["INV-1"] == "Transferred"
    ann.post(path, what="ready", confirmed="yes")
    assert invoices.statuses()["INV-1"] == "Pending"


def test_what_differs_from_what_was_sent_is_shown(invoices: Place, ann: Visit, invoice: Make) -> None:
    set_ready(invoices, "INV-1")
    invoices.run()
    changed = invoice("INV-1", batch="2026-10", organization="Cedar Clinic")
    invoices.put("invoice", changed)
    page = ann.get("/records/invoice/INV-1")
    assert "changed since transfer" in said(page)
    differs = said("<main>" + page.split('class="diff"')[1].split("</pre>")[0] + "</main>")
    assert "-<FullName>Acme Corp</FullName>" in differs
    assert "+<FullName>Cedar Clinic</FullName>" in differs


def test_a_record_in_doubt_is_decided(invoices: Place, ann: Visit) -> None:
    for name, what in (("INV-1", "there"), ("INV-2", "not-there")):
        with invoices.app.database.write() as tx:
            row = tx.records.by_id(1, "invoice", [name])[name]
            row.in_doubt, row.doubtful, row.reason = True, {"invoice": "invoice"}, "Nobody can tell."
            tx.records.save([row])
        page = ann.get(f"/records/invoice/{name}")
        assert "It is there" in said(page)
        assert "In doubt: a person must decide" in said(ann.get("/"))
        ann.get(f"/records/invoice/{name}")
        told = said(ann.post(f"/records/invoice/{name}", what=what, number="4711" if what == "there" else ""))
        assert "is decided" in told
    with invoices.app.database.read() as tx:
        rows = tx.records.by_id(1, "invoice", ["INV-1", "INV-2"])
    assert (rows["INV-1"].in_doubt, rows["INV-1"].ref_number) == (False, "4711")
    assert (rows["INV-2"].in_doubt, str(rows["INV-2"].transfer_status)) == (False, "Pending")


def test_an_id_with_any_character_has_a_page(place: Place, ann: Visit, invoice: Make) -> None:
    names = ["a/b", "a b?c#d", "100%", "ü", "x;y"]
    place.put("invoice", *(invoice(name) for name in names))
    links = re.findall(r'<th scope="row"><a href="([^"]+)"', ann.get("/records/invoice?sort=arrival"))
    assert [
        said(ann.get(link)).removeprefix("Invoices Invoice ").startswith(name)
        for link, name in zip(links, names, strict=True)
    ] == [True] * 5


def test_goods_are_received_on_an_order_and_it_is_canceled(place: Place, ann: Visit) -> None:
    [document] = [part.document for part in first_act() if part.document["id"] == "PO-201"]
    place.put("purchase_order", document, ready=True)
    path = "/records/purchase_order/PO-201"
    assert "has not been transferred yet" in said(ann.get(path))
    assert "has not been transferred yet" in said(
        ann.post(path, what="receive", form={"edit-line": "1", "edit-quantity": "1"})
    )
    place.run()
    assert "Receive goods" in said(ann.get(path))
    assert "is not a quantity" in said(
        ann.post(path, what="receive", form={"edit-line": "1", "edit-quantity": "many"})
    )
    told = said(ann.post(path, what="receive", form={"edit-line": "1", "edit-quantity": "1"}))
    assert "Receive goods: done; Purchase order PO-201 is Pending." in told
    assert "UTC , Pending" in said(ann.get("/records/purchase_order"))
    place.run()
    assert place.statuses("purchase_order") == {"PO-201": "Transferred"}
    assert len(place.company.transactions("ItemReceipt")) == 1
    told = said(ann.post(path, what="cancel"))
    assert "Cancel the order: done" in told
    assert "is canceled already" in told


def test_a_plugin_that_breaks_in_an_edit_is_told_and_changes_nothing(
    place: Place, ann: Visit, invoice: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(record: Any, given: Any) -> Any:
        raise ZeroDivisionError

    place.put("invoice", invoice("A"))
    entity = place.app.plugins.entities["invoice"]
    edit = Edit(name="halve", label="Halve it", change=explode)
    monkeypatch.setitem(place.app.plugins.entities, "invoice", replace(entity, edits=(edit,)))
    assert "Halve it" in said(ann.get("/records/invoice/A"))
    told = said(ann.post("/records/invoice/A", what="halve"))
    assert "Halve it failed; the log says why. Nothing was changed." in told


# -- History, runs, alerts


def test_the_history_is_searched(invoices: Place, ann: Visit) -> None:
    set_ready(invoices, "INV-1", "LOST")
    invoices.run()
    everything = said(ann.get("/history"))
    assert "INV-1" in everything
    assert "LOST" in everything
    failures = said(ann.get("/history?result=failures"))
    assert "LOST" in failures
    assert "Invoice INV-1" not in failures
    assert "Invoice INV-1" in said(ann.get("/history?text=inv-1&result=transferred&entity=invoice&run=1"))
    assert "There is nothing like that" in said(ann.get("/history?from=2031-01-01"))
    assert "There is nothing like that" in said(ann.get("/history?to=2001-01-01"))
    assert "is no date" in said(ann.get("/history?from=yesterday"))
    assert "is no number" in said(ann.get("/history?run=x"))


def test_a_run_tells_how_it_ended(invoices: Place, ann: Visit) -> None:
    set_ready(invoices, "INV-1", "LOST")
    invoices.run()
    assert "office" in said(ann.get("/runs"))
    told = said(ann.get("/runs/1"))
    assert "Transferred 1" in told
    assert "Failed 1" in told
    assert re.search(r"Took \d+ s Who called office", told)
    assert "There is no run 99" in said(ann.get("/runs/99", 404))


def test_a_run_that_goes_on_is_told_as_it_goes(place: Place, ann: Visit) -> None:
    with place.app.database.write() as tx:
        row = RunRow(connector_id=1, ticket=b"t" * 32, started_at=NOW, seen_at=NOW, total=9, tried=3)
        tx.runs.add(row)
    assert f'data-events="/runs/{row.id}/events"' in ann.get(f"/runs/{row.id}")
    with ann.client.stream("GET", f"/runs/{row.id}/events") as reply:
        assert reply.headers["content-type"].startswith("text/event-stream")
        lines = (line for line in reply.iter_lines() if line)
        assert json.loads(next(lines).removeprefix("data: "))["tried"] == 3
        with place.app.database.write() as tx:
            row.tried, row.ended_at = 9, NOW
            tx.runs.save(row)
        last = [json.loads(line.removeprefix("data: ")) for line in lines][-1]
    assert (last["tried"], last["ended_at"] is not None) == (9, True)


def test_a_run_is_ended_by_a_person(place: Place, ann: Visit) -> None:
    with place.app.database.write() as tx:
        row = RunRow(connector_id=1, ticket=b"t" * 32, started_at=NOW, seen_at=NOW)
        tx.runs.add(row)
    ann.get(f"/runs/{row.id}")
    assert "is ended" in said(ann.post(f"/runs/{row.id}"))
    with place.app.database.read() as tx:
        assert tx.runs.live(1) is None


def test_alerts_are_shown_everywhere_until_they_are_dismissed(place: Place, ann: Visit) -> None:
    with place.app.database.write() as tx:
        tx.alerts.alert(
            AlertRow(at=NOW, connector_id=1, kind="message.lost", about="A", text="It gets lost.")
        )
    assert '<span class="badge">1</span>' in ann.get("/records/invoice")
    assert "It gets lost." in said(ann.get("/alerts"))
    ann.post("/alerts", dismiss="1")
    assert "Nothing needs a person" in said(ann.get("/alerts"))


# -- Batches


def test_a_batch_is_marked_ready(invoices: Place, ann: Visit) -> None:
    page = ann.get("/batches")
    assert "2026-10" in said(page)
    assert "900.00" in said(page)
    told = said(ann.post("/batches", batch="2026-10"))
    assert "Batch 2026-10. Invoices set ready: 3." in told
    assert "Pending" in told
    assert "There is no batch nothing" in said(ann.post("/batches", batch="nothing"))


def test_a_batch_in_which_something_failed_says_so(place: Place, ann: Visit, invoice: Make) -> None:
    place.put(
        "invoice", invoice("A", batch="B1"), invoice("B", batch="B1", organization="Nobody"), ready=True
    )
    place.run()
    assert "▲ Pending/Failed" in said(ann.get("/batches"))


def test_batches_lead_on(place: Place, ann: Visit, invoice: Make) -> None:
    place.put("invoice", *(invoice(f"I{number}", batch=f"B{number:02}") for number in range(30)))
    first = ann.get("/batches")
    assert "B29" in first
    assert "B04" not in first
    following = first.split('<a rel="next" href="')[1].split('"')[0]
    assert "B04" in ann.get("/batches" + following.replace("&amp;", "&"))


# -- Mappings


def test_a_name_that_stands_for_nothing_is_mapped_and_its_record_goes(place: Place, ann: Visit) -> None:
    [document] = [part.document for part in first_act() if part.document["id"] == "TS-14"]
    place.put("timesheet", document, ready=True)
    place.run()
    assert place.statuses("timesheet") == {"TS-14": "Pending/Failed"}
    page = ann.get("/mappings")
    assert "Hall, Zoe" in said(page)
    with place.app.database.read() as tx:
        employee = tx.lists.names(1, "Employee")[0]
    assert f'<option value="Employee | {employee}">' in page
    assert "Choose what the name" in said(ann.post("/mappings", list="Employee", name="Hall, Zoe", entry=""))
    assert "QuickBooks has no" in said(ann.post("/mappings", list="Employee", name="Hall, Zoe", entry="Nix"))
    told = said(ann.post("/mappings", list="x", name="Hall, Zoe", entry=f"Employee | {employee}"))
    assert f'"Hall, Zoe" is {employee} in QuickBooks from now on' in told
    assert "All names in the records that wait stand for something" in told
    place.run()
    assert place.statuses("timesheet") == {"TS-14": "Transferred"}
    names = said(ann.get("/records/timesheet/TS-14")).split("Names, and what they are in QuickBooks")[1]
    assert f"Hall, Zoe {employee} It is mapped." in names
    ann.get("/mappings")
    told = said(ann.post("/mappings", what="forget", list="Employee", name="Hall, Zoe"))
    assert "stands for itself again" in told


def test_a_party_is_given_to_another_company_file_and_back(invoices: Place, ann: Visit) -> None:
    assert "Which company file records go to" not in said(ann.get("/mappings"))
    with invoices.app.database.write() as tx:
        connectors.add(tx, "north", user="north", password="something quite long")
    assert "All records go to the default connector" in said(ann.get("/mappings"))

    told = said(ann.post("/mappings/routes", kind="organization", name="Nobody Inc", to="north"))

    assert "The organization Nobody Inc belongs to north. Records that went there: 1." in told
    assert "organization Nobody Inc north" in told
    assert "LOST" in said(ann.get("/records/invoice?connector=north"))
    ann.get("/mappings")
    told = said(ann.post("/mappings/routes", kind="organization", name="Nobody Inc", what="unset"))
    assert "The organization Nobody Inc belongs to office. Records that went there: 1." in told
    again = {"kind": "organization", "name": "Nobody Inc", "what": "unset"}
    told = said(ann.post("/mappings/routes", form=again, on="/mappings"))
    assert "goes to the default connector already" in told
    told = said(ann.post("/mappings/routes", kind="x", name="y", on="/mappings"))
    assert "Choose organization or resource" in told


# -- Connectors


def test_a_connector_is_set_up(place: Place, ann: Visit) -> None:
    ann.get("/new-connector")
    page = ann.post("/new-connector", name="branch", every="30")
    password = re.search(r'<code class="secret">(\w+)</code>', page)
    assert password is not None
    assert password[1] not in ann.get("/connectors/branch")
    qwc = ann.client.get("/connectors/branch/file.qwc")
    assert "https://books.example.com/qbwc" in qwc.text
    assert qwc.headers["content-disposition"] == 'attachment; filename="branch.qwc"'
    assert "There is a connector named branch already" in said(ann.post("/new-connector", name="branch"))
    assert "never called" in said(ann.get("/connectors"))


def test_a_connector_is_changed_paused_and_given_another_password(place: Place, ann: Visit) -> None:
    ann.get("/connectors/office")
    told = said(
        ann.post(
            "/connectors/office",
            what="change",
            name="head",
            user="office",
            every="15",
            quiet="Mon-Fri 08:00-18:00 Europe/Berlin",
        )
    )
    assert "head is changed" in told
    assert "Mon-Fri 08:00-18:00 Europe/Berlin" in told
    assert "head is paused" in said(ann.post("/connectors/head", what="pause"))
    assert "head works again" in said(ann.post("/connectors/head", what="resume"))
    assert "It is not shown again" in said(ann.post("/connectors/head", what="password"))
    assert "minutes, as a whole number" in said(ann.post("/connectors/head", what="change", every="often"))
    assert "notes where" in said(ann.post("/connectors/head", what="clear-location"))


def test_test_connection_says_what_was_seen(invoices: Place, ann: Visit) -> None:
    assert "its Web Connector has never called" in said(ann.get("/connectors/office"))
    set_ready(invoices, "INV-1")
    invoices.run()
    told = said(ann.get("/connectors/office"))
    assert "qbXML" in told
    assert "Company file" in told


def test_a_connector_that_does_not_come_is_in_plain_sight(place: Place, ann: Visit) -> None:
    with place.app.database.write() as tx:
        row = tx.connectors.named("office", lock=True)
        row.last_seen_at, row.every_minutes = NOW - timedelta(days=3), 60
        tx.connectors.save(row)
    assert "it is to come every 60 minutes" in said(ann.get("/"))


def test_each_page_is_about_the_connector_that_was_chosen(place: Place, ann: Visit, invoice: Make) -> None:
    ann.get("/new-connector")
    ann.post("/new-connector", name="branch")
    place.put("invoice", invoice("A"))
    assert "1 found" in said(ann.get("/records/invoice?connector=office"))
    page = ann.get("/records/invoice?connector=branch")
    assert "0 found" in said(page)
    assert 'href="/history?connector=branch"' in page


# -- Import


def upload(visit: Visit, lines: bytes, **query: str) -> str:
    visit.get("/import")
    reply = visit.client.post(
        "/import/file",
        params={"entity": "invoice", "name": "october.jsonl"} | query,
        content=lines,
        headers={"X-CSRFToken": visit.token, "Content-Type": "application/octet-stream"},
    )
    return reply.text


def test_a_file_is_looked_at_and_then_taken_in(place: Place, ann: Visit, invoice: Make) -> None:
    lines = "\n".join(json.dumps(invoice(f"I{number}")) for number in range(3)).encode()
    page = upload(ann, lines, ready="yes")
    assert "This is what it would do; nothing was changed yet." in said(page)
    assert "New 3" in said(page)
    assert place.statuses() == {}
    token = page.split('name="token" value="')[1].split('"')[0]
    told = said(ann.post("/import/take", token=token, entity="invoice", name="october.jsonl", ready="yes"))
    assert "Done. New 3" in told
    assert set(place.statuses().values()) == {"Pending"}
    assert "not here any more" in said(ann.post("/import/take", 400, token=token, entity="invoice"))


def test_what_does_not_fit_is_told_with_its_line_and_field(place: Place, ann: Visit, invoice: Make) -> None:
    lines = json.dumps(invoice("A")) + "\n" + json.dumps(invoice("B", total="much"))
    told = said(upload(ann, lines.encode()))
    assert "Nothing was imported" in told
    assert "2" in told
    assert "total" in told
    assert "There is no record in this file" in said(upload(ann, b""))
    assert "There is no entity named x" in said(upload(ann, b"{}", entity="x"))
    assert place.statuses() == {}


def test_a_file_of_any_size_is_sent_without_a_form(place: Place, ann: Visit, invoice: Make) -> None:
    line = json.dumps(invoice("A", notes="x" * 1000)).encode() + b"\n"
    lines = b"".join(line.replace(b'"A"', b'"A%d"' % number) for number in range(guard.LARGEST_FORM // 1000))
    assert len(lines) > guard.LARGEST_FORM
    assert "New 2,000" in said(upload(ann, lines))


SALES = b"""\
Invoice No,Customer,Invoice Date,Product/Service,Amount
1001,Acme Corp,10/31/2026,Consulting,"1,200.00"
,,,Consulting,99.5
1002,Beta Ltd,11/1/2026,Consulting,50
"""


def test_a_table_is_taken_in_by_a_map_that_a_person_looks_through(place: Place, ann: Visit) -> None:
    page = upload(ann, SALES.replace(b"Customer", b"Who"), name="october.csv")
    assert "field organization, which no column fills: is missing" in said(page)
    [columns] = re.findall(r'<textarea id="i-map"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    [token] = re.findall(r'name="token" value="([\w-]+)"', page)
    mended = unescape(columns).replace('# organization = ""  # needed', 'organization = "Who"')
    form = {"token": token, "entity": "invoice", "name": "october.csv", "map": mended}
    ann.token = re.findall(r'name="csrftoken" value="([^"]+)"', page)[0]

    page = ann.post("/import/take", form=form, what="again")

    assert "This is what it would do; nothing was changed yet." in said(page)
    assert "New 2" in said(page)
    assert place.statuses() == {}
    assert "Done." in said(ann.post("/import/take", form=form))
    assert place.statuses() == {"1001": "Not Transferred", "1002": "Not Transferred"}


def test_a_table_that_is_none_is_told(ann: Visit) -> None:
    assert "The table is empty" in said(upload(ann, b"", name="october.csv"))
    assert "The workbook cannot be read" in said(upload(ann, b"PK", name="october.xlsx"))


def test_the_same_ids_are_taken_for_another_company_file_when_a_person_says_so(
    invoices: Place, ann: Visit, invoice: Make
) -> None:
    with invoices.app.database.write() as tx:
        connectors.add(tx, "north", user="north", password="something quite long")
    ann.get("/import?connector=north")
    line = json.dumps(invoice("INV-1")).encode()

    assert "office has invoices of these ids already: INV-1" in said(upload(ann, line, connector="north"))
    page = upload(ann, line, connector="north", separate="yes")
    [token] = re.findall(r'name="token" value="([\w-]+)"', page)
    assert 'name="separate" value="yes"' in page
    ann.post("/import/take?connector=north", token=token, entity="invoice", separate="yes")
    assert "INV-1" in said(ann.get("/records/invoice?connector=north"))


@pytest.mark.parametrize("token", ["../../etc/passwd", "x" * 43, "", "/etc/passwd"])
def test_only_files_that_were_kept_here_are_taken(place: Place, ann: Visit, token: str) -> None:
    ann.get("/import")
    assert "not here any more" in said(ann.post("/import/take", 400, token=token, entity="invoice"))


def test_a_plugin_is_set_by_a_form_of_its_settings(place: Place, ann: Visit) -> None:
    page = ann.get("/plugins/invoices")
    assert 'name="set-paid_every"' in page
    assert "Whose sales tax it has." in said(page)
    stamp = re.findall(r'name="stamp" value="(\w+)"', page)[0]
    shown = dict(re.findall(r'name="(set-\w+)" type="\w+" value="([^"]*)"', page))

    page = ann.post(
        "/plugins/invoices",
        form=shown
        | {"set-paid_every": "15", "set-memo": "true", "set-tax": "quickbooks", "set-number": "source"},
        what="set",
        stamp=stamp,
    )

    assert "The settings of invoices are changed. It counts from the next start" in said(page)
    assert "What is set here is not what the server works with" in said(page)
    assert "other settings from the next start on" in said(ann.get("/plugins"))
    table = config.load(place.folder / "qbferry.toml").plugins.table("invoices")
    assert table == {"number": "source", "memo": True, "paid_every": 15}


def test_what_does_not_fit_a_plugins_settings_is_told(place: Place, ann: Visit) -> None:
    stamp = re.findall(r'name="stamp" value="(\w+)"', ann.get("/plugins/timesheets"))[0]

    page = ann.post("/plugins/timesheets", form={"set-payroll_items": "nonsense"}, what="set", stamp=stamp)

    assert "Nothing was changed: payroll_items must be lines such as" in said(page)


def test_a_plugin_is_disabled_on_its_page(place: Place, ann: Visit) -> None:
    stamp = re.findall(r'name="stamp" value="(\w+)"', ann.get("/plugins/timesheets"))[0]

    page = ann.post("/plugins/timesheets", what="disable", stamp=stamp)

    assert "timesheets is disabled. It counts from the next start" in said(page)
    assert "timesheets" not in (config.load(place.folder / "qbferry.toml").plugins.enabled or [])
