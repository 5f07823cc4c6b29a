"""Real requests and answers of QuickBooks, played to the simulator where they are at hand.

``QBFERRY_QBXML_SAMPLES`` names their folder: qbXML documents, bare or inside a SOAP call. Of a real answer
the request is made up that asks for the same, and ours must have every element that QuickBooks' has.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from lxml import etree

from qbferry.qbxml import schema
from qbferry.qbxml.schema import Element
from qbferry.simulator import CompanyFile, Session, lists
from qbferry.simulator.host import QUERIES
from qbferry.simulator.seed import Seed
from qbferry.simulator.status import HResultError
from qbferry.testing.xsd import validator

from .office import Office

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qbferry.qbxml.schema import Group

FOLDER = os.environ.get("QBFERRY_QBXML_SAMPLES")
FILES = sorted(Path(FOLDER).rglob("*.xml")) if FOLDER else []
PARTS = {"HostRet": "host", "CompanyRet": "company", "PreferencesRet": "preferences"}
pytestmark = pytest.mark.skipif(not FOLDER, reason="QBFERRY_QBXML_SAMPLES names no folder with samples")


def message_sets(file: Path) -> Iterator[etree._Element]:
    """The message sets of a file, also of one that holds a SOAP call with qbXML as text."""
    root = etree.fromstring(file.read_bytes())
    if root.tag == "QBXML":
        yield from root
        return
    for node in root.iter():
        text = node.text or ""
        if "<QBXML>" in text:
            yield from etree.fromstring(text[text.index("<QBXML>") :].encode())


def messages(ending: str) -> list[Any]:
    return [
        pytest.param(message, id=f"{file.stem}-{message.tag}-{number}")
        for file in FILES
        for each in message_sets(file)
        for number, message in enumerate(each)
        if isinstance(message.tag, str) and message.tag.endswith(ending)
    ]


@pytest.mark.parametrize("message", messages("Rq"))
def test_a_real_request_is_answered(message: etree._Element, tmp_path: Path) -> None:
    text = etree.tostring(message, encoding="unicode", with_tail=False)
    document = (
        '<?xml version="1.0"?><?qbxml version="13.0"?><QBXML><QBXMLMsgsRq onError="continueOnError">'
        f"{text}</QBXMLMsgsRq></QBXML>"
    )
    faults = validator("13.0")
    with CompanyFile.open(tmp_path / "a.qbsim") as company:
        try:
            answer = etree.fromstring(Session(company).process(document).encode())[0][0]
        except HResultError:
            assert faults is None or faults(document), "what is valid is read"
        else:
            assert answer.attrib["statusCode"] != "1030"


@pytest.mark.parametrize("message", messages("Rs"))
def test_a_real_answer_has_its_like(message: etree._Element, tmp_path: Path) -> None:
    name = str(message.tag)[:-2]
    if message.attrib["statusCode"] == "500":
        asked = str(message.attrib["statusMessage"]).split('"')[1]
        company = CompanyFile.open(tmp_path / "a.qbsim")
        ours = Office(company).ask(f"<{name}Rq><FullName>{asked}</FullName></{name}Rq>")
        assert all(message.get(key) == value for key, value in ours.attrib.items())
        return
    for number, ret in enumerate(message):
        path = tmp_path / f"{number}.qbsim"
        ours = told(name, ret, path) if name in QUERIES else made(ret, path)
        assert sorted(set(places(ret)) - set(places(ours))) == []


def told(name: str, ret: etree._Element, path: Path) -> etree._Element:
    """What a company of which that is so says of itself."""
    own = {key: value for key, value in as_dict(ret).items() if key != "DataExtRet"}
    company = CompanyFile.open(path, Seed(**{PARTS[str(ret.tag)]: own}))
    owners = dict.fromkeys(node.text for node in ret.iter("OwnerID"))
    for data in ret.findall("DataExtRet"):
        with company.write():
            known = company.get("company_extensions", [])
            company.put("company_extensions", [*known, as_dict(data)])
    asked = "".join(f"<OwnerID>{owner}</OwnerID>" for owner in owners)
    return Office(company).ask(f"<{name}Rq>{asked}</{name}Rq>")[0]


def as_dict(node: etree._Element) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for child in node:
        value = as_dict(child) if len(child) else (child.text or "")
        if child.tag in found:
            before = found[str(child.tag)]
            found[str(child.tag)] = [*(before if isinstance(before, list) else [before]), value]
        else:
            found[str(child.tag)] = value
    return found


def made(ret: etree._Element, path: Path) -> etree._Element:
    """What is answered to an add of the same."""
    kind = str(ret.tag).removesuffix("Ret")
    company = CompanyFile.open(
        path, Seed(preferences={"TimeTrackingPreferences": {"FirstDayOfWeek": "Monday"}})
    )
    refer(company, ret)
    adding = schema.load().request(f"{kind}Add")
    inner = "".join(
        etree.tostring(node, encoding="unicode") for node in sent(ret, adding.children[0].children)
    )
    answer = Office(company).ask(f"<{kind}AddRq><{kind}Add>{inner}</{kind}Add></{kind}AddRq>")
    assert answer.attrib["statusCode"] in {"0", "530"}, answer.attrib["statusMessage"]
    return answer[0]


def refer(company: CompanyFile, ret: etree._Element) -> None:
    """Put every entry there that an answer refers to."""
    for node in ret.iter():
        name = node.findtext("FullName")
        if str(node.tag) in lists.REFERENCES and name:
            kinds = lists.REFERENCES[str(node.tag)][0]
            known = {
                "ARAccountRef": {"AccountType": "AccountsReceivable"},
                "TemplateRef": {"TemplateType": "Invoice"},
            }
            data = known.get(str(node.tag), {"IsTaxable": "false"} if node.tag == "SalesTaxCodeRef" else {})
            if company.named(kinds, name) is None:
                with company.write():
                    company.add_entry(
                        kinds[0], f"{name} of {node.tag}", name, name, is_active=True, data=data
                    )


def sent(ret: etree._Element, particles: Sequence[Element | Group]) -> Iterator[etree._Element]:
    """What of an answer a request can carry, in its order."""
    for particle in particles:
        if not isinstance(particle, Element):
            found = [[*sent(ret, [branch])] for branch in particle.children]
            if particle.kind == "choice":
                found = [branch for branch in found if branch][:1]
            for branch in found:
                yield from branch
            continue
        if particle.type == "IDTYPE":
            continue
        bare = particle.name.removesuffix("Add")
        for node in ret:
            if node.tag in {particle.name, f"{bare}Ret"}:
                one = etree.Element(particle.name)
                if particle.children:
                    one.extend(sent(node, particle.children))
                else:
                    one.text = node.text
                yield one


def places(node: etree._Element, above: str = "") -> Iterator[str]:
    """Where elements stand: ``VendorAddress/City``."""
    for child in node:
        place = f"{above}/{child.tag}".lstrip("/")
        yield place
        yield from places(child, place)
