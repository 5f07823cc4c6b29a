"""How an expense report reaches QuickBooks: the rules of the README, a test named for each.

They run the whole way, from the record to the simulated company file and back.
"""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import qbferry_expenses
from qbferry import Connector, ListEntry, Record, Skip
from qbferry.desk import numbers, readiness
from qbferry.desk.drawer import Drawer
from qbferry.intake import read, take_in
from qbferry.plugin.manager import Plugins
from qbferry.qbxml import envelope
from qbferry.simulator import Session
from qbferry.testing import FixedLists, build, make_record
from qbferry_expenses.plugin import Expenses
from qbferry_expenses.settings import Settings
from qbferry_expenses.state import ReportState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from qbferry.intake import ImportReport
    from qbferry.testing.installation import Installation

    Make = Callable[..., dict[str, Any]]
    World = Callable[..., Installation]

ADVANCES = {"transfer_cash_advances": True, "cash_advance_account": "Employee Advances"}


@contextmanager
def desk(world: Installation) -> Iterator[Drawer]:
    """The reports at hand, to be changed."""
    with (
        world.database.write() as tx,
        Drawer.open(tx, world.plugins, "expense_report", None, "continue", lock=True) as drawer,
    ):
        yield drawer


def bring(world: Installation, document: dict[str, Any]) -> ImportReport:
    """Import a report."""
    with desk(world) as drawer:
        return take_in(drawer, read(drawer.entity, [json.dumps(document)]))


def built(document: dict[str, Any], connector: Connector, lists: FixedLists, **settings: Any) -> Any:
    """The requests of a report, or why there are none."""
    plugins = Plugins({"expenses": Expenses(Settings.model_validate(settings))})
    entity = plugins.entities["expense_report"]
    return build(plugins, entity, make_record(entity, document), connector, lists)


def kept(world: Installation) -> ReportState:
    """What is remembered of the report."""
    entity = world.plugins.entities["expense_report"]
    state = Record.read(entity, world.record("expense_report", "ER-3")).state
    assert isinstance(state, ReportState)
    return state


def status(world: Installation) -> str:
    """The report's status as lists show it."""
    row = world.record("expense_report", "ER-3")
    columns = {column.name: column for column in world.plugins.entities["expense_report"].columns}
    return str(columns["status"].value(row.document, row.state, row))


def ready(world: Installation) -> readiness.Verdict:
    """Set the report ready, as a person does."""
    with desk(world) as drawer:
        [verdict] = readiness.set_ready(drawer, drawer.find(["ER-3"]), None)
    return verdict


def transfer(world: Installation, document: dict[str, Any]) -> dict[str, Any]:
    """Send one report.

    Returns:
        Its bill in QuickBooks.
    """
    world.put("expense_report", document)
    world.run()
    record = world.record("expense_report", document["id"])
    assert record.reason is None
    [bill] = [row for row in world.company.transactions("Bill") if row["TxnID"] == record.txn_id]
    return bill


def lines(bill: dict[str, Any]) -> list[tuple[str, str, str | None]]:
    """A bill's lines: account, amount, billable status."""
    return [
        (line["AccountRef"]["FullName"], line["Amount"], line.get("BillableStatus")) for line in bill["lines"]
    ]


def vendors(world: Installation) -> set[str]:
    return {entry.full_name for entry in world.company.select_entries(["Vendor"])}


def failure(world: Installation, document: dict[str, Any]) -> str:
    """Why a report did not go."""
    world.put("expense_report", document)
    world.run()
    record = world.record("expense_report", document["id"])
    assert str(record.transfer_status) == "Pending/Failed"
    return str(record.reason)


def in_quickbooks(world: Installation, name: str, body: str) -> None:
    """Let someone add something in QuickBooks."""
    message = envelope.message([(name, "1", body)], version="13.0", on_error="stop")
    assert 'statusCode="0"' in Session(world.company).process(message)


@pytest.mark.parametrize(
    ("resource", "found"),
    [
        ("Contractor, Cal", "Contractor, Cal"),
        ("contractor, CAL", "Contractor, Cal"),
        ("Cal Contractor", "Contractor, Cal"),
        ("Smith, Ann", "v-Smith, Ann"),
        ("Ann Smith", "v-Smith, Ann"),
        ("Ingram  Micro", "Ingram Micro"),
        ("Micro, Ingram", "Ingram Micro"),
    ],
)
def test_the_vendor(resource: str, found: str, world: World, record: Make) -> None:
    installation = world()
    before = vendors(installation)
    assert transfer(installation, record(resource=resource))["entity"] == found
    assert vendors(installation) == before


