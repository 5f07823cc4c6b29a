"""What a name in a record stands for, and the sentence for each way in which it stands for nothing."""

from __future__ import annotations

from typing import Any

import pytest

from qbferry import ListEntry, NewEntry, Peer, Reference, Target, TransferStatus
from qbferry.testing import FixedLists
from qbferry.transfer.references import Remembered, Resolution, resolve

CUSTOMER = Target(label="customer", kinds=("Customer",), remedy="Create it there.", inactive=True)
ACCOUNT = Target(label="account", kinds=("Account",), remedy="Create it there.")
ITEM = Target(
    label="item",
    kinds=("Item",),
    remedy="Create it there.",
    unfit=lambda item: "is a group" if item.data.get("Type") == "ItemGroup" else None,
    mend="Name another.",
)

ENTRIES: list[tuple[str, str, dict[str, Any]]] = [
    ("Customer", "Acme Corp", {}),
    ("Customer", "Acme Corp:Network", {}),
    ("Customer", "Sleeper", {"is_active": False}),
    ("Vendor", "Ingram Micro", {}),
    ("OtherName", "Front Desk", {}),
    ("Account", "Overhead", {}),
    ("Account", "Overhead:Travel", {}),
    ("Account", "Closed", {"is_active": False}),
    ("Item", "Labor", {"data": {"Type": "ItemService"}}),
    ("Item", "Bundle", {"data": {"Type": "ItemGroup"}}),
]
LISTS = FixedLists(
    [
        ListEntry(kind=kind, list_id=f"80-{number}", full_name=name, **more)
        for number, (kind, name, more) in enumerate(ENTRIES)
    ],
    empty=["Employee"],
)

VENDOR_HAS_IT = (
    ': it has a vendor named "Ingram Micro", and no other entry can have that name. Rename that one in '
    "QuickBooks, or correct the name at the source."
)


def resolved(target: Target, name: str, **more: Any) -> Resolution:
    return resolve([Reference(at="it", target=target, name=name, **more)], LISTS, more.pop("refused", {}))


@pytest.mark.parametrize(
    "name",
    [
        "Acme Corp",
        "ACME corp",
        " Acme\N{NO-BREAK SPACE} Corp",
        "\N{FULLWIDTH LATIN CAPITAL LETTER A}cme\tCorp ",
    ],
)
def test_a_name_is_found_however_it_is_spelt(name: str) -> None:
    assert resolved(CUSTOMER, name).found["it"].full_name == "Acme Corp"


@pytest.mark.parametrize("name", ["Acme Corp~Network", "acme corp : network", "Acme Corp ~  Network"])
def test_a_job_is_found_below_its_customer(name: str) -> None:
    assert resolved(CUSTOMER, name).found["it"].full_name == "Acme Corp:Network"


def test_an_inactive_customer_serves() -> None:
    assert resolved(CUSTOMER, "sleeper").found["it"].full_name == "Sleeper"


@pytest.mark.parametrize(
    ("target", "name", "sentence"),
    [
        (CUSTOMER, "Nobody", 'QuickBooks has no customer named "Nobody". Create it there.'),
        (
            CUSTOMER,
            "Ingram Micro",
            'QuickBooks has no customer named "Ingram Micro"' + VENDOR_HAS_IT,
        ),
        (
            CUSTOMER,
            "Ingram Micro~Rollout",
            'QuickBooks has no customer named "Ingram Micro:Rollout"' + VENDOR_HAS_IT,
        ),
        (
            CUSTOMER,
            "Rob: Barnett: Company",
            (
                'QuickBooks has no customer named "Rob:Barnett:Company": that is the job "Company" of '
                '"Rob:Barnett", since a colon or ~ means a job there, and no name can hold one. '
                "Create it there."
            ),
        ),
        (
            CUSTOMER,
            "Network",
            (
                'QuickBooks has no customer named "Network", but it has "Acme Corp:Network". Use that name '
                'at the source, or map it: qbferry map set Customer "Network" "Acme Corp:Network".'
            ),
        ),
        (
            ACCOUNT,
            "travel",
            (
                'QuickBooks has no account named "travel", but it has "Overhead:Travel". Use that name at '
                'the source, or map it: qbferry map set Account "travel" "Overhead:Travel".'
            ),
        ),
        (
            ACCOUNT,
            "Closed",
            (
                'The account "Closed" is inactive in QuickBooks. Make it active there; the record goes again '
                "in the next run."
            ),
        ),
        (ITEM, "Bundle", 'The item "Bundle" is one which is a group. Name another.'),
    ],
)
def test_what_stands_for_nothing_is_told_apart(target: Target, name: str, sentence: str) -> None:
    assert resolved(target, name).problems == [sentence]


