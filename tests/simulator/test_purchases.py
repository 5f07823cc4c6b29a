"""Purchase orders and what comes in on them, bills, checks and card charges (facts E)."""

from __future__ import annotations

from typing import Any

import pytest


def order_line(item: str, rest: str = "") -> str:
    return (
        f"<PurchaseOrderLineAdd><ItemRef><FullName>{item}</FullName></ItemRef>{rest}</PurchaseOrderLineAdd>"
    )


def order(lines: str, vendor: str = "Ingram Micro", header: str = "") -> str:
    return (
        f"<PurchaseOrderAddRq><PurchaseOrderAdd><VendorRef><FullName>{vendor}</FullName></VendorRef>"
        f"{header}{lines}</PurchaseOrderAdd></PurchaseOrderAddRq>"
    )


def receipt(rest: str, vendor: str = "Ingram Micro", name: str = "ItemReceipt") -> str:
    return (
        f"<{name}AddRq><{name}Add><VendorRef><FullName>{vendor}</FullName></VendorRef>"
        f"<TxnDate>2026-10-31</TxnDate>{rest}</{name}Add></{name}AddRq>"
    )


def linked(txn_id: str, line_id: str, rest: str = "") -> str:
    link = f"<LinkToTxn><TxnID>{txn_id}</TxnID><TxnLineID>{line_id}</TxnLineID></LinkToTxn>"
    return f"<ItemLineAdd>{rest}{link}</ItemLineAdd>"


def line_ids(ret: Any) -> list[str]:
    return [line.findtext("TxnLineID") for line in ret.findall("PurchaseOrderLineRet")]


def ret(answer: Any) -> Any:
    assert answer.get("statusCode") == "0", answer.get("statusMessage")
    return answer[0]


TWO_OF_ONE = order_line("Switch 24p", "<Quantity>2</Quantity><Rate>310.00</Rate>") + order_line(
    "Switch 24p", "<Quantity>5</Quantity>"
)


@pytest.fixture
def po(quickbooks: Any) -> Any:
    """An order with the same product on two lines."""
    return ret(quickbooks.ask(order(TWO_OF_ONE)))


def state(quickbooks: Any) -> tuple[list[str], str]:
    (stored,) = quickbooks.company.transactions("PurchaseOrder")
    return [line["ReceivedQuantity"] for line in stored["lines"]], stored["IsFullyReceived"]


class TestOrders:
    def test_an_order_is_filled_in_and_numbered(self, po: Any) -> None:
        assert (po.findtext("RefNumber"), po.findtext("TotalAmount")) == ("1", "2170.00")
        assert (po.findtext("IsManuallyClosed"), po.findtext("IsFullyReceived")) == ("false", "false")
        line = po.find("PurchaseOrderLineRet")
        assert line.findtext("ManufacturerPartNumber") == "SW24"
        assert (line.findtext("ReceivedQuantity"), line.findtext("IsBilled")) == ("0", "false")
        assert po.findtext("TemplateRef/FullName") == "Sample Purchase Order"

    @pytest.mark.parametrize(
        ("request_text", "code"),
        [
            (order(order_line("Switch 24p"), vendor="Acme Corp"), "3140"),
            (order(order_line("Discount 10%")), "3140"),
            (order(order_line("State Sales Tax")), "3140"),
            (
                order("<PurchaseOrderLineAdd><Desc>x</Desc><Amount>1.00</Amount></PurchaseOrderLineAdd>"),
                "3150",
            ),
            (order(order_line("Firewall"), header="<FOB>fourteen chars</FOB>"), "3070"),
        ],
    )
    def test_refusals(self, quickbooks: Any, request_text: str, code: str) -> None:
        assert quickbooks.ask(request_text).get("statusCode") == code

    def test_orders_need_the_inventory_preference(self, seeded: Any) -> None:
        quickbooks = seeded('[lists]\nVendor = ["Ingram Micro"]\n')
        answer = quickbooks.ask(order("<PurchaseOrderLineAdd><Desc>x</Desc></PurchaseOrderLineAdd>"))
        assert answer.get("statusCode") == "3250"

    def test_an_order_can_be_deleted_until_something_came_in(self, quickbooks: Any, po: Any) -> None:
        which = f"<TxnDelType>PurchaseOrder</TxnDelType><TxnID>{po.findtext('TxnID')}</TxnID>"
        delete = f"<TxnDelRq>{which}</TxnDelRq>"
        came = quickbooks.ask(receipt(linked(po.findtext("TxnID"), line_ids(po)[0])))
        assert quickbooks.ask(delete).get("statusCode") == "3160"
        back = f"<TxnDelType>ItemReceipt</TxnDelType><TxnID>{ret(came).findtext('TxnID')}</TxnID>"
        assert quickbooks.ask(f"<TxnDelRq>{back}</TxnDelRq>").get("statusCode") == "0"
        assert state(quickbooks) == (["0", "0"], "false")
        assert quickbooks.ask(delete).get("statusCode") == "0"


