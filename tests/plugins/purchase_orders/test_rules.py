"""Which orders may go, and what stops a receipt or a deletion: every rule the README names."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import qbferry_purchase_orders
from qbferry import Connector, ListEntry, Record, Skip, Summary, first_reason
from qbferry.plugin.manager import Plugins
from qbferry.testing import FixedLists, build
from qbferry_purchase_orders import eligibility, resync
from qbferry_purchase_orders.document import summary
from qbferry_purchase_orders.plugin import PurchaseOrders
from qbferry_purchase_orders.settings import Settings
from qbferry_purchase_orders.state import OrderState, QuickBooksLine, QuickBooksOrder

if TYPE_CHECKING:
    from collections.abc import Callable

    from qbferry_purchase_orders.state import OrderRecord

    Make = Callable[..., Any]
    Line = Callable[..., dict[str, Any]]
    Row = Callable[..., OrderRecord]

NEW = dict(OrderState())
OFFICE = Connector(id=1, name="main", country="US", at=datetime(2026, 11, 2, 12, tzinfo=UTC))

LONG = "An unmanaged switch with twenty-four ports"
FIRST: dict[str, tuple[dict[str, Any], str]] = {
    "Not canceled": ({"status": " CANCELED "}, "Purchase order PO-5 is canceled;"),
    "Something to order": ({"lines": []}, "Purchase order PO-5 has no lines"),
    "Not numbered already": (
        {"external_po_number": "1004"},
        "has the External P.O. # 1004, so QuickBooks has it",
    ),
    "No more than ordered": ({"lines": [{"received": "2.5"}]}, "2.5 received, but only 2 ordered"),
}
BUILT: dict[str, tuple[dict[str, Any], str]] = {
    "Distinct items": (
        {"lines": [{"id": "1", "product": LONG}, {"id": "2", "product": LONG + ", black"}]},
        f'The products "{LONG}" and "{LONG}, black" of purchase order PO-5 are one item in QuickBooks',
    ),
    "A vendor's name": (
        {"vendor": "V" * 42},
        f'QuickBooks has no vendor named "{"V" * 42}", and "{"V" * 42}" is too long for a new one',
    ),
}


def requests(order: Record[Any, Any], lists: FixedLists, **settings: Any) -> Any:
    """What is next for an order, or why nothing is."""
    plugins = Plugins({"orders": PurchaseOrders(Settings.model_validate(settings))})
    return build(plugins, plugins.entities["purchase_order"], order, OFFICE, lists)


def there(ordered: str = "2", received: str = "0", *, closed: bool = False, **order: Any) -> QuickBooksOrder:
    """What QuickBooks says of an order with one line."""
    line = QuickBooksLine.model_validate({"ordered": ordered, "received": received, "closed": closed})
    return QuickBooksOrder.model_validate({"at": datetime.now(UTC), "lines": {"C7-1": line}} | order)


RECEIPT: dict[str, tuple[QuickBooksOrder, str]] = {
    "No over-receipt": (there(ordered="1"), "2 received, but only 1 ordered"),
    "Not closed": (there(closed=True), "Line 1 of purchase order PO-5 (Switch 24p) is closed in QuickBooks"),
    "On the order": (there(lines={}), "is not on the order in QuickBooks"),
    "Not received by hand": (there(received="1"), "1 received in QuickBooks, of which 1 by hand"),
    "Still there": (QuickBooksOrder(at=datetime.now(UTC), gone=True), "(number 7) was deleted in QuickBooks"),
}


@pytest.fixture
def changes(line: Line) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Completes changes of an order: those of its lines are changes of the usual line."""

    def complete(given: dict[str, Any]) -> dict[str, Any]:
        lines = [line(**{"number": each.get("id", 1), **each}) for each in given.get("lines", [])]
        return {**given, **({"lines": lines} if "lines" in given else {})}

    return complete


def test_an_ordinary_order_may_go(document: Make) -> None:
    assert first_reason(eligibility.RULES, document()) is None


@pytest.mark.parametrize("status", ["New", "Submitted", "Received in Full"])
def test_any_other_status_may_go(document: Make, status: str) -> None:
    assert first_reason(eligibility.RULES, document(status=status)) is None


@pytest.mark.parametrize("rule", FIRST)
def test_a_first_transfer_is_refused_with_the_reason(document: Make, changes: Make, rule: str) -> None:
    given, reason = FIRST[rule]
    order = document(**changes(given))
    assert reason in (eligibility.RULES[rule](order) or "")
    assert reason in (first_reason(eligibility.RULES, order) or "")


@pytest.mark.parametrize("rule", BUILT)
def test_what_quickbooks_cannot_hold_is_refused_with_the_reason(
    record: Row, changes: Make, rule: str
) -> None:
    given, reason = BUILT[rule]
    built = requests(record(changes(given), **NEW), FixedLists(empty=["Vendor"]))
    assert isinstance(built, Skip)
    assert reason in built.reason


@pytest.mark.parametrize("rule", RECEIPT)
def test_what_quickbooks_says_stops_a_receipt(document: Make, state: Make, line: Line, rule: str) -> None:
    seen, reason = RECEIPT[rule]
    order = document(lines=[line(received="2")])
    assert reason in (resync.against_receipt(order, state(), seen) or "")
    assert resync.against_receipt(order, state(), there()) is None


