from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbferry.errors import AnswerError
from qbferry.qbxml.response import Answer, Node, document, parse

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD = '<?xml version="1.0" ?>\n'
RIGHT = """<QBXML>
<QBXMLMsgsRs newMessageSetID="A1" messageSetStatusCode="0">
<InvoiceAddRs requestID="1" statusCode="0" statusSeverity="Info" statusMessage="Status OK">
<InvoiceRet>
<TxnID>C5-1417118624</TxnID>
<CustomerRef>
<FullName>Caf&#233; &amp; Co</FullName>
</CustomerRef>
<Memo></Memo>
<InvoiceLineRet>
<TxnLineID>C7-1</TxnLineID>
</InvoiceLineRet>
<InvoiceLineRet>
<TxnLineID>C8-1</TxnLineID>
</InvoiceLineRet>
</InvoiceRet>
</InvoiceAddRs>
<InvoiceAddRs requestID="2" statusCode="3140" statusSeverity="Error" statusMessage="No &quot;X&quot;" />
</QBXMLMsgsRs>
</QBXML>"""


def answer(content: str, attributes: str = "") -> str:
    return f"<QBXML><QBXMLMsgsRs{attributes}>{content}</QBXMLMsgsRs></QBXML>"


def test_an_answer_is_read() -> None:
    read = parse(HEAD + RIGHT)
    assert read.message_set_id == "A1"
    good, bad = read.responses
    assert (good.name, good.request_id, good.status_code, good.severity) == ("InvoiceAdd", "1", 0, "Info")
    assert not good.is_error
    assert (bad.request_id, bad.message, bad.is_error, bad.objects) == ("2", 'No "X"', True, ())


def test_paths_reach_into_an_answer() -> None:
    response = parse(RIGHT).responses[0]
    assert response.text("InvoiceRet/CustomerRef/FullName") == "Café & Co"
    assert response.text("InvoiceRet/Memo") == ""
    assert response.text("InvoiceRet/RefNumber") is None
    assert response.texts("InvoiceRet/InvoiceLineRet/TxnLineID") == ["C7-1", "C8-1"]
    assert [line.text("TxnLineID") for line in response.each("InvoiceRet/InvoiceLineRet")] == ["C7-1", "C8-1"]
    found = response.find("InvoiceRet/CustomerRef")
    assert found is not None
    assert found.name == "CustomerRef"
    assert response.find("Nothing") is None
    assert [ret.name for ret in response.objects] == ["InvoiceRet"]


@pytest.mark.parametrize(
    ("code", "severity", "error"), [(1, "Info", 0), (500, "Warn", 0), (570, "Warn", 0), (1000, "", 1)]
)
def test_only_a_refusal_is_an_error(code: int, severity: str, error: bool) -> None:
    text = answer(f'<BillAddRs statusCode="{code}" statusSeverity="{severity}"/>')
    assert parse(text).responses[0].is_error == error


def test_iterators_are_read() -> None:
    text = answer('<BillQueryRs statusCode="0" iteratorID="{a}" iteratorRemainingCount="12"/>')
    response = parse(text).responses[0]
    assert (response.iterator_id, response.iterator_remaining) == ("{a}", 12)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "windows-1252", "nonsense"])
def test_the_declared_encoding_does_not_matter(encoding: str) -> None:
    head = f'\ufeff<?xml version="1.0" encoding="{encoding}"?>'
    text = head + answer('<BillAddRs statusCode="0" statusMessage="é€"/>')
    assert parse(text).responses[0].message == "é€"


@pytest.mark.parametrize(
    ("text", "number"), [(" 0 ", 0), ("\n500\t", 500), ("+3", 3), ("-1", -1), ("0" * 20 + "7", 7)]
)
def test_a_number_is_taken_as_the_schema_takes_it(text: str, number: int) -> None:
    read = parse(answer(f'<BillAddRs statusCode="{text}" iteratorRemainingCount="{text}"/>'))
    assert (read.responses[0].status_code, read.responses[0].iterator_remaining) == (number, number)


def test_control_characters_quickbooks_lets_through_are_left_out() -> None:
    text = answer(
        '<BillAddRs statusCode="0"><BillRet><Memo>a\x0bb&#x1A;c\ud800d</Memo></BillRet></BillAddRs>'
    )
    assert parse(text).responses[0].text("BillRet/Memo") == "abcd"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is not well-formed XML"),
        ("nonsense", "is not well-formed XML"),
        ("<QBXML><QBXMLMsgsRs>", "is not well-formed XML"),
        ("<html/>", "begins with <html>"),
        ('<QBXML xmlns="urn:x"/>', "begins with <{urn:x}QBXML>"),
        ("<QBXML><QBPOSXMLMsgsRs/></QBXML>", "holds no QBXMLMsgsRs"),
        (answer("<BillAddRs/>"), "BillAddRs without a statusCode"),
        (answer('<BillAddRs statusCode="ok"/>'), 'statusCode="ok", which is no number'),
        (answer("<Bill/>"), "<Bill> where only responses belong"),
        ('<!DOCTYPE a [<!ENTITY b "c">]>' + RIGHT, "has a DOCTYPE"),
        ("<!DOC\x01TYPE a>" + RIGHT, "has a DOCTYPE"),
        ("<!DOC&#1;TYPE a>" + RIGHT, "has a DOCTYPE"),
        ("<QBXML>&b;</QBXML>", "is not well-formed XML"),
        ("<a>" * 1000 + "</a>" * 1000, "Excessive depth"),
    ],
)
def test_what_is_no_answer_is_refused_with_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(AnswerError, match="QuickBooks' answer") as caught:
        parse(text)
    assert sentence in str(caught.value)


