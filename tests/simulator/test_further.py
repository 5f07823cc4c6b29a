"""Macros, item groups, fields of applications, and what is neither a list nor a transaction."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from .office import OWNER, define

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lxml import etree

KIT = """
[lists]
Account = [
  { Name = "Sales", AccountType = "Income" },
  { Name = "Bank", AccountType = "Bank" },
  { Name = "Payable", AccountType = "AccountsPayable" },
]
Customer = ["Acme"]
Vendor = ["Shop"]
ItemService = [{ Name = "Work", SalesOrPurchase = { Price = "10.00" } }]
ItemOtherCharge = [{ Name = "Trip", SalesOrPurchase = { Price = "4.00" } }]
ItemInventory = [{ Name = "Wheel", QuantityOnHand = 9 }, { Name = "Frame", QuantityOnHand = 3 }]
ItemInventoryAssembly = [{ Name = "Bike", ItemInventoryAssemblyLine = [
  { ItemInventoryRef = "Wheel", Quantity = 2 }, { ItemInventoryRef = "Frame", Quantity = 1 }] }]
ItemGroup = [{ Name = "Kit", ItemDesc = "All of it", ItemGroupLine = [
  { ItemRef = "Work", Quantity = 2 }, { ItemRef = "Trip", Quantity = 1 }] }]
