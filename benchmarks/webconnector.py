"""A Web Connector reduced to its bytes, with a QuickBooks that always agrees."""

from __future__ import annotations

import re
import socket
import time
from collections import defaultdict
from dataclasses import dataclass, field
from html import escape, unescape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["QuickBooks", "Session", "next_message", "session"]

NAMESPACE = "http://developer.intuit.com/"
ENVELOPE = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">'
    "<soap:Body>{}</soap:Body></soap:Envelope>"
)
HCP = (
    '<?xml version="1.0" ?>\n<QBXML>\n<QBXMLMsgsRs>\n'
    '<HostQueryRs requestID="0" statusCode="0" statusSeverity="Info" statusMessage="Status OK">\n<HostRet>\n'
    "<ProductName>QuickBooks Pro 2014</ProductName>\n<MajorVersion>24</MajorVersion>\n"
    "<MinorVersion>0</MinorVersion>\n<Country>US</Country>\n"
    "<SupportedQBXMLVersion>13.0</SupportedQBXMLVersion>\n</HostRet>\n</HostQueryRs>\n"
    "</QBXMLMsgsRs>\n</QBXML>\n"
)
REQUEST = re.compile(r'<(\w+)Rq requestID="([^"]*)"[^>]*>(.*?)</\1Rq>', re.DOTALL)
SET_ID = re.compile(r'newMessageSetID="([^"]*)"')
MARKER = re.compile(r"<ExternalGUID>([^<]*)<")
TXN_ID = re.compile(r"<TxnID>([^<]*)<")
RESULT = re.compile(r"Result>(.*)</\w+Result>", re.DOTALL)
STRING = re.compile(r"<string>(.*?)</string>")
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)

LINE = (
    "<InvoiceLineRet>\n<TxnLineID>{0:X}-1790000000</TxnLineID>\n<ItemRef>\n"
    "<ListID>80000034-1415899267</ListID>\n<FullName>Labor:Remote</FullName>\n</ItemRef>\n"
    "<Desc>Remote support</Desc>\n<Quantity>2.5</Quantity>\n"
    "<Rate>120.00</Rate>\n<Amount>300.00</Amount>\n"
    "<SalesTaxCodeRef>\n<ListID>80000002-1414518221</ListID>\n<FullName>Non</FullName>\n</SalesTaxCodeRef>\n"
    "</InvoiceLineRet>\n"
)
ADDED = (
    "<InvoiceRet>\n<TxnID>{0:X}-1790000000</TxnID>\n"
    "<TimeCreated>2026-10-31T18:03:44-05:00</TimeCreated>\n"
    "<TimeModified>2026-10-31T18:03:44-05:00</TimeModified>\n<EditSequence>1790000000</EditSequence>\n"
    "<TxnNumber>{0}</TxnNumber>\n<CustomerRef>\n<ListID>80000013-1416570432</ListID>\n"
    "<FullName>Acme Corp</FullName>\n</CustomerRef>\n<TxnDate>2026-10-31</TxnDate>\n"
    "<RefNumber>{0}</RefNumber>\n"
    "<BillAddress>\n<Addr1>Acme Corp</Addr1>\n<Addr2>1 Main St</Addr2>\n<City>Troy</City>\n"
    "<State>NY</State>\n<PostalCode>12180</PostalCode>\n</BillAddress>\n"
    "<Subtotal>900.00</Subtotal>\n<SalesTaxTotal>0.00</SalesTaxTotal>\n<AppliedAmount>0.00</AppliedAmount>\n"
    "<BalanceRemaining>900.00</BalanceRemaining>\n<IsPaid>false</IsPaid>\n"
    "<ExternalGUID>{1}</ExternalGUID>\n" + 3 * LINE + "</InvoiceRet>\n"
)
"""About two kilobytes."""
LISTS = {
    "CustomerQuery": ("CustomerRet", "FullName", [f"Customer {number:03}" for number in range(997)]),
    "ItemQuery": ("ItemServiceRet", "FullName", ["Labor:Remote"]),
    "SalesTaxCodeQuery": ("SalesTaxCodeRet", "Name", ["Tax", "Non"]),
}
"""What the invoices name: of each list the query, its object, the element of the name, and the entries."""
FOUND = "<InvoiceRet>\n<TxnID>{}</TxnID>\n<ExternalGUID>{}</ExternalGUID>\n</InvoiceRet>\n"


@dataclass(slots=True)
class Session:
    """What one session took.

    Attributes:
        invoices: How many were sent, without those of the first messages.
        seconds: How long the Web Connector waited for the server meanwhile.
        cpu: What the meter went up by meanwhile.
        waits: Operation -> how long each call took in seconds, from the first one on.
        calls: When each call began, and how long it took.
    """

    invoices: int = 0
    seconds: float = 0.0
    cpu: float = 0.0
    waits: dict[str, list[float]] = field(default_factory=dict)
    calls: list[tuple[float, float]] = field(default_factory=list)


