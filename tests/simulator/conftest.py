"""A company file, and QuickBooks opened on it without any network in between."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from functools import cache
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from lxml import etree

from qbferry.simulator import CompanyFile, Session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

XSD = os.environ.get("QBFERRY_QBXML_XSD")


@cache
def schemas() -> list[etree.XMLSchema]:
    """Intuit's schemas 13.0 and 16.0, if this machine has them."""
    if not XSD:
        return []
    return [etree.XMLSchema(etree.parse(str(Path(XSD, v, f"qbxmlops{v}.xsd")))) for v in ("130", "160")]


@dataclass
class QuickBooks:
    """Sends requests to a session and reads the answers; each answer is checked against the schemas."""

    company: CompanyFile
    session: Session
    last: str = ""
    schemas: list[etree.XMLSchema] = field(default_factory=schemas)

    def say(self, text: str) -> etree._Element:
        self.last = self.session.process(text)
        root = etree.fromstring(self.last.encode())
        for schema in self.schemas:
            schema.assertValid(root)
        return root[0]

    def send(self, *requests: str, on_error: str = "continueOnError", **ids: str) -> list[etree._Element]:
        return list(self.say(self.message(*requests, on_error=on_error, **ids)))

    def ask(self, request: str) -> etree._Element:
        (answer,) = self.send(request)
        return answer

    @staticmethod
    def message(*requests: str, on_error: str = "continueOnError", **ids: str) -> str:
        attributes = "".join(f' {name}="{value}"' for name, value in ids.items())
        return (
            '<?xml version="1.0" encoding="utf-8"?><?qbxml version="13.0"?>'
            f'<QBXML><QBXMLMsgsRq onError="{on_error}"{attributes}>{"".join(requests)}</QBXMLMsgsRq></QBXML>'
        )

    @staticmethod
    def invoice(
        customer: str = "Acme Corp",
        header: str = "",
        line: str = "",
        lines: str | None = None,
        rid: str = "1",
    ) -> str:
        line = line or "<Desc>Remote support</Desc><Quantity>2.5</Quantity><Amount>300.00</Amount>"
        if lines is None:
            lines = (
                f"<InvoiceLineAdd><ItemRef><FullName>Labor:Remote</FullName></ItemRef>{line}</InvoiceLineAdd>"
            )
        return (
            f'<InvoiceAddRq requestID="{rid}"><InvoiceAdd>'
            f"<CustomerRef><FullName>{customer}</FullName></CustomerRef>{header}{lines}</InvoiceAdd></InvoiceAddRq>"
        )


@pytest.fixture
def company(tmp_path: Path) -> Iterator[CompanyFile]:
    with CompanyFile.open(tmp_path / "sample.qbsim") as opened:
        yield opened


@pytest.fixture
def quickbooks(company: CompanyFile) -> QuickBooks:
    return QuickBooks(company, Session(company, "qbferry"))


@pytest.fixture
def seeded(tmp_path: Path) -> Iterator[Callable[[str], QuickBooks]]:
    """Opens QuickBooks on a company file made from a seed written in TOML."""
    opened: list[CompanyFile] = []

    def open_seeded(text: str) -> QuickBooks:
        seed = tmp_path / f"seed{len(opened)}.toml"
        seed.write_text(text, encoding="utf-8")
        company = CompanyFile.open(tmp_path / f"seeded{len(opened)}.qbsim", seed)
        opened.append(company)
        return QuickBooks(company, Session(company, "qbferry"))

    yield open_seeded
    for company in opened:
        company.close()


SOAP = (
    '<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">'
    "<soap:Body>{}</soap:Body></soap:Envelope>"
)


HARMLESS = (
    '<?xml version="1.0" encoding="utf-8"?><?qbxml version="13.0"?><QBXML><QBXMLMsgsRq onError="stopOnError">'
    '<HostQueryRq requestID="1"/></QBXMLMsgsRq></QBXML>'
)


class Server:
    """A server that answers each operation from a script, over real HTTP/1.1.

    ``script`` holds, by operation, the answers in their order, the last one for good; a list of strings for
    authenticate. A callable gets the call's parameters. ``(status, content type, body)`` is sent as it is.
    """

    def __init__(self) -> None:
        self.script: dict[str, list[Any]] = {
            "serverVersion": ["1.0"],
            "clientVersion": [""],
            "authenticate": [["ticket", ""]],
            # The first may not be empty.
            "sendRequestXML": [HARMLESS, ""],
            "receiveResponseXML": ["100"],
            "getLastError": [""],
            "connectionError": ["done"],
            "closeConnection": ["OK"],
        }
        self.calls: list[tuple[str, dict[str, str]]] = []
        self.requests: list[tuple[Any, bytes]] = []
        self.connections: set[Any] = set()
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                server.connections.add(self.client_address)
                body = self.rfile.read(int(self.headers["Content-Length"]))
                server.requests.append((self.headers, body))
                status, kind, answer = server.answer(body)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *args: Any) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,))
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}/qbwc"

    @property
    def operations(self) -> list[str]:
        return [operation for operation, _ in self.calls]

    def __enter__(self) -> Server:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def answer(self, body: bytes) -> tuple[int, str, bytes]:
        call = etree.fromstring(body)[0][0]
        operation = etree.QName(call).localname
        parameters = {etree.QName(child).localname: child.text or "" for child in call}
        self.calls.append((operation, parameters))
        answers = self.script[operation]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if callable(answer):
            answer = answer(parameters)
        if isinstance(answer, tuple):
            return answer
        if isinstance(answer, list):
            text = "".join(f"<string>{escape(item, quote=False)}</string>" for item in answer)
        else:
            text = escape(answer, quote=False)
        inner = (
            f'<{operation}Response xmlns="http://developer.intuit.com/"><{operation}Result>{text}'
            f"</{operation}Result></{operation}Response>"
        )
        return 200, "text/xml; charset=utf-8", SOAP.format(inner).encode()


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running
