"""Counts all the way: from records to what the simulated company file has on hand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from qbferry.config import PluginSettings
from qbferry.desk import mapping
from qbferry.errors import QbferryError
from qbferry.model import Record
from qbferry.plugin.manager import assemble
from qbferry.simulator import HResultError, Session

from .conftest import RECORD

if TYPE_CHECKING:
    from collections.abc import Callable

    from qbferry.testing.installation import Installation

    Make = Callable[..., Installation]

GOLDEN = Path(__file__).with_name("golden") / "plain.xml"


def on_hand(world: Installation) -> dict[str, str]:
    return {
        entry["Name"]: entry["QuantityOnHand"]
        for entry in world.company.entries("ItemInventory")
        if entry.get("QuantityOnHand", "0") != "0"
    }


def test_quickbooks_has_what_was_counted_whatever_it_had_before(make: Make) -> None:
    world = make()
    world.put("inventory_count", RECORD)
    messages: list[str] = []
    world.run(watch=messages.append)
    assert world.statuses("inventory_count") == {"IC-1": "Transferred"}
    assert on_hand(world) == {"Switch 24p": "7"}
    [sent] = [message for message in messages if "<InventoryAdjustmentAdd>" in message]
    inner = sent.partition("<InventoryAdjustmentAdd>")[2].partition("</InventoryAdjustmentAddRq>")[0]
    body = "<InventoryAdjustmentAdd>" + inner
    guid = body.partition("<ExternalGUID>")[2].partition("<")[0]
    assert body.replace(guid, "{marker}").replace("><", ">\n<") + "\n" == GOLDEN.read_text("ascii")
    world.put("inventory_count", RECORD | {"id": "IC-2", "lines": [RECORD["lines"][0]]})
    world.run()
    assert on_hand(world) == {"Switch 24p": "2"}


def test_it_goes_once_and_says_when(make: Make) -> None:
    world = make()
    world.put("inventory_count", RECORD)
    world.run()
    with pytest.raises(QbferryError, match="none"):
        world.run()
    assert len(world.company.transactions("InventoryAdjustment")) == 1
    entity = world.plugins.entities["inventory_count"]
    [column] = [column for column in entity.columns if column.name == "last_inventory_sync"]
    record = world.record("inventory_count", "IC-1")
    assert record.transfer_date is not None
    assert column.value({}, {}, record) == record.transfer_date


def test_what_is_skipped_is_named_and_the_rest_goes(make: Make) -> None:
    world = make()
    why = "received on PO-5, which was transferred"
    lines = [*RECORD["lines"], {"product": "Cable", "quantity": "3", "skip": why}]
    world.put("inventory_count", RECORD | {"lines": lines})
    world.run()
    assert on_hand(world) == {"Switch 24p": "7"}
    row = world.record("inventory_count", "IC-1")
    record = Record.read(world.plugins.entities["inventory_count"], row)
    assert record.state.model_dump() == {"skipped": f"Cable: {why}"}
    assert row.changed_since_transfer, "QuickBooks has not all of the count"


def test_a_product_that_quickbooks_does_not_have_is_made_first(make: Make) -> None:
    world = make()
    world.put("inventory_count", RECORD | {"lines": [{"product": "Cable", "quantity": "3"}]})
    world.run()
    assert on_hand(world) == {"Cable": "3"}


def test_without_create_items_such_a_product_is_said(make: Make) -> None:
    world = make(create_items=False)
    world.put("inventory_count", RECORD | {"lines": [{"product": "Cable", "quantity": "3"}]})
    world.run()
    assert 'no item named "Cable"' in (world.record("inventory_count", "IC-1").reason or "")


def test_an_item_is_made_in_the_one_it_lies_in(make: Make) -> None:
    world = make()
    world.put("inventory_count", RECORD | {"lines": [{"product": "Cables~Cat 6", "quantity": "3"}]})
    world.run()
    made = {entry["FullName"] for entry in world.company.entries("ItemInventory")}
    assert made >= {"Cables", "Cables:Cat 6"}
    assert on_hand(world) == {"Cat 6": "3"}


@pytest.mark.parametrize(
    ("setting", "label"),
    [
        ("income_account", "income account"),
        ("cogs_account", "account for the cost of goods sold"),
        ("asset_account", "inventory account"),
    ],
)
def test_an_account_that_quickbooks_does_not_have_is_said_before_an_item_is_made(
    setting: str, label: str, make: Make
) -> None:
    world = make(**{setting: "Goods"})
    world.put("inventory_count", RECORD | {"lines": [{"product": "Cable", "quantity": "3"}]})
    messages: list[str] = []
    world.run(watch=messages.append)
    assert not any("AddRq" in message for message in messages)
    assert (
        f'"Cable" cannot be made: QuickBooks has no {label} named "Goods". Add it there, name another as '
        f"{setting} in [plugins.inventory_counts], or map it: qbferry map set Account."
    ) in (world.record("inventory_count", "IC-1").reason or "")
    with world.database.write() as tx:
        mapping.put(tx, None, [mapping.Mapping("Account", "Goods", "Product Sales")])
    world.run()
    assert on_hand(world) == {"Cable": "3"}


def test_what_is_no_inventory_part_is_refused_in_words(make: Make) -> None:
    world = make()
    world.put("inventory_count", RECORD | {"lines": [{"product": "Labor", "quantity": "3"}]})
    world.run()
    assert world.statuses("inventory_count") == {"IC-1": "Pending/Failed"}
    reason = world.record("inventory_count", "IC-1").reason or ""
    assert "You cannot set the quantity for items of this type" in reason


class Dies:
    """QuickBooks executes the adjustment and dies before it answers."""

    def __init__(self) -> None:
        self.done = False

    def disturb(self, name: str) -> None:
        if self.done:
            raise HResultError("0x80040402")
        self.done = name == "InventoryAdjustmentAdd"


def test_a_count_whose_answer_was_lost_is_found_and_not_sent_twice(make: Make) -> None:
    world = make()
    world.put("inventory_count", RECORD, RECORD | {"id": "IC-2"})
    world.run(Session(world.company, interference=Dies()))
    assert len(world.company.transactions("InventoryAdjustment")) == 1
    world.run()
    assert world.statuses("inventory_count") == {"IC-1": "Transferred", "IC-2": "Transferred"}
    assert len(world.company.transactions("InventoryAdjustment")) == 2


def test_it_runs_only_where_it_is_named() -> None:
    assert "inventory_count" not in assemble(PluginSettings()).entities
