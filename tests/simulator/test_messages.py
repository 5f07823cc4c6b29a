"""What QuickBooks does with a message as a whole: its structure, its order, and what it remembers of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from qbferry.simulator import CompanyFile, HResultError, Session

if TYPE_CHECKING:
    from collections.abc import Callable

QUERY = '<CustomerQueryRq requestID="q"><FullName>Acme Corp</FullName></CustomerQueryRq>'


def codes(answers: list[Any]) -> list[str]:
    return [answer.get("statusCode") for answer in answers]


@pytest.mark.parametrize(
    "spoilt",
    [
        "<InvoiceAddRq><InvoiceAdd><TxnDate>2026-10-31</TxnDate></InvoiceAdd></InvoiceAddRq>",  # no customer
        "<InvoiceAddRq><InvoiceAdd><Memo>x</Memo><CustomerRef/></InvoiceAdd></InvoiceAddRq>",  # wrong order
        "<InvoiceAddRq><InvoiceAdd><CustomerRef/><Colour>x</Colour></InvoiceAdd></InvoiceAddRq>",
        "<InvoiceAddRq><InvoiceAdd><CustomerRef/>text</InvoiceAdd></InvoiceAddRq>",
        "<InvoiceAddRq><InvoiceAdd><CustomerRef/><Memo><b/></Memo></InvoiceAdd></InvoiceAddRq>",
        '<InvoiceAddRq colour="x"><InvoiceAdd><CustomerRef/></InvoiceAdd></InvoiceAddRq>',
        # not in the US edition
        "<InvoiceAddRq><InvoiceAdd><CustomerRef/><IsTaxIncluded>1</IsTaxIncluded></InvoiceAdd></InvoiceAddRq>",
        "<InvoiceAddRq/>",
        "<InventAddRq/>",
        "<CustomerRef/>",
        '<CustomerQueryRq iterator="Begin"/>',
        '<AccountQueryRq iterator="Start"><MaxReturned>5</MaxReturned></AccountQueryRq>',  # has no iterators
        "<TxnDelRq><TxnID>1-1</TxnID><TxnDelType>Invoice</TxnDelType></TxnDelRq>",
    ],
)
def test_a_fault_of_structure_fails_the_whole_message_and_executes_nothing(
    quickbooks: Any, spoilt: str
) -> None:
    with pytest.raises(HResultError) as caught:
        quickbooks.send(quickbooks.invoice(), spoilt)
    assert caught.value.hresult == "0x80040400"
    assert caught.value.message == "QuickBooks found an error when parsing the provided XML text stream."
    assert quickbooks.company.transactions("Invoice") == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no xml",
        "<QBXML/>",
        '<?xml version="1.0"?><?qbxml version="13.0"?><QBXML><QBXMLMsgsRq/></QBXML>',
        '<?xml version="1.0"?><?qbxml version="13.0"?><QBXML><QBXMLMsgsRq onError="ignore"/></QBXML>',
        '<?xml version="1.0"?><?qbxml version="13.0"?><QBXML><QBXMLMsgsRq onError="stopOnError"/></QBXML',
        '<!DOCTYPE a><?qbxml version="13.0"?><QBXML><QBXMLMsgsRq onError="stopOnError"/></QBXML>',
    ],
)
def test_what_is_no_message_is_not_executed(quickbooks: Any, text: str) -> None:
    with pytest.raises(HResultError, match=r"0x800404(00|23)"):
        quickbooks.say(text)


@pytest.mark.parametrize("instruction", ["", '<?qbxml version="99.0"?>'])
def test_an_unknown_version_of_qbxml_is_refused(quickbooks: Any, instruction: str) -> None:
    text = quickbooks.message(QUERY).replace('<?qbxml version="13.0"?>', instruction)
    with pytest.raises(HResultError) as caught:
        quickbooks.say(text)
    assert caught.value.hresult == "0x80040423"


@pytest.mark.parametrize(
    ("header", "code", "message"),
    [
        (
            "<RefNumber>123456789012</RefNumber>",
            "3070",
            'The string "123456789012" in the field "RefNumber" is too long.',
        ),
        (
            "<TxnDate>2026-02-30</TxnDate>",
            "3020",
            'There was an error when converting the date value "2026-02-30"',
        ),
        ("<IsPending>yes</IsPending>", "3010", 'There was an error when converting the boolean value "yes"'),
        ("<ExternalGUID>123</ExternalGUID>", "3065", 'There was an error when converting the GUID "123"'),
        ("<ExchangeRate>one</ExchangeRate>", "3085", 'There was an error when converting the number "one"'),
    ],
)
def test_a_wrong_value_fails_its_request_alone(quickbooks: Any, header: str, code: str, message: str) -> None:
    first, second = quickbooks.send(quickbooks.invoice(header=header), quickbooks.invoice(rid="2"))
    assert (first.get("statusCode"), first.get("statusSeverity"), len(first)) == (code, "Error", 0)
    assert first.get("statusMessage").startswith(message)
    assert second.get("statusCode") == "0"


@pytest.mark.parametrize(
    ("amount", "code"), [("1.5", "3040"), ("1,000.00", "3040"), ("10.00", "0"), ("-5", "3180")]
)
def test_amounts_have_no_or_two_decimals(quickbooks: Any, amount: str, code: str) -> None:
    answer = quickbooks.ask(quickbooks.invoice(line=f"<Amount>{amount}</Amount>"))
    assert answer.get("statusCode") == code


def test_an_unknown_word_is_an_error_of_its_request(quickbooks: Any) -> None:
    answer = quickbooks.ask("<InvoiceQueryRq><PaidStatus>Half</PaidStatus></InvoiceQueryRq>")
    assert answer.get("statusCode") == "3110"
    assert (
        answer.get("statusMessage")
        == 'The enumerated value "Half" in the field "PaidStatus" is unknown or invalid'
    )


def test_a_request_id_comes_back_and_may_have_fifty_letters(quickbooks: Any) -> None:
    fits, longer, without = quickbooks.send(
        f'<ClassQueryRq requestID="{"x" * 50}"/>',
        f'<ClassQueryRq requestID="{"x" * 51}"/>',
        "<ClassQueryRq/>",
    )
    assert (fits.get("requestID"), fits.get("statusCode")) == ("x" * 50, "0")
    assert longer.get("statusCode") == "1060"
    assert without.get("requestID") is None


def test_stop_on_error_leaves_the_rest_undone(quickbooks: Any) -> None:
    requests = [
        quickbooks.invoice(rid="1"),
        quickbooks.invoice("Nobody", rid="2"),
        quickbooks.invoice(rid="3"),
    ]
    answers = quickbooks.send(*requests, on_error="stopOnError")
    assert codes(answers) == ["0", "3140", "3231"]
    assert answers[2].get("statusMessage") == "The request has not been processed."
    assert len(quickbooks.company.transactions("Invoice")) == 1


def test_continue_on_error_does_the_rest(quickbooks: Any) -> None:
    requests = [quickbooks.invoice("Nobody", rid="2"), quickbooks.invoice(rid="3")]
    assert codes(quickbooks.send(*requests)) == ["3140", "0"]


def test_a_warning_stops_nothing(quickbooks: Any) -> None:
    missing = "<CustomerQueryRq><FullName>Nobody</FullName></CustomerQueryRq>"
    assert codes(quickbooks.send(missing, quickbooks.invoice(), on_error="stopOnError")) == ["500", "0"]


def test_answers_are_formatted_like_real_ones(quickbooks: Any) -> None:
    quickbooks.send(QUERY, quickbooks.invoice("Nobody &amp; Co"), newMessageSetID="A")
    lines = quickbooks.last.split("\n")
    assert lines[:3] == [
        '<?xml version="1.0" ?>',
        "<QBXML>",
        '<QBXMLMsgsRs newMessageSetID="A" messageSetStatusCode="0">',
    ]
    assert (
        lines[3]
        == '<CustomerQueryRs requestID="q" statusCode="0" statusSeverity="Info" statusMessage="Status OK">'
    )
    assert lines[4] == "<CustomerRet>"
    assert all(line.startswith("<") and "\t" not in line for line in lines[:-1])
    error = next(line for line in lines if line.startswith("<InvoiceAddRs"))
    assert error.endswith(" />")
    assert (
        "QuickBooks Customer &quot;Nobody &amp; Co&quot; in the Invoice.  QuickBooks error message: " in error
    )
    assert lines[-3:] == ["</QBXMLMsgsRs>", "</QBXML>", ""]


def test_include_none_leaves_the_objects_out(quickbooks: Any) -> None:
    (answer,) = quickbooks.send(quickbooks.invoice(), responseData="includeNone")
    assert (answer.get("statusCode"), len(answer)) == ("0", 0)


def test_letters_outside_ascii_must_be_entities(company: CompanyFile, quickbooks: Any) -> None:
    raw = quickbooks.message(quickbooks.invoice(header="<Memo>Café</Memo>"))
    with pytest.raises(HResultError) as caught:
        quickbooks.say(raw)
    assert caught.value.hresult == "0x80040400"
    Session(company, "qbferry", ascii_only=False).process(raw)
    quickbooks.say(raw.replace("é", "&#233;"))
    assert [invoice["Memo"] for invoice in company.transactions("Invoice")] == ["Café", "Café"]
    quickbooks.ask("<InvoiceQueryRq/>")
    assert "<Memo>Caf&#233;</Memo>" in quickbooks.last


class TestMemory:
    """The table of facts B3."""

    def test_without_ids_everything_is_executed_again(self, quickbooks: Any) -> None:
        for _ in range(2):
            quickbooks.send(quickbooks.invoice())
        assert len(quickbooks.company.transactions("Invoice")) == 2

    def test_the_same_message_again_is_answered_from_memory(self, quickbooks: Any) -> None:
        quickbooks.send(quickbooks.invoice(), newMessageSetID="A")
        first = quickbooks.last
        quickbooks.send(quickbooks.invoice(), newMessageSetID="A")
        assert quickbooks.last == first
        assert len(quickbooks.company.transactions("Invoice")) == 1

    def test_the_same_id_with_other_content_is_9001(self, quickbooks: Any) -> None:
        quickbooks.send(quickbooks.invoice(), newMessageSetID="A")
        answer = quickbooks.say(quickbooks.message(quickbooks.invoice("Cedar Clinic"), newMessageSetID="A"))
        assert (answer.get("messageSetStatusCode"), len(answer)) == ("9001", 0)
        assert len(quickbooks.company.transactions("Invoice")) == 1

    @pytest.mark.parametrize("requests", [[], ["again"]])
    def test_equal_ids_ask_for_the_stored_answer(self, quickbooks: Any, requests: list[str]) -> None:
        quickbooks.send(quickbooks.invoice(), newMessageSetID="A")
        first = quickbooks.last
        again = [quickbooks.invoice() for _ in requests]
        quickbooks.send(*again, newMessageSetID="A", oldMessageSetID="A")
        assert quickbooks.last == first
        assert len(quickbooks.company.transactions("Invoice")) == 1

    def test_a_status_check_of_the_unknown_is_9002(self, quickbooks: Any) -> None:
        answer = quickbooks.say(quickbooks.message(newMessageSetID="A", oldMessageSetID="A"))
        assert (answer.get("messageSetStatusCode"), len(answer)) == ("9002", 0)

    def test_an_old_id_alone_clears(self, quickbooks: Any) -> None:
        quickbooks.send(quickbooks.invoice(), newMessageSetID="A")
        cleared = quickbooks.say(quickbooks.message(oldMessageSetID="A"))
        assert cleared.get("messageSetStatusCode") == "0"
        answer = quickbooks.say(quickbooks.message(newMessageSetID="A", oldMessageSetID="A"))
        assert answer.get("messageSetStatusCode") == "9002"

    def test_clearing_the_unknown_is_600(self, quickbooks: Any) -> None:
        assert quickbooks.say(quickbooks.message(oldMessageSetID="A")).get("messageSetStatusCode") == "600"

    def test_the_normal_chain_acknowledges_and_executes(self, quickbooks: Any) -> None:
        quickbooks.send(quickbooks.invoice(), newMessageSetID="A")
        quickbooks.send(quickbooks.invoice(), newMessageSetID="B", oldMessageSetID="A")
        quickbooks.send(quickbooks.invoice(), newMessageSetID="B", oldMessageSetID="A")
        assert len(quickbooks.company.transactions("Invoice")) == 2

    def test_ids_have_at_most_24_characters(self, quickbooks: Any) -> None:
        answer = quickbooks.say(quickbooks.message(quickbooks.invoice(), newMessageSetID="x" * 25))
        assert answer.get("messageSetStatusCode") == "9004"
        assert quickbooks.company.transactions("Invoice") == []
        assert codes(quickbooks.send(quickbooks.invoice(), newMessageSetID="x" * 24)) == ["0"]

    def test_each_application_has_its_own_memory(self, quickbooks: Any, company: CompanyFile) -> None:
        quickbooks.send(quickbooks.invoice(), newMessageSetID="A")
        other = Session(company, "another").process(
            quickbooks.message(newMessageSetID="A", oldMessageSetID="A")
        )
        assert 'messageSetStatusCode="9002"' in other

    def test_it_outlives_the_session_and_the_program(self, quickbooks: Any, company: CompanyFile) -> None:
        quickbooks.send(quickbooks.invoice(), newMessageSetID="A")
        with CompanyFile.open(company.path) as again:
            text = Session(again, "qbferry").process(
                quickbooks.message(newMessageSetID="A", oldMessageSetID="A")
            )
        assert text == quickbooks.last

    def test_a_message_that_cannot_be_read_is_not_remembered(self, quickbooks: Any) -> None:
        with pytest.raises(HResultError):
            quickbooks.send("<Nonsense/>", newMessageSetID="A")
        answer = quickbooks.say(quickbooks.message(newMessageSetID="A", oldMessageSetID="A"))
        assert answer.get("messageSetStatusCode") == "9002"

    def test_a_restored_company_file_has_forgotten(self, quickbooks: Any, company: CompanyFile) -> None:
        backup = company.path.with_suffix(".bak")
        company.backup(backup)
        quickbooks.send(quickbooks.invoice(), newMessageSetID="A")
        company.restore(backup)
        answer = quickbooks.say(quickbooks.message(newMessageSetID="A", oldMessageSetID="A"))
        assert answer.get("messageSetStatusCode") == "9002"
        assert company.transactions("Invoice") == []


def test_host_company_and_preferences_are_what_the_seed_says(seeded: Callable[[str], Any]) -> None:
    quickbooks = seeded(
        '[host]\nProductName = "QuickBooks Enterprise Solutions 24.0"\nCountry = "CA"\n'
        '[company]\nCompanyName = "Birch"\n'
        "[preferences.AccountingPreferences]\nIsUsingClassTracking = true\n"
    )
    host, firm, preferences = quickbooks.send("<HostQueryRq/>", "<CompanyQueryRq/>", "<PreferencesQueryRq/>")
    assert host.findtext("HostRet/Country") == "CA"
    assert host.findtext("HostRet/MajorVersion") == "24"
    assert firm.findtext("CompanyRet/CompanyName") == "Birch"
    assert preferences.findtext("PreferencesRet/AccountingPreferences/IsUsingClassTracking") == "true"
