"""Mappings, connectors, plugins and import: what is set up, and what comes in."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest

from qbferry import config
from qbferry.demo.script import first_act
from qbferry.desk import connectors
from qbferry.web import guard

from .conftest import said, set_ready

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Place, Visit

    Make = Callable[..., dict[str, Any]]


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


def test_the_names_of_items_are_made_of_words(invoices: Place, ann: Visit) -> None:
    page = ann.get("/mappings")
    assert "{item}, {billing_code}, {role}" in said(page)
    wrong = ann.post("/mappings/naming", on="/mappings", entity="invoice", kind="labor", convention="{rol}")
    assert "No name can be made of {rol}" in said(wrong)
    told = ann.post(
        "/mappings/naming", on="/mappings", entity="invoice", kind="labor", convention="{role}~{billing_code}"
    )
    assert "Names of labor are {role}~{billing_code} from now on." in said(told)
    assert 'value="{role}~{billing_code}"' in told
    told = ann.post("/mappings/naming", on="/mappings", entity="invoice", kind="labor", convention="")
    assert "Names of labor are those of the source again." in said(told)


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
        row.last_seen_at, row.every_minutes = datetime.now(UTC) - timedelta(days=3), 60
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
        | {
            "set-paid_every": "15",
            "set-check_names": "true",
            "set-memo": "true",
            "set-tax": "quickbooks",
            "set-number": "source",
        },
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
