"""What a run costs that learns of payments and changed customers, by how many of them there are."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING

from baseline import baseline_mib
from bed import PASSWORD, USER, address, serve
from table import Table

from qbferry.simulator import CompanyFile, Session
from webconnector import HCP, STRING, Client, next_message

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bed import Bed
    from machine import Served
    from scale import Scale

__all__ = ["measure"]

COUNTS = (1_000, 100_000)
CHANGED = 10
MONTH = 30 * 86_400
HEAD = '<?xml version="1.0"?><?qbxml version="13.0"?><QBXML><QBXMLMsgsRq onError="stopOnError">'
TAIL = "</QBXMLMsgsRq></QBXML>"
ADD = (
    "<InvoiceAddRq><InvoiceAdd><CustomerRef><FullName>Acme Corp</FullName></CustomerRef><InvoiceLineAdd>"
    "<ItemRef><FullName>Labor:Remote</FullName></ItemRef><Quantity>1</Quantity><Amount>100.00</Amount>"
    "</InvoiceLineAdd></InvoiceAdd></InvoiceAddRq>"
)
PAY = (
    "<ReceivePaymentAddRq><ReceivePaymentAdd><CustomerRef><FullName>Acme Corp</FullName></CustomerRef>"
    "<TotalAmount>100.00</TotalAmount><AppliedToTxnAdd><TxnID>{}</TxnID><PaymentAmount>100.00</PaymentAmount>"
    "</AppliedToTxnAdd></ReceivePaymentAdd></ReceivePaymentAddRq>"
)
SENT = (
    "UPDATE record SET transfer_status = 'Transferred', queue_position = NULL, transfer_count = 1, "
    "txn_id = printf('%X-1', pk), ref_number = 'N-' || pk, transfer_date = created_at, "
    "first_transfer_date = created_at WHERE entity = 'invoice'"
)


@dataclass(frozen=True, slots=True)
class Spent:
    """What one run took: messages, bytes of the answers, milliseconds of the server's CPU."""

    messages: int
    size: int
    cpu: float


def measure(bed: Bed, *, scale: Scale, rounds: int) -> list[Table]:
    """Let ten invoices be paid, and ten customers be changed, among few and among many."""
    libraries = baseline_mib(bed)
    table = Table(
        f"The first run, which reads all customers, and one in which {CHANGED} invoices were paid and "
        f"{CHANGED} customers changed since; medians of {rounds} of these, and the most memory it had so "
        "far beyond a process that imports the same libraries, in MiB",
        ("invoices, customers", "run", "messages", "bytes of the answers", "CPU, ms", "beyond"),
    )
    for count in scale.pick(COUNTS, COUNTS, COUNTS[:1]):
        company = _company(bed.folder / f"changes-{count}.sqlite3", count)
        with (
            bed.copy(bed.filled(count)) as file,
            CompanyFile.open(company) as books,
            _transferred(file) as connection,
            serve(address(file)) as server,
        ):
            quickbooks = Session(books)
            first = _run(server, quickbooks)
            table.add(count, "first", *_cells([first]), server.peak_mib() - libraries)
            later = []
            for number in range(rounds):
                _change(books, quickbooks, number)
                connection.execute("UPDATE poll SET answered_at = datetime(answered_at, '-1 day')")
                later.append(_run(server, quickbooks))
            [paid] = connection.execute("SELECT count(*) FROM record WHERE paid_date IS NOT NULL").fetchone()
            if paid != CHANGED * rounds:
                raise RuntimeError(f"{paid} invoices are paid, and should be {CHANGED * rounds}.")
            table.add(count, "later", *_cells(later), server.peak_mib() - libraries)
    return [table]


def _cells(spent: list[Spent]) -> tuple[float, ...]:
    return tuple(median(getattr(each, name) for each in spent) for name in ("messages", "size", "cpu"))


def _run(server: Served, quickbooks: Session) -> Spent:
    """Make one run, to its end."""
    with closing(Client(server.address)) as client:
        begun = server.cpu()
        granted = client.call("authenticate", strUserName=USER, strPassword=PASSWORD)
        ticket = STRING.findall(granted)[0]
        messages = size = 0
        hcp, percent = HCP, 0
        while percent < 100:
            message = next_message(client, ticket, hcp)
            answer = quickbooks.process(message) if message else ""
            reply = client.call("receiveResponseXML", ticket=ticket, response=answer, hresult="", message="")
            messages, size, hcp, percent = messages + 1, size + len(answer), "", int(reply)
            if percent < 0:
                raise RuntimeError(client.call("getLastError", ticket=ticket))
        client.call("closeConnection", ticket=ticket)
        return Spent(messages, size, 1000 * (server.cpu() - begun))


def _company(file: Path, count: int) -> Path:
    """A company file with so many open invoices and so many customers, all of a month ago."""
    if file.exists():
        return file
    with CompanyFile.open(file) as company:
        Session(company).process(HEAD + ADD + TAIL)
        [template] = company.select_posted("kind = ?", ["Invoice"])
        [customer] = [one for one in company.select_entries(["Customer"]) if one.full_name == "Acme Corp"]
        then = template.created - MONTH
        with company.write():
            for number in range(1, count + 1):
                txn_id, ref = f"{number:X}-1", f"N-{number}"
                data = template.data | {"TxnID": txn_id, "RefNumber": ref}
                old = {
                    "number": 1_000 + number,
                    "txn_id": txn_id,
                    "ref_number": ref,
                    "created": then,
                    "modified": then,
                }
                company.store(replace(template, data=data, **old))
                name = f"Customer {number}"
                entry = company.add_entry(
                    "Customer", customer.space, name, name, is_active=True, data=customer.data
                )
                company.store_entry(replace(entry, modified=then))
    return file


def _change(company: CompanyFile, quickbooks: Session, part: int) -> None:
    """Pay ten invoices, and change ten customers."""
    numbers = range(CHANGED * part + 1, CHANGED * (part + 1) + 1)
    quickbooks.process(HEAD + "".join(PAY.format(f"{number:X}-1") for number in numbers) + TAIL)
    with company.write():
        for number in numbers:
            entry = company.named(["Customer"], f"Customer {number}")
            if entry is not None:
                company.renew_entry(entry)


@contextmanager
def _transferred(file: Path) -> Iterator[sqlite3.Connection]:
    """Let QuickBooks have all invoices, as if they had been sent hours ago."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute(SENT)
        connection.execute("UPDATE connector SET created_at = datetime(created_at, '-5 hours')")
        connection.execute("DELETE FROM history")
        yield connection
