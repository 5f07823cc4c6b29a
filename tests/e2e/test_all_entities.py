"""All four kinds of records in one run: their order, their turns, and their failures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qbferry.simulator import RunEnd
from qbferry.testing.installation import Installation

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .conftest import Served

    Make = Callable[..., dict[str, Any]]


def timesheet(name: str = "TS-1", **changes: Any) -> dict[str, Any]:
    entry = {
        "id": "1",
        "date": "2026-10-26",
        "hours": "7.50",
        "organization": "Acme Corp",
        "item": "Labor~Remote",
        "payroll_category": "Regular",
        "class": None,
        "notes": "Patch day",
        "billable": True,
    }
    return {
        "id": name,
        "resource": "Smith, Ann",
        "period_start": "2026-10-25",
        "period_end": "2026-10-31",
        "status": "Approved",
        "entries": [
            entry,
            entry | {"id": "2", "date": "2026-10-27", "item": changes.pop("item", "Labor~Remote")},
        ],
    } | changes


def expense_report(name: str = "ER-1", **changes: Any) -> dict[str, Any]:
    item = {
        "id": "1",
        "date": "2026-10-12",
        "category": changes.pop("category", "Travel"),
        "description": "Taxi",
        "amount": "43.10",
        "organization": "Acme Corp",
        "billable": True,
        "reimbursable": True,
        "class": None,
    }
    return {
        "id": name,
        "resource": "Smith, Ann",
        "name": "October travel",
        "week_ending": "2026-10-31",
        "status": "Approved for Payment",
        "cash_advance": "0.00",
        "items": [item],
    } | changes


def purchase_order(name: str = "PO-1", *, received: str = "0", **changes: Any) -> dict[str, Any]:
    line = {
        "id": "1",
        "product": changes.pop("product", "Switch 24p"),
        "manufacturer_part_number": "SW24",
        "quantity": "2",
        "unit_cost": "310.00",
        "organization": "Acme Corp",
        "received": received,
    }
    return {
        "id": name,
        "vendor": "Ingram Micro",
        "status": "Submitted",
        "external_po_number": None,
        "purchase_for": "Acme Corp",
        "ship_to": None,
        "shipping_type": "UPS",
        "freight": None,
        "general_memo": "Dock 4",
        "transmission": "none",
        "lines": [line],
    } | changes


def test_all_four_go_in_one_run_over_http(served: Served, invoice: Make) -> None:
    company = served.add_connector("main")
    served.take_in("invoice", invoice(1))
    served.take_in("timesheet", timesheet())
    served.take_in("expense_report", expense_report())
    served.take_in("purchase_order", purchase_order())
    assert served.run("main", company).outcome is RunEnd.FINISHED
    for entity in served.app.plugins.entities:
        assert {row["transfer_status"] for row in served.records(entity).values()} == {"Transferred"}
    counts = {
        kind: len(company.transactions(kind))
        for kind in ("Invoice", "TimeTracking", "Bill", "PurchaseOrder", "ItemReceipt")
    }
    assert counts == {"Invoice": 1, "TimeTracking": 2, "Bill": 1, "PurchaseOrder": 1, "ItemReceipt": 0}


def test_all_four_fail_in_their_own_way_and_none_holds_up_the_others(served: Served, invoice: Make) -> None:
    company = served.add_connector("main")
    served.take_in("invoice", invoice(1, organization="Nobody Inc"), invoice(2))
    served.take_in("timesheet", timesheet(item="Labor~Unknown"), timesheet("TS-2"))
    served.take_in("expense_report", expense_report(category="Gambling"), expense_report("ER-2"))
    served.take_in("purchase_order", purchase_order(product="Rack 42U"), purchase_order("PO-2"))
    served.run("main", company)
    reasons: dict[str, str] = {}
    for entity in served.app.plugins.entities:
        first, second = served.records(entity).values()
        assert first["transfer_status"] == "Pending/Failed"
        assert second["transfer_status"] == "Transferred"
        reasons[entity] = first["reason"]
    assert "Nobody Inc" in reasons["invoice"]
    assert "entry 2" in reasons["timesheet"]
    assert "entry 1" not in reasons["timesheet"]
    assert "Labor:Unknown" in reasons["timesheet"]
    assert "Gambling" in reasons["expense_report"]
    assert "Rack 42U" in reasons["purchase_order"]
    assert len(company.transactions("TimeTracking")) == 2, "a timesheet with an unknown name stays whole"


def test_entities_take_turns_so_that_a_backlog_of_one_does_not_starve_the_others(
    tmp_path: Path, invoice: Make
) -> None:
    with Installation(tmp_path) as world:
        world.settings.requests_per_message = 4
        world.put("invoice", *(invoice(number) for number in range(30)))
        world.put("expense_report", expense_report("ER-1"), expense_report("ER-2"))
        world.put("purchase_order", purchase_order("PO-1"))
        world.run()
        first = [part["entity"] for part in world.messages()[0].requests]
        assert first == ["invoice", "expense_report", "purchase_order", "invoice"]
        sent = [part["id"] for message in world.messages() for part in message.requests]
        assert [name for name in sent if name.startswith("INV")] == [f"INV-{number}" for number in range(30)]


def test_a_purchase_order_shows_that_it_needs_a_resync_and_both_times(served: Served) -> None:
    company = served.add_connector("main")
    served.take_in("purchase_order", purchase_order())
    served.run("main", company)
    first = served.records("purchase_order")["PO-1"]
    assert first["needs_resync"] is False
    assert first["external_po_number"]
    served.take_in("purchase_order", purchase_order(received="1"))
    waiting = served.records("purchase_order")["PO-1"]
    assert waiting["transfer_status"] == "Pending"
    assert waiting["needs_resync"] is True
    assert waiting["first_transfer_date"] == first["transfer_date"]
    served.run("main", company)
    after = served.records("purchase_order")["PO-1"]
    assert after["transfer_status"] == "Transferred"
    assert after["needs_resync"] is False
    assert after["first_transfer_date"] == first["transfer_date"]
    assert after["transfer_date"] >= first["transfer_date"]
    (receipt,) = company.transactions("ItemReceipt")
    assert receipt["lines"][0]["Quantity"] == "1"