class TestReceiving:
    def test_line_by_line_even_with_the_same_product_twice(self, quickbooks: Any, po: Any) -> None:
        txn_id, (first, second) = po.findtext("TxnID"), line_ids(po)
        came = ret(quickbooks.ask(receipt(linked(txn_id, second, "<Quantity>3</Quantity>"))))
        assert came.findtext("ItemLineRet/ItemRef/FullName") == "Switch 24p"
        assert (came.findtext("ItemLineRet/Quantity"), came.findtext("TotalAmount")) == ("3", "930.00")
        assert came.findtext("LinkedTxn/TxnID") == txn_id
        assert state(quickbooks) == (["0", "3"], "false")
        ret(quickbooks.ask(receipt(linked(txn_id, first) + linked(txn_id, second))))
        assert state(quickbooks) == (["2", "5"], "true")
        query = f"<PurchaseOrderQueryRq><TxnID>{txn_id}</TxnID><IncludeLinkedTxns>1</IncludeLinkedTxns>"
        (asked,) = quickbooks.ask(f"{query}</PurchaseOrderQueryRq>")
        assert [each.findtext("TxnType") for each in asked.findall("LinkedTxn")] == ["ItemReceipt"] * 2
        assert asked.findtext("EditSequence") > po.findtext("EditSequence")

    def test_a_whole_order(self, quickbooks: Any, po: Any) -> None:
        came = ret(quickbooks.ask(receipt(f"<LinkToTxnID>{po.findtext('TxnID')}</LinkToTxnID>")))
        assert [line.findtext("Quantity") for line in came.findall("ItemLineRet")] == ["2", "5"]
        assert state(quickbooks) == (["2", "5"], "true")

    def test_what_is_closed_is_a_warning_beside_other_lines_and_an_error_alone(
        self, quickbooks: Any, po: Any
    ) -> None:
        txn_id, (first, second) = po.findtext("TxnID"), line_ids(po)
        quickbooks.ask(receipt(linked(txn_id, first)))
        beside = quickbooks.ask(
            receipt(linked(txn_id, first) + linked(txn_id, second, "<Quantity>1</Quantity>"))
        )
        assert (beside.get("statusCode"), beside.get("statusSeverity")) == ("570", "Warn")
        assert beside.get("statusMessage") == (
            f'Unable to link to transaction "{txn_id}" because it has already been closed.'
        )
        assert len(beside.findall("ItemReceiptRet/ItemLineRet")) == 1
        assert quickbooks.ask(receipt(linked(txn_id, first))).get("statusCode") == "3180"
        assert state(quickbooks) == (["2", "1"], "false")

    def test_an_order_closed_by_hand_takes_nothing_more(self, quickbooks: Any, po: Any) -> None:
        txn_id = po.findtext("TxnID")
        closed = ret(quickbooks.ask(self.mod(po, "<IsManuallyClosed>true</IsManuallyClosed>")))
        assert [line.findtext("IsManuallyClosed") for line in closed.findall("PurchaseOrderLineRet")] == [
            "true"
        ] * 2
        assert quickbooks.ask(receipt(f"<LinkToTxnID>{txn_id}</LinkToTxnID>")).get("statusCode") == "3180"

    @staticmethod
    def mod(po: Any, rest: str) -> str:
        return (
            f"<PurchaseOrderModRq><PurchaseOrderMod><TxnID>{po.findtext('TxnID')}</TxnID>"
            f"<EditSequence>{po.findtext('EditSequence')}</EditSequence>{rest}</PurchaseOrderMod></PurchaseOrderModRq>"
        )

    def test_links_that_make_no_sense(self, quickbooks: Any, po: Any) -> None:
        txn_id, (first, _) = po.findtext("TxnID"), line_ids(po)
        whole = f"<LinkToTxnID>{txn_id}</LinkToTxnID>"
        item = "<ItemRef><FullName>Firewall</FullName></ItemRef>"
        codes = {
            whole + whole: "3177",
            whole + linked(txn_id, first): "3000",
            "<LinkToTxnID>FF-1</LinkToTxnID>": "3120",
            linked(txn_id, "FF-1"): "3120",
            linked(txn_id, first, item): "3210",
        }
        for rest, code in codes.items():
            assert quickbooks.ask(receipt(rest)).get("statusCode") == code, rest
        assert quickbooks.ask(receipt(whole, vendor="v-Smith, Ann")).get("statusCode") == "3210"
        assert state(quickbooks) == (["0", "0"], "false")

    def test_what_came_in_cannot_be_taken_off_the_order(self, quickbooks: Any, po: Any) -> None:
        first, second = line_ids(po)
        quickbooks.ask(receipt(linked(po.findtext("TxnID"), second, "<Quantity>3</Quantity>")))
        now = quickbooks.ask(
            "<PurchaseOrderQueryRq><IncludeLineItems>1</IncludeLineItems></PurchaseOrderQueryRq>"
        )[0]

        def line(line_id: str, rest: str = "") -> str:
            return f"<PurchaseOrderLineMod><TxnLineID>{line_id}</TxnLineID>{rest}</PurchaseOrderLineMod>"

        less = line(first) + line(second, "<Quantity>2</Quantity>")
        assert quickbooks.ask(self.mod(now, less)).get("statusCode") == "3210"
        assert quickbooks.ask(self.mod(now, line(first))).get("statusCode") == "3210"
        assert quickbooks.ask(self.mod(now, line(second, "<Quantity>3</Quantity>"))).get("statusCode") == "0"
        assert state(quickbooks) == (["3"], "true")

    def test_a_changed_receipt_moves_the_order_along(self, quickbooks: Any, po: Any) -> None:
        _, second = line_ids(po)
        came = ret(quickbooks.ask(receipt(linked(po.findtext("TxnID"), second, "<Quantity>3</Quantity>"))))
        changed = (
            f"<ItemReceiptModRq><ItemReceiptMod><TxnID>{came.findtext('TxnID')}</TxnID>"
            f"<EditSequence>{came.findtext('EditSequence')}</EditSequence>"
            f"<ItemLineMod><TxnLineID>{came.findtext('ItemLineRet/TxnLineID')}</TxnLineID><Quantity>1</Quantity>"
            "</ItemLineMod></ItemReceiptMod></ItemReceiptModRq>"
        )
        after = ret(quickbooks.ask(changed))
        assert (after.findtext("TotalAmount"), len(after.findall("LinkedTxn"))) == ("310.00", 1)
        assert state(quickbooks) == (["0", "1"], "false")

    def test_a_bill_receives_as_well(self, quickbooks: Any, po: Any) -> None:
        first, _ = line_ids(po)
        ret(quickbooks.ask(receipt(linked(po.findtext("TxnID"), first), name="Bill")))
        (stored,) = quickbooks.company.transactions("PurchaseOrder")
        assert [(line["ReceivedQuantity"], line["IsBilled"]) for line in stored["lines"]] == [
            *(("2", "true"), ("0", "false"))
        ]


