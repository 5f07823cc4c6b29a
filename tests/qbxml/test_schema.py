from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from qbferry.errors import NotFoundError
from qbferry.qbxml import schema
from qbferry.qbxml.schema import Element, Group


def child(parent: Element, name: str) -> Element:
    return next(found for found in parent.children if isinstance(found, Element) and found.name == name)


def invoice_add(country: str = "US") -> Element:
    first = schema.load(country).request("InvoiceAdd").children[0]
    assert isinstance(first, Element)
    return first


def test_all_180_messages_are_there() -> None:
    known = schema.load()
    assert len(known.names) == 90
    for name in known.names:
        assert known.request(name).children or known.request(name).attributes
        assert "statusCode" in known.response(name).attributes


def test_an_element_carries_its_limits() -> None:
    assert child(invoice_add(), "RefNumber") == Element("RefNumber", "STRTYPE", 0, 1, 11, (), ())
    assert child(child(invoice_add(), "BillAddress"), "City").max_length == 31


def test_lines_are_a_choice_that_repeats() -> None:
    lines = next(found for found in invoice_add().children if isinstance(found, Group))
    assert (lines.kind, lines.min, lines.max) == ("choice", 0, None)
    assert [line.name for line in lines.children if isinstance(line, Element)] == [
        "InvoiceLineAdd",
        "InvoiceLineGroupAdd",
    ]


def test_what_an_edition_lacks_is_left_out() -> None:
    def names(country: str) -> set[str]:
        return {found.name for found in invoice_add(country).children if isinstance(found, Element)}

    assert "IsTaxIncluded" not in names("US")
    assert "IsTaxIncluded" in names("AU")
    assert "DiscountLineAdd" not in names("US") | names("CA") | names("UK") | names("AU")
    assert names("??") == names("US")


def test_attributes_and_their_words() -> None:
    query = schema.load().request("InvoiceQuery")
    assert query.attributes["iterator"] == ("Start", "Continue", "Stop")
    assert query.attributes["requestID"] == ()


def test_an_unknown_message_is_said_to_be_unknown() -> None:
    with pytest.raises(NotFoundError, match="InvoiceAdRq"):
        schema.load().request("InvoiceAd")


def test_requests_beyond_the_data_are_known_by_name() -> None:
    assert "BillPaymentCheckAdd" in schema.load().unchecked
    assert not schema.load().unchecked & set(schema.load().names)


def test_the_data_are_what_the_script_writes(tmp_path: Path) -> None:
    project = Path(__file__).parents[2]
    facts = project.parent / "shared" / "reference" / "qbxml-13.0"
    if not facts.is_dir():
        pytest.skip("the facts the data are made from are not at hand")
    target = tmp_path / "schema.json"
    script = project / "scripts" / "generate_qbxml_data.py"
    subprocess.run([sys.executable, script, facts, target], check=True, capture_output=True)
    carried = project / "core" / "qbferry" / "qbxml" / "data" / "schema.json"
    assert target.read_bytes() == carried.read_bytes()
