"""The search page, and what is done from it."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from qbferry.app import build
from qbferry.config import PluginSettings
from qbferry.stage import Stage

from .conftest import Place, said, set_ready

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Visit

    Make = Callable[..., dict[str, Any]]


def ids(html: str) -> list[str]:
    """The ids a list shows, in order."""
    return [part.split('"')[0] for part in html.split('<input type="checkbox" name="id" value="')[1:]]


def test_all_are_shown_the_latest_first(invoices: Place, ann: Visit) -> None:
    page = ann.get("/records/invoice")
    assert ids(page) == ["LOST", "VOID", "INV-3", "INV-2", "INV-1"]
    assert "5 found" in said(page)


FILTERS: list[tuple[str, list[str]]] = [
    ("status=Pending", []),
    ("status=Not+Transferred&sort=number", ["INV-1", "INV-2", "INV-3", "VOID", "LOST"]),
    ("party=nobody", ["LOST"]),
    ("party=OBOD", ["LOST"]),
    ("number=INV", ["INV-3", "INV-2", "INV-1"]),
    ("batch=2026-10&sort=arrival", ["INV-1", "INV-2", "INV-3"]),
    ("date_from=2026-11-01", []),
    ("date_from=2026-10-31&date_to=2026-10-31&amount_from=300&amount_to=300&number=INV-2", ["INV-2"]),
    ("amount_from=300.01", []),
    ("never=1&in_doubt=1", []),
]


def test_filters_find_what_they_say(invoices: Place, ann: Visit) -> None:
    for query, wanted in FILTERS:
        assert ids(ann.get(f"/records/invoice?{query}")) == wanted, query


MISTAKES = [
    ("status=Gone", "There is no transfer status Gone"),
    ("date_from=31.10.2026", "31.10.2026 is no date"),
    ("amount_to=much", "much is no amount"),
    ("sort=colour", "Records are not sorted by colour"),
    ("size=7", "A page has 25, 50, 100 records"),
    ("at=nonsense", "The place in the list cannot be read"),
    ("at=W251bGwsMSxmYWxzZV0&sort=date&at=W10", "The place in the list cannot be read"),
]


def test_what_cannot_be_read_is_said(invoices: Place, ann: Visit) -> None:
    for query, sentence in MISTAKES:
        assert sentence in said(ann.get(f"/records/invoice?{query}", 400)), query


def test_pages_lead_on_and_back(place: Place, ann: Visit, invoice: Make) -> None:
    place.put("invoice", *(invoice(f"I{number:03}") for number in range(60)))
    first = ann.get("/records/invoice?sort=arrival")
    second = ann.get(_link(first, "next"))
    third = ann.get(_link(second, "next"))
    assert ids(first) + ids(second) + ids(third) == [f"I{number:03}" for number in range(60)]
    assert 'rel="next"' not in third
    assert ids(ann.get(_link(second, "prev"))) == ids(first)


def _link(page: str, rel: str) -> str:
    found = page.split(f'<a rel="{rel}" href="')[1].split('"')[0]
    return "/records/invoice" + found.replace("&amp;", "&")


def test_the_selected_are_set_ready_and_why_others_are_not_is_said(invoices: Place, ann: Visit) -> None:
    ann.get("/records/invoice")
    told = said(ann.post("/records/invoice", what="ready", id=["INV-1", "VOID", "INV-2"]))
    assert "Invoices set ready: 2. 1 not: Invoice … is voided; voided invoices are not transferred." in told
    assert ids(ann.get("/records/invoice?reason=VOID")) == ["VOID"]
    assert invoices.statuses() == {
        "INV-1": "Pending",
        "INV-2": "Pending",
        "INV-3": "Not Transferred",
        "LOST": "Not Transferred",
        "VOID": "Not Transferred",
    }
    told = said(ann.post("/records/invoice", what="not-ready", id=["INV-1"]))
    assert "Invoices set not ready: 1." in told


def test_the_menu_of_a_row_says_why_something_cannot_be_done(invoices: Place, ann: Visit) -> None:
    page = ann.get("/records/invoice?number=VOID")
    assert 'value="ready VOID"' not in page
    assert "void" in said(page).split("Set as Ready to Transfer to QuickBooks")[1]
    page = ann.get("/records/invoice?number=INV-1")
    assert 'value="ready INV-1"' in page
    ann.post("/records/invoice", only="ready INV-1")
    assert invoices.statuses()["INV-1"] == "Pending"


def test_nothing_ticked_is_said(invoices: Place, ann: Visit) -> None:
    ann.get("/records/invoice")
    assert "Tick the records it is about first" in said(ann.post("/records/invoice", what="ready"))
    assert "Choose what is to be done" in said(ann.post("/records/invoice", what="explode", id="INV-1"))


def test_all_that_a_search_finds_are_set_ready_and_the_reasons_are_grouped(
    place: Place, ann: Visit, invoice: Make
) -> None:
    place.put("invoice", *(invoice(f"I{number:04}") for number in range(1200)))
    place.put("invoice", *(invoice(f"V{number}", status="voided") for number in range(3)), invoice("OTHER-1"))
    page = ann.get("/records/invoice?batch=")
    shown = ann.post("/records/invoice", what="ready", everything="yes")
    told = said(shown)
    assert "1,000 of 1,204" in told
    assert "Invoices set ready: 1,201. Others: 3." in told
    assert "5 found" not in page
    assert list(place.statuses().values()).count("Pending") == 1201
    ann.get("/records/invoice?number=I000")
    told = said(ann.post("/records/invoice?number=I000", what="not-ready", everything="yes"))
    assert "Invoices set not ready: 10. Others: 0." in told


def test_before_a_record_goes_again_a_person_confirms_the_duplicate(invoices: Place, ann: Visit) -> None:
    set_ready(invoices, "INV-1")
    invoices.run()
    assert invoices.statuses()["INV-1"] == "Transferred"
    ann.get("/records/invoice")
    asked = ann.post("/records/invoice", what="ready", id=["INV-1", "INV-2"])
    assert "This makes duplicates in QuickBooks: 1" in said(asked)
    assert invoices.statuses()["INV-2"] == "Not Transferred"
    ann.post("/records/invoice", what="ready", id=["INV-1", "INV-2"], confirmed="yes")
    assert {name: status for name, status in invoices.statuses().items() if status == "Pending"} == {
        "INV-1": "Pending",
        "INV-2": "Pending",
    }


def test_before_all_go_again_their_number_is_said(invoices: Place, ann: Visit) -> None:
    set_ready(invoices, "INV-1", "INV-2")
    invoices.run()
    ann.get("/records/invoice")
    asked = said(ann.post("/records/invoice", what="ready", everything="yes"))
    assert "2 of these invoices are in QuickBooks already" in asked
    told = said(ann.post("/records/invoice", what="ready", everything="yes", confirmed="yes"))
    assert "Invoices set ready: 4. Others: 1." in told


def test_what_is_done_is_in_the_history_with_the_persons_name(invoices: Place) -> None:
    olga = invoices.visit("Olga")
    olga.get("/records/invoice")
    olga.post("/records/invoice", what="ready", id="INV-1")
    assert "Ready" in said(olga.get("/history"))
    with invoices.app.database.read() as tx:
        [line] = [line for line in tx.history.latest(1) if line.kind == "Ready" and line.actor]
    assert (line.actor, line.record_id) == ("Olga", "INV-1")


def test_all_found_are_exported_for_a_spreadsheet(place: Place, ann: Visit, invoice: Make) -> None:
    place.put("invoice", invoice("=1+1", organization="-Formula & Söhne"), invoice("B-2", total="-300.00"))
    reply = ann.client.get("/export/invoice.csv?sort=arrival")
    assert reply.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(reply.content.decode("utf-8-sig"))))
    assert [row["id"] for row in rows] == ["'=1+1", "B-2"]
    assert rows[0]["party"] == "'-Formula & Söhne"
    assert rows[1]["amount"] == "-300.00"


def test_columns_are_chosen(invoices: Place, ann: Visit) -> None:
    head = ann.get("/records/invoice?show=batch&show=amount").split("<thead>")[1].split("</thead>")[0]
    assert "Batch" in head
    assert "Amount" in head
    assert "QuickBooks Transfer Date" not in head


def test_text_with_markup_is_shown_as_text(place: Place, ann: Visit, invoice: Make) -> None:
    evil = '<script>alert(1)</script>"><img src=x onerror=alert(2)>'
    place.put("invoice", invoice("<b>x</b>", organization=evil, batch=evil, notes=evil))
    for path in ("/records/invoice?show=party&show=batch", "/records/invoice/%3Cb%3Ex%3C%2Fb%3E", "/batches"):
        page = ann.get(path)
        assert "<script>alert" not in page
        assert "<img" not in page
        assert "&lt;script&gt;alert(1)" in page


def test_a_kind_whose_plugin_is_absent_is_shown_and_left_alone(invoices: Place) -> None:
    settings = invoices.app.settings.model_copy(update={"plugins": PluginSettings(enabled=["timesheets"])})
    with Stage(build(settings)) as stage:
        visit = Place(
            invoices.app, stage.url.removesuffix("/qbwc"), invoices.folder, invoices.company
        ).visit()
        for path in ("/records/invoice", "/records/invoice/INV-1"):
            page = visit.get(path)
            assert "the plugin invoices, which is not enabled" in said(page)
            assert 'value="ready' not in page
        visit.client.close()
