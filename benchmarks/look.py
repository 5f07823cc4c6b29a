"""The look at the beginning of a run: what of ours QuickBooks has that this database does not know."""

from __future__ import annotations

import json
import sqlite3
import uuid
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING

from bed import PASSWORD, USER, address, serve
from table import Table

from qbferry.simulator import CompanyFile, Session
from webconnector import HCP, STRING, Client, next_message

if TYPE_CHECKING:
    from pathlib import Path

    from bed import Bed
    from scale import Scale

__all__ = ["measure"]

BOOKED = (1_000, 100_000)
NEW = 10
ADD = (
    '<?xml version="1.0"?><?qbxml version="13.0"?><QBXML><QBXMLMsgsRq onError="stopOnError"><InvoiceAddRq>'
    "<InvoiceAdd><CustomerRef><FullName>Acme Corp</FullName></CustomerRef><InvoiceLineAdd><ItemRef>"
    "<FullName>Labor:Remote</FullName></ItemRef><Quantity>1</Quantity><Amount>100.00</Amount>"
    "</InvoiceLineAdd></InvoiceAdd></InvoiceAddRq></QBXMLMsgsRq></QBXML>"
)
LINE = (
    "INSERT INTO history (at, connector_id, actor, owner, entity, record_pk, record_id, request_key, "
    "request, label, transfer, kind, reason_code, about, txn_id, ref_number, marker) VALUES "
    "(?, 1, '', 'record', 'invoice', ?, ?, 'invoice', 'InvoiceAdd', '', 0, 'Sent', '', '', ?, ?, ?)"
)


def measure(bed: Bed, *, scale: Scale, rounds: int) -> list[Table]:
    """Let runs begin on company files with few and with many transactions, ten of which are new."""
    table = Table(
        f"What it takes to look for what was forgotten, {NEW} of the transactions being new and not booked; "
        f"milliseconds, medians of {rounds} rounds",
        ("transactions", "messages", "bytes of the answer", "CPU of the server", "send", "receive"),
    )
    for booked in scale.pick(BOOKED, BOOKED, (100,)):
        company = _company(bed.folder / f"company-{booked}.sqlite3", booked)
        with bed.copy(bed.ready(1)) as file, CompanyFile.open(company) as opened:
            _book(file, company)
            found = [_look(bed, file, opened) for _ in range(rounds)]
        table.add(booked, *(median(column) for column in zip(*found, strict=True)))
    return [table]


def _look(bed: Bed, file: Path, company: CompanyFile) -> tuple[float, ...]:
    """Begin one run; messages, bytes, and milliseconds of CPU and of both calls."""
    quickbooks = Session(company)
    messages = size = 0
    with (
        bed.copy(file) as copied,
        serve(address(copied)) as server,
        closing(Client(server.address)) as client,
    ):
        granted = client.call("authenticate", strUserName=USER, strPassword=PASSWORD)
        ticket = STRING.findall(granted)[0]
        cpu, hcp = 0.0, HCP
        while True:
            begun = server.cpu()
            message = next_message(client, ticket, hcp)
            if "ExternalGUID</IncludeRetElement>" not in message:
                break
            spent = server.cpu() - begun
            answer = quickbooks.process(message)
            begun = server.cpu()
            client.call("receiveResponseXML", ticket=ticket, response=answer, hresult="", message="")
            cpu += spent + server.cpu() - begun
            messages, size, hcp = messages + 1, size + len(answer), ""
        waits = client.waits
        return (
            messages,
            size,
            1000 * cpu,
            1000 * waits["sendRequestXML"][0],
            1000 * waits["receiveResponseXML"][0],
        )


def _company(file: Path, count: int) -> Path:
    """A company file with so many invoices of a month ago, and some of now; all carry markers."""
    if file.exists():
        return file
    with CompanyFile.open(file) as company:
        Session(company).process(ADD)
        [template] = company.select_posted("kind = ?", ["Invoice"])
        with company.write():
            for number in range(2, count + NEW + 1):
                old = number <= count
                second = template.created - (30 * 86400 if old else 0)
                company.store(
                    replace(
                        template,
                        number=number,
                        txn_id=f"{number:X}-{second}",
                        created=second,
                        modified=second,
                        data=template.data
                        | {"TxnID": f"{number:X}-{second}", "ExternalGUID": _marker(number)},
                    )
                )
    return file


def _book(file: Path, company: Path) -> None:
    """Let a database know all but the new ones, as if its last look had been an hour ago."""
    now = datetime.now(UTC)
    at = str(now.replace(tzinfo=None) - timedelta(days=30))
    with closing(sqlite3.connect(company)) as source, closing(sqlite3.connect(file)) as target, target:
        rows = source.execute("SELECT number, txn_id, data FROM posted ORDER BY number").fetchall()[:-NEW]
        target.executemany(
            LINE,
            [
                (
                    at,
                    1000 + number,
                    f"OLD-{number}",
                    txn_id,
                    str(number),
                    json.loads(data).get("ExternalGUID"),
                )
                for number, txn_id, data in rows
            ],
        )
        mark = (now - timedelta(hours=1)).isoformat(timespec="seconds")
        target.execute("INSERT INTO survey VALUES (1, 'InvoiceQuery', ?)", [mark])
        last = "(SELECT max(id) FROM history)"
        target.execute(f"UPDATE connector SET verified_line = {last}, verified_at = ?, restored = ''", [at])


def _marker(number: int) -> str:
    return f"{{{uuid.uuid5(uuid.NAMESPACE_OID, str(number))}}}".upper()
