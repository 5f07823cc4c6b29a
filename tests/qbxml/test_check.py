from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from lxml import etree

from qbferry.qbxml import check, schema
from qbferry.qbxml.check import check_request
from qbferry.qbxml.pattern import expression

from .making import body, build, damage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LINE = "<InvoiceLineAdd><ItemRef><FullName>I</FullName></ItemRef><Amount>1.00</Amount></InvoiceLineAdd>"
CUSTOMER = "<CustomerRef><FullName>A</FullName></CustomerRef>"
DISPUTED = ("<ValueAdjustment>", "BOX13")
"""What 13.0 has and Intuit's schemas forbid: the one by a slip (facts, README), the other in 16.0."""


def invoice(content: str) -> str:
    return f"<InvoiceAdd>{CUSTOMER}{content}</InvoiceAdd>"


def made(name: str, seed: int) -> etree._Element:
    root = etree.Element(f"{name}Rq")
    root.extend(build(schema.load().request(name).children, Random(seed)))
    return root


@pytest.fixture
def at_a_glance(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One right request of a kind is enough to know the next."""
    monkeypatch.setattr(check, "_OFTEN", 1)
    check._judge.cache_clear()
    yield
    check._judge.cache_clear()


FAULTS = [
    ("InvoiceAdd", "", "InvoiceAdd is missing."),
    ("InvoiceAdd", "<InvoiceAdd/>", "In InvoiceAdd, CustomerRef is missing."),
    ("InvoiceAdd", invoice("<Foo/>"), "InvoiceAdd/Foo is no element QuickBooks knows there."),
    (
        "InvoiceAdd",
        invoice("<IsTaxIncluded/>"),
        "InvoiceAdd/IsTaxIncluded is no element QuickBooks knows",
    ),
    ("InvoiceAdd", invoice("<Memo>a</Memo><FOB>b</FOB>"), "In InvoiceAdd, FOB must come before Memo."),
    ("InvoiceAdd", invoice("<Memo/><Memo/>"), "In InvoiceAdd, Memo may occur only once."),
    ("InvoiceAdd", invoice("a"), "InvoiceAdd holds text between its elements."),
    (
        "InvoiceAdd",
        invoice("<Memo><b/></Memo>"),
        "InvoiceAdd/Memo holds elements, but may",
    ),
    (
        "InvoiceAdd",
        invoice('<Memo a="1"/>'),
        "InvoiceAdd/Memo has an attribute a",
    ),
    (
        "InvoiceAdd",
        "<InvoiceAdd><CustomerRef><FullName/></CustomerRef></InvoiceAdd>",
        "InvoiceAdd/CustomerRef names nothing.",
    ),
    (
        "InvoiceAdd",
        invoice("<RefNumber>123456789012</RefNumber>"),
        "InvoiceAdd/RefNumber is too long: 12 characters, QuickBooks takes 11.",
    ),
    (
        "InvoiceAdd",
        invoice(LINE + LINE.replace("1.00", "1.005")),
        'Line 2, I: InvoiceAdd/InvoiceLineAdd[2]/Amount is "1.005", not an amount',
    ),
    (
        "InvoiceAdd",
        invoice("<InvoiceLineAdd><Rate>1</Rate><RatePercent>1</RatePercent></InvoiceLineAdd>"),
        "In InvoiceAdd/InvoiceLineAdd, RatePercent and Rate exclude each other.",
    ),
    (
        "InvoiceAdd",
        invoice("<TxnDate>2026-02-30</TxnDate>"),
        'InvoiceAdd/TxnDate is "2026-02-30", not',
    ),
    (
        "InvoiceAdd",
        invoice("<IsPending>yes</IsPending>"),
        'InvoiceAdd/IsPending is "yes", not true',
    ),
    (
        "InvoiceAdd",
        invoice("<ExternalGUID>x</ExternalGUID>"),
        'InvoiceAdd/ExternalGUID is "x", not',
    ),
    (
        "InvoiceAdd",
        invoice(f"<LinkToTxnID>{'x' * 37}</LinkToTxnID>"),
        "InvoiceAdd/LinkToTxnID is too long",
    ),
    ("InvoiceAdd", "<InvoiceAdd>", "InvoiceAdd: it is not well-formed XML: "),
    ("InvoiceAdd", invoice("<Memo>&#11;</Memo>"), "InvoiceAdd: it holds the character U+000B"),
    ("InvoiceAdd", invoice("<Memo>\ud800</Memo>"), "InvoiceAdd: it holds the character U+D800"),
    (
        "InvoiceQuery",
        "<TxnID>1</TxnID><RefNumber>2</RefNumber>",
        "In InvoiceQuery, RefNumber and TxnID ",
    ),
    ("InvoiceQuery", "<MaxReturned>0</MaxReturned>", "InvoiceQuery/MaxReturned is 0, less than the 1"),
    (
        "TxnDel",
        "<TxnDelType>Bil</TxnDelType><TxnID>1</TxnID>",
        'TxnDel/TxnDelType is "Bil", which',
    ),
    ("TxnDel", "<TxnDelType>Bill</TxnDelType><TxnID/>", "TxnDel/TxnID is empty."),
    (
        "PurchaseOrderAdd",
        "<PurchaseOrderAdd/>",
        "In PurchaseOrderAdd, one of PurchaseOrderLineAdd, PurchaseOrderLineGroupAdd is missing.",
    ),
    ("InvoiceAd", "", "qbferry knows no qbXML message named InvoiceAdRq"),
]
"""Requests with what is wrong with them."""


def test_a_right_request_has_no_problem() -> None:
    assert check_request("InvoiceAdd", invoice(f"<TxnDate>2026-10-31</TxnDate>{LINE * 3}")) == []
    assert check_request("CustomerQuery", "") == []
    assert check_request("TxnDel", "<TxnDelType>Bill</TxnDelType><TxnID>1-2</TxnID>") == []


@pytest.mark.parametrize(("name", "xml", "problem"), FAULTS)
def test_a_problem_names_the_element_and_the_limit(name: str, xml: str, problem: str) -> None:
    problems = check_request(name, xml)
    assert len(problems) == 1
    assert problems[0].startswith(problem)


@pytest.mark.parametrize(("name", "xml", "problem"), FAULTS)
def test_a_problem_is_found_when_right_requests_are_known_at_a_glance(
    at_a_glance: None, name: str, xml: str, problem: str
) -> None:
    if name in schema.load().names:
        assert check_request(name, body(made(name, 1))) == []
    [found] = check_request(name, xml)
    assert found.startswith(problem)


def test_after_many_right_requests_of_a_kind_another_is_not_even_parsed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    right = invoice(LINE * 3)
    for _ in range(1000):
        assert check_request("InvoiceAdd", right) == []
    monkeypatch.setattr(check, "xmldoor", None)
    assert check_request("InvoiceAdd", right.replace("<FullName>A<", "<FullName>B &amp; C<")) == []
    with pytest.raises(AttributeError):
        check_request("InvoiceAdd", right.replace("1.00", "1.005", 1))


def test_what_is_known_at_a_glance_is_made_once_and_only_for_what_is_frequent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Making it costs as much as a hundred checks."""
    made_for: list[object] = []

    def counted(model: Any) -> str:
        made_for.append(model)
        return expression(model)

    monkeypatch.setattr(check, "expression", counted)
    check._judge.cache_clear()
    right = invoice(LINE)
    for _ in range(50):
        assert check_request("InvoiceAdd", right) == []
    assert made_for == []
    for _ in range(100):
        assert check_request("InvoiceAdd", right) == []
    assert len(made_for) == 1


def test_elements_are_counted_only_where_there_are_several() -> None:
    """A person reads that the second line is at fault, and not that the first customer is."""
    wrong = LINE.replace("1.00", "1.005")
    longer = CUSTOMER.replace(">A<", f">{'A' * 210}<")
    two = f"<InvoiceAdd>{longer}{LINE}{wrong}</InvoiceAdd>"
    customer, second = check_request("InvoiceAdd", two)
    assert customer.startswith("InvoiceAdd/CustomerRef/FullName ")
    assert second.startswith("Line 2, I: InvoiceAdd/InvoiceLineAdd[2]/Amount ")
    assert check_request("InvoiceAdd", invoice(wrong))[0].startswith("InvoiceAdd/InvoiceLineAdd/Amount ")


@given(st.sampled_from(schema.load().names), st.integers(0, 10_000))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_request_is_judged_as_at_first_when_right_ones_are_known_at_a_glance(
    at_a_glance: None, name: str, seed: int
) -> None:
    root = made(name, seed)
    right = body(root)
    check._judge.cache_clear()
    if len(root):
        damage(root, Random(seed))
    at_first = check_request(name, body(root))
    check_request(name, right)
    assert check_request(name, body(root)) == at_first


def test_elements_of_another_country_are_allowed_there() -> None:
    taxed = invoice("<IsTaxIncluded>true</IsTaxIncluded>")
    assert check_request("InvoiceAdd", taxed)
    assert check_request("InvoiceAdd", taxed, country="AU") == []


def test_an_empty_element_clears_a_field_where_that_is_possible() -> None:
    assert check_request("InvoiceAdd", invoice("<TxnDate/><RefNumber/>")) == []
    assert check_request("InvoiceAdd", invoice("<ExternalGUID/>")) == ["InvoiceAdd/ExternalGUID is empty."]


def test_no_request_goes_unchecked() -> None:
    assert check_request("BillPaymentCheckAdd", "<Whatever/>") == [
        "Whatever is no element QuickBooks knows there.",
        "BillPaymentCheckAdd is missing.",
    ]


def test_a_request_the_edition_lacks_is_a_problem_there_alone() -> None:
    assert check_request("SalesTaxReturnQuery", "", country="UK") == []
    assert check_request("SalesTaxReturnQuery", "") == [
        "The US edition of QuickBooks Desktop has no SalesTaxReturnQuery; editions that have it: CA, UK, AU."
    ]
    assert check_request("PayrollLastPeriodQuery", "", country="AU") == [
        "The AU edition of QuickBooks Desktop has no PayrollLastPeriodQuery; editions that have it: none."
    ]


def test_a_tax_code_may_be_longer_in_australia() -> None:
    code = invoice("<CustomerSalesTaxCodeRef><FullName>FRE-GS</FullName></CustomerSalesTaxCodeRef>")
    assert check_request("InvoiceAdd", code, country="AU") == []
    assert check_request("InvoiceAdd", code, country="CA") == [
        "InvoiceAdd/CustomerSalesTaxCodeRef/FullName is too long: 6 characters, QuickBooks takes 3."
    ]
    assert check_request("InvoiceAdd", code.replace("FRE-GS", "FRE-GST"), country="AU") == [
        "InvoiceAdd/CustomerSalesTaxCodeRef/FullName is too long: 7 characters, QuickBooks takes 6."
    ]


@pytest.mark.parametrize("name", schema.load().names)
def test_every_request_of_the_data_can_be_made_and_passes(name: str) -> None:
    for seed in range(5):
        xml = body(made(name, seed))
        assert check_request(name, xml) == [], xml


@given(st.sampled_from(schema.load().names), st.text())
@settings(deadline=None)
def test_any_text_is_judged_and_nothing_raised(name: str, xml: str) -> None:
    for problem in check_request(name, xml):
        assert problem.endswith(".")


@given(st.sampled_from(schema.load().names), st.integers(0, 10_000))
@settings(deadline=None)
def test_a_damaged_request_is_judged_like_intuit_does(
    validate_xsd: Callable[[str], list[str]], name: str, seed: int
) -> None:
    root = made(name, seed)
    if not len(root):
        return
    damage(root, Random(seed))
    xml = body(root)
    assume(not any(part in xml for part in DISPUTED))
    document = (
        f'<QBXML><QBXMLMsgsRq onError="stopOnError"><{root.tag}>{xml}</{root.tag}></QBXMLMsgsRq></QBXML>'
    )
    ours = [problem for problem in check_request(name, xml) if not problem.endswith("names nothing.")]
    assert bool(ours) == bool(validate_xsd(document)), (ours, document)
