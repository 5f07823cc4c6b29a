"""A program of somebody's, written with a client that a generator has made from the API's description.

    python program.py ADDRESS TOKEN

It brings an invoice in, finds it, reads it, sets it ready, and hears of that. ``check.py`` runs it, once
mypy has found that its types fit.
"""

import sys
from datetime import date
from http import HTTPStatus
from typing import TypeVar

from qbferry_client import AuthenticatedClient
from qbferry_client.api.events import list_events
from qbferry_client.api.invoices import act_invoice, act_on_invoice, get_invoice, list_invoice, put_invoice
from qbferry_client.models import (
    EventPage,
    Include,
    InvoiceDeed,
    InvoiceDeedAct,
    InvoiceInput,
    InvoiceInputInvoiceLine,
    InvoiceOneDeed,
    InvoiceOneDeedAct,
    InvoiceRecord,
    Problem,
    RecordPage,
    Report,
    TransferStatus,
    Verdict,
    VerdictPage,
)

Answer = TypeVar("Answer")


def of(kind: type[Answer], answer: object) -> Answer:
    """An answer, if it is what is hoped for."""
    if isinstance(answer, kind):
        return answer
    raise SystemExit(f"A {kind.__name__} was expected, and this came: {answer}")


def main(address: str, token: str) -> None:
    with AuthenticatedClient(address, token, raise_on_unexpected_status=True) as client:
        line = InvoiceInputInvoiceLine(amount="300.00", item="Labor~Remote", quantity="2.5")
        invoice = InvoiceInput(
            "INV-1", organization="Acme Corp", invoice_date=date(2026, 10, 31), lines=[line]
        )
        report = of(Report, put_invoice.sync(client=client, body=[invoice], idempotency_key="october-1"))
        assert (report.created, report.connectors.additional_properties) == (1, {"office": 1})

        line.amount = "a lot"
        problem = of(Problem, put_invoice.sync(client=client, body=[invoice]))
        assert problem.errors
        assert problem.errors[0].pointer == "#/0/lines/0/amount"

        page = of(RecordPage, list_invoice.sync(client=client, status="Not Transferred", amount_from="300"))
        assert [(record.id, record.amount, record.dated) for record in page.records] == [
            ("INV-1", "300.00", date(2026, 10, 31))
        ]

        seen = get_invoice.sync_detailed("INV-1", client=client, include=[Include.HISTORY, Include.PREVIEW])
        record = of(InvoiceRecord, seen.parsed)
        assert record.document.lines[0].item == "Labor~Remote"
        assert (record.history, record.transfer_status) == ([], TransferStatus.NOT_TRANSFERRED)
        again = get_invoice.sync_detailed(
            "INV-1",
            client=client,
            include=[Include.HISTORY, Include.PREVIEW],
            if_none_match=seen.headers["ETag"],
        )
        assert again.status_code is HTTPStatus.NOT_MODIFIED

        ready = InvoiceOneDeed(act=InvoiceOneDeedAct.READY)
        verdict = of(
            Verdict,
            act_on_invoice.sync("INV-1", client=client, body=ready, if_match=seen.headers["ETag"]),
        )
        assert (verdict.changed, verdict.transfer_status) == (True, TransferStatus.PENDING)
        back = InvoiceDeed(act=InvoiceDeedAct.NOT_READY)
        verdicts = of(VerdictPage, act_invoice.sync(client=client, body=back, status="Pending"))
        assert [(each.id, each.changed) for each in verdicts.verdicts] == [("INV-1", True)]
        assert verdicts.next_ is None

        heard = of(EventPage, list_events.sync(client=client))
        told = [(event.type_, event.data["id"]) for event in heard.events if "id" in event.data]
        assert told == [("record.ready", "INV-1"), ("record.not_ready", "INV-1")], told
        print(f"{address} does what its description says.")


if __name__ == "__main__":
    main(*sys.argv[1:])