def test_too_large_an_answer_is_refused() -> None:
    with pytest.raises(AnswerError, match="too large: 1001"):
        parse(" " * 1001, max_bytes=1000)


def test_no_file_is_read_for_an_answer(tmp_path: pytest.TempPathFactory) -> None:
    with pytest.raises(AnswerError):
        parse(f'<!DOCTYPE a SYSTEM "file://{tmp_path}/x.dtd">{RIGHT}')


TAGS = ["QBXML", "QBXMLMsgsRs", "ARs"]
PIECES = st.sampled_from(
    [f"<{tag}>" for tag in TAGS]
    + [f"</{tag}>" for tag in TAGS]
    + ['<ARs statusCode="0">', "<![CDATA[", "]]>", "&#0;", "&amp;", "&x;", "<a:b/>", "<!--", "<!-- c -->"]
    + ["<?a b?>", "<!DOCTYPE a>", "\x00", "\ud800", "\ufffe", HEAD]
)


def outcome(text: str) -> Answer | AnswerError:
    try:
        return parse(text)
    except AnswerError as error:
        return error


@given(st.one_of(st.text(), st.lists(st.one_of(PIECES, st.text(max_size=5))).map("".join)))
@settings(deadline=None)
def test_any_text_is_an_answer_or_an_answer_error(text: str) -> None:
    found = outcome(text)
    assert isinstance(found, Answer) or str(found).endswith(".")


@given(st.binary())
@settings(deadline=None)
def test_any_bytes_inside_an_answer_are_an_answer_or_an_answer_error(data: bytes) -> None:
    found = outcome(answer('<ARs statusCode="0"><B>' + data.decode("latin-1") + "</B></ARs>"))
    assert isinstance(found, AnswerError) or found.responses


def test_a_real_list_is_read(sample: Callable[[str], str]) -> None:
    (vendors,) = parse(sample("billash__vendors.xml")).responses
    assert vendors.objects[0].text("VendorAddress/City") == "Berkeley"
    assert not vendors.is_error


def test_a_real_query_without_result_is_no_error(sample: Callable[[str], str]) -> None:
    (customers,) = parse(sample("qbwc__customer_query_rs_500.xml")).responses
    assert customers.status_code == 500
    assert not customers.is_error


@pytest.mark.parametrize(("code", "refused"), [(0, False), (999, False), (1000, True), (3200, True)])
def test_quickbooks_refuses_from_1000_on(code: int, refused: bool) -> None:
    (response,) = parse(answer(f'<BillAddRs statusCode="{code}" statusSeverity="Warn"/>')).responses
    assert response.is_error is refused


def test_what_a_search_found_reads_like_the_answer_to_the_request() -> None:
    """It is done, under the name of the request, with all that was found."""
    (found,) = parse(
        answer('<BillQueryRs statusCode="500" statusSeverity="Warn"><BillRet/><BillRet/></BillQueryRs>')
    ).responses
    made = found.carrying("BillAdd", found.each("BillRet"))
    assert (made.name, made.status_code, made.severity, made.is_error) == ("BillAdd", 0, "Info", False)
    assert [each.name for each in made.objects] == ["BillRet", "BillRet"]


def test_responses_that_are_kept_read_as_they_came() -> None:
    came = parse(HEAD + RIGHT).responses
    kept = parse(document((f"S.{number}", response) for number, response in enumerate(came))).responses
    assert [each.request_id for each in kept] == ["S.0", "S.1"]
    for one, other in zip(came, kept, strict=True):
        assert (one.name, one.status_code, one.severity, one.message) == (
            other.name,
            other.status_code,
            other.severity,
            other.message,
        )
    assert kept[0].texts("InvoiceRet/InvoiceLineRet/TxnLineID") == ["C7-1", "C8-1"]


def test_what_lies_between_elements_is_none_of_them() -> None:
    assert Node.of("<A>1</A>\n  <B> 2 </B>\n").inner() == "<A>1</A><B> 2 </B>"


def test_an_answer_may_be_as_large_as_is_allowed() -> None:
    text = answer("")
    assert parse(text, max_bytes=len(text)).responses == ()
    with pytest.raises(AnswerError, match="too large"):
        parse(text, max_bytes=len(text) - 1)
