"""Small right requests made up from the schema data, and a company in which they make sense."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from qbferry.qbxml.content import Content
from qbferry.qbxml.schema import Element
from qbferry.simulator import CompanyFile, Session, lists
from qbferry.testing.xsd import validator

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from qbferry.qbxml.schema import Group

OWNER = "{6A4B0C2E-1D3F-4A5B-8C6D-7E8F90A1B2C3}"
VALUES = {
    "AMTTYPE": "7.00",
    "BOOLTYPE": "false",
    "DATETYPE": "2026-10-31",
    "DATETIMETYPE": "2026-10-31T12:00:00",
    "FLOATTYPE": "1",
    "GUIDTYPE": OWNER,
    "IDTYPE": "80000001-1234567890",
    "INTTYPE": "1",
    "PERCENTTYPE": "5",
    "PRICETYPE": "2.00",
    "QUANTYPE": "2",
    "STRTYPE": "word",
    "TIMEINTERVALTYPE": "PT1H0M",
}
WANTED = {"TxnDate", "Memo", "ExternalGUID"}
WANTED_OF_LINES = {"AccountRef": "", "Amount": "", "ItemRef": "Labor"}
NOT_WANTED = {"SetCredit"}


def body(
    particles: Sequence[Element | Group], known: Mapping[str, str] | None = None, *, lines: bool = True
) -> Iterator[etree._Element]:
    """What must be there, what is wanted here, and of lines one.

    Args:
        particles: What there can be.
        known: Element -> what it holds, in the place of something made up; what is known comes.
        lines: Whether lines come that need not.
    """
    known = known or {}
    for particle in particles:
        if not isinstance(particle, Element):
            branches = particle.children if particle.kind == "sequence" else particle.children[:1]
            if particle.min or (lines and any(each.children for each in branches)):
                yield from body(branches, known, lines=lines)
        elif (
            particle.min
            or particle.name in WANTED
            or particle.name in known
            or (lines and particle.max is None and particle.children and particle.name not in NOT_WANTED)
        ):
            yield element(particle, known, lines=lines)


def element(shape: Element, known: Mapping[str, str], *, lines: bool) -> etree._Element:
    made = etree.Element(shape.name)
    if shape.name.endswith("Ref"):
        etree.SubElement(made, "FullName").text = known.get(shape.name) or "One"
    elif shape.children:
        wanted = WANTED_OF_LINES if "Line" in shape.name else {}
        made.extend(body(shape.children, {**wanted, **known}, lines=lines))
    else:
        made.text = known.get(shape.name) or (shape.enum or (VALUES[shape.type or ""],))[0]
    return made


def text(elements: Iterator[etree._Element]) -> str:
    return "".join(etree.tostring(each, encoding="unicode") for each in elements)


def define(*objects: str) -> str:
    """Define the field that ``body`` gives lines a value of."""
    assigned = "".join(f"<AssignToObject>{each}</AssignToObject>" for each in objects)
    return (
        f"<DataExtDefAddRq><DataExtDefAdd><OwnerID>{OWNER}</OwnerID><DataExtName>word</DataExtName>"
        f"<DataExtType>STR255TYPE</DataExtType>{assigned}</DataExtDefAdd></DataExtDefAddRq>"
    )


def in_order(node: etree._Element, particles: Sequence[Element | Group]) -> list[str]:
    """What is wrong with an answer: elements that do not belong, are missing, or come in another order."""
    content = Content(tuple(particles))
    found = content.problems([str(child.tag) for child in node])
    for child in node:
        found += in_order(child, content.elements[str(child.tag)].children)
    return found


def furnish(company: CompanyFile) -> None:
    """Give every list an entry named One."""
    for kind in {kind for kinds, _ in lists.REFERENCES.values() for kind in kinds}:
        with company.write():
            company.add_entry(kind, f"One of {kind}", "One", "One", is_active=True, data={})
    for kind, name, data in (
        ("Account", "Bank", {"AccountType": "Bank"}),
        ("Account", "CreditCard", {"AccountType": "CreditCard"}),
        ("ItemService", "Labor", {}),
        ("ItemInventory", "Part", {}),
    ):
        with company.write():
            if not company.named([kind], name):
                company.add_entry(kind, f"{name} of {kind}", name, name, is_active=True, data=data)


@dataclass
class Office:
    """A company file; each request and answer is held against Intuit's schema, where it is at hand."""

    company: CompanyFile

    def ask(self, request: str) -> etree._Element:
        document = (
            '<?xml version="1.0" encoding="utf-8"?><?qbxml version="13.0"?><QBXML>'
            f'<QBXMLMsgsRq onError="continueOnError">{request}</QBXMLMsgsRq></QBXML>'
        )
        answer = Session(self.company).process(document)
        if faults := validator("13.0"):
            assert not faults(document), faults(document)
            assert not faults(answer), faults(answer)
        (found,) = etree.fromstring(answer.encode())[0]
        return found
