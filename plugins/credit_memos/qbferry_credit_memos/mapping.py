"""From a credit memo to its QuickBooks request; what each field becomes is a table in the README."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qbferry import Request
from qbferry_credit_memos.references import UNCOUNTED

if TYPE_CHECKING:
    from qbferry import Names
    from qbferry_credit_memos.document import CreditMemoDocument, CreditMemoLine
    from qbferry_credit_memos.settings import Settings

__all__ = ["KEY", "request"]

KEY = "credit_memo"


def request(memo: CreditMemoDocument, settings: Settings, names: Names) -> Request:
    """Give the one request; what is None is left out by the template."""
    return Request(
        key=KEY,
        name="CreditMemoAdd",
        fields={
            "customer": names["organization"],
            "date": memo.credit_date,
            "number": memo.number if settings.number == "source" else None,
            "purchase_order_number": memo.purchase_order_number,
            "memo": memo.memo,
            "lines": [_line(line, f"lines[{place}]", names) for place, line in enumerate(memo.lines)],
        },
    )


def _line(line: CreditMemoLine, at: str, names: Names) -> dict[str, Any]:
    charged, item = line.item or line.amount, names.get(f"{at}.item")
    counted = not (item and item.entry and item.entry.data.get("Type") in UNCOUNTED)
    code = None if line.taxable is None else "taxable_code" if line.taxable else "non_taxable_code"
    return {
        "item": item,
        "description": line.description,
        # QuickBooks divides by it
        "quantity": line.quantity or None if counted else None,
        "class_": names.get(f"{at}.class"),
        "amount": line.amount if charged else None,
        "service_date": line.service_date if charged else None,
        "tax_code": names.get(code) if code and charged else None,
    }