def customer(name: str, parent: NewEntry | None = None) -> NewEntry:
    own = name.rpartition(":")[2]
    return NewEntry(
        kind="Customer", full_name=name, request="CustomerAdd", fields={"name": own}, parent=parent
    )


def test_a_new_job_is_made_under_its_customer() -> None:
    new = customer("Acme Corp:Cabling", customer("Acme Corp"))
    [made] = resolved(CUSTOMER, "Acme Corp~Cabling", new=new).missing.values()
    assert (made.full_name, made.fields["name"]) == ("Acme Corp:Cabling", "Cabling")
    assert made.fields["parent"].full_name == "Acme Corp"


def test_the_customer_of_a_new_job_is_made_first() -> None:
    new = customer("Beta:Cabling:Floor 2", customer("Beta:Cabling", customer("Beta")))
    [made] = resolved(CUSTOMER, "Beta~Cabling~Floor 2", new=new).missing.values()
    assert made.full_name == "Beta"
    assert "parent" not in made.fields


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Rob: Barnett", "no customer is made of a name with a colon: it means a job there"),
        ("B" * 42, "is too long for a new one: it holds 41 characters"),
        ("Acme Corp~" + "j" * 42, "is too long for a new one: it holds 41 characters"),
        ("Front Desk", '"Front Desk" is another name there already, so no customer can have that name'),
        ("Front Desk~Job", '"Front Desk" is another name there already, so no customer can have that name'),
    ],
)
def test_what_quickbooks_could_not_hold_is_not_made(name: str, words: str) -> None:
    levels = name.replace("~", ":").split(":")
    new = None
    for depth in range(len(levels)):
        new = customer(":".join(part.strip() for part in levels[: depth + 1]), new)
    resolution = resolved(CUSTOMER, name, new=new)
    assert not resolution.missing
    [problem] = resolution.problems
    assert words in problem


def test_a_customer_that_was_refused_fails_its_jobs() -> None:
    new = customer("Beta:Cabling", customer("Beta"))
    reference = Reference(at="it", target=CUSTOMER, name="Beta~Cabling", new=new)
    [problem] = resolve([reference], LISTS, {"Customer:beta": "No."}).problems
    assert problem == 'QuickBooks has no customer named "Beta~Cabling", and "Beta" could not be made: No.'


class Mapped(FixedLists):
    """Lists in which Beta Ltd stands for Acme Corp."""

    def find(self, kind: str, name: str) -> ListEntry | None:
        if (kind, name) == ("Customer", "Beta Ltd"):
            return ListEntry(kind=kind, list_id="80-0", full_name="Acme Corp", linked=True)
        return LISTS.find(kind, name)


def test_the_jobs_of_a_customer_that_is_mapped_are_found_and_made_below_it() -> None:
    lists = Mapped(empty=["Customer", "Vendor", "Employee", "OtherName"])
    found = resolve([Reference(at="it", target=CUSTOMER, name="Beta Ltd~Network")], lists, {})
    assert found.found["it"].full_name == "Acme Corp:Network"
    new = customer("Beta Ltd:Cabling", customer("Beta Ltd"))
    reference = Reference(at="it", target=CUSTOMER, name="Beta Ltd~Cabling", new=new)
    [made] = resolve([reference], lists, {}).missing.values()
    assert made.fields["parent"].list_id == "80-0"


def test_what_need_not_be_there_is_looked_for_once_for_all_records_of_a_message() -> None:
    optional = Target(label="class", kinds=("Class",), remedy="Create it there.", optional=True)
    remembered: Remembered = {}
    asked: list[str] = []

    class Counted(FixedLists):
        def find(self, kind: str, name: str) -> ListEntry | None:
            asked.append(name)
            return super().find(kind, name)

    for place in "abc":
        reference = Reference(at=place, target=optional, name="(none)")
        assert not resolve([reference], Counted(empty=["Class"]), {}, remembered).found

    assert asked == ["(none)"]


def test_every_record_that_names_one_on_its_way_waits_for_it() -> None:
    invoice = Target(label="invoice", record="invoice", remedy="Import it as well.")
    lists = FixedLists(peers=[Peer(entity="invoice", id="INV-1", status=TransferStatus.PENDING)])
    remembered: Remembered = {}

    for place in "ab":
        reference = Reference(at=place, target=invoice, name="INV-1")
        [sentence] = resolve([reference], lists, {}, remembered).awaited
        assert "INV-1" in sentence
