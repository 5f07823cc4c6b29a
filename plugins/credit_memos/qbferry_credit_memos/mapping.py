"""From a credit memo to its QuickBooks request; what each field becomes is a table in the README."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry import Request

if TYPE_CHECKING:
    from qbferry import Connector, Names
    from qbferry_credit_memos.document import CreditMemoDocument, CreditMemoLine
    from qbferry_credit_memos.settings import Settings

__all__ = ["KEY", "request"]

KEY = "credit_memo"


def request(memo: CreditMemoDocument, settings: Settings, connector: Connector, names: Names) -> Request:
    """Give the one request; what is None is left out by the template."""
    # A company without sales tax has no codes (facts C, E).
    taxed = not connector.features or "PaySalesTax" in connector.features
    return Request(
        key=KEY,
        name="CreditMemoAdd",
        fields={
            "customer": names["organization"],
            "date": memo.credit_date,
            "number": memo.number if settings.number == "source" else None,
            "purchase_order_number": memo.purchase_order_number,
            "memo": memo.memo,
            "lines": [
                {
                    "item": names.get(f"lines[{place}].item"),
                    "description": line.description,
                    "quantity": line.quantity or None,  # QuickBooks divides by it
                    "class_": names.get(f"lines[{place}].class"),
                    "amount": line.amount if line.item or line.amount else None,
                    "service_date": line.service_date if line.item or line.amount else None,
                    "tax_code": _tax_code(line, settings) if taxed and (line.item or line.amount) else None,
                }
                for place, line in enumerate(memo.lines)
            ],
        },
    )


def _tax_code(line: CreditMemoLine, settings: Settings) -> str | None:
    if line.taxable is None:
        return None
    return settings.taxable_code if line.taxable else settings.non_taxable_code
