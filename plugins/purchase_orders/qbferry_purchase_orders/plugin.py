"""The purchase orders plugin: what the framework calls."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from qbferry import Cleared, Column, Entity, Kind, Skip, first_reason, hookimpl
from qbferry_purchase_orders import commands, eligibility, life, mapping, references, responses, settings
from qbferry_purchase_orders.document import PurchaseOrderDocument, summary
from qbferry_purchase_orders.edits import EDITS
from qbferry_purchase_orders.state import OrderRecord, OrderState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import typer

    from qbferry import (
        Connector,
        Continue,
        Gone,
        Ignore,
        More,
        Names,
        Noted,
        Nothing,
        Reference,
        Rejected,
        Request,
        Response,
        SendAgain,
        Sent,
        Withdraw,
    )

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
                document=PurchaseOrderDocument,
                state=OrderState,
                summary=summary,
                requests=(
                    "PurchaseOrderAdd",
                    "PurchaseOrderQuery",
                    "ItemReceiptAdd",
                    "TxnDel",
                    "VendorAdd",
                    "ItemInventoryAdd",
                ),
                templates=files("qbferry_qbxml") / "purchase_orders",
                targets=(
                    *references.TARGETS,
                    *(references.ACCOUNTS.values() if self._settings.create_items else ()),
                ),
                # Status and number are not sent either, but what the source says of them is looked at.
                never_sent=frozenset({"batch"}),
                columns=(
                    Column(name="vendor"),
                    Column(name="status", filterable=True),
                    Column(
                        name="external_po_number",
                        label="External P.O. #",
                        paths=("state.external_po_number", "document.external_po_number"),
                    ),
                    Column(
                        name="needs_resync",
                        label="QuickBooks Needs Resync",
                        kind=Kind.FLAG,
                        paths=("record.needs_resync",),
                    ),
                    Column(
                        name="first_transfer_date",
                        label="First transfer date",
                        kind=Kind.MOMENT,
                        paths=("record.first_transfer_date",),
                    ),
                ),
                edits=EDITS,
                order=40,
            )
        ]

    @hookimpl
    def register_commands(self, cli: typer.Typer) -> None:
        """Add ``receive``."""
        commands.register(cli)

    @hookimpl
    def check_eligibility(self, record: OrderRecord) -> Skip | None:
        """Ask the rules of a first transfer."""
        if record.state.in_quickbooks:
            return None
        reason = first_reason(eligibility.RULES, record.document)
        return Skip(reason) if reason else None

    @hookimpl
    def check_retransfer(self, record: OrderRecord) -> Skip | str:
        """Send an order again only once its number was cleared."""
        return life.again(record.document, record.state)

    @hookimpl
    def clear_number(self, record: OrderRecord) -> Cleared:
        """Let go of the order in QuickBooks."""
        record.state = OrderState()
        return Cleared()

    @hookimpl
    def check_change(
        self, record: OrderRecord, previous: PurchaseOrderDocument
    ) -> SendAgain | Noted | Ignore | Withdraw | None:
        """Resync what was received; delete what was canceled."""
        return life.changed(record, previous)

    @hookimpl
    def references(self, record: OrderRecord) -> Iterable[Reference]:
        """Name vendor, shipping method, items and customers of an order that is new to QuickBooks."""
        return references.references(record, self._settings)

    @hookimpl
    def build_requests(
        self, record: OrderRecord, connector: Connector, names: Names
    ) -> Iterable[Request] | Skip:
        """Give what is next."""
        return mapping.requests(record, connector, names)

    @hookimpl
    def possible_keys(self, record: OrderRecord) -> Iterable[str]:
        """Name what may be in QuickBooks, as receipts that this database does not know."""
        return mapping.possible_keys(record)

    @hookimpl
    def handle_response(
        self, record: OrderRecord, request: Request, response: Response
    ) -> Sent | Rejected | Continue | None:
        """Learn from the answer."""
        record.state, result = responses.learn(record.document, record.state, request, response)
        return result

    @hookimpl
    def after_transfer(self, record: OrderRecord) -> More | Gone | None:
        """Book what QuickBooks has now."""
        record.state, more = life.book(record)
        return more

    @hookimpl
    def forget(self, record: OrderRecord, lost: Mapping[str, str]) -> Nothing | None:
        """Let go of what a restored backup lost."""
        record.state, nothing = life.lose(record, lost)
        return nothing
