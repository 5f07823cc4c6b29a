"""The names in an invoice, looked for in QuickBooks' lists before it is sent, and made where that is set."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from qbferry import Connector, ListEntry, Peer, Skip, TransferStatus
from qbferry.config import TransferSettings
from qbferry.desk import connectors, mapping, naming
from qbferry.errors import QbferryError
from qbferry.plugin.manager import Plugins
from qbferry.qbxml import envelope
from qbferry.simulator import Seed, Session
from qbferry.simulator.status import Status
from qbferry.testing import FixedLists, build, make_record
from qbferry.testing.installation import Installation
from qbferry_invoices.plugin import Invoices

from .conftest import RECORD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Open = Callable[..., Installation]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Open]:
    """Opens an installation with invoices whose names are checked, and these settings."""
    opened: list[Installation] = []

    def open_(seed: Seed | None = None, **settings: Any) -> Installation:
        values = Invoices.Settings(check_names=True, **settings)
        world = Installation(
            tmp_path,
            plugins=Plugins({"invoices": Invoices(values)}),
            settings=TransferSettings(takeover_after=0, quiet_after_takeover=0, resend_after=0),
            seed=seed,
        )
        opened.append(world)
        return world

    yield open_
    for world in opened:
        world.close()


def invoice(number: int = 1, item: str = "Labor~Remote", **changes: Any) -> dict[str, Any]:
    lines = [
        {"id": "1", "item": "Labor~Remote", "quantity": "2.5", "amount": "300.00"},
        {"id": "2", "item": item, "quantity": "1", "amount": "10.00", **changes.pop("line", {})},
    ]
    return RECORD | {"id": f"INV-{number}", "total": "310.00", "lines": lines} | changes


def added(messages: list[str]) -> list[str]:
    """What was added, message by message: ``2 CustomerAdd``."""
    found = [re.findall(r"<(\w+Add)Rq ", message) for message in messages]
    return [f"{len(names)} {names[0]}" for names in found if names]


def carry(world: Installation, quickbooks: Session | None = None) -> list[str]:
    messages: list[str] = []
    world.run(quickbooks, watch=messages.append)
    return added(messages)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"organization": "Nobody"},
            'QuickBooks has no customer named "Nobody". Create it there, set',
        ),
        ({"organization": "Ingram Micro"}, 'it has a vendor named "Ingram Micro", and no other entry can'),
        ({"organization": "Front Desk"}, 'it has another name named "Front Desk", and no other entry can'),
        (
            {"organization": "Rob: Barnett"},
            'that is the job "Barnett" of "Rob", since a colon or ~ means',
        ),
        ({"item": "Nothing"}, 'QuickBooks has no item named "Nothing" (line 2).'),
        ({"item": "On-site"}, '"On-site" (line 2), but it has "Labor:On-site". Use that name at the source'),
        ({"item": "Old Service"}, 'The item "Old Service" (line 2) is inactive in QuickBooks.'),
        ({"line": {"class": "Nowhere"}}, 'no class named "Nowhere" (line 2, Labor~Remote).'),
        ({"terms": "Net 99"}, 'QuickBooks has no payment terms named "Net 99". Create them there, correct'),
    ],
)
def test_what_quickbooks_does_not_have_is_said_before_anything_is_sent(
    changes: dict[str, Any], sentence: str, office: Open
) -> None:
    world = office(terms=True)
    world.put("invoice", invoice(**changes))
    assert carry(world) == []
    assert sentence in (world.record("invoice", "INV-1").reason or "")


def test_a_discount_and_a_subtotal_go_without_quantity(office: Open) -> None:
    world = office()
    world.put("invoice", invoice(1, "Discount 10%"), invoice(2, "Subtotal"))
    assert carry(world) == ["2 InvoiceAdd"]
    assert set(world.statuses("invoice").values()) == {"Transferred"}


def test_a_group_is_named_with_its_line() -> None:
    group = ListEntry(kind="Item", list_id="1", full_name="Bundle", data={"Type": "ItemGroup"})
    plugins = Plugins({"invoices": Invoices(Invoices.Settings(check_names=True))})
    entity = plugins.entities["invoice"]
    record = make_record(entity, invoice(item="Bundle"))
    refusal = build(plugins, entity, record, Connector(id=1, name="main"), FixedLists([group]))
    assert isinstance(refusal, Skip)
    assert (
        'The item "Bundle" (line 2) is one which is a group of items, and no line of an invoice can be one. '
        "Name its members one by one at the source, or another item."
    ) in refusal.reason


def codes(features: dict[str, str], **settings: Any) -> list[str] | str:
    """The tax codes of two lines, one taxable; or why there are none, in a file that has E, G and S."""
    lists = FixedLists([ListEntry(kind="SalesTaxCode", list_id=code, full_name=code) for code in "EGS"])
    plugins = Plugins({"invoices": Invoices(Invoices.Settings(check_names=True, **settings))})
    entity = plugins.entities["invoice"]
    lines = [{"item": "Labor", "amount": "1.00", "taxable": taxable} for taxable in (True, False)]
    record = make_record(entity, RECORD | {"lines": lines, "total": None})
    connector = Connector(id=1, name="main", country="CA", features=features)
    built = build(plugins, entity, record, connector, lists)
    if isinstance(built, Skip):
        return built.reason
    return [line["tax_code"].full_name for line in built[0].fields["lines"]]


def test_the_company_files_own_tax_codes_are_used() -> None:
    own = {"DefaultTaxableSalesTaxCodeRef": "S", "DefaultNonTaxableSalesTaxCodeRef": "E"}
    assert codes(own) == ["S", "E"]
    assert codes(own, taxable_code="G") == ["G", "E"]


def test_a_tax_code_the_file_lacks_is_named_with_its_setting() -> None:
    assert codes({"PaySalesTax": "Monthly"}, taxable_code="Tax", non_taxable_code="E") == (
        'QuickBooks has no sales tax code named "Tax" (taxable_code in [plugins.invoices]). Name one that it '
        "has, or leave the setting out: QuickBooks' own default holds then."
    )


@pytest.mark.parametrize(
    ("others", "refused"),
    [
        ([], False),
        ([("B", TransferStatus.TRANSFERRED, "1-1", False)], True),
        ([("B", TransferStatus.TRANSFERRED, "1-1", True)], False),
        ([("B", TransferStatus.NOT_TRANSFERRED, None, False)], False),
        ([("B", TransferStatus.PENDING, None, False)], True),
        ([("INV-1", TransferStatus.PENDING, None, False), ("B", TransferStatus.PENDING, None, False)], False),
    ],
)
def test_a_number_is_taken_by_who_has_it_in_quickbooks_or_came_before(
    others: list[tuple[str, TransferStatus, str | None, bool]], refused: bool
) -> None:
    peers = [
        Peer(entity="invoice", id=name, status=status, txn_id=txn_id, gone=gone)
        for name, status, txn_id, gone in others
    ]
    lists = FixedLists(peers=peers, numbers=dict.fromkeys((peer.id for peer in peers), "A-1001"))
    plugins = Plugins({"invoices": Invoices(Invoices.Settings.model_validate({"number": "source"}))})
    entity = plugins.entities["invoice"]
    built = build(plugins, entity, make_record(entity, invoice()), Connector(id=1, name="main"), lists)
    assert isinstance(built, Skip) is refused
    if isinstance(built, Skip):
        assert built.reason == (
            'Invoice INV-1 has the number "A-1001", which invoice B has already. Give one of them another '
            "number at the source."
        )


def test_two_of_one_number_in_one_run_are_one_invoice(office: Open) -> None:
    world = office(number="source")
    world.put("invoice", invoice(1), invoice(2), invoice(3) | {"number": "A-1003"})
    assert carry(world) == ["2 InvoiceAdd"]
    assert [*world.statuses("invoice").values()] == ["Transferred", "Pending/Failed", "Transferred"]


def asked(messages: list[str]) -> list[str]:
    """The numbers that QuickBooks was asked for."""
    return re.findall(r"<InvoiceQueryRq [^>]*><RefNumber>([^<]*)", "".join(messages))


def test_a_number_that_quickbooks_has_from_elsewhere_is_refused(office: Open) -> None:
    world = office(number="source", ask_number=True)
    lines = "<InvoiceLineAdd><ItemRef><FullName>Labor:Remote</FullName></ItemRef><Amount>1.00</Amount>"
    by_hand = (
        "<InvoiceAdd><CustomerRef><FullName>Acme Corp</FullName></CustomerRef><TxnDate>2026-10-01</TxnDate>"
        f"<RefNumber>a-1001</RefNumber>{lines}</InvoiceLineAdd></InvoiceAdd>"
    )
    message = envelope.message([("InvoiceAdd", "1", by_hand)], version="13.0", on_error="stop")
    assert 'statusCode="0"' in Session(world.company).process(message)
    world.put("invoice", invoice(1), invoice(2) | {"number": "A-1002"})

    assert carry(world) == ["1 InvoiceAdd"]
    assert [*world.statuses("invoice").values()] == ["Pending/Failed", "Transferred"]
    assert world.record("invoice", "INV-1").reason == (
        'QuickBooks has an invoice with the number "A-1001" already, of 2026-10-01 for Acme Corp. Give '
        "invoice INV-1 another number at the source, or change the one in QuickBooks; it is asked again in "
        "the next run."
    )


def test_a_credit_memo_may_have_an_invoices_number(office: Open) -> None:
    world = office(number="source", ask_number=True, negative="credit_memo")
    lines = [{"id": "1", "item": "Labor~Remote", "quantity": "-1", "amount": "-10.00"}]
    world.put("invoice", invoice(1, total="-10.00", lines=lines))
    messages: list[str] = []
    world.run(watch=messages.append)
    assert asked(messages) == []
    assert added(messages) == ["1 CreditMemoAdd"]


def test_a_number_that_is_free_is_asked_for_once(office: Open) -> None:
    world = office(number="source", ask_number=True)
    world.put("invoice", invoice(1, invoice_date="2020-01-31"))
    messages: list[str] = []
    for _ in range(2):
        world.run(watch=messages.append)
    assert world.history("INV-1")[-1].status_code == 3171, "before the closing date"
    assert asked(messages) == ["A-1001"]
    assert added(messages) == ["1 InvoiceAdd"] * 2


INCOME = {"income_account": "Services"}


def test_a_customer_that_is_made_gets_what_the_source_knows_of_it(office: Open) -> None:
    world = office(create_customers=True)
    details = {"phone": "518 555 0100", "email": "ap@beta.example", "taxable": False}
    world.put("invoice", invoice(organization="Beta~Cabling", customer=details))
    assert carry(world) == ["1 CustomerAdd", "1 CustomerAdd", "1 InvoiceAdd"]
    beta, job = (
        next(row for row in world.company.entries("Customer") if row["FullName"] == name)
        for name in ("Beta", "Beta:Cabling")
    )
    assert (beta["Phone"], beta["Email"]) == ("518 555 0100", "ap@beta.example")
    assert beta["SalesTaxCodeRef"]["FullName"] == "Non"
    assert "Phone" not in job
    world.put("invoice", invoice(2, organization="Beta", customer=details | {"phone": "1" * 22}))
    carry(world)
    assert world.statuses("invoice")["INV-2"] == "Transferred", (
        "nothing of a customer that is there is changed"
    )


@pytest.mark.parametrize(("taxable", "setting"), [(True, "taxable_code"), (False, "non_taxable_code")])
def test_a_tax_code_that_the_file_lacks_is_said_before_a_customer_is_made(
    taxable: bool, setting: str, office: Open
) -> None:
    world = office(create_customers=True, **{setting: "GST"})
    world.put("invoice", invoice(organization="Beta~Cabling", customer={"taxable": taxable}))
    assert carry(world) == []
    assert (
        f'"Beta" cannot be made: QuickBooks has no sales tax code named "GST" ({setting} in '
        "[plugins.invoices]). Name one that it has, or leave the setting out"
    ) in (world.record("invoice", "INV-1").reason or "")
    with world.database.write() as tx:
        mapping.put(tx, None, [mapping.Mapping("SalesTaxCode", "GST", "Non")])
    assert carry(world) == ["1 CustomerAdd", "1 CustomerAdd", "1 InvoiceAdd"]
    beta = next(row for row in world.company.entries("Customer") if row["FullName"] == "Beta")
    assert beta["SalesTaxCodeRef"]["FullName"] == "Non"


def test_customers_jobs_and_items_are_made_once_and_in_their_order(office: Open) -> None:
    world = office(create_customers=True, create_items=True, **INCOME)
    world.put(
        "invoice",
        invoice(1, "Audit~Security", organization="Beta~Cabling"),
        invoice(2, "Audit~Security", organization="BETA ~ Cabling"),
        invoice(3, "audit", organization="Beta"),
    )
    assert carry(world) == ["2 CustomerAdd", "2 CustomerAdd", "3 InvoiceAdd"]
    assert set(world.statuses("invoice").values()) == {"Transferred"}
    names = [entry.full_name for entry in world.company.select_entries(["Customer", "ItemService"])]
    for name in ("Beta", "Beta:Cabling", "Audit", "Audit:Security"):
        assert names.count(name) == 1


def test_a_refused_customer_fails_only_its_own(office: Open) -> None:
    class Refusing:
        def disturb(self, name: str) -> Status | None:
            return Status(3260, "Error", "Not for Zzz.") if name == "CustomerAdd" else None

    world = office(create_customers=True)
    world.put("invoice", invoice(1, organization="Beta"), invoice(2))
    messages: list[str] = []
    world.run(Session(world.company, interference=Refusing()), watch=messages.append)
    assert added(messages) == ["1 CustomerAdd", "1 InvoiceAdd"]
    assert [*world.statuses("invoice").values()] == ["Pending/Failed", "Transferred"]
    reason = world.record("invoice", "INV-1").reason or ""
    assert '"Beta" could not be made' in reason
    assert "Zzz" in reason


@pytest.mark.parametrize("lost", ["answer", "message"])
@pytest.mark.parametrize("step", range(3))
def test_each_is_there_once_though_a_message_or_its_answer_is_lost(
    step: int, lost: str, office: Open
) -> None:
    world = office(create_customers=True, create_items=True, **INCOME)
    world.put("invoice", invoice(1, "Audit", organization="Beta~Cabling"))
    ticket, quickbooks, seen = world.begin(), Session(world.company), 0
    while True:
        message = world.send(ticket)
        if added([message]):
            if seen == step:
                break
            seen += 1
        world.receive(ticket, quickbooks.process(message))
    if lost == "answer":
        quickbooks.process(message)
    world.restart()
    world.run()
    assert set(world.statuses("invoice").values()) == {"Transferred"}
    names = [entry.full_name for entry in world.company.select_entries(["Customer", "ItemService"])]
    assert [names.count(name) for name in ("Beta", "Beta:Cabling", "Audit")] == [1, 1, 1]
    assert len(world.company.transactions("Invoice")) == 1


@pytest.mark.parametrize(
    "name",
    [
        "ACME corp",
        " Acme\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}Corp",
        "\N{FULLWIDTH LATIN CAPITAL LETTER A}cme Corp",
    ],
)
def test_a_name_that_is_spelt_otherwise_makes_no_second_customer(name: str, office: Open) -> None:
    world = office(create_customers=True)
    world.put("invoice", invoice(1, organization=name), invoice(2, organization=f"{name} ~ network refresh"))
    assert carry(world) == ["2 InvoiceAdd"]
    customers = [there["CustomerRef"]["FullName"] for there in world.company.transactions("Invoice")]
    assert customers == ["Acme Corp", "Acme Corp:Network Refresh"]


@pytest.mark.parametrize(
    ("kind", "name", "entry", "changes"),
    [
        ("Customer", "The Acme", "Acme Corp", {"organization": "The Acme"}),
        ("Item", "Consulting", "Labor:On-site", {"item": "Consulting"}),
        ("Class", "Clouds", "Managed Services", {"line": {"class": "Clouds"}}),
        ("Terms", "30 days", "Net 30", {"terms": "30 days"}),
    ],
)
def test_a_mapped_name_goes_by_its_identity_until_that_is_gone(
    kind: str, name: str, entry: str, changes: dict[str, Any], office: Open
) -> None:
    world = office(terms=True)
    world.put("invoice", invoice(1))
    world.run()  # the lists are read
    with world.database.write() as tx:
        mapping.put(tx, None, [mapping.Mapping(kind, name, entry)])
        found = tx.lists.of(1).find(kind, name)
    assert found is not None
    world.put("invoice", invoice(2, **changes))
    messages: list[str] = []
    world.run(watch=messages.append)
    assert world.statuses("invoice")["INV-2"] == "Transferred"
    assert f"<ListID>{found.list_id}</ListID>" in "".join(messages)
    with world.database.write() as tx:
        tx.lists.remove(1, kind, [found.list_id])
        assert tx.lists.of(1).find(kind, name) is None


# -- Naming conventions

ANN = {"kind": "labor", "billing_code": "On-site", "role": "Engineer"}
BY_ROLE = {"invoice": {"labor": "{role}~{billing_code}", "any": "{billing_code}"}}


def items(conventions: dict[str, dict[str, str]], *lines: dict[str, Any]) -> list[str]:
    """What the items of lines are called in a company file with these conventions."""
    plugins = Plugins({"invoices": Invoices(Invoices.Settings(default_item="Sundries"))})
    entity, connector = plugins.entities["invoice"], Connector(id=1, name="main", conventions=conventions)
    record = make_record(entity, RECORD | {"lines": [{"amount": "1.00"} | line for line in lines]})
    given = plugins.references(entity, record, connector)
    return [one.name for one in given if one.at.endswith(".item")]


def test_without_a_convention_an_item_is_called_as_the_source_says() -> None:
    assert items({}, ANN | {"item": "Labor"}) == ["Labor"]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (ANN | {"item": "Labor"}, "Engineer~On-site"),
        (ANN | {"role": None, "item": "Labor"}, "Labor"),
        (ANN | {"role": None}, "Sundries"),
        (ANN | {"kind": "charge", "item": "Labor"}, "On-site"),
        (ANN | {"kind": None, "item": "Labor"}, "On-site"),
    ],
)
def test_a_convention_makes_the_name_of_an_item_where_nothing_lacks(line: dict[str, Any], name: str) -> None:
    assert items(BY_ROLE, line) == [name]


def test_a_line_without_an_item_may_go_by_its_convention() -> None:
    plugins = Plugins({"invoices": Invoices(Invoices.Settings())})
    entity = plugins.entities["invoice"]
    record = make_record(entity, RECORD | {"lines": [{"amount": "1.00"} | ANN]})
    for conventions, veto in (({}, True), (BY_ROLE, False)):
        connector = Connector(id=1, name="main", conventions=conventions)
        assert bool(plugins.check_eligibility(entity, record, connector)) is veto


def test_two_company_files_name_one_billing_item_each_in_its_own_way(office: Open) -> None:
    world = office(create_items=True, income_account="Product Sales")
    with world.database.write() as tx:
        naming.put(tx, world.plugins.entities, None, naming.Convention("invoice", "Labor", "{role}~{name}"))
        connectors.add(tx, "north", user="north", password="something quite long")
        assert naming.conventions(tx, "north") == []
        connectors.change(tx, "north", new_name="south")
        connectors.change(tx, tx.connectors.named(None).name, new_name="renamed")
    world.put("invoice", invoice(line=ANN | {"name": "Survey"}))
    assert carry(world) == ["1 ItemServiceAdd", "1 ItemServiceAdd", "1 InvoiceAdd"]
    assert "Engineer:Survey" in {one.full_name for one in world.company.select_entries(["ItemService"])}


@pytest.mark.parametrize(
    ("entity", "kind", "pattern", "sentence"),
    [
        (
            "timesheet",
            "labor",
            "{role}",
            "No names are made in records of the kind timesheet; they are in: invoice",
        ),
        (
            "invoice",
            "labour",
            "{role}",
            'There is no kind "labour" in invoice; there are: any, labor, service',
        ),
        (
            "invoice",
            "labor",
            "{rol}",
            "No name can be made of {rol}; there are: {item}, {billing_code}, {role}",
        ),
        ("invoice", "labor", "{role", '"{role" has a brace that belongs to no word'),
        ("invoice", "labor", "  ", "A convention has 1 to 255 characters, on one line; this one has 0."),
    ],
)
def test_a_convention_that_cannot_be_is_refused(
    entity: str, kind: str, pattern: str, sentence: str, office: Open
) -> None:
    world = office()
    with world.database.write() as tx, pytest.raises(QbferryError) as raised:
        naming.put(tx, world.plugins.entities, None, naming.Convention(entity, kind, pattern))
    assert sentence in str(raised.value)


# -- Income accounts of items that are made


def test_an_item_that_is_made_has_the_income_account_its_billing_code_is_mapped_to(office: Open) -> None:
    world = office(create_items=True, income_account="Product Sales")
    world.put("invoice", invoice(9))
    carry(world)
    with world.database.write() as tx:
        mapping.put(tx, None, [mapping.Mapping("Account", "Wiring (income)", "Services")])
    world.put("invoice", invoice(1, "Wiring"), invoice(2, "Crimping"))
    carry(world)
    accounts = {
        one.full_name: one.data["SalesOrPurchase"]["AccountRef"]["FullName"]
        for one in world.company.select_entries(["ItemService"])
        if one.full_name in {"Wiring", "Crimping"}
    }
    assert accounts == {"Wiring": "Services", "Crimping": "Product Sales"}


@pytest.mark.parametrize(
    ("account", "sentence"),
    [
        (
            "Autotask Other",
            'cannot be made: QuickBooks has no income account named "Autotask Other". Create it',
        ),
        ("Travel", 'The income account "Travel" is one which is for no income in QuickBooks. Name an income'),
    ],
)
def test_an_account_that_takes_no_income_is_said_before_an_item_is_made(
    account: str, sentence: str, office: Open
) -> None:
    world = office(create_items=True, income_account=account)
    world.put("invoice", invoice(1, "Wiring"))
    assert carry(world) == []
    assert sentence in (world.record("invoice", "INV-1").reason or "")
