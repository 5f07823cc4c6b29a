"""What QuickBooks' answers to an invoice mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qbferry import Rejected, Request, Sent
from qbferry.plugin.manager import Plugins
from qbferry.testing import make_record
from qbferry.testing.probes import accepted, refused
from qbferry_invoices.plugin import Invoices
from qbferry_invoices.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from qbferry import Response, Result
    from qbferry_invoices.document import InvoiceDocument

NO_ADDRESS = "The customer of this invoice has no e-mail address."
FIELD = "There is an error in the field IsToBeEmailed."
UNKNOWN = (
    "There is an invalid reference to QuickBooks Customer &quot;Email Experts&quot; in the Invoice.  "
    "QuickBooks error message: Invalid argument.  The specified record does not exist in the list."
)


def judged(document: InvoiceDocument, response: Response, settings: Settings) -> Result:
    plugins = Plugins({"invoices": Invoices(settings)})
    entity = plugins.entities["invoice"]
    record = make_record(entity, document.model_dump(mode="json"))
    request = Request(key="invoice", name="InvoiceAdd", fields={})
    return plugins.handle_response(entity, record, request, response)


def test_the_number_of_quickbooks_comes_back(
    document: Callable[..., InvoiceDocument], settings: Settings
) -> None:
    assert judged(document(), accepted("InvoiceAdd"), settings) == Sent(
        txn_id="1-1", ref_number="1", edit_sequence="1"
    )


@pytest.mark.parametrize("message", [NO_ADDRESS, FIELD])
def test_a_customer_without_email_is_said_in_plain_words(
    message: str, document: Callable[..., InvoiceDocument], settings: Settings
) -> None:
    result = judged(document(transmission="email"), refused("InvoiceAdd", 3210, message), settings)
    assert isinstance(result, Rejected)
    assert 'the customer "Acme Corp" has no e-mail address in QuickBooks' in result.reason
    assert message in result.reason


def test_the_settings_transmission_counts_too(document: Callable[..., InvoiceDocument]) -> None:
    result = judged(
        document(transmission=None),
        refused("InvoiceAdd", 3210, NO_ADDRESS),
        Settings.model_validate({"transmission": "print_and_email"}),
    )
    assert isinstance(result, Rejected)
    assert "no e-mail address in QuickBooks" in result.reason


def test_other_refusals_keep_their_own_words(
    document: Callable[..., InvoiceDocument], settings: Settings
) -> None:
    unknown = judged(document(transmission="email"), refused("InvoiceAdd", 3140, UNKNOWN), settings)
    assert isinstance(unknown, Rejected)
    assert 'QuickBooks knows no customer named "Email Experts"' in unknown.reason
    printed = judged(document(transmission="print"), refused("InvoiceAdd", 3210, NO_ADDRESS), settings)
    assert isinstance(printed, Rejected)
    assert "is to be e-mailed" not in printed.reason
