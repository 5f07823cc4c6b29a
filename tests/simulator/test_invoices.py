"""Invoices: what QuickBooks fills in, computes, numbers and refuses (facts E)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

TAXED = """
[preferences.SalesTaxPreferences]
DefaultItemSalesTaxRef = "State Sales Tax"
PaySalesTax = "Monthly"
DefaultTaxableSalesTaxCodeRef = "Tax"
DefaultNonTaxableSalesTaxCodeRef = "Non"
[lists]
Account = [{ Name = "AR", AccountType = "AccountsReceivable" }, { Name = "Sales", AccountType = "Income" }]
SalesTaxCode = [{ Name = "Tax", IsTaxable = true }, { Name = "Non", IsTaxable = false }]
ItemSalesTax = [{ Name = "State Sales Tax", TaxRate = "8.25" }]
Customer = ["Acme Corp", { Name = "Charity", SalesTaxCodeRef = "Non" }]
ItemService = [{ Name = "Labor", SalesOrPurchase = { Price = "100.00", AccountRef = "Sales" } },
  { Name = "Labor:Remote", SalesOrPurchase = { Price = "100.00", AccountRef = "Sales" } }]
"""


def line(item: str, rest: str = "") -> str:
    return f"<InvoiceLineAdd><ItemRef><FullName>{item}</FullName></ItemRef>{rest}</InvoiceLineAdd>"


def ret(answer: Any) -> Any:
    assert answer.get("statusCode") in {"0", "530"}, answer.get("statusMessage")
    return answer[0]


def test_an_invoice_is_filled_in_from_the_customer(quickbooks: Any) -> None:
    invoice = ret(quickbooks.ask(quickbooks.invoice("ACME corp", "<TxnDate>2026-10-31</TxnDate>")))
    assert invoice.findtext("CustomerRef/FullName") == "Acme Corp"
    assert invoice.findtext("ARAccountRef/FullName") == "Accounts Receivable"
    assert invoice.findtext("TemplateRef/FullName") == "Sample Service Invoice"
    assert (invoice.findtext("TermsRef/FullName"), invoice.findtext("DueDate")) == ("Net 30", "2026-11-30")
    assert invoice.findtext("BillAddressBlock/Addr2") == "Troy, NY 12180"
    assert (invoice.findtext("IsToBePrinted"), invoice.findtext("IsToBeEmailed")) == ("true", "false")
    assert invoice.findtext("InvoiceLineRet/SalesTaxCodeRef/FullName") == "Non"


def test_ids_look_like_real_ones(quickbooks: Any) -> None:
    invoice = ret(quickbooks.ask(quickbooks.invoice()))
    number, _, second = invoice.findtext("TxnID").partition("-")
    line_number, _, line_second = invoice.findtext("InvoiceLineRet/TxnLineID").partition("-")
    assert int(line_number, 16) == int(number, 16) + 2
    assert second == line_second == invoice.findtext("EditSequence")
    assert invoice.findtext("CustomerRef/ListID").startswith("800000")


@pytest.mark.parametrize(
    ("given", "quantity", "rate", "amount"),
    [
        ("<Quantity>3</Quantity><Amount>100.00</Amount>", "3", "33.33333", "100.00"),
        ("<Quantity>2.50</Quantity><Rate>120</Rate>", "2.5", "120.00", "300.00"),
        ("<Quantity>3</Quantity><Rate>0.335</Rate>", "3", "0.335", "1.01"),
        ("<Amount>-5.00</Amount>", None, None, "-5.00"),
        ("<Rate>80.00</Rate>", None, "80.00", "80.00"),
        ("<Quantity>2</Quantity>", "2", "120.00", "240.00"),
        ("", None, "120.00", "120.00"),
        ("<Quantity>0</Quantity><Amount>7.00</Amount>", "0", None, "7.00"),
    ],
)
def test_amount_rate_and_quantity_complete_each_other(
    quickbooks: Any, given: str, quantity: str | None, rate: str | None, amount: str
) -> None:
    lines = line("Labor:Remote", given) + line("Labor", "<Amount>50.00</Amount>")
    first = ret(quickbooks.ask(quickbooks.invoice(lines=lines))).find("InvoiceLineRet")
    assert (first.findtext("Quantity"), first.findtext("Rate"), first.findtext("Amount")) == (
        quantity,
        rate,
        amount,
    )


def test_a_rate_beside_an_amount_is_ignored_with_a_warning(quickbooks: Any) -> None:
    answer = quickbooks.ask(
        quickbooks.invoice(line="<Quantity>2</Quantity><Rate>99.00</Rate><Amount>100.00</Amount>")
    )
    assert (answer.get("statusCode"), answer.get("statusSeverity")) == ("530", "Warn")
    assert answer.findtext("InvoiceRet/InvoiceLineRet/Rate") == "50.00"


def test_totals(quickbooks: Any) -> None:
    lines = line("Labor", "<Amount>100.00</Amount>") + line(
        "Material", "<Quantity>2</Quantity><Rate>25.00</Rate>"
    )
    lines += line("Subtotal") + line("Discount 10%")
    invoice = ret(quickbooks.ask(quickbooks.invoice(lines=lines)))
    assert [each.findtext("Amount") for each in invoice.findall("InvoiceLineRet")] == [
        *("100.00", "50.00", "150.00", "-15.00")
    ]
    assert (invoice.findtext("Subtotal"), invoice.findtext("BalanceRemaining")) == ("135.00", "135.00")
    assert (invoice.findtext("SalesTaxTotal"), invoice.findtext("IsPaid")) == ("0.00", "false")


def test_sales_tax_where_the_company_charges_it(seeded: Callable[[str], Any]) -> None:
    quickbooks = seeded(TAXED)
    non = "<SalesTaxCodeRef><FullName>Non</FullName></SalesTaxCodeRef>"
    lines = line("Labor", "<Amount>100.10</Amount>") + line("Labor", f"<Amount>50.00</Amount>{non}")
    taxed = ret(quickbooks.ask(quickbooks.invoice(lines=lines)))
    assert taxed.findtext("ItemSalesTaxRef/FullName") == "State Sales Tax"
    assert (taxed.findtext("SalesTaxPercentage"), taxed.findtext("SalesTaxTotal")) == ("8.25", "8.26")
    assert taxed.findtext("BalanceRemaining") == "158.36"
    free = ret(quickbooks.ask(quickbooks.invoice("Charity", lines=lines)))
    assert free.findtext("SalesTaxTotal") == "0.00"


class TestNumbers:
    def test_quickbooks_numbers_what_has_no_number(self, quickbooks: Any) -> None:
        numbers = [ret(quickbooks.ask(quickbooks.invoice())).findtext("RefNumber") for _ in range(2)]
        assert numbers == ["1", "2"]

    def test_an_empty_number_stays_empty(self, quickbooks: Any) -> None:
        assert ret(quickbooks.ask(quickbooks.invoice(header="<RefNumber/>"))).find("RefNumber") is None

    def test_ones_own_number_is_kept_and_may_repeat(self, quickbooks: Any) -> None:
        for _ in range(2):
            own = ret(quickbooks.ask(quickbooks.invoice(header="<RefNumber>INV-1001</RefNumber>")))
            assert own.findtext("RefNumber") == "INV-1001"

    def test_counting_goes_on_from_a_number_that_was_sent(self, quickbooks: Any) -> None:
        quickbooks.ask(quickbooks.invoice(header="<RefNumber>500</RefNumber>"))
        assert ret(quickbooks.ask(quickbooks.invoice())).findtext("RefNumber") == "501"


def test_the_external_guid_is_kept(quickbooks: Any) -> None:
    guid = "{11111111-2222-3333-4444-555555555555}"
    invoice = ret(quickbooks.ask(quickbooks.invoice(header=f"<ExternalGUID>{guid}</ExternalGUID>")))
    assert invoice.findtext("ExternalGUID") == guid
    assert quickbooks.company.transactions("Invoice")[0]["ExternalGUID"] == guid


def test_the_class_of_the_header_goes_to_the_lines(quickbooks: Any) -> None:
    own = "<Amount>5.00</Amount>"
    header = "<ClassRef><FullName>projects</FullName></ClassRef>"
    lines = line("Labor", own) + line("Labor", f"<ClassRef><FullName>Hardware</FullName></ClassRef>{own}")
    invoice = ret(quickbooks.ask(quickbooks.invoice(header=header, lines=lines)))
    assert [each.findtext("ClassRef/FullName") for each in invoice.findall("InvoiceLineRet")] == [
        "Projects",
        "Hardware",
    ]


NO_RECORD = "QuickBooks error message: Invalid argument.  The specified record does not exist in the list."


class TestRefusals:
    @pytest.mark.parametrize(
        ("customer", "header", "lines", "message"),
        [
            ("Nobody", "", None, f'reference to QuickBooks Customer "Nobody" in the Invoice.  {NO_RECORD}'),
            (
                "Acme Corp",
                "",
                line("Luck"),
                f'reference to QuickBooks Item "Luck" in the Invoice line.  {NO_RECORD}',
            ),
            (
                *("Acme Corp", "<TermsRef><FullName>Never</FullName></TermsRef>", None),
                f'reference to QuickBooks Terms "Never" in the Invoice.  {NO_RECORD}',
            ),
            (
                "Ingram Micro",
                "",
                None,
                f'reference to QuickBooks Customer "Ingram Micro" in the Invoice.  {NO_RECORD}',
            ),
        ],
    )
    def test_unknown_names(
        self, quickbooks: Any, customer: str, header: str, lines: str | None, message: str
    ) -> None:
        answer = quickbooks.ask(quickbooks.invoice(customer, header, lines=lines))
        assert answer.get("statusCode") == "3140"
        assert answer.get("statusMessage") == f"There is an invalid {message}"
        assert quickbooks.company.transactions("Invoice") == []

    def test_a_customer_named_by_list_id(self, quickbooks: Any) -> None:
        (acme,) = [entry for entry in quickbooks.company.entries("Customer") if entry["Name"] == "Acme Corp"]
        by_id = f"<CustomerRef><ListID>{acme['ListID']}</ListID><FullName>Nobody</FullName></CustomerRef>"
        by_name = "<CustomerRef><FullName>Acme Corp</FullName></CustomerRef>"
        assert ret(quickbooks.ask(quickbooks.invoice().replace(by_name, by_id))) is not None
        for wrong, code in (("80FFFFFF-1", "3140"), ("Acme", "3000")):
            request = quickbooks.invoice().replace(
                by_name, f"<CustomerRef><ListID>{wrong}</ListID></CustomerRef>"
            )
            assert quickbooks.ask(request).get("statusCode") == code

    def test_e_mail_to_a_customer_without_an_address(self, quickbooks: Any) -> None:
        mailed = "<IsToBeEmailed>true</IsToBeEmailed>"
        assert quickbooks.ask(quickbooks.invoice("Cedar Clinic", mailed)).get("statusCode") == "3210"
        assert (
            ret(quickbooks.ask(quickbooks.invoice("Acme Corp", mailed))).findtext("IsToBeEmailed") == "true"
        )

    def test_a_date_on_or_before_the_closing_date(self, quickbooks: Any) -> None:
        answer = quickbooks.ask(quickbooks.invoice(header="<TxnDate>2020-12-31</TxnDate>"))
        assert answer.get("statusCode") == "3171"
        assert answer.get("statusMessage").startswith(
            "An attempt was made to modify a Invoice with a date that is on"
        )
        assert ret(quickbooks.ask(quickbooks.invoice(header="<TxnDate>2021-01-01</TxnDate>"))) is not None

    def test_a_credit_limit(self, quickbooks: Any) -> None:
        amount = "<Amount>3000.00</Amount>"
        first, second = quickbooks.send(
            quickbooks.invoice("Elm Retail", line=amount), quickbooks.invoice("Elm Retail", line=amount)
        )
        assert (first.get("statusCode"), second.get("statusCode")) == ("0", "3180")
        assert second.get("statusMessage") == (
            "There was an error when saving a Invoice.  QuickBooks error message: "
            "The credit limit for the name on this transaction has been exceeded."
        )

    @pytest.mark.parametrize(
        ("header", "lines", "code"),
        [
            ("", "", "3180"),
            ("", line("Labor", "<Amount>-1.00</Amount>"), "3180"),
            ("", line("Discount 10%", "<Quantity>1</Quantity>"), "3210"),
            ("", "<InvoiceLineAdd><Desc>x</Desc><Amount>1.00</Amount></InvoiceLineAdd>", "3150"),
            ("<ExchangeRate>1.1</ExchangeRate>", None, "3250"),
            ("<LinkToTxnID>1-1</LinkToTxnID>", None, "3120"),
            (
                (
                    "<BillAddress><Addr1>1</Addr1><Addr2>2</Addr2><Addr3>3</Addr3><Addr4>4</Addr4><City>5</City>"
                    "<Country>6</Country></BillAddress>"
                ),
                *(None, "3210"),
            ),
        ],
    )
    def test_what_makes_no_invoice(self, quickbooks: Any, header: str, lines: str | None, code: str) -> None:
        assert quickbooks.ask(quickbooks.invoice(header=header, lines=lines)).get("statusCode") == code

    def test_a_refused_invoice_takes_no_number(self, quickbooks: Any) -> None:
        quickbooks.ask(quickbooks.invoice(lines=line("Labor", "<Amount>-1.00</Amount>")))
        assert ret(quickbooks.ask(quickbooks.invoice())).findtext("RefNumber") == "1"


class TestInactive:
    """assumption: facts E - what QuickBooks answers was not found; both can be set."""

    def test_customers_are_accepted_and_items_refused(self, quickbooks: Any) -> None:
        assert quickbooks.ask(quickbooks.invoice("Dormant Inc")).get("statusCode") == "0"
        answer = quickbooks.ask(quickbooks.invoice(lines=line("Old Service", "<Amount>1.00</Amount>")))
        assert (answer.get("statusCode"), '"Old Service"' in answer.get("statusMessage")) == ("3140", True)

    def test_the_other_way_round(self, seeded: Callable[[str], Any]) -> None:
        quickbooks = seeded(
            '[settings]\ninactive_customers = "refuse"\ninactive_items = "accept"\n'
            '[lists]\nCustomer = ["Acme Corp", { Name = "Old", IsActive = false }]\n'
            'ItemService = [{ Name = "Gone", IsActive = false, SalesOrPurchase = { Price = "1.00" } }]\n'
        )
        assert quickbooks.ask(quickbooks.invoice("Acme Corp", lines=line("Gone"))).get("statusCode") == "0"
        assert quickbooks.ask(quickbooks.invoice("Old", lines=line("Gone"))).get("statusCode") == "3140"


class TestChanging:
    @pytest.fixture
    def invoice(self, quickbooks: Any) -> Any:
        lines = line("Labor", "<Quantity>2</Quantity><Rate>10.00</Rate>") + line(
            "Labor", "<Amount>5.00</Amount>"
        )
        return ret(quickbooks.ask(quickbooks.invoice(header="<Memo>old</Memo>", lines=lines)))

    @staticmethod
    def mod(invoice: Any, rest: str, sequence: str | None = None) -> str:
        return (
            f"<InvoiceModRq><InvoiceMod><TxnID>{invoice.findtext('TxnID')}</TxnID>"
            f"<EditSequence>{sequence or invoice.findtext('EditSequence')}</EditSequence>{rest}"
            "</InvoiceMod></InvoiceModRq>"
        )

    def test_what_is_left_out_stays(self, quickbooks: Any, invoice: Any) -> None:
        changed = ret(quickbooks.ask(self.mod(invoice, "<PONumber>77</PONumber>")))
        assert (changed.findtext("PONumber"), changed.findtext("Memo")) == ("77", "old")
        assert (changed.findtext("TxnID"), len(changed.findall("InvoiceLineRet"))) == (
            invoice.findtext("TxnID"),
            2,
        )
        assert int(changed.findtext("EditSequence")) > int(invoice.findtext("EditSequence"))

    def test_an_empty_element_clears_where_it_can(self, quickbooks: Any, invoice: Any) -> None:
        assert ret(quickbooks.ask(self.mod(invoice, "<Memo/>"))).find("Memo") is None

    def test_and_is_refused_where_it_cannot(self, quickbooks: Any, invoice: Any) -> None:
        answer = quickbooks.ask(self.mod(invoice, "<TxnDate/>"))
        assert answer.get("statusCode") == "3190"
        assert answer.get("statusMessage") == "Cannot clear the element in the TxnDate field. "

    def test_lines_that_are_not_mentioned_go(self, quickbooks: Any, invoice: Any) -> None:
        kept = invoice.findall("InvoiceLineRet")[1].findtext("TxnLineID")
        new = (
            "<InvoiceLineMod><TxnLineID>-1</TxnLineID><ItemRef><FullName>Labor</FullName></ItemRef>"
            "<Amount>7.00</Amount></InvoiceLineMod>"
        )
        lines = f"<InvoiceLineMod><TxnLineID>{kept}</TxnLineID></InvoiceLineMod>{new}"
        changed = ret(quickbooks.ask(self.mod(invoice, lines)))
        assert [each.findtext("Amount") for each in changed.findall("InvoiceLineRet")] == ["5.00", "7.00"]
        assert changed.find("InvoiceLineRet").findtext("TxnLineID") == kept
        assert changed.findtext("Subtotal") == "12.00"

    def test_a_changed_quantity_changes_the_amount(self, quickbooks: Any, invoice: Any) -> None:
        first = invoice.find("InvoiceLineRet").findtext("TxnLineID")
        more = f"<InvoiceLineMod><TxnLineID>{first}</TxnLineID><Quantity>3</Quantity></InvoiceLineMod>"
        changed = ret(quickbooks.ask(self.mod(invoice, more)))
        assert changed.findtext("Subtotal") == "30.00"

    def test_an_out_of_date_edit_sequence(self, quickbooks: Any, invoice: Any) -> None:
        answer = quickbooks.ask(self.mod(invoice, "<Memo>x</Memo>", sequence="1"))
        assert answer.get("statusCode") == "3200"
        assert answer.get("statusMessage") == 'The provided edit sequence "1" is out-of-date. '

    def test_an_unknown_line(self, quickbooks: Any, invoice: Any) -> None:
        unknown = "<InvoiceLineMod><TxnLineID>FF-1</TxnLineID></InvoiceLineMod>"
        assert quickbooks.ask(self.mod(invoice, unknown)).get("statusCode") == "3120"

    def test_deleting(self, quickbooks: Any, invoice: Any) -> None:
        txn_id = invoice.findtext("TxnID")
        request = f"<TxnDelRq><TxnDelType>Invoice</TxnDelType><TxnID>{txn_id}</TxnID></TxnDelRq>"
        deleted, again, query = quickbooks.send(
            request, request, f"<InvoiceQueryRq><TxnID>{txn_id}</TxnID></InvoiceQueryRq>"
        )
        assert (deleted.findtext("TxnID"), deleted.findtext("RefNumber")) == (txn_id, "1")
        assert deleted.find("TimeDeleted") is not None
        assert (again.get("statusCode"), query.get("statusCode")) == ("3120", "500")
        assert [each["deleted"] for each in quickbooks.company.transactions("Invoice")] == [True]

    def test_voiding(self, quickbooks: Any, invoice: Any) -> None:
        txn_id = invoice.findtext("TxnID")
        quickbooks.ask(f"<TxnVoidRq><TxnVoidType>Invoice</TxnVoidType><TxnID>{txn_id}</TxnID></TxnVoidRq>")
        (kept,) = quickbooks.company.transactions("Invoice")
        assert (kept["voided"], kept["Subtotal"], kept["Memo"]) == (True, "0.00", "VOID: old")

    @pytest.mark.parametrize(("txn_id", "code"), [("FF-1", "3120"), ("nothing", "3000")])
    def test_what_is_not_there_cannot_be_deleted(self, quickbooks: Any, txn_id: str, code: str) -> None:
        request = f"<TxnDelRq><TxnDelType>Invoice</TxnDelType><TxnID>{txn_id}</TxnID></TxnDelRq>"
        assert quickbooks.ask(request).get("statusCode") == code


class TestQueries:
    @pytest.fixture(autouse=True)
    def three(self, quickbooks: Any) -> None:
        for day, customer in ((1, "Acme Corp"), (2, "Acme Corp:Network Refresh"), (3, "Cedar Clinic")):
            header = f"<TxnDate>2026-10-0{day}</TxnDate><RefNumber>A-{day}</RefNumber>"
            ret(quickbooks.ask(quickbooks.invoice(customer, header)))

    @pytest.mark.parametrize(
        ("filters", "found"),
        [
            ("", ["A-1", "A-2", "A-3"]),
            ("<RefNumber>a-2</RefNumber>", ["A-2"]),
            ("<RefNumberCaseSensitive>A-2</RefNumberCaseSensitive>", ["A-2"]),
            ("<MaxReturned>2</MaxReturned>", ["A-1", "A-2"]),
            (
                (
                    "<TxnDateRangeFilter><FromTxnDate>2026-10-02</FromTxnDate><ToTxnDate>2026-10-02</ToTxnDate>"
                    "</TxnDateRangeFilter>"
                ),
                ["A-2"],
            ),
            ("<EntityFilter><FullName>acme corp</FullName></EntityFilter>", ["A-1"]),
            (
                "<EntityFilter><FullNameWithChildren>Acme Corp</FullNameWithChildren></EntityFilter>",
                ["A-1", "A-2"],
            ),
            (
                "<RefNumberFilter><MatchCriterion>EndsWith</MatchCriterion><RefNumber>3</RefNumber></RefNumberFilter>",
                ["A-3"],
            ),
            (
                "<RefNumberRangeFilter><FromRefNumber>A-2</FromRefNumber></RefNumberRangeFilter>",
                ["A-2", "A-3"],
            ),
            ("<PaidStatus>NotPaidOnly</PaidStatus>", ["A-1", "A-2", "A-3"]),
            (
                "<ModifiedDateRangeFilter><FromModifiedDate>2020-01-01</FromModifiedDate></ModifiedDateRangeFilter>",
                ["A-1", "A-2", "A-3"],
            ),
        ],
    )
    def test_filters(self, quickbooks: Any, filters: str, found: list[str]) -> None:
        answer = quickbooks.ask(f"<InvoiceQueryRq>{filters}</InvoiceQueryRq>")
        assert answer.get("statusCode") == "0"
        assert [each.findtext("RefNumber") for each in answer] == found

    @pytest.mark.parametrize(
        ("filters", "code"),
        [
            ("<RefNumberCaseSensitive>a-2</RefNumberCaseSensitive>", "500"),
            ("<TxnID>FF-1</TxnID>", "500"),
            ("<PaidStatus>PaidOnly</PaidStatus>", "1"),
            (
                "<ModifiedDateRangeFilter><ToModifiedDate>2020-01-01</ToModifiedDate></ModifiedDateRangeFilter>",
                "1",
            ),
        ],
    )
    def test_what_is_not_found(self, quickbooks: Any, filters: str, code: str) -> None:
        answer = quickbooks.ask(f"<InvoiceQueryRq>{filters}</InvoiceQueryRq>")
        assert (answer.get("statusCode"), len(answer)) == (code, 0)

    def test_found_ones_come_with_the_warning_about_the_others(self, quickbooks: Any) -> None:
        answer = quickbooks.ask(
            "<InvoiceQueryRq><RefNumber>A-1</RefNumber><RefNumber>bleech</RefNumber></InvoiceQueryRq>"
        )
        assert (answer.get("statusCode"), answer.get("statusSeverity"), len(answer)) == ("500", "Warn", 1)
        assert answer.get("statusMessage") == (
            "The query request has not been fully completed. "
            'There was a required element ("bleech") that could not be found in QuickBooks.'
        )

    def test_lines_come_when_asked_for(self, quickbooks: Any) -> None:
        without, with_lines = quickbooks.send(
            "<InvoiceQueryRq/>", "<InvoiceQueryRq><IncludeLineItems>true</IncludeLineItems></InvoiceQueryRq>"
        )
        assert without[0].find("InvoiceLineRet") is None
        assert with_lines[0].find("InvoiceLineRet") is not None

    def test_only_the_elements_asked_for(self, quickbooks: Any) -> None:
        answer = quickbooks.ask(
            "<InvoiceQueryRq><RefNumber>A-1</RefNumber><IncludeRetElement>ExternalGUID</IncludeRetElement>"
            "<IncludeRetElement>TxnID</IncludeRetElement><IncludeRetElement>Nonsense</IncludeRetElement></InvoiceQueryRq>"
        )
        assert [child.tag for child in answer[0]] == ["TxnID"]


def test_what_was_deleted_is_told_by_kind_and_forgotten_with_a_restored_backup(
    quickbooks: Any, tmp_path: Any
) -> None:
    def deleted(kind: str) -> list[str]:
        asked = f"<TxnDeletedQueryRq><TxnDelType>{kind}</TxnDelType></TxnDeletedQueryRq>"
        return [each.findtext("TxnID") for each in quickbooks.ask(asked)]

    txn_id = ret(quickbooks.ask(quickbooks.invoice("Acme Corp"))).findtext("TxnID")
    quickbooks.company.backup(tmp_path / "backup")
    quickbooks.ask(f"<TxnDelRq><TxnDelType>Invoice</TxnDelType><TxnID>{txn_id}</TxnID></TxnDelRq>")
    assert (deleted("Invoice"), deleted("Bill")) == ([txn_id], [])
    quickbooks.company.restore(tmp_path / "backup")
    assert deleted("Invoice") == []