@pytest.mark.parametrize(
    ("resource", "created", "on_check"),
    [
        ("Jones, Bob", "v-Jones, Bob", "Bob Jones"),
        ("Bob van Jones", "v-Jones, Bob van", "Bob van Jones"),
        ("Cher", "v-Cher", "Cher"),
    ],
)
def test_a_new_vendor(resource: str, created: str, on_check: str, world: World, record: Make) -> None:
    installation = world()
    bill = transfer(installation, record(resource=resource))
    assert bill["entity"] == created
    [entry] = [one for one in installation.company.select_entries(["Vendor"]) if one.full_name == created]
    assert entry.data["NameOnCheck"] == on_check
    stored = installation.record("expense_report", "ER-3")
    assert (stored.txn_id, stored.ref_number) == (bill["TxnID"], "ER-3"), (
        "the vendor's identity is not the report's"
    )
    assert [line.request for line in installation.history("ER-3")] == ["BillAdd"]

    count = len(vendors(installation))
    assert transfer(installation, record(id="ER-4", resource=resource))["entity"] == created
    assert len(vendors(installation)) == count, "the next run finds it"


def test_two_reports_of_a_new_vendor_create_it_once_and_refer_to_it_by_its_identity(
    world: World, record: Make
) -> None:
    installation = world()
    count = len(vendors(installation))
    installation.put("expense_report", *(record(id=name, resource="Jones, Bob") for name in ("ER-3", "ER-4")))
    messages: list[str] = []
    installation.run(watch=messages.append)
    assert set(installation.statuses("expense_report").values()) == {"Transferred"}
    assert len(vendors(installation)) == count + 1
    sent = [message for message in messages if "AddRq" in message]
    assert [(one.count("VendorAddRq "), one.count("BillAddRq ")) for one in sent] == [(1, 0), (0, 2)]
    assert sent[1].count("<VendorRef><ListID>") == 2


def test_a_vendor_is_not_created_again_when_its_bill_was_refused(world: World, record: Make) -> None:
    installation = world()
    reason = failure(installation, record(resource="Jones, Bob", week_ending="2020-12-01"))
    assert "closing date" in reason
    assert installation.record("expense_report", "ER-3").txn_id is None
    bring(installation, record(resource="Jones, Bob"))
    messages: list[str] = []
    installation.run(watch=messages.append)
    assert installation.statuses("expense_report") == {"ER-3": "Transferred"}
    assert not any("VendorAdd" in message for message in messages)


def test_a_new_vendor_whose_name_another_entry_has_fails_the_report_before_anything_is_sent(
    world: World, record: Make
) -> None:
    installation = world()
    in_quickbooks(installation, "CustomerAdd", "<CustomerAdd><Name>v-Doe, Jo</Name></CustomerAdd>")
    reason = failure(installation, record(resource="Doe, Jo"))
    assert '"v-Doe, Jo" is a customer there already, so no vendor can have that name' in reason
    assert installation.messages() == []
    in_quickbooks(installation, "VendorAdd", "<VendorAdd><Name>Jo Doe</Name></VendorAdd>")
    installation.run()
    assert installation.statuses("expense_report") == {"ER-3": "Transferred"}


@pytest.mark.parametrize(
    ("settings", "resource", "words"),
    [
        (
            {"create_vendor": False},
            "Jones, Bob",
            'QuickBooks has no vendor named "Jones, Bob" or "Bob Jones".',
        ),
        ({}, f"{'J' * 40}, Bob", "too long for a new one: it holds 41 characters"),
    ],
)
def test_a_vendor_that_cannot_be_created_fails_the_report_before_anything_is_sent(
    settings: dict[str, Any], resource: str, words: str, world: World, record: Make
) -> None:
    installation = world(**settings)
    assert words in failure(installation, record(resource=resource))
    assert installation.messages() == []