class QuickBooks:
    """A company file in which everything succeeds, and which remembers what it has."""

    def __init__(self) -> None:
        self._number = 0
        self._markers: dict[str, str] = {}

    def answer(self, message: str) -> str:
        """Answer a message set: an InvoiceAdd with the invoice, a query with those that are there."""
        parts = []
        for name, request_id, body in REQUEST.findall(message):
            ret = ""
            if name == "InvoiceAdd":
                ret = self._add(body)
            elif name == "InvoiceQuery":
                wanted = [txn_id for txn_id in TXN_ID.findall(body) if txn_id in self._markers]
                ret = "".join(FOUND.format(txn_id, self._markers[txn_id]) for txn_id in wanted)
            elif name in LISTS and "FromModifiedDate" not in body:
                ret = _entries(*LISTS[name])
            parts.append(
                f'<{name}Rs requestID="{request_id}" statusCode="0" statusSeverity="Info" '
                f'statusMessage="Status OK">\n{ret}</{name}Rs>\n'
            )
        found = SET_ID.search(message)
        ids = f' newMessageSetID="{found[1]}" messageSetStatusCode="0"' if found else ""
        inner = "".join(parts)
        return f'<?xml version="1.0" ?>\n<QBXML>\n<QBXMLMsgsRs{ids}>\n{inner}</QBXMLMsgsRs>\n</QBXML>\n'

    def _add(self, body: str) -> str:
        self._number += 1
        found = MARKER.search(body)
        marker = self._markers[f"{self._number:X}-1790000000"] = found[1] if found else ""
        return ADDED.format(self._number, marker)


def _entries(tag: str, naming: str, names: list[str]) -> str:
    return "".join(
        f"<{tag}><ListID>{number:X}-1790000000</ListID><{naming}>{name}</{naming}>"
        f"<IsActive>true</IsActive></{tag}>"
        for number, name in enumerate(names, 1)
    )


class Client:
    """One connection that is kept open."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._socket = socket.create_connection(address)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._host = "{}:{}".format(*address)
        self.waits: dict[str, list[float]] = defaultdict(list)
        self.calls: list[tuple[float, float]] = []
        self.waited = 0.0

    def close(self) -> None:
        self._socket.close()

    def call(self, operation: str, **arguments: str) -> str:
        """Post one call; the text of its result, still in XML.

        Raises:
            RuntimeError: The server refused, or hung up.
        """
        inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in arguments.items())
        body = ENVELOPE.format(f'<{operation} xmlns="{NAMESPACE}">{inner}</{operation}>').encode()
        head = (
            f"POST /qbwc HTTP/1.1\r\nHost: {self._host}\r\nContent-Type: text/xml; charset=utf-8\r\n"
            f'SOAPAction: "{NAMESPACE}{operation}"\r\nContent-Length: {len(body)}\r\n\r\n'
        ).encode()
        begun = time.perf_counter()
        self._socket.sendall(head + body)
        reply = self._read()
        took = time.perf_counter() - begun
        self.waits[operation].append(took)
        self.calls.append((begun, took))
        self.waited += took
        found = RESULT.search(reply)
        return found[1] if found else ""

    def _read(self) -> str:
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._more()
        head, _, body = data.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        while length and len(body) < int(length[1]):
            body += self._more()
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head.decode("latin-1") + body.decode("utf-8", "replace"))
        return body.decode()

    def _more(self) -> bytes:
        data = self._socket.recv(1 << 20)
        if not data:
            raise RuntimeError("The server closed the connection.")
        return data


def session(
    address: tuple[str, int],
    user: str,
    password: str,
    quickbooks: QuickBooks,
    *,
    warm_up: int = 0,
    limit: int | None = None,
    meter: Callable[[], float] = lambda: 0.0,
    stop: Callable[[], bool] = lambda: False,
) -> Session:
    """Run one session.

    Args:
        address: Of the server.
        user: Who signs in.
        password: Of the same.
        quickbooks: The company file.
        warm_up: So many messages with invoices go first and are not measured.
        limit: Stop once so many invoices are measured; None: only when the server says that it is the end.
        meter: What the session is measured by, such as the server's CPU.
        stop: Asked before each message: whether it is the last.

    Raises:
        RuntimeError: There was nothing to do, or something failed.
    """
    client, result, messages = Client(address), Session(), 0
    result.waits, result.calls = client.waits, client.calls
    begun = (0.0, 0.0)
    try:
        client.call("serverVersion")
        client.call("clientVersion", strVersion="2.3.0.215")
        granted = client.call("authenticate", strUserName=user, strPassword=password)
        ticket, status = STRING.findall(granted)[:2]
        if status in ("none", "nvu", "busy"):
            raise RuntimeError(f"The server answered {status}.")
        hcp, percent = HCP, 0
        while percent < 100 and (limit is None or result.invoices < limit) and not stop():
            mark = client.waited, meter()
            message = next_message(client, ticket, hcp)
            count, hcp = message.count("<InvoiceAddRq "), ""
            messages += bool(count)
            if count and messages == warm_up + 1:
                begun = mark
            result.invoices += count if messages > warm_up else 0
            answer = quickbooks.answer(message)
            reply = client.call("receiveResponseXML", ticket=ticket, response=answer, hresult="", message="")
            percent = int(reply)
            if percent < 0:
                raise RuntimeError(client.call("getLastError", ticket=ticket))
        if not result.invoices:
            raise RuntimeError("No invoice was sent that could be measured.")
        result.seconds, result.cpu = client.waited - begun[0], meter() - begun[1]
        client.call("closeConnection", ticket=ticket)
    finally:
        client.close()
    return result


def next_message(client: Client, ticket: str, hcp: str) -> str:
    """The message that is handed out; ``hcp`` is what QuickBooks says of itself in the first call."""
    return unescape(
        client.call(
            "sendRequestXML",
            ticket=ticket,
            strHCPResponse=hcp,
            strCompanyFileName="C:\\Books\\bench.qbw",
            qbXMLCountry="US",
            qbXMLMajorVers="13",
            qbXMLMinorVers="0",
        )
    )
