"""The floor: the same HTTP server, answering constants, with one durable commit a receiveResponseXML."""

from __future__ import annotations

import sqlite3
import sys
from html import escape
from pathlib import Path
from typing import Any

import uvicorn

REPLY = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">'
    '<soap:Body><{0}Response xmlns="http://developer.intuit.com/"><{0}Result>{1}</{0}Result></{0}Response>'
    "</soap:Body></soap:Envelope>"
)
LINE = (
    "<InvoiceLineAdd><ItemRef><FullName>Labor:Remote</FullName></ItemRef><Desc>Remote support</Desc>"
    "<Quantity>2.5</Quantity><Amount>300.00</Amount></InvoiceLineAdd>"
)
INVOICE = (
    '<InvoiceAddRq requestID="{0}"><InvoiceAdd><CustomerRef><FullName>Acme Corp</FullName></CustomerRef>'
    "<TxnDate>2026-10-31</TxnDate>" + 3 * LINE + "</InvoiceAdd></InvoiceAddRq>"
)


class Floor:
    """The least that could be done for the same conversation."""

    def __init__(self, database: Path, total: int, per_message: int) -> None:
        self._connection = sqlite3.connect(database, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.execute("CREATE TABLE answer (id INTEGER PRIMARY KEY, body TEXT)")
        self._left = total
        self._total = total
        message = (
            '<?xml version="1.0" encoding="utf-8"?><?qbxml version="13.0"?><QBXML>'
            '<QBXMLMsgsRq onError="continueOnError">'
            + "".join(INVOICE.format(number) for number in range(per_message))
            + "</QBXMLMsgsRq></QBXML>"
        )
        self._per_message = per_message
        self._message = REPLY.format("sendRequestXML", escape(message)).encode()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body = b""
        more = True
        while more:
            event = await receive()
            body += event.get("body", b"")
            more = event.get("more_body", False)
        action = dict(scope["headers"]).get(b"soapaction", b"").decode()
        reply = self._reply(action.strip('"').rpartition("/")[2], body)
        headers = [
            (b"content-type", b"text/xml; charset=utf-8"),
            (b"content-length", str(len(reply)).encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": reply})

    def _reply(self, operation: str, body: bytes) -> bytes:
        if operation == "sendRequestXML":
            return self._message
        if operation == "receiveResponseXML":
            self._left -= self._per_message
            self._connection.execute("INSERT INTO answer (body) VALUES (?)", (body,))
            percent = 100 if self._left <= 0 else min(99, 100 * (self._total - self._left) // self._total)
            return REPLY.format(operation, percent).encode()
        if operation == "authenticate":
            return REPLY.format(operation, "<string>floor</string><string></string>").encode()
        return REPLY.format(operation, "").encode()


if __name__ == "__main__":
    file, port, total, per_message = sys.argv[1:]
    uvicorn.run(
        Floor(Path(file), int(total), int(per_message)), port=int(port), log_level="error", lifespan="off"
    )