@pytest.mark.parametrize("kind", ["Customer", "Employee", "OtherName"])
def test_vendors_share_their_names_with_other_lists(kind: str, record: Make, connector: Connector) -> None:
    lists = FixedLists([ListEntry(kind=kind, list_id="1", full_name="V-Doe, Jo")], empty=["Vendor"])
    refusal = built(record(resource="Doe, Jo"), connector, lists)
    assert isinstance(refusal, Skip)
    assert '"V-Doe, Jo" is a' in refusal.reason


def test_vendors_not_known(record: Make, connector: Connector) -> None:
    [bill] = built(record(resource="Jones, Bob"), connector, FixedLists())
    assert (bill.name, bill.fields["vendor"].full_name) == ("BillAdd", "Jones, Bob")


def test_accounts(world: World, record: Make, item: Make) -> None:
    rules = [
        {"category": "TRAVEL", "billable": True, "account": "Travel~Billable"},
        {"category": "travel", "reimbursable": False, "account": "Company Card"},
        {"category": "Fuel", "account": "Mileage"},
    ]
    items = [
        item(),
        item(billable=False),
        item(billable=False, reimbursable=False),
        item(category="Fuel"),
        item(category="meals"),
    ]
    installation = world(accounts=rules, transfer_non_reimbursable=True)
    bill = transfer(installation, record(items=items))
    assert [account for account, _, _ in lines(bill)] == [
        "Travel:Billable",
        "Travel",
        "Company Card",
        "Mileage",
        "Meals",
    ]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"category": "Gifts"}, 'QuickBooks has no account named "Gifts" (item 1).'),
        (
            {"id": None, "organization": "Acme~Roof"},
            'QuickBooks has no customer named "Acme:Roof" (item 1): that is the job "Roof" of "Acme"',
        ),
        ({"class": "Odd"}, 'QuickBooks has no class named "Odd" (item 1).'),
    ],
)
def test_a_name_quickbooks_does_not_have_fails_the_report_before_anything_is_sent(
    changes: dict[str, Any], words: str, world: World, record: Make, item: Make
) -> None:
    installation = world()
    assert words in failure(installation, record(items=[item(**changes)]))
    assert installation.messages() == []


def test_every_unknown_name_is_told_at_once(
    record: Make, connector: Connector, lists: FixedLists, item: Make
) -> None:
    report = record(
        resource="Jones, Bob", items=[item(category="Gifts"), item(id="2", organization="Nobody")]
    )
    refusal = built(report, connector, lists, create_vendor=False)
    assert isinstance(refusal, Skip)
    assert [name in refusal.reason for name in ("Jones, Bob", "Gifts", "Nobody")] == [True] * 3


@pytest.mark.parametrize("status", ["Billable", "NotBillable", "HasBeenBilled"])
def test_billable_or_not(status: str, world: World, record: Make, item: Make) -> None:
    items = [item(), item(billable=False), item(billable=False, organization=None)]
    bill = transfer(world(billable=status), record(items=items))
    assert [billable for _, _, billable in lines(bill)] == [status, "NotBillable", None]


@pytest.mark.parametrize(("sent", "total"), [(False, "43.10"), (True, "53.10")])
def test_non_reimbursable_items(sent: bool, total: str, world: World, record: Make, item: Make) -> None:
    items = [item(), item(category="Meals", reimbursable=False, amount="10.00")]
    bill = transfer(world(transfer_non_reimbursable=sent), record(items=items))
    assert bill["AmountDue"] == total


@pytest.mark.parametrize(("settings", "total"), [({}, "43.10"), (ADVANCES, "33.10")])
def test_cash_advances(settings: dict[str, Any], total: str, world: World, record: Make) -> None:
    bill = transfer(world(**settings), record(cash_advance="10.00"))
    assert bill["AmountDue"] == total
    assert (("Employee Advances", "-10.00", None) in lines(bill)) is bool(settings)


@pytest.mark.parametrize(("tracking", "sent"), [("true", "Projects"), ("false", None), (None, "Projects")])
def test_classes(tracking: str | None, sent: str | None, record: Make, item: Make) -> None:
    features = {"IsUsingClassTracking": tracking} if tracking else {}
    there = Connector(id=1, name="main", features=features)
    [bill] = built(record(items=[item(**{"class": "Projects"})]), there, FixedLists())
    name = bill.fields["lines"][0]["class_"]
    assert (name and name.full_name) == sent


