from __future__ import annotations

import re
from functools import cache
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from qbferry.qbxml import schema
from qbferry.qbxml.check import check_request
from qbferry.qbxml.pattern import expression

from .making import body, build, damage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qbferry.qbxml.schema import Element, Group

NAMES = schema.load().names
HOSTILE = [
    *"<>&;#'\"/! \t\r\n-.:01a",
    "é",
    "\x07",
    "\ud800",
    "&#7;",
    "&amp;",
    "&#233;",
    "&x;",
    "<!-- -->",
    "]]>",
]
EMPTY = re.compile(r"<\w+/>|<(\w+)></\1>")


@cache
def pattern(name: str, country: str = "US") -> re.Pattern[str]:
    return re.compile(expression(schema.load(country).request(name).children))


def written(name: str, seed: int, *, damaged: bool = False) -> str:
    random = Random(seed)
    root = etree.Element("x")
    root.extend(build(schema.load().request(name).children, random))
    if damaged and len(root):
        damage(root, random)
    return body(root).replace("é", "&#233;")


def numbers_with_bounds(model: tuple[Element | Group, ...]) -> Iterator[str]:
    for part in model:
        yield from numbers_with_bounds(part.children)
        if getattr(part, "lowest", None) is not None or getattr(part, "highest", None) is not None:
            yield f"<{getattr(part, 'name', '')}>"


@pytest.mark.parametrize("name", NAMES)
def test_right_requests_match_but_for_empty_elements_and_numbers_with_bounds(name: str) -> None:
    bounded = {*numbers_with_bounds(schema.load().request(name).children)}
    usual = 0
    for seed in range(20):
        xml = written(name, seed).replace("&amp;&#233;", "b")
        if not any(tag in xml for tag in bounded) and not EMPTY.search(xml):
            usual += 1
            assert pattern(name).fullmatch(xml), xml
    assert usual or bounded


@given(st.sampled_from(NAMES), st.integers(0, 10_000))
@settings(deadline=None)
def test_what_is_damaged_matches_only_when_it_is_right_all_the_same(name: str, seed: int) -> None:
    xml = written(name, seed, damaged=True)
    assert not pattern(name).fullmatch(xml) or check_request(name, xml) == [], xml


@given(
    st.sampled_from(["InvoiceAdd", "BillAdd", "TimeTrackingAdd", "DataExtAdd"]),
    st.integers(0, 200),
    st.data(),
)
@settings(deadline=None)
def test_what_is_changed_by_a_few_characters_matches_only_when_it_is_right(
    name: str, seed: int, data: st.DataObject
) -> None:
    xml = written(name, seed)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(xml)))
        gone = data.draw(st.integers(0, 3))
        xml = xml[:place] + data.draw(st.sampled_from(HOSTILE)) + xml[place + gone :]
    assert not pattern(name).fullmatch(xml) or check_request(name, xml) == [], xml


@pytest.mark.parametrize(
    ("content", "matches"),
    [
        ("<RefNumber>12345678901</RefNumber>", True),
        ("<RefNumber>123456789012</RefNumber>", False),
        ("<Memo>A &amp; B, d&#39;&#233;t&#233; &#128512;\n</Memo>", True),
        ("<Memo>A & B</Memo>", False),
        ("<Memo>&eacute;</Memo>", False),
        ("<Memo>&#7;</Memo>", False),
        ("<Memo>&#55296;</Memo>", False),
        ("<Memo>é</Memo>", False),
        ("<Memo>\x07</Memo>", False),
        ("<Memo>a]]>b</Memo>", False),
        ("<Memo><!-- --></Memo>", False),
        ('<Memo a="1">a</Memo>', False),
        ("<Memo></Memo>", False),
        ("<TxnDate>2028-02-29</TxnDate>", True),
        ("<TxnDate>2026-02-29</TxnDate>", False),
        ("<IsPending>yes</IsPending>", False),
        ("<Memo>a</Memo><FOB>b</FOB>", False),
        ("<FOB>b</FOB><Memo>a</Memo>", True),
        ("<Memo>a</Memo><Memo>a</Memo>", False),
        ("<IsTaxIncluded>true</IsTaxIncluded>", False),
        ("<ClassRef></ClassRef>", False),
        ("<InvoiceLineAdd><Rate>1</Rate></InvoiceLineAdd>", True),
        ("<InvoiceLineAdd><RatePercent>1</RatePercent></InvoiceLineAdd>", True),
        ("<InvoiceLineAdd><Rate>1</Rate><RatePercent>1</RatePercent></InvoiceLineAdd>", False),
    ],
)
def test_a_value_an_order_and_a_number_are_held(content: str, matches: bool) -> None:
    xml = f"<InvoiceAdd><CustomerRef><FullName>A</FullName></CustomerRef>{content}</InvoiceAdd>"
    assert bool(pattern("InvoiceAdd").fullmatch(xml)) is matches
    assert not (matches and check_request("InvoiceAdd", xml))


def test_what_is_required_must_be_there() -> None:
    line = "<PurchaseOrderLineAdd><Quantity>1</Quantity></PurchaseOrderLineAdd>"
    assert pattern("PurchaseOrderAdd").fullmatch(f"<PurchaseOrderAdd>{line}</PurchaseOrderAdd>")
    assert not pattern("PurchaseOrderAdd").fullmatch("<PurchaseOrderAdd><Memo>a</Memo></PurchaseOrderAdd>")
    assert not pattern("InvoiceAdd").fullmatch("<InvoiceAdd><Memo>a</Memo></InvoiceAdd>")
    assert not pattern("InvoiceAdd").fullmatch("<InvoiceAdd><CustomerRef></CustomerRef></InvoiceAdd>")
    assert not pattern("InvoiceAdd").fullmatch("")
    assert pattern("CustomerQuery").fullmatch("")


def test_the_expressions_of_editions_differ() -> None:
    customer = "<CustomerRef><FullName>A</FullName></CustomerRef>"
    taxed = f"<InvoiceAdd>{customer}<IsTaxIncluded>true</IsTaxIncluded></InvoiceAdd>"
    assert pattern("InvoiceAdd", "AU").fullmatch(taxed)
    assert not pattern("InvoiceAdd", "US").fullmatch(taxed)


def test_many_lines_match_or_fail_at_the_end_in_time() -> None:
    """An expression with two ways to match one thing would try them all: two to the power of the lines."""
    line = "<InvoiceLineAdd><ItemRef><FullName>I</FullName></ItemRef><Amount>1.00</Amount></InvoiceLineAdd>"
    start = "<InvoiceAdd><CustomerRef><FullName>A</FullName></CustomerRef>"
    assert pattern("InvoiceAdd").fullmatch(f"{start}{line * 3000}</InvoiceAdd>")
    assert not pattern("InvoiceAdd").fullmatch(f"{start}{line * 3000}</InvoiceAd>")
    text = "<Desc>" + "a &amp; b" * 400 + "</Desc>"
    assert not pattern("InvoiceAdd").fullmatch(f"{start}<InvoiceLineAdd>{text}</InvoiceLineAd>")
