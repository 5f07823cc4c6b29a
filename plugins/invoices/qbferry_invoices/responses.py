"""What an answer of QuickBooks means where the framework's own words are not plain enough."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from qbferry import Rejected

if TYPE_CHECKING:
    from qbferry import Response
    from qbferry_invoices.document import InvoiceDocument
    from qbferry_invoices.settings import Settings

__all__ = ["no_email"]

_QUOTED = re.compile(r'"[^"]*"')
_EMAIL = re.compile(r"e-?mail", re.IGNORECASE)


def no_email(invoice: InvoiceDocument, settings: Settings, response: Response) -> Rejected | None:
    """Recognize that the invoice should be e-mailed and the customer has no address.

    QuickBooks refuses it then; the code is not known (facts E, G), so its words are looked at, without the
    names it quotes: a customer may be called "Email Experts".
    """
    wanted = (invoice.transmission or settings.transmission).emails
    words = " ".join(response.message.split())
    if not (wanted and response.is_error and _EMAIL.search(_QUOTED.sub("", words))):
        return None
    return Rejected(
        f'Invoice {invoice.id} is to be e-mailed, but the customer "{invoice.organization}" has no e-mail '
        "address in QuickBooks. Enter one there, or change the invoice's transmission; it goes again in the "
        f"next run. QuickBooks said: {words} ({response.status_code})"
    )