def test_a_closed_order_stops_all_its_lines(document: Make, state: Make, line: Line) -> None:
    closed = there().model_copy(update={"closed": True})
    reason = resync.not_closed(document(lines=[line(received="2")]), state(), closed)
    assert (reason or "").startswith("Purchase order PO-5 (number 7) is closed in QuickBooks")


def test_a_receipt_that_vanished_from_quickbooks_stops_the_next(
    document: Make, state: Make, line: Line
) -> None:
    order = document(lines=[line(received="2")])
    reason = resync.against_receipt(order, state(received={"1": "1"}), there())
    assert "1 were sent to QuickBooks as received, but it has 0" in (reason or "")


def test_goods_received_by_hand_on_another_line_stop_nothing(document: Make, state: Make, line: Line) -> None:
    order, kept = document(lines=[line(1, received="1"), line(2)]), state(line_ids={"1": "C7-1", "2": "C8-1"})
    by_hand = QuickBooksLine.model_validate({"ordered": "2", "received": "2", "closed": False})
    seen = there().model_copy(update={"lines": {**there().lines, "C8-1": by_hand}})
    assert resync.against_receipt(order, kept, seen) is None


def test_an_order_with_receipts_is_not_deleted(document: Make, state: Make) -> None:
    order = document(status="Canceled")
    reason = resync.no_receipts(order, state(), there(received="1"))
    assert "(number 7) is canceled, but goods were received on it in QuickBooks" in (reason or "")
    assert resync.no_receipts(order, state(), there()) is None


@pytest.mark.parametrize(("status", "words"), [("Submitted", "received on"), ("Canceled", "deleted")])
def test_an_order_nobody_knows_the_txnid_of_is_left_to_people(
    record: Row, line: Line, status: str, words: str
) -> None:
    unknown = record({"status": status, "lines": [line(received="1")]}, order_txn_id=None)
    built = requests(unknown, FixedLists())
    assert isinstance(built, Skip)
    assert f"so it cannot be {words} from here" in built.reason


@pytest.mark.parametrize(("age", "asked"), [(9, "ItemReceiptAdd"), (11, "PurchaseOrderQuery")])
def test_what_quickbooks_said_is_soon_asked_again(record: Row, line: Line, age: int, asked: str) -> None:
    seen = there().model_copy(update={"at": OFFICE.at - timedelta(minutes=age)})
    built = requests(record({"lines": [line(received="1")]}, sending={"1": "1"}, seen=seen), FixedLists())
    assert not isinstance(built, Skip)
    assert [request.name for request in built] == [asked]


def test_a_linked_vendor_goes_by_its_identity(record: Row) -> None:
    class Linked(FixedLists):
        def find(self, kind: str, name: str) -> ListEntry | None:
            linked = ListEntry(kind=kind, list_id="1", full_name="Ingram Micro Inc.", linked=True)
            return linked if kind == "Vendor" else None

    [request] = requests(record(**NEW), Linked(empty=["Vendor"]))
    assert request.fields["vendor"].full_name == "Ingram Micro Inc."
    assert request.fields["vendor"].linked


def test_a_vendor_is_left_to_quickbooks_while_its_list_was_never_read(record: Row) -> None:
    assert [request.name for request in requests(record(**NEW), FixedLists())] == ["PurchaseOrderAdd"]


def test_a_vendor_that_is_not_to_be_created_is_refused_before_anything_is_sent(record: Row) -> None:
    built = requests(record(**NEW), FixedLists(empty=["Vendor"]), create_vendor=False)
    assert isinstance(built, Skip)
    assert built.reason.startswith('QuickBooks has no vendor named "Ingram Micro".')


def test_a_vendor_whose_name_a_customer_has_is_refused_before_anything_is_sent(record: Row) -> None:
    customer = ListEntry(kind="Customer", list_id="1", full_name="Ingram Micro")
    built = requests(record(**NEW), FixedLists([customer], empty=["Vendor"]))
    assert isinstance(built, Skip)
    assert '"Ingram Micro" is a customer there already, so no vendor can have that name' in built.reason


@pytest.mark.parametrize("create", [True, False])
def test_products_are_items_of_quickbooks(record: Row, create: bool) -> None:
    lists = FixedLists([ListEntry(kind="Vendor", list_id="1", full_name="Ingram Micro")], empty=["Item"])
    built = requests(record(**NEW), lists, create_items=create)
    if create:
        assert [request.name for request in built] == ["ItemInventoryAdd", "PurchaseOrderAdd"]
    else:
        assert 'QuickBooks has no item named "Switch 24p" (line 1).' in built.reason


def test_lists_and_totals_know_what_was_ordered_from_whom(document: Make, line: Line) -> None:
    lines = [line(1, quantity="3", unit_cost="0.333"), line(2, unit_cost=None), line(3, unit_cost="310.00")]
    assert summary(document(lines=lines, external_po_number="1004")) == Summary(
        party="Ingram Micro", amount=Decimal("621.00"), number="1004"
    )


def test_every_rule_of_the_readme_is_exercised_here() -> None:
    readme = Path(qbferry_purchase_orders.__file__ or "").parents[1] / "README.md"
    text = (
        readme.read_text(encoding="utf-8").partition("## Which orders may go")[2].partition("## Settings")[0]
    )
    named = re.findall(r"^- \*\*(.+?)\.\*\*", text, re.MULTILINE)
    assert named == [*FIRST, *BUILT, *RECEIPT, "A known order", "No receipts"]
    assert [*eligibility.RULES] == [*FIRST]
    assert {*resync.RULES} <= {*RECEIPT}