def expense(account: str, amount: str, rest: str = "") -> str:
    named = f"<AccountRef><FullName>{account}</FullName></AccountRef>" if account else ""
    return f"<ExpenseLineAdd>{named}<Amount>{amount}</Amount>{rest}</ExpenseLineAdd>"


TO_ACME = "<CustomerRef><FullName>Acme Corp</FullName></CustomerRef>"


class TestBills:
    def test_a_bill_of_expenses(self, quickbooks: Any) -> None:
        lines = expense("Travel:Billable", "43.10", f"{TO_ACME}<BillableStatus>Billable</BillableStatus>")
        lines += expense("Employee Advances", "-20.00")
        bill = ret(quickbooks.ask(receipt(lines, vendor="v-Smith, Ann", name="Bill")))
        assert (bill.findtext("AmountDue"), bill.findtext("OpenAmount"), bill.findtext("IsPaid")) == (
            *("23.10", "23.10"),
            "false",
        )
        assert bill.findtext("DueDate") == "2026-11-10"
        assert bill.findtext("APAccountRef/FullName") == "Accounts Payable"
        assert bill.find("RefNumber") is None

    @pytest.mark.parametrize(
        ("rest", "code"),
        [
            (expense("", "5.00"), "3150"),
            (expense("Nothing", "5.00"), "3140"),
            (expense("Travel", "5.00", "<BillableStatus>Billable</BillableStatus>"), "3150"),
            (expense("Travel", "-5.00"), "3180"),
            ("", "3180"),
            ("<RefNumber>123456789012345678901</RefNumber>", "3070"),
            ("<ItemLineAdd><ItemRef><FullName>Discount 10%</FullName></ItemRef></ItemLineAdd>", "3140"),
        ],
    )
    def test_refusals(self, quickbooks: Any, rest: str, code: str) -> None:
        assert quickbooks.ask(receipt(rest, name="Bill")).get("statusCode") == code

    def test_the_vendor_of_a_bill_cannot_be_an_employee(self, quickbooks: Any) -> None:
        answer = quickbooks.ask(receipt(expense("Travel", "5.00"), vendor="Ann Smith", name="Bill"))
        assert answer.get("statusCode") == "3140"
        assert 'QuickBooks Vendor "Ann Smith" in the Bill.  ' in answer.get("statusMessage")

    def test_an_item_without_figures_is_one_at_its_cost(self, quickbooks: Any) -> None:
        item = "<ItemLineAdd><ItemRef><FullName>Firewall</FullName></ItemRef></ItemLineAdd>"
        bill = ret(quickbooks.ask(receipt(item, name="Bill")))
        line = bill.find("ItemLineRet")
        assert [line.findtext(name) for name in ("Quantity", "Cost", "Amount")] == ["1", "640.00", "640.00"]

    def test_its_lines_can_be_cleared_by_kind(self, quickbooks: Any) -> None:
        item = "<ItemLineAdd><ItemRef><FullName>Firewall</FullName></ItemRef></ItemLineAdd>"
        bill = ret(quickbooks.ask(receipt(expense("Travel", "5.00") + item, name="Bill")))
        changed = ret(
            quickbooks.ask(
                f"<BillModRq><BillMod><TxnID>{bill.findtext('TxnID')}</TxnID>"
                f"<EditSequence>{bill.findtext('EditSequence')}</EditSequence>"
                "<ClearExpenseLines>true</ClearExpenseLines></BillMod></BillModRq>"
            )
        )
        assert (changed.findtext("AmountDue"), changed.find("ExpenseLineRet")) == ("640.00", None)