def test_after_the_transfer(world: World, record: Make) -> None:
    installation = world()
    bring(installation, record())
    assert ready(installation).changed
    installation.run()
    assert status(installation) == "Transferred to QuickBooks"
    reference = installation.record("expense_report", "ER-3").ref_number
    assert kept(installation).quickbooks_reference == reference == "ER-3"

    for same in (record(), record(status="Transferred to QuickBooks")):
        told = bring(installation, same)
        assert (told.unchanged, told.changed, told.changed_since_transfer) == (1, 0, [])
        assert status(installation) == "Transferred to QuickBooks"
        assert not installation.record("expense_report", "ER-3").changed_since_transfer

    changed = bring(installation, record(name="October and November"))
    assert changed.changed_since_transfer == ["ER-3"]
    stored = installation.record("expense_report", "ER-3")
    assert stored.document["name"] == "October and November"
    assert status(installation) == "Transferred to QuickBooks"
    assert stored.changed_since_transfer

    bring(installation, record(status="Paid"))
    assert status(installation) == "Paid", "the source knows better"


def test_sent_again(world: World, record: Make) -> None:
    installation = world()
    first = transfer(installation, record())
    refused = ready(installation)
    assert refused.refused
    assert "qbferry clear-external-number expense_report ER-3" in refused.reason
    assert installation.statuses("expense_report") == {"ER-3": "Transferred"}

    with desk(installation) as drawer:
        [verdict] = numbers.clear(drawer, drawer.find(["ER-3"]))
    assert verdict.changed
    assert installation.statuses("expense_report") == {"ER-3": "Not Transferred"}
    assert status(installation) == "Approved for Payment"
    assert kept(installation).quickbooks_reference is None
    assert first["TxnID"] in (installation.history("ER-3")[-1].reason or "")

    assert ready(installation).changed
    installation.run()
    assert kept(installation).quickbooks_reference == "ER-3"
    assert installation.record("expense_report", "ER-3").txn_id != first["TxnID"]
    assert len(installation.company.transactions("Bill")) == 2


def test_a_report_transferred_elsewhere_while_it_waits_does_not_go(world: World, record: Make) -> None:
    installation = world()
    bring(installation, record())
    assert ready(installation).changed
    bring(installation, record(status="Transferred to QuickBooks"))
    installation.run()
    assert 'has the status "Transferred to QuickBooks"' in (
        installation.record("expense_report", "ER-3").reason or ""
    )


def test_a_report_is_refused_again_by_the_rule_that_asks_about_sending_again(
    world: World, record: Make
) -> None:
    installation = world()
    transfer(installation, record())
    entity = installation.plugins.entities["expense_report"]
    stored = Record.read(entity, installation.record("expense_report", "ER-3"))
    verdict = installation.plugins.check_retransfer(entity, stored)
    assert isinstance(verdict, Skip)
    assert "as bill ER-3" in verdict.reason


def test_an_answer_that_was_lost_makes_no_second_bill_and_no_second_vendor(
    world: World, record: Make
) -> None:
    installation = world()
    count = len(vendors(installation))
    installation.put("expense_report", record(resource="Jones, Bob"))
    ticket = installation.begin()
    quickbooks = Session(installation.company)
    message = installation.send(ticket)
    while "BillAddRq" not in message:
        installation.receive(ticket, quickbooks.process(message))
        message = installation.send(ticket)
    quickbooks.process(message)  # and the connection breaks before the answer is brought
    installation.restart()
    installation.run()
    assert installation.statuses("expense_report") == {"ER-3": "Transferred"}
    assert kept(installation).quickbooks_reference == "ER-3"
    assert len(vendors(installation)) == count + 1


def test_every_rule_of_the_readme_is_exercised() -> None:
    readme = Path(qbferry_expenses.__file__ or "").parents[1] / "README.md"
    section = readme.read_text(encoding="utf-8").partition("## How an expense report reaches QuickBooks")[2]
    named = re.findall(r"^- \*\*(.+?)\.\*\*", section.partition("\n## ")[0], re.MULTILINE)
    assert named
    for rule in named:
        assert f"test_{re.sub('[ -]', '_', rule.lower())}" in globals(), rule
