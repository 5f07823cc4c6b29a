"""What answers about a vendor that had to be created mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qbferry import Already, Rejected, Request, Sent
from qbferry.testing.probes import accepted, refused
from qbferry_expenses.responses import meaning

if TYPE_CHECKING:
    from collections.abc import Callable

    from qbferry_expenses.document import ExpenseReportDocument

    Document = Callable[..., ExpenseReportDocument]

VENDOR = Request(key="vendor", name="VendorAdd", fields={}, label="vendor")
BILL = Request(key="bill", name="BillAdd", fields={}, label="bill")


def unknown(kind: str, name: str) -> str:
    return f"There is an invalid reference to QuickBooks {kind} &quot;{name}&quot; in the Bill."


def test_a_created_vendor_is_noted_without_its_identity(document: Document) -> None:
    answer = accepted("VendorAdd", "<VendorRet><ListID>8000003C-1</ListID></VendorRet>")
    result = meaning(document(), VENDOR, answer)
    assert result == Sent(note='The vendor "v-Smith, Ann" was created.')


def test_a_name_that_is_taken_counts_as_there(document: Document) -> None:
    result = meaning(document(), VENDOR, refused("VendorAdd", 3100, "The name is in use."))
    assert result == Already(note='The name "v-Smith, Ann" is in QuickBooks already.')


@pytest.mark.parametrize("code", [3070, 3260, 3231])
def test_another_refusal_of_a_vendor_is_the_frameworks(code: int, document: Document) -> None:
    assert meaning(document(), VENDOR, refused("VendorAdd", code)) is None


def test_a_bill_whose_vendor_turns_out_to_be_another_entry_says_so(document: Document) -> None:
    answer = refused("BillAdd", 3140, unknown("Vendor", "v-Smith, Ann"))
    result = meaning(document(), BILL, answer)
    assert isinstance(result, Rejected)
    assert "a customer, an employee or another name may be called so" in result.reason


@pytest.mark.parametrize("words", [unknown("Customer", "Acme"), unknown("Vendor", "Smith, Ann")])
def test_another_name_quickbooks_does_not_know_is_the_frameworks(words: str, document: Document) -> None:
    assert meaning(document(), BILL, refused("BillAdd", 3140, words)) is None