class TestChecksAndCards:
    @staticmethod
    def paid(name: str, account: str, rest: str = "") -> str:
        return (
            f"<{name}AddRq><{name}Add><AccountRef><FullName>{account}</FullName></AccountRef>"
            f"<PayeeEntityRef><FullName>Ann Smith</FullName></PayeeEntityRef>{rest}"
            f"{expense('Meals', '18.50')}</{name}Add></{name}AddRq>"
        )

    def test_a_check_may_go_to_an_employee_and_is_numbered(self, quickbooks: Any) -> None:
        check = ret(quickbooks.ask(self.paid("Check", "Checking")))
        assert (check.findtext("Amount"), check.findtext("RefNumber")) == ("18.50", "1")

    def test_a_check_to_be_printed_has_no_number_yet(self, quickbooks: Any) -> None:
        check = ret(quickbooks.ask(self.paid("Check", "Checking", "<IsToBePrinted>1</IsToBePrinted>")))
        assert (check.find("RefNumber"), check.findtext("IsToBePrinted")) == (None, "true")

    def test_a_card_charge(self, quickbooks: Any) -> None:
        assert (
            ret(quickbooks.ask(self.paid("CreditCardCharge", "Company Card"))).findtext("Amount") == "18.50"
        )

    @pytest.mark.parametrize(
        ("name", "account"), [("Check", "Company Card"), ("CreditCardCharge", "Checking")]
    )
    def test_the_account_must_be_of_the_right_type(self, quickbooks: Any, name: str, account: str) -> None:
        assert quickbooks.ask(self.paid(name, account)).get("statusCode") == "3140"
