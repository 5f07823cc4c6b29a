"""The inventory_counts plugin: what the framework calls."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from qbferry import Column, Entity, Kind, Noted, Skip, first_reason, hookimpl
from qbferry_inventory_counts import mapping, settings
from qbferry_inventory_counts.document import InventoryCountDocument, summary
from qbferry_inventory_counts.eligibility import RULES
from qbferry_inventory_counts.references import ACCOUNTS, TARGETS, references
from qbferry_inventory_counts.state import CountState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qbferry import Connector, Names, Reference, Request
    from qbferry_inventory_counts.state import CountRecord

__all__ = ["InventoryCounts"]


class InventoryCounts:
    """Carries counts to QuickBooks, one InventoryAdjustmentAdd each."""

    requires_api = "1"
    Settings = settings.Settings

    def __init__(self, values: settings.Settings) -> None:
        self._settings = values

    @hookimpl
    def entities(self) -> Iterable[Entity]:
        """Own the entity ``inventory_count``."""
        return [
            Entity(
                name="inventory_count",
                label="Inventory count",
                plural="Inventory counts",
                document=InventoryCountDocument,
                state=CountState,
                summary=summary,
                requests=("InventoryAdjustmentAdd", "ItemInventoryAdd"),
                templates=files("qbferry_qbxml") / "inventory_counts",
                targets=(*TARGETS, *(ACCOUNTS.values() if self._settings.create_items else ())),
                never_sent=frozenset({"batch"}),
                columns=(
                    Column(name="count_date", kind=Kind.DATE),
                    Column(name="number"),
                    Column(name="last_inventory_sync", kind=Kind.MOMENT, paths=("record.transfer_date",)),
                    Column(name="skipped", paths=("state.skipped",)),
                ),
                # After the orders, whose receipts change what there is.
                order=90,
            )
        ]

    @hookimpl
    def check_eligibility(self, record: CountRecord, connector: Connector) -> Skip | None:
        """Ask the rules."""
        reason = first_reason(RULES, record.document, connector)
        return Skip(reason) if reason else None

    @hookimpl
    def references(self, record: CountRecord) -> Iterable[Reference]:
        """Name the account and every product."""
        return references(record.document, self._settings)

    @hookimpl
    def build_requests(self, record: CountRecord, names: Names) -> Iterable[Request]:
        """Map the count."""
        return [mapping.request(record.document, names)]

    @hookimpl
    def possible_keys(self) -> Iterable[str]:
        """Name the one request there is."""
        return [mapping.KEY]

    @hookimpl
    def check_retransfer(self) -> str:
        """Ask nobody: a count says how many there are, so that twice is as good as once."""
        return ""

    @hookimpl
    def after_transfer(self, record: CountRecord) -> Noted | None:
        """Remember what was left out, and say that QuickBooks has not all of the count then."""
        record.state = CountState(skipped=record.document.told)
        return Noted() if record.state.skipped else None
