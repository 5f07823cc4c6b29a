"""What the proof notices of entries that are made: customers, vendors and items."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from qbferry.config import PluginSettings
from qbferry.model import OwnerKind
from qbferry.proof.databases import Sqlite
from qbferry.proof.sequence.plan import Plan
from qbferry.proof.sequence.play import Stock, attempt
from qbferry.proof.sequence.trials import stocks
from qbferry.proof.sequence.troubles import TROUBLES
from qbferry.proof.sequence.troubles.trouble import Trouble
from qbferry.simulator import bookkeeper
from qbferry.transfer.marker import marker

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qbferry.model import Owner
    from qbferry.proof.sequence.scene import Scene
    from qbferry.simulator import Fault

MADE = ("Customer Newcomer", "Customer Newcomer:Roof", "ItemService Survey", "Vendor New Supplies")


@pytest.fixture(scope="module")
def stock() -> Iterator[Stock]:
    with ExitStack() as stack:
        [made] = stocks([Sqlite()], PluginSettings(), stack)
        yield made


def told(stock: Stock, trouble: str) -> str:
    """What the proof says after it."""
    return " ".join(map(str, attempt(stock, Plan((trouble,), 0)).verdicts))


def test_all_that_is_made_is_there_once_though_an_answer_is_lost(stock: Stock) -> None:
    assert told(stock, "lost answer") == ""


def test_an_entry_without_its_marker_is_found_out(stock: Stock, monkeypatch: pytest.MonkeyPatch) -> None:
    def unmarked(owner_id: str, file_id: str, owner: Owner, key: str, count: int) -> str:
        return "" if owner.kind is OwnerKind.ENTRY else marker(owner_id, file_id, owner, key, count)

    monkeypatch.setattr("qbferry.transfer.preparation.marker", unmarked)
    found = told(stock, "edit by hand")
    for name in MADE:
        assert f"doubled: {name} is in QuickBooks, and nobody knows whose it is." in found


class Renamed(Trouble):
    """What was made is called otherwise in QuickBooks: as if it had never been made."""

    name = "planted"
    at = ("idle",)

    def strikes(self, scene: Scene, point: str, request: str) -> bool:
        there = scene.premises.company.named(["Vendor"], "New Supplies")
        return super().strikes(scene, point, request) and there is not None

    def count_down(self) -> bool:
        return True

    def strike(self, scene: Scene, point: str) -> Sequence[Fault]:
        bookkeeper.rename(scene.premises.company, "Vendor", "New Supplies", "Supplies of old")
        return ()


def test_an_entry_that_is_not_there_is_found_out(stock: Stock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TROUBLES, "planted", Renamed)
    assert "lost: QuickBooks does not know the Vendor New Supplies of purchase_order PO-12." in told(
        stock, "planted"
    )
