"""The purchase orders plugin: what the framework calls."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from qbferry import Entity, Skip, hookimpl, mirror
from qbferry_purchase_orders import commands, eligibility, life, mapping, responses, settings
from qbferry_purchase_orders.document import PurchaseOrderDocument
from qbferry_purchase_orders.models import PurchaseOrder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    import typer

    from qbferry import Continue, Lists, Poll, Rejected, Request, Response, Sent

__all__ = ["PurchaseOrders"]


class PurchaseOrders:
    """Carries purchase orders to QuickBooks, then what is received on them, then their end."""

    Settings = settings.Settings

    def __init__(self, values: settings.Settings) -> None:
        self._settings = values

    @hookimpl
    def entities(self) -> Iterable[Entity]:
        """Own the entity ``purchase_order``."""
        return [
            Entity(
                name="purchase_order",
                label="Purchase order",
                plural="Purchase orders",
                record=PurchaseOrder,
                document=PurchaseOrderDocument,
                templates=files("qbferry_qbxml") / "purchase_orders",
                columns=("vendor", "status", "external_po_number", "needs_resync", "first_transfer_date"),
                order=40,
            )
        ]

    @hookimpl
    def polls(self) -> Iterable[Poll]:
        """Keep the lists at hand that decide what is created or left out."""
        kinds = ["Vendor", "ShipMethod", *(["Item"] if self._settings.create_items else [])]
        return [mirror(kind) for kind in kinds]

    @hookimpl
    def register_commands(self, cli: typer.Typer) -> None:
        """Add ``receive``."""
        commands.register(cli)

    @hookimpl
    def check_eligibility(self, record: PurchaseOrder) -> Skip | None:
        """Ask the rules of a first transfer."""
        reason = not record.in_quickbooks and eligibility.first_reason(PurchaseOrderDocument.of(record))
        return Skip(reason) if reason else None

    @hookimpl
    def check_retransfer(self, record: PurchaseOrder) -> Skip | str:
        """Send an order again only once its number was cleared."""
        return life.again(record)

    @hookimpl
    def clear_number(self, record: PurchaseOrder) -> bool:
        """Let go of the order in QuickBooks."""
        life.forget(record)
        return True

    @hookimpl
    def check_change(self, record: PurchaseOrder, previous: Mapping[str, Any]) -> bool:
        """Resync what was received; delete what was canceled."""
        return life.changed(record, previous)

    @hookimpl
    def build_requests(self, record: PurchaseOrder, lists: Lists) -> Iterable[Request] | Skip:
        """Give what is next."""
        return mapping.requests(PurchaseOrderDocument.of(record), record, self._settings, lists)

    @hookimpl
    def handle_response(
        self, record: PurchaseOrder, request: Request, response: Response
    ) -> Sent | Rejected | Continue | None:
        """Learn from the answer."""
        return responses.learn(record, request, response)

    @hookimpl
    def after_transfer(self, record: PurchaseOrder) -> None:
        """Book what QuickBooks has now."""
        life.book(record)

    @hookimpl
    def forget(self, record: PurchaseOrder, lost: Mapping[str, str]) -> None:
        """Let go of what a restored backup lost."""
        life.lose(record, lost)
