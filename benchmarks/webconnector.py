"""A Web Connector reduced to its bytes, with a QuickBooks that always agrees."""

from __future__ import annotations

import re
import socket
import time
from dataclasses import dataclass, field
from html import escape, unescape

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
REQUEST = re.compile(r'<(\w+)Rq requestID="([^"]*)"')
SET_ID = re.compile(r'newMessageSetID="([^"]*)"')
RESULT = re.compile(r"Result>(.*)</\w+Result>", re.DOTALL)


@dataclass
class Session:
    """What one session took."""

    invoices: int = 0
    messages: int = 0
    seconds: float = 0.0
    waits: dict[str, list[float]] = field(default_factory=dict)

    @property
    def per_second(self) -> float:
        return self.invoices / self.seconds


class Client:
    """One keep-alive connection."""

    def __init__(self, host: str, port: int) -> None:
        self._socket = socket.create_connection((host, port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._host = f"{host}:{port}"
        self.waits: dict[str, list[float]] = {}

    def call(self, operation: str, **arguments: str) -> str:
        """Post one call; the text of its result, still in XML."""
        inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in arguments.items())
        body = ENVELOPE.format(f'<{operation} xmlns="{NAMESPACE}">{inner}</{operation}>').encode()
        head = (
            f"POST /qbwc HTTP/1.1\r\nHost: {self._host}\r\nContent-Type: text/xml; charset=utf-8\r\n"
            f'SOAPAction: "{NAMESPACE}{operation}"\r\nContent-Length: {len(body)}\r\n\r\n'
        ).encode()
        start = time.perf_counter()
        self._socket.sendall(head + body)
        reply = self._read()
        self.waits.setdefault(operation, []).append(time.perf_counter() - start)
        found = RESULT.search(reply)
        return found[1] if found else ""

    def _read(self) -> str:
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._more()
        head, _, body = data.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head.decode("latin-1") + body.decode("utf-8", "replace"))
        length = int(re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)[1])  # type: ignore[index]
        while len(body) < length:
            body += self._more()
        return body.decode()

    def _more(self) -> bytes:
        data = self._socket.recv(1 << 20)
        if not data:
            raise RuntimeError("the server closed the connection")
        return data


def answer(message: str, number: int) -> tuple[str, int]:
    """Agree to everything: an InvoiceRet of about two kilobytes a request."""
    parts = []
    for name, request_id in REQUEST.findall(message):
        number += 1
        ret = _invoice(number) if name == "InvoiceAdd" else ""
        parts.append(
            f'<{name}Rs requestID="{request_id}" statusCode="0" statusSeverity="Info" '
            f'statusMessage="Status OK">\n{ret}</{name}Rs>\n'
        )
    found = SET_ID.search(message)
    attributes = f' newMessageSetID="{found[1]}" messageSetStatusCode="0"' if found else ""
    inner = "".join(parts)
    text = f'<?xml version="1.0" ?>\n<QBXML>\n<QBXMLMsgsRs{attributes}>\n{inner}</QBXMLMsgsRs>\n</QBXML>\n'
    return text, number


def _invoice(number: int) -> str:
    line = (
        "<InvoiceLineRet>\n<TxnLineID>{0:X}-1790000000</TxnLineID>\n<ItemRef>\n"
        "<ListID>80000034-1415899267</ListID>\n<FullName>Labor:Remote</FullName>\n</ItemRef>\n"
        "<Desc>Remote support</Desc>\n<Quantity>2.5</Quantity>\n"
        "<Rate>120.00</Rate>\n<Amount>300.00</Amount>\n"
        "<SalesTaxCodeRef>\n<ListID>80000002-1414518221</ListID>\n<FullName>Non</FullName>\n</SalesTaxCodeRef>\n"
        "</InvoiceLineRet>\n"
    )
    return (
        f"<InvoiceRet>\n<TxnID>{number:X}-1790000000</TxnID>\n"
        "<TimeCreated>2026-10-31T18:03:44-05:00</TimeCreated>\n"
        "<TimeModified>2026-10-31T18:03:44-05:00</TimeModified>\n<EditSequence>1790000000</EditSequence>\n"
        f"<TxnNumber>{number}</TxnNumber>\n<CustomerRef>\n<ListID>80000013-1416570432</ListID>\n"
        "<FullName>Acme Corp</FullName>\n</CustomerRef>\n<TxnDate>2026-10-31</TxnDate>\n"
        f"<RefNumber>{number}</RefNumber>\n<Subtotal>900.00</Subtotal>\n<IsPaid>false</IsPaid>\n"
        + line.format(number + 1)
        + line.format(number + 2)
        + line.format(number + 3)
        + "</InvoiceRet>\n"
    )


def session(host: str, port: int, user: str, password: str) -> Session:
    """Run one session to its end."""
    client = Client(host, port)
    result = Session()
    client.call("serverVersion")
    client.call("clientVersion", strVersion="2.3.0.215")
    granted = client.call("authenticate", strUserName=user, strPassword=password)
    ticket, status = re.findall(r"<string>(.*?)</string>", granted)[:2]
    if status in ("none", "nvu", "busy"):
        raise RuntimeError(f"the server answered {status}")
    number, hcp, percent = 0, HCP, "0"
    start = time.perf_counter()
    while percent != "100":
        message = unescape(
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
        hcp = ""
        answered, number = answer(message, number)
        result.invoices += message.count("<InvoiceAddRq ")
        result.messages += 1
        percent = client.call("receiveResponseXML", ticket=ticket, response=answered, hresult="", message="")
    result.seconds = time.perf_counter() - start
    client.call("closeConnection", ticket=ticket)
    result.waits = client.waits
    return result