[preferences]
PurchasesAndVendorsPreferences = { IsUsingInventory = true }
"""
GROUPS = {
    "Invoice": ("CustomerRef", "Acme", "InvoiceLineGroup", "InvoiceLine", "Subtotal"),
    "PurchaseOrder": ("VendorRef", "Shop", "PurchaseOrderLineGroup", "PurchaseOrderLine", "TotalAmount"),
    "Bill": ("VendorRef", "Shop", "ItemGroupLine", "ItemLine", "AmountDue"),
}


def codes(answers: Sequence[etree._Element]) -> list[str]:
    return [str(answer.attrib["statusCode"]) for answer in answers]


def group_add(kind: str) -> str:
    party, name, group, _, _ = GROUPS[kind]
    return (
        f"<{kind}AddRq><{kind}Add><{party}><FullName>{name}</FullName></{party}>"
        f"<{group}Add><ItemGroupRef><FullName>Kit</FullName></ItemGroupRef><Quantity>3</Quantity></{group}Add>"
        f"</{kind}Add></{kind}AddRq>"
    )


@pytest.mark.parametrize("kind", GROUPS)
def test_an_item_group_stands_for_its_lines(seeded: Any, kind: str) -> None:
    quickbooks = seeded(KIT)
    answer = quickbooks.ask(group_add(kind))
    assert codes([answer]) == ["0"]
    _, _, group, line, total = GROUPS[kind]
    (head,) = answer[0].findall(f"{group}Ret")
    assert (head.findtext("Desc"), head.findtext("Quantity")) == ("All of it", "3")
    assert [each.findtext("Quantity") for each in head.findall(f"{line}Ret")] == ["6", "3"]
    assert answer[0].findall(f"{line}Ret") == []
    assert len({node.text for node in answer[0].iter("TxnLineID")}) == 3
    assert head.findtext("TotalAmount") == answer[0].findtext(total) == "72.00"
    (stored,) = quickbooks.company.transactions(kind)
    assert len(stored["lines"]) == 2


def test_a_group_s_lines_are_changed_kept_and_left_out(seeded: Any) -> None:
    quickbooks = seeded(KIT)
    ret = quickbooks.ask(group_add("Invoice"))[0]

    def change(ret: etree._Element, inner: str) -> etree._Element:
        changed = quickbooks.ask(
            f"<InvoiceModRq><InvoiceMod><TxnID>{ret.findtext('TxnID')}</TxnID>"
            f"<EditSequence>{ret.findtext('EditSequence')}</EditSequence>{inner}</InvoiceMod></InvoiceModRq>"
        )
        assert codes([changed]) == ["0"], changed.attrib["statusMessage"]
        after: etree._Element = changed[0]
        return after

    ret = change(ret, "<Memo>New</Memo>")
    assert (ret.findtext("Subtotal"), len(ret.findall("InvoiceLineGroupRet"))) == ("72.00", 1)
    group = f"<InvoiceLineGroupMod><TxnLineID>{ret.findtext('InvoiceLineGroupRet/TxnLineID')}</TxnLineID>"
    ret = change(ret, f"{group}<Quantity>1</Quantity></InvoiceLineGroupMod>")
    assert ret.findtext("Subtotal") == "24.00"
    first = ret.findtext("InvoiceLineGroupRet/InvoiceLineRet/TxnLineID")
    kept = f"<InvoiceLineMod><TxnLineID>{first}</TxnLineID></InvoiceLineMod>"
    ret = change(ret, f"{group}{kept}</InvoiceLineGroupMod>")
    assert ret.findtext("Subtotal") == "20.00"
    trip = "<ItemRef><FullName>Trip</FullName></ItemRef>"
    ret = change(ret, f"<InvoiceLineMod><TxnLineID>-1</TxnLineID>{trip}</InvoiceLineMod>")
    assert (ret.findtext("Subtotal"), ret.find("InvoiceLineGroupRet")) == ("4.00", None)
    kit = "<ItemGroupRef><FullName>Kit</FullName></ItemGroupRef>"
    ret = change(ret, f"<InvoiceLineGroupMod><TxnLineID>-1</TxnLineID>{kit}</InvoiceLineGroupMod>")
    assert ret.findtext("Subtotal") == "24.00"
    assert len({node.text for node in ret.iter("TxnLineID")}) == 3


def test_a_group_that_is_not_there_is_refused(seeded: Any) -> None:
    answer = seeded(KIT).ask(group_add("Invoice").replace(">Kit<", ">Bag<"))
    assert (codes([answer]), '"Bag"' in answer.attrib["statusMessage"]) == (["3140"], True)


PAYMENT = (
    "<ReceivePaymentAddRq><ReceivePaymentAdd><CustomerRef><FullName>Acme Corp</FullName></CustomerRef>"
    "<TotalAmount>300.00</TotalAmount><AppliedToTxnAdd>"
    '<TxnID useMacro="{}" /><PaymentAmount>300.00</PaymentAmount>'
    "</AppliedToTxnAdd></ReceivePaymentAdd></ReceivePaymentAddRq>"
)


def test_a_macro_is_what_an_earlier_request_of_the_message_made(quickbooks: Any) -> None:
    invoice = quickbooks.invoice().replace("<InvoiceAdd>", '<InvoiceAdd defMacro="TxnID:New">')
    made, paid = quickbooks.send(invoice, PAYMENT.format("TxnID:New"))
    assert codes([made, paid]) == ["0", "0"]
    assert paid.findtext(".//AppliedToTxnRet/TxnID") == made.findtext("InvoiceRet/TxnID")
    (later,) = quickbooks.send(PAYMENT.format("TxnID:New"))
    assert codes([later]) == ["9100"], "a macro ends with its message"
    refused, unpaid = quickbooks.send(invoice.replace("Acme Corp", "Nobody"), PAYMENT.format("TxnID:New"))
    assert codes([refused, unpaid]) == ["3140", "9100"], "what was refused has no identity"


def test_a_line_has_a_macro_too(seeded: Any) -> None:
    quickbooks = seeded(KIT)
    account = "<AccountRef><FullName>Sales</FullName></AccountRef>"
    check = (
        '<CheckAddRq><CheckAdd defMacro="TxnID:C"><AccountRef><FullName>Bank</FullName></AccountRef>'
        f"<ExpenseLineAdd>{account}<Amount>1.00</Amount></ExpenseLineAdd>"
        f'<ExpenseLineAdd defMacro="TxnLineID:L">{account}<Amount>2.00</Amount></ExpenseLineAdd>'
        "</CheckAdd></CheckAddRq>"
    )
    mark = (
        '<ClearedStatusModRq><ClearedStatusMod><TxnID useMacro="TxnID:C" />'
        '<TxnLineID useMacro="TxnLineID:L" />'
        "<ClearedStatus>Cleared</ClearedStatus></ClearedStatusMod></ClearedStatusModRq>"
    )
    assert codes(quickbooks.send(check, mark)) == ["0", "0"]
    (stored,) = quickbooks.company.transactions("Check")
    assert [line.get("ClearedStatus") for line in stored["lines"]] == [None, "Cleared"]


def value(verb: str, where: str, text: str = "") -> str:
    held = f"<DataExtValue>{text}</DataExtValue>" if text else ""
    return (
        f"<DataExt{verb}Rq><DataExt{verb}><OwnerID>{OWNER}</OwnerID><DataExtName>word</DataExtName>"
        f"{where}{held}</DataExt{verb}></DataExt{verb}Rq>"
    )


ACME = "<ListDataExtType>Customer</ListDataExtType><ListObjRef><FullName>Acme Corp</FullName></ListObjRef>"


def test_a_field_is_shown_to_who_names_its_owner(quickbooks: Any) -> None:
    assert codes(quickbooks.send(value("Add", ACME, "one"), define("Customer"))) == ["3180", "0"]
    assert codes(quickbooks.send(value("Add", ACME, "one"), value("Add", ACME, "two"))) == ["0", "3180"]
    assert codes(quickbooks.send(value("Mod", ACME, "three"))) == ["0"]
    query = "<CustomerQueryRq><FullName>Acme Corp</FullName>{}</CustomerQueryRq>"
    assert quickbooks.ask(query.format("")).find(".//DataExtRet") is None
    found = quickbooks.ask(query.format(f"<OwnerID>{OWNER}</OwnerID>"))
    assert found.findtext(".//DataExtRet/DataExtValue") == "three"
    assert codes(quickbooks.send(value("Del", ACME), value("Del", ACME))) == ["0", "3120"]
    assert codes(quickbooks.send(value("Mod", ACME, "x" * 256))) == ["3070"]
    vendor = ACME.replace("Customer", "Vendor")
    assert codes(quickbooks.send(value("Mod", vendor, "x"))) == ["3180"], "it is not assigned to vendors"
    assert codes(quickbooks.send(value("Mod", ACME.replace("Acme Corp", "Nobody"), "x"))) == ["3140"]


def test_lines_and_the_company_have_fields_too(quickbooks: Any) -> None:
    assert codes(quickbooks.send(define("Invoice", "Company"))) == ["0"]
    field = f"<OwnerID>{OWNER}</OwnerID><DataExtName>word</DataExtName><DataExtValue>on a line</DataExtValue>"
    ret = quickbooks.ask(quickbooks.invoice(line=f"<Quantity>1</Quantity><DataExt>{field}</DataExt>"))[0]
    assert ret.find(".//DataExtRet") is None
    whole = f"<TxnDataExtType>Invoice</TxnDataExtType><TxnID>{ret.findtext('TxnID')}</TxnID>"
    company = "<OtherDataExtType>Company</OtherDataExtType>"
    assert codes(quickbooks.send(value("Add", whole, "whole"), value("Add", company, "ours"))) == ["0", "0"]
    line = f"{whole}<TxnLineID>{ret.findtext('InvoiceLineRet/TxnLineID')}</TxnLineID>"
    assert codes(quickbooks.send(value("Mod", line, "on it"))) == ["0"]
    query = (
        f"<InvoiceQueryRq><TxnID>{ret.findtext('TxnID')}</TxnID><IncludeLineItems>true</IncludeLineItems>"
        f"<OwnerID>{OWNER}</OwnerID></InvoiceQueryRq>"
    )
    found = quickbooks.ask(query)
    assert [node.text for node in found.iter("DataExtValue")] == ["on it", "whole"]
    about = quickbooks.ask(f"<CompanyQueryRq><OwnerID>{OWNER}</OwnerID></CompanyQueryRq>")
    assert [node.text for node in about.iter("DataExtValue")] == ["ours"]


def test_a_definition_is_renamed_and_deleted(quickbooks: Any) -> None:
    assert codes(quickbooks.send(define("Customer"), define("Customer"))) == ["0", "3100"]
    old, new = (f"<OwnerID>{OWNER}</OwnerID><DataExtName>{n}</DataExtName>" for n in ("word", "sentence"))
    change = (
        f"<DataExtDefModRq><DataExtDefMod>{old}<DataExtNewName>sentence</DataExtNewName>"
        "<AssignToObject>Vendor</AssignToObject><RemoveFromObject>Customer</RemoveFromObject>"
        "</DataExtDefMod></DataExtDefModRq>"
    )
    ret = quickbooks.ask(change)[0]
    assert [ret.findtext("DataExtName"), ret.findtext("AssignToObject")] == ["sentence", "Vendor"]
    asked = "<DataExtDefQueryRq><AssignToObject>{}</AssignToObject></DataExtDefQueryRq>"
    assert codes([quickbooks.ask(asked.format(each)) for each in ("Vendor", "Customer")]) == ["0", "1"]
    gone = f"<DataExtDefDelRq>{new}</DataExtDefDelRq>"
    assert codes(quickbooks.send(gone, gone)) == ["0", "3120"]


def test_two_customers_become_one(quickbooks: Any) -> None:
    quickbooks.ask(quickbooks.invoice())
    ends = {each["FullName"]: each for each in quickbooks.company.entries("Customer")}
    inner = "".join(
        f"<{tag}><ListID>{ends[name]['ListID']}</ListID>"
        f"<EditSequence>{ends[name]['EditSequence']}</EditSequence></{tag}>"
        for tag, name in (("MergeFrom", "Acme Corp"), ("MergeTo", "Cedar Clinic"))
    )
    merge = f"<ListMergeRq><ListMergeType>Customer</ListMergeType>{inner}</ListMergeRq>"
    answer = quickbooks.ask(merge)
    assert answer.findtext("MergedFrom/FullName") == "Acme Corp"
    assert answer.findtext("MergedTo/EditSequence") != ends["Cedar Clinic"]["EditSequence"]
    (invoice,) = quickbooks.company.transactions("Invoice")
    assert invoice["entity"] == "Cedar Clinic"
    assert codes([quickbooks.ask(merge)]) == ["3120"]


def test_a_detail_report_lists_the_transactions_of_its_period(quickbooks: Any) -> None:
    for day in ("2026-10-01", "2026-11-01"):
        quickbooks.ask(quickbooks.invoice(header=f"<TxnDate>{day}</TxnDate>"))
    report = (
        "<CustomDetailReportQueryRq><CustomDetailReportType>CustomTxnDetail</CustomDetailReportType>"
        "<ReportPeriod><FromReportDate>2026-10-15</FromReportDate></ReportPeriod>{}"
        "<SummarizeRowsBy>TotalOnly</SummarizeRowsBy><IncludeColumn>Date</IncludeColumn>"
        "<IncludeColumn>Amount</IncludeColumn></CustomDetailReportQueryRq>"
    )

    def rows(inner: str) -> list[list[str]]:
        answer = quickbooks.ask(report.format(inner))
        assert answer.findtext(".//NumColumns") == "2"
        assert [node.get("value") for node in answer.iter("ColTitle")] == ["Date", "Amount"]
        found = answer.xpath(".//DataRow | .//TotalRow")
        assert answer.findtext(".//NumRows") == str(len(found))
        return [[cell.get("value") for cell in row.iter("ColData")] for row in found]

    assert rows("") == [["2026-11-01", "300.00"], ["300.00"]]
    of = "<ReportEntityFilter><FullName>{}</FullName></ReportEntityFilter>"
    assert rows(of.format("Acme Corp")) == rows("")
    assert rows(of.format("Cedar Clinic")) == []
    assert rows("<ReportTxnTypeFilter><TxnTypeFilter>Bill</TxnTypeFilter></ReportTxnTypeFilter>") == []


def test_bills_that_are_to_be_paid(seeded: Any) -> None:
    quickbooks = seeded(KIT)
    bill = (
        "<BillAddRq><BillAdd><VendorRef><FullName>Shop</FullName></VendorRef><DueDate>{}</DueDate>"
        "<ExpenseLineAdd><AccountRef><FullName>Sales</FullName></AccountRef><Amount>{}</Amount></ExpenseLineAdd>"
        "</BillAdd></BillAddRq>"
    )
    quickbooks.send(bill.format("2026-10-01", "5.00"), bill.format("2026-12-01", "6.00"))
    ask = "<BillToPayQueryRq><PayeeEntityRef><FullName>Shop</FullName></PayeeEntityRef>{}</BillToPayQueryRq>"

    def due(inner: str) -> list[str | None]:
        return [node.text for node in quickbooks.ask(ask.format(inner)).iter("AmountDue")]

    assert due("") == ["5.00", "6.00"]
    assert due("<DueDate>2026-11-01</DueDate>") == ["5.00"]
    assert due("<DueDate>2026-09-01</DueDate>") == []


def test_how_many_assemblies_the_parts_are_enough_for(seeded: Any) -> None:
    ask = (
        "<ItemAssembliesCanBuildQueryRq><ItemInventoryAssemblyRef><FullName>Bike</FullName>"
        "</ItemInventoryAssemblyRef><TxnDate>2026-10-31</TxnDate></ItemAssembliesCanBuildQueryRq>"
    )
    assert seeded(KIT).ask(ask).findtext(".//QuantityCanBuild") == "3"


def test_a_payment_may_give_a_discount(quickbooks: Any) -> None:
    made = quickbooks.ask(quickbooks.invoice())
    payment = re.sub("<TxnID [^>]*>", f"<TxnID>{made.findtext('InvoiceRet/TxnID')}</TxnID>", PAYMENT)
    payment = payment.replace("300.00", "290.00").replace(
        "</PaymentAmount>", "</PaymentAmount><DiscountAmount>10.00</DiscountAmount>"
    )
    paid = quickbooks.ask(payment)
    assert paid.findtext(".//DiscountAmount") == "10.00"
    (invoice,) = quickbooks.company.transactions("Invoice")
    assert (invoice["IsPaid"], invoice["BalanceRemaining"]) == ("true", "0.00")
    txn_id = paid.findtext("ReceivePaymentRet/TxnID")
    gone = f"<TxnDelRq><TxnDelType>ReceivePayment</TxnDelType><TxnID>{txn_id}</TxnID></TxnDelRq>"
    assert codes([quickbooks.ask(gone)]) == ["0"]
    (invoice,) = quickbooks.company.transactions("Invoice")
    assert invoice["BalanceRemaining"] == "300.00"


def test_an_account_of_quickbooks_own_is_made_once(quickbooks: Any) -> None:
    request = (
        "<SpecialAccountAddRq><SpecialAccountAdd><SpecialAccountType>OpeningBalanceEquity</SpecialAccountType>"
        "</SpecialAccountAdd></SpecialAccountAddRq>"
    )
    first, second = quickbooks.send(request, request)
    assert first.findtext("AccountRet/AccountType") == "Equity"
    assert codes([first, second]) == ["0", "3100"]
