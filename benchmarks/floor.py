"""The floor: plain ASGI, lxml and sqlite3, with prepared bodies.

python floor.py DATABASE MESSAGES PER_MESSAGE PORT
"""

from __future__ import annotations

import json
import sys
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvicorn
from floorbooks import Books
from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

REPLY = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">'
    '<soap:Body><{0}Response xmlns="http://developer.intuit.com/"><{0}Result>{1}</{0}Result></{0}Response>'
    "</soap:Body></soap:Envelope>"
)
TICKET = "floor"


class Floor:
    """The least that must be done for the same conversation, as an ASGI application."""

    def __init__(self, books: Books) -> None:
        self._books = books

    async def __call__(
        self,
        _: dict[str, Any],
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        body = b""
        more = True
        while more:
            event = await receive()
            body += event.get("body", b"")
            more = event.get("more_body", False)
        reply = self._reply(body)
        headers = [
            (b"content-type", b"text/xml; charset=utf-8"),
            (b"content-length", str(len(reply)).encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": reply})

    def _reply(self, body: bytes) -> bytes:
        call = etree.fromstring(body)[0][0]
        operation = etree.QName(call).localname
        arguments = {etree.QName(each).localname: each.text or "" for each in call}
        result = ""
        if operation == "sendRequestXML":
            result = escape(self._books.send(arguments["ticket"]), quote=False)
        elif operation == "receiveResponseXML":
            result = str(self._books.receive(arguments["ticket"], arguments["response"]))
        elif operation == "authenticate":
            self._books.begin(TICKET)
            result = f"<string>{TICKET}</string><string></string>"
        return REPLY.format(operation, result).encode()


def main() -> None:
    database, messages, per_message, port = sys.argv[1:]
    books = Books(Path(database), json.loads(Path(messages).read_text()), int(per_message))
    uvicorn.run(Floor(books), port=int(port), log_config=None, access_log=False, lifespan="off")


if __name__ == "__main__":
    main()
