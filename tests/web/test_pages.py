"""The other pages of the daily work: one record, history, runs, alerts, batches."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from qbferry.demo.script import first_act
from qbferry.model import Edit
from qbferry.store.rows import AlertRow, RunRow

from .conftest import said, set_ready

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

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
