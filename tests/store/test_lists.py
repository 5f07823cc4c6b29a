"""Names looked up in QuickBooks' lists: many in one question, each as it would be alone, by their indexes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from qbferry.model import ListEntry

if TYPE_CHECKING:
    from collections.abc import Callable

    from qbferry.store.database import Database
    from qbferry.store.transaction import Transaction

    Plan = Callable[[Callable[[Transaction], object]], str]

NAMES = [
    *(("Customer", f"Customer {number}") for number in range(37)),
    *(("Customer", name) for name in ("the  TREE", "Twice", "Gone", "nobody", "Both")),
    *(("Item", name) for name in ("Labor~Remote", "Twice", "the tree")),
]


def entry(kind: str, list_id: str, name: str, *, is_active: bool = True) -> ListEntry:
    return ListEntry(kind=kind, list_id=list_id, full_name=name, is_active=is_active, data={"Type": name})


@pytest.fixture
def listed(database: Database) -> Database:
    """Entries of two company files: some that are linked, some that share a name, one that is gone."""
    with database.write() as tx:
        customers = [entry("Customer", f"C{number}", f"Customer {number}") for number in range(37)]
        customers += [
            entry("Customer", "T1", "Twice", is_active=False),
            entry("Customer", "T2", "TWICE"),
            entry("Customer", "T3", "twice"),
            entry("Customer", "B1", "Both"),
        ]
        tx.lists.keep(1, "Customer", customers)
        tx.lists.keep(1, "Item", [entry("Item", "I1", "Labor:Remote"), entry("Item", "I2", "The tree")])
        tx.lists.keep(2, "Customer", [entry("Customer", "S1", "nobody")])
        for name, list_id in (("The tree", "C3"), ("Gone", "no more"), ("both", "C4")):
            tx.lists.link(1, "Customer", name, list_id, "person")
    return database


def test_names_are_found_together_as_each_is_found_alone(listed: Database) -> None:
    with listed.read() as tx:
        together = tx.lists.of(1)
        together.look_up(NAMES)
        alone = [tx.lists.of(1).find(*name) for name in NAMES]
        assert [together.find(*name) for name in NAMES] == alone
    found = {name: entry and (entry.list_id, entry.linked) for name, entry in zip(NAMES, alone, strict=True)}
    assert found["Customer", "Customer 36"] == ("C36", False)
    assert found["Customer", "the  TREE"] == ("C3", True)
    assert found["Customer", "Both"] == ("C4", True), "a link goes before a name"
    assert found["Customer", "Twice"] == ("T2", False), "an active entry does, the first there was"
    assert found["Item", "the tree"] == ("I2", False)
    assert [name for name, entry in found.items() if entry is None] == [
        ("Customer", "Gone"),
        ("Customer", "nobody"),
        ("Item", "Twice"),
    ]


def test_what_was_looked_up_is_not_asked_for_again(
    listed: Database, heard: Callable[[Database], Any]
) -> None:
    with heard(listed) as statements, listed.read() as tx:
        lists = tx.lists.of(1)
        lists.look_up(NAMES)
        for name in NAMES:
            lists.find(*name)
        assert len([text for text, _ in statements if "list_entry" in text]) == 1


def test_names_are_looked_up_by_the_indexes(listed: Database, planned: Plan) -> None:
    plan = planned(lambda tx: tx.lists.of(1).look_up(NAMES))
    assert "ix_list_entry_connector_id_kind_folded" in plan
    assert "uq_link_connector_id_kind_folded" in plan or "sqlite_autoindex_link" in plan, plan
    assert "SCAN list_entry" not in plan
    assert "SCAN link" not in plan
