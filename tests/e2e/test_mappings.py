"""What a name of the source is called in one company file, for every kind of name, in a whole run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from qbferry.config import PluginSettings
from qbferry.desk import mapping
from qbferry.desk.mapping import Mapping
from qbferry.plugin.manager import assemble
from qbferry.qbxml import envelope
from qbferry.simulator import Session
from qbferry.testing.installation import Installation

from .test_all_entities import expense_report, purchase_order, timesheet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Make = Callable[..., dict[str, Any]]


@pytest.fixture
def world(tmp_path: Path, invoice: Make) -> Iterator[Installation]:
    """An installation whose lists were read by a first run."""
    plugins = assemble(PluginSettings.model_validate({"invoices": {"terms": True}}))
    with Installation(tmp_path, plugins=plugins) as installation:
        installation.put("invoice", invoice(0))
        installation.put("timesheet", timesheet("TS-0"))
        installation.put("expense_report", expense_report("ER-0"))
        installation.put("purchase_order", purchase_order("PO-0"))
        installation.run()
        yield installation


def put(world: Installation, *wanted: tuple[str, str, str]) -> None:
    with world.database.write() as tx:
        mapping.put(tx, None, [Mapping(*one) for one in wanted])


def last(world: Installation, kind: str) -> dict[str, Any]:
    return world.company.transactions(kind)[-1]


def named(row: dict[str, Any], *references: str) -> list[str]:
    return [row[reference]["FullName"] for reference in references]


def test_every_kind_of_name_of_an_invoice(world: Installation, invoice: Make) -> None:
    put(
        world,
        ("Customer", "The Acme", "Acme Corp"),
        ("Item", "Consulting", "Labor:On-site"),
        ("Class", "Clouds", "Projects"),
        ("Terms", "30 days", "Net 30"),
    )
    lines = [{"item": "Consulting", "amount": "300.00", "class": "Clouds"}]
    world.put("invoice", invoice(1, organization="The Acme", terms="30 days", lines=lines))
    world.run()
    row = last(world, "Invoice")
    assert named(row, "CustomerRef", "TermsRef") == ["Acme Corp", "Net 30"]
    assert named(row["lines"][0], "ItemRef", "ClassRef") == ["Labor:On-site", "Projects"]


def test_a_mapped_customer_may_be_renamed_in_quickbooks(world: Installation, invoice: Make) -> None:
    put(world, ("Customer", "The Acme", "Acme Corp"))
    [acme] = [row for row in world.company.entries("Customer") if row["FullName"] == "Acme Corp"]
    change = (
        f"<CustomerMod><ListID>{acme['ListID']}</ListID><EditSequence>{acme['EditSequence']}</EditSequence>"
        "<Name>Acme International</Name></CustomerMod>"
    )
    message = envelope.message([("CustomerMod", "1", change)], version="13.0", on_error="stop")
    assert 'statusCode="0"' in Session(world.company).process(message)
    world.put("invoice", invoice(1, organization="The Acme"))
    world.run()
    assert named(last(world, "Invoice"), "CustomerRef") == ["Acme International"]


def test_a_person_is_one_for_time_and_another_for_expenses(world: Installation) -> None:
    put(
        world,
        ("Vendor", "Contractor (time)", "Contractor, Cal"),
        ("Vendor", "Contractor (expenses)", "v-Smith, Ann"),
    )
    world.put("timesheet", timesheet(resource="Contractor"))
    world.put("expense_report", expense_report(resource="Contractor"))
    world.run()
    assert named(last(world, "TimeTracking"), "EntityRef") == ["Contractor, Cal"]
    assert named(last(world, "Bill"), "VendorRef") == ["v-Smith, Ann"]


@pytest.mark.parametrize(
    ("billable", "reimbursable", "account"),
    [
        (True, True, "Travel:Billable"),
        (True, False, "Lodging"),
        (False, True, "Mileage"),
        (False, False, "Meals"),
    ],
)
def test_the_account_of_a_category_may_depend_on_who_pays(
    world: Installation, billable: bool, reimbursable: bool, account: str
) -> None:
    put(
        world,
        ("Account", "Taxis", "Meals"),
        ("Account", "Taxis (billable)", "Lodging"),
        ("Account", "Taxis (reimbursable)", "Mileage"),
        ("Account", "Taxis (billable, reimbursable)", "Travel:Billable"),
    )
    report = expense_report()
    flags = {"billable": billable, "reimbursable": reimbursable}
    taxi = report["items"][0] | {"id": "2", "category": "Taxis"} | flags
    world.plugins = assemble(PluginSettings.model_validate({"expenses": {"transfer_non_reimbursable": True}}))
    world.restart()
    world.put("expense_report", report | {"items": [*report["items"], taxi]})
    world.run()
    assert named(last(world, "Bill")["lines"][1], "AccountRef") == [account]


def test_what_names_no_class_has_the_one_that_is_mapped_to_none(world: Installation, invoice: Make) -> None:
    world.put("invoice", invoice(1))
    world.run()
    assert "ClassRef" not in last(world, "Invoice")["lines"][0]
    put(world, ("Class", "(none)", "Managed Services"))
    world.put("invoice", invoice(2))
    world.put("timesheet", timesheet())
    world.put("expense_report", expense_report())
    world.run()
    for row in (
        last(world, "Invoice")["lines"][0],
        last(world, "TimeTracking"),
        last(world, "Bill")["lines"][0],
    ):
        assert named(row, "ClassRef") == ["Managed Services"]


def test_payroll_items_and_ways_of_shipping(world: Installation) -> None:
    put(world, ("PayrollItemWage", "Weekend", "Overtime"), ("ShipMethod", "Courier", "Fed Ex"))
    sheet = timesheet()
    entries = [entry | {"payroll_category": "Weekend"} for entry in sheet["entries"]]
    world.put("timesheet", sheet | {"entries": entries})
    world.put("purchase_order", purchase_order(shipping_type="Courier"))
    world.run()
    assert named(last(world, "TimeTracking"), "PayrollItemWageRef") == ["Overtime"]
    assert named(last(world, "PurchaseOrder"), "ShipMethodRef") == ["Fed Ex"]
