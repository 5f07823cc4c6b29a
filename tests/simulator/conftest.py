"""A company file, and QuickBooks opened on it without any network in between."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

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

    def say(self, text: str) -> etree._Element:
        self.last = self.session.process(text)
        root = etree.fromstring(self.last.encode())
        for schema in schemas():
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
