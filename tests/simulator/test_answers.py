"""What QuickBooks says of an object though nobody has sent it."""

from __future__ import annotations

from typing import Any

import pytest


def added(quickbooks: Any, kind: str, inner: str) -> Any:
    return quickbooks.ask(f"<{kind}AddRq><{kind}Add>{inner}</{kind}Add></{kind}AddRq>")[0]


def texts(ret: Any, *names: str) -> dict[str, str | None]:
    return {name: ret.findtext(name) for name in names}


@pytest.mark.parametrize(
    ("kind", "inner", "said"),
    [
        ("Customer", "", {"JobStatus": "None", "PreferredDeliveryMethod": "None"}),
        ("Customer", "<JobStatus>Pending</JobStatus>", {"JobStatus": "Pending"}),
        ("Vendor", "", {"IsVendorEligibleFor1099": "false"}),
        (
            "Account",
            "<AccountType>Equity</AccountType>",
            {"Balance": "0.00", "TotalBalance": "0.00", "CashFlowClassification": "Financing"},
        ),
        ("Account", "<AccountType>Expense</AccountType>", {"CashFlowClassification": "None"}),
        (
            "ItemInventory",
            "".join(
                f"<{name}AccountRef><FullName>{account}</FullName></{name}AccountRef>"
                for name, account in (
                    ("Income", "Product Sales"),
                    ("COGS", "Cost of Goods Sold"),
                    ("Asset", "Inventory Asset"),
                )
            ),
            {"QuantityOnHand": "0", "AverageCost": "0.00"},
        ),
    ],
)
def test_a_new_entry_says_what_every_entry_says(
    quickbooks: Any, kind: str, inner: str, said: dict[str, str]
) -> None:
    assert texts(added(quickbooks, kind, f"<Name>New One</Name>{inner}"), *said) == said


def test_a_contact_has_an_identity_which_a_change_keeps(quickbooks: Any) -> None:
    person = "<Contacts><FirstName>{}</FirstName></Contacts>"
    ret = added(quickbooks, "Customer", f"<Name>New One</Name>{person.format('Ann')}{person.format('Bob')}")
    ann, bob = (contact.findtext("ListID") for contact in ret.findall("ContactsRet"))
    assert ann != bob
    changed = quickbooks.ask(
        f"<CustomerModRq><CustomerMod><ListID>{ret.findtext('ListID')}</ListID>"
        f"<EditSequence>{ret.findtext('EditSequence')}</EditSequence>"
        f"<ContactsMod><ListID>{bob}</ListID><EditSequence>1</EditSequence><FirstName>Bob</FirstName><LastName>Lee</LastName></ContactsMod>"
        "<ContactsMod><FirstName>Eve</FirstName></ContactsMod></CustomerMod></CustomerModRq>"
    )[0]
    names = [
        (node.findtext("FirstName"), node.findtext("LastName")) for node in changed.findall("ContactsRet")
    ]
    assert names == [("Bob", "Lee"), ("Eve", None)]
    assert changed.findtext("ContactsRet/ListID") == bob


def test_a_payment_waits_among_undeposited_funds(quickbooks: Any, seeded: Any) -> None:
    payment = "<CustomerRef><FullName>Acme Corp</FullName></CustomerRef><TotalAmount>5.00</TotalAmount>{}"
    automatic = "<IsAutoApply>true</IsAutoApply>"
    to = "<DepositToAccountRef><FullName>Checking</FullName></DepositToAccountRef>"
    name = "DepositToAccountRef/FullName"
    ret = added(quickbooks, "ReceivePayment", payment.format(automatic))
    assert ret.findtext(name) == "Undeposited Funds"
    ret = added(quickbooks, "ReceivePayment", payment.format(to + automatic))
    assert ret.findtext(name) == "Checking"
    bare = seeded('[lists]\nCustomer = ["Acme Corp"]\n')
    for _ in range(2):
        ret = added(bare, "ReceivePayment", payment.format(automatic))
        assert ret.findtext(name) == "Undeposited Funds", "QuickBooks makes the account when it needs it"


def test_an_invoice_has_a_form_also_where_the_company_has_none_of_its_own(seeded: Any) -> None:
    account = 'Account = [{ Name = "Accounts Receivable", AccountType = "AccountsReceivable" }]'
    quickbooks = seeded(f'[lists]\nCustomer = ["Acme Corp"]\n{account}\n')
    ret = quickbooks.ask(quickbooks.invoice(lines="<InvoiceLineAdd><Desc>x</Desc></InvoiceLineAdd>"))[0]
    assert ret.findtext("TemplateRef/FullName") == "Intuit Product Invoice"


