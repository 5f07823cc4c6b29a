"""QuickBooks' lists: queries, iterators and what may be added."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


def names(answer: Any) -> list[str]:
    return [entry.findtext("FullName") or entry.findtext("Name") for entry in answer]


class TestQueries:
    @pytest.mark.parametrize(
        ("request_name", "some"),
        [
            ("Customer", "Acme Corp:Network Refresh"),
            ("Vendor", "Ingram Micro"),
            ("Employee", "Ann Smith"),
            ("OtherName", "Front Desk"),
            ("Entity", "Front Desk"),
            ("Item", "Labor:Remote"),
            ("ItemService", "Labor:Remote"),
            ("ItemInventory", "Switch 24p"),
            ("ItemDiscount", "Discount 10%"),
            ("Account", "Travel:Billable"),
            ("Class", "Projects:Office 365"),
            ("Terms", "Net 30"),
            ("StandardTerms", "Net 15"),
            ("ShipMethod", "UPS"),
            ("SalesTaxCode", "Non"),
            ("ItemSalesTax", "State Sales Tax"),
            ("PayrollItemWage", "Overtime"),
            ("PaymentMethod", "Visa"),
            ("Template", "Sample Service Invoice"),
        ],
    )
    def test_every_list_of_the_sample_company_answers(
        self, quickbooks: Any, request_name: str, some: str
    ) -> None:
        assert some in names(quickbooks.ask(f"<{request_name}QueryRq/>"))

    @pytest.mark.parametrize(
        ("status", "found"), [("", False), ("ActiveOnly", False), ("InactiveOnly", True), ("All", True)]
    )
    def test_inactive_entries_show_only_when_asked_for(
        self, quickbooks: Any, status: str, found: bool
    ) -> None:
        wanted = f"<ActiveStatus>{status}</ActiveStatus>" if status else ""
        assert (
            "Dormant Inc" in names(quickbooks.ask(f"<CustomerQueryRq>{wanted}</CustomerQueryRq>"))
        ) is found

    def test_by_name_inactive_entries_show_as_well(self, quickbooks: Any) -> None:
        answer = quickbooks.ask("<CustomerQueryRq><FullName>dormant inc</FullName></CustomerQueryRq>")
        assert names(answer) == ["Dormant Inc"]

    def test_a_missing_name_is_a_warning_beside_those_found(self, quickbooks: Any) -> None:
        answer = quickbooks.ask(
            "<CustomerQueryRq><FullName>bleech</FullName><FullName>Acme Corp</FullName></CustomerQueryRq>"
        )
        assert (answer.get("statusCode"), names(answer)) == ("500", ["Acme Corp"])

    def test_by_list_id(self, quickbooks: Any) -> None:
        (first, *_) = quickbooks.company.entries("Vendor")
        answer = quickbooks.ask(f"<VendorQueryRq><ListID>{first['ListID']}</ListID></VendorQueryRq>")
        assert names(answer) == [first["Name"]]

    @pytest.mark.parametrize(
        ("filters", "found"),
        [
            (
                "<NameFilter><MatchCriterion>StartsWith</MatchCriterion><Name>b</Name></NameFilter>",
                ["Birch & Sons"],
            ),
            (
                "<NameRangeFilter><FromName>C</FromName><ToName>E</ToName></NameRangeFilter>",
                ["Cedar Clinic", "Elm Retail"],
            ),
            ("<FromModifiedDate>2037-01-01</FromModifiedDate>", []),
            (
                "<TotalBalanceFilter><Operator>GreaterThan</Operator><Amount>0.00</Amount></TotalBalanceFilter>",
                ["Birch & Sons"],
            ),
        ],
    )
    def test_filters(self, quickbooks: Any, filters: str, found: list[str]) -> None:
        quickbooks.ask(quickbooks.invoice("Birch &amp; Sons"))
        answer = quickbooks.ask(f"<CustomerQueryRq>{filters}</CustomerQueryRq>")
        assert names(answer) == found
        assert answer.get("statusCode") == ("0" if found else "1")

    def test_accounts_by_type(self, quickbooks: Any) -> None:
        answer = quickbooks.ask("<AccountQueryRq><AccountType>Bank</AccountType></AccountQueryRq>")
        assert names(answer) == ["Checking"]

    def test_meta_data_counts(self, quickbooks: Any) -> None:
        answer = quickbooks.ask('<ClassQueryRq metaData="MetaDataOnly"/>')
        assert (answer.get("retCount"), len(answer)) == ("4", 0)

    def test_a_customer_carries_its_balance(self, quickbooks: Any) -> None:
        quickbooks.ask(quickbooks.invoice("Birch &amp; Sons"))
        answer = quickbooks.ask("<CustomerQueryRq><FullName>Birch &amp; Sons</FullName></CustomerQueryRq>")
        assert answer.findtext("CustomerRet/Balance") == "300.00"


class TestIterators:
    @staticmethod
    def page(
        quickbooks: Any, mode: str, identity: str = "", rest: str = "<MaxReturned>2</MaxReturned>"
    ) -> Any:
        also = f' iteratorID="{identity}"' if identity else ""
        return quickbooks.ask(
            f'<CustomerQueryRq requestID="1" iterator="{mode}"{also}>{rest}</CustomerQueryRq>'
        )

    def test_pages_follow_one_another_to_the_end(self, quickbooks: Any) -> None:
        first = self.page(quickbooks, "Start")
        identity = first.get("iteratorID")
        seen, left = names(first), [first.get("iteratorRemainingCount")]
        while left[-1] != "0":
            page = self.page(quickbooks, "Continue", identity)
            seen += names(page)
            left.append(page.get("iteratorRemainingCount"))
        assert left == ["3", "1", "0"]
        assert seen == names(quickbooks.ask("<CustomerQueryRq/>"))

    @pytest.mark.parametrize(
        ("rest", "code"),
        [
            ("<MaxReturned>2</MaxReturned><ActiveStatus>All</ActiveStatus>", "3120"),
            ("", "3150"),
        ],
    )
    def test_a_continue_has_a_limit_and_no_filters(self, quickbooks: Any, rest: str, code: str) -> None:
        identity = self.page(quickbooks, "Start").get("iteratorID")
        assert self.page(quickbooks, "Continue", identity, rest).get("statusCode") == code

    def test_an_iterator_ends_with_stop_and_with_the_session(self, quickbooks: Any) -> None:
        identity = self.page(quickbooks, "Start").get("iteratorID")
        assert self.page(quickbooks, "Stop", identity).get("statusCode") == "0"
        assert self.page(quickbooks, "Continue", identity).get("statusCode") == "3120"
        identity = self.page(quickbooks, "Start").get("iteratorID")
        other = type(quickbooks)(quickbooks.company, type(quickbooks.session)(quickbooks.company, "qbferry"))
        assert self.page(other, "Continue", identity).get("statusCode") == "3120"


class TestAdds:
    def test_a_customer(self, quickbooks: Any) -> None:
        answer = quickbooks.ask(
            '<CustomerAddRq requestID="1"><CustomerAdd><Name>Fir Ltd</Name><CompanyName>Fir Ltd</CompanyName>'
            "<BillAddress><Addr1>9 Elm</Addr1><City>Troy</City></BillAddress><Email>a@fir.example</Email>"
            "<TermsRef><FullName>net 15</FullName></TermsRef></CustomerAdd></CustomerAddRq>"
        )
        customer = answer.find("CustomerRet")
        assert customer.findtext("FullName") == "Fir Ltd"
        assert customer.findtext("TermsRef/FullName") == "Net 15"
        assert customer.findtext("BillAddressBlock/Addr2") == "Troy"
        assert quickbooks.ask(quickbooks.invoice("fir ltd")).get("statusCode") == "0"

    def test_a_job_of_a_customer(self, quickbooks: Any) -> None:
        job = "<Name>Move</Name><ParentRef><FullName>acme corp</FullName></ParentRef>"
        answer = quickbooks.ask(f"<CustomerAddRq><CustomerAdd>{job}</CustomerAdd></CustomerAddRq>")
        assert (answer[0].findtext("FullName"), answer[0].findtext("Sublevel")) == ("Acme Corp:Move", "1")

    @pytest.mark.parametrize(
        ("request_name", "body", "code", "message"),
        [
            (
                "CustomerAdd",
                "<Name>acme CORP</Name>",
                "3100",
                'The name "acme CORP" of the list element is already in use.',
            ),
            (
                "CustomerAdd",
                "<Name>Ingram Micro</Name>",
                "3100",
                'The name "Ingram Micro" of the list element is',
            ),
            ("VendorAdd", "<Name>Acme Corp</Name>", "3100", 'The name "Acme Corp" of the list element is'),
            (
                "CustomerAdd",
                "<Name>A:B</Name>",
                "3090",
                'There was an error when storing "A:B" in the "customer name" field.',
            ),
            (
                *("CustomerAdd", "<Name>A</Name><ParentRef><FullName>X</FullName></ParentRef>", "3130"),
                'There is an invalid reference to a parent "X" in the Customers list.  QuickBooks error',
            ),
            ("CustomerAdd", f"<Name>{'x' * 42}</Name>", "3070", 'The string "xxxx'),
            ("CustomerAdd", "<Name/>", "3150", 'There is a missing element: "Name"'),
            (
                "VendorAdd",
                "<Name>V</Name><TermsRef><FullName>T</FullName></TermsRef>",
                "3140",
                "There is an invalid",
            ),
        ],
    )
    def test_refusals(self, quickbooks: Any, request_name: str, body: str, code: str, message: str) -> None:
        answer = quickbooks.ask(
            f"<{request_name}Rq><{request_name}>{body}</{request_name}></{request_name}Rq>"
        )
        assert answer.get("statusCode") == code
        assert answer.get("statusMessage").startswith(message)

    def test_vendors_employees_items_and_classes(self, quickbooks: Any) -> None:
        answers = quickbooks.send(
            "<VendorAddRq><VendorAdd><Name>v-Doe, Jo</Name></VendorAdd></VendorAddRq>",
            "<EmployeeAddRq><EmployeeAdd><FirstName>Jo</FirstName><LastName>Doe</LastName></EmployeeAdd></EmployeeAddRq>",
            "<ItemServiceAddRq><ItemServiceAdd><Name>Advice</Name><SalesOrPurchase><Price>90.00</Price>"
            "<AccountRef><FullName>Services</FullName></AccountRef></SalesOrPurchase></ItemServiceAdd></ItemServiceAddRq>",
            "<ClassAddRq><ClassAdd><Name>New</Name></ClassAdd></ClassAddRq>",
        )
        assert [answer.get("statusCode") for answer in answers] == ["0"] * 4
        assert [answer[0].findtext("Name") for answer in answers] == ["v-Doe, Jo", "Jo Doe", "Advice", "New"]
        assert answers[2][0].findtext("SalesOrPurchase/AccountRef/FullName") == "Services"

    def test_a_name_added_first_serves_the_next_request_of_the_message(self, quickbooks: Any) -> None:
        new = "<CustomerAddRq><CustomerAdd><Name>Oak</Name></CustomerAdd></CustomerAddRq>"
        answers = quickbooks.send(new, quickbooks.invoice("Oak"), on_error="stopOnError")
        assert [answer.get("statusCode") for answer in answers] == ["0", "0"]


def test_lists_can_be_seeded_where_no_request_adds_them(seeded: Callable[[str], Any]) -> None:
    quickbooks = seeded('[lists]\nDateDrivenTerms = [{ Name = "10th", DayOfMonthDue = 10 }]\n')
    assert names(quickbooks.ask("<DateDrivenTermsQueryRq/>")) == ["10th"]
    assert names(quickbooks.ask("<TermsQueryRq/>")) == ["10th"]