def test_the_version_may_name_the_country(seeded: Any) -> None:
    quickbooks = seeded('[host]\nCountry = "CA"\nSupportedQBXMLVersion = ["CA3.0", "13.0"]\n')
    quickbooks.schemas = []
    for version, code in (("CA3.0", "0"), ("13.0", "0")):
        text = quickbooks.message("<HostQueryRq/>").replace('"13.0"', f'"{version}"')
        assert quickbooks.say(text)[0].get("statusCode") == code


def adjust(quickbooks: Any, *lines: tuple[str, str], header: str = "") -> Any:
    counted = "".join(
        f"<InventoryAdjustmentLineAdd><ItemRef><FullName>{item}</FullName></ItemRef>"
        f"<QuantityAdjustment>{change}</QuantityAdjustment></InventoryAdjustmentLineAdd>"
        for item, change in lines
    )
    account = "<AccountRef><FullName>Cost of Goods Sold</FullName></AccountRef>"
    return quickbooks.ask(
        f"<InventoryAdjustmentAddRq><InventoryAdjustmentAdd>{header or account}{counted}"
        "</InventoryAdjustmentAdd></InventoryAdjustmentAddRq>"
    )


def new(quantity: str) -> str:
    return f"<NewQuantity>{quantity}</NewQuantity>"


def more(quantity: str) -> str:
    return f"<QuantityDifference>{quantity}</QuantityDifference>"


def on_hand(quickbooks: Any) -> str:
    found = quickbooks.ask("<ItemInventoryQueryRq><FullName>Switch 24p</FullName></ItemInventoryQueryRq>")
    return str(found[0].findtext("QuantityOnHand"))


class TestAdjustments:
    def test_a_count_says_how_many_there_are_and_the_answer_by_how_many_that_differs(
        self, quickbooks: Any
    ) -> None:
        ret = adjust(quickbooks, ("Switch 24p", new("7")))[0]
        assert (on_hand(quickbooks), ret.findtext("RefNumber")) == ("7", "1")
        assert ret.findtext("InventoryAdjustmentLineRet/QuantityDifference") == "7"
        ret = adjust(
            quickbooks, ("Switch 24p", new("5")), ("Switch 24p", more("-1")), ("Switch 24p", new("9"))
        )[0]
        differences = [
            line.findtext("QuantityDifference") for line in ret.findall("InventoryAdjustmentLineRet")
        ]
        assert (on_hand(quickbooks), differences) == ("9", ["-2", "-1", "5"])

    def test_what_is_deleted_or_changed_counts_no_more(self, quickbooks: Any) -> None:
        adjust(quickbooks, ("Switch 24p", new("3")))
        ret = adjust(quickbooks, ("Switch 24p", more("4")))[0]
        identity = ret.findtext("TxnID")
        line = ret.findtext("InventoryAdjustmentLineRet/TxnLineID")
        changed = quickbooks.ask(
            f"<InventoryAdjustmentModRq><InventoryAdjustmentMod><TxnID>{identity}</TxnID>"
            f"<EditSequence>{ret.findtext('EditSequence')}</EditSequence><InventoryAdjustmentLineMod>"
            f"<TxnLineID>{line}</TxnLineID>{more('1')}</InventoryAdjustmentLineMod></InventoryAdjustmentMod>"
            "</InventoryAdjustmentModRq>"
        )
        assert (changed.get("statusCode"), on_hand(quickbooks)) == ("0", "4")
        kind = "<TxnDelType>InventoryAdjustment</TxnDelType>"
        quickbooks.ask(f"<TxnDelRq>{kind}<TxnID>{identity}</TxnID></TxnDelRq>")
        assert on_hand(quickbooks) == "3"

    def test_only_inventory_items_are_counted(self, quickbooks: Any) -> None:
        answer = adjust(quickbooks, ("Labor", new("3")))
        assert answer.get("statusCode") == "3180"
        assert "You cannot set the quantity for items of this type." in answer.get("statusMessage")

    def test_the_company_needs_inventory_and_the_adjustment_an_account(
        self, quickbooks: Any, seeded: Any
    ) -> None:
        nobody = "<AccountRef><FullName>Nobody</FullName></AccountRef>"
        assert adjust(quickbooks, ("Switch 24p", new("1")), header=nobody).get("statusCode") == "3140"
        assert (
            adjust(quickbooks, ("Switch 24p", new("1")), header="<AccountRef/>").get("statusCode") == "3150"
        )
        without = seeded(
            '[lists]\nAccount = [{ Name = "Cost of Goods Sold", AccountType = "CostOfGoodsSold" }]'
        )
        assert adjust(without, ("Switch 24p", new("1"))).get("statusCode") == "3250"
