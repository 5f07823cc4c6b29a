"""List entries that records need and QuickBooks does not have: made first, and once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from qbferry.config import PluginSettings, TransferSettings
from qbferry.model import LIST_POLL
from qbferry.plugin.manager import assemble
from qbferry.simulator import HResultError, Session, bookkeeper
from qbferry.simulator.status import Status
from qbferry.testing.installation import Installation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Reports = Callable[..., list[dict[str, Any]]]

NOT_UNDERSTOOD = "0x80040400"


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[Installation]:
    plugins = assemble(PluginSettings(enabled=["expenses"]))
    with Installation(
        tmp_path, plugins=plugins, settings=TransferSettings(takeover_after=0), url=database_url
    ) as installation:
        yield installation


@pytest.fixture
def reports() -> Reports:
    """Makes expense reports, one for each resource."""

    def make(*resources: str) -> list[dict[str, Any]]:
        item = {
            "id": "1",
            "date": "2026-10-12",
            "category": "Travel",
            "amount": "43.10",
            "reimbursable": True,
        }
        return [
            {
                "id": f"ER-{number}",
                "resource": resource,
                "name": "October",
                "week_ending": "2026-10-31",
                "status": "Approved for Payment",
                "items": [item],
            }
            for number, resource in enumerate(resources, 1)
        ]

    return make


def vendors(world: Installation, part: str) -> set[str]:
    names = [entry.full_name for entry in world.company.select_entries(["Vendor"])]
    assert len(names) == len(set(names))
    return {name for name in names if part in name}


def sent(messages: list[str]) -> list[str]:
    """What was added, message by message: ``2 VendorAdd``."""
    adds = [re.findall(r"<(\w+Add)Rq ", message) for message in messages]
    return [f"{len(names)} {names[0]}" for names in adds if names]


class Refusing:
    """Gives some requests of a name a status of its own."""

    def __init__(self, name: str, code: int, times: int = 1) -> None:
        self._name, self._code, self._left = name, code, times

    def disturb(self, name: str) -> Status | None:
        if name != self._name or not self._left:
            return None
        self._left -= 1
        return Status(self._code, "Error", "No.")


def carry(world: Installation, quickbooks: Session | None = None) -> list[str]:
    messages: list[str] = []
    world.run(quickbooks, watch=messages.append)
    return sent(messages)


def test_they_are_made_once_however_many_records_need_them(world: Installation, reports: Reports) -> None:
    world.put("expense_report", *reports("Jones, Bob", "Doe, Jo", "JONES, bob", "Ingram Micro", "Doe,  Jo"))
    assert carry(world) == ["2 VendorAdd", "5 BillAdd"]
    assert set(world.statuses("expense_report").values()) == {"Transferred"}
    assert vendors(world, "v-") == {"v-Smith, Ann", "v-Jones, Bob", "v-Doe, Jo"}


def test_what_needs_none_keeps_its_place_before_what_waits(world: Installation, reports: Reports) -> None:
    world.put("expense_report", *reports("Contractor, Cal", "Jones, Bob", "Contractor, Cal"))
    assert carry(world) == ["1 BillAdd", "1 VendorAdd", "2 BillAdd"]


def test_a_person_may_rename_them_afterwards(world: Installation, reports: Reports) -> None:
    world.put("expense_report", *reports("Jones, Bob"))
    carry(world)
    with world.company.write():
        world.company._db.execute(
            "UPDATE entry SET name = 'Bobby', full_name = 'Bobby', key = 'bobby' WHERE key = 'v-jones, bob'"
        )
    world.put("expense_report", *[one | {"id": "ER-9"} for one in reports("Jones, Bob")])
    assert carry(world) == ["1 BillAdd"]
    assert vendors(world, "Bob") == {"Bobby"}


def test_a_refusal_fails_only_those_that_need_it_and_is_tried_again(
    world: Installation, reports: Reports
) -> None:
    world.put("expense_report", *reports("Jones, Bob", "Contractor, Cal", "Jones, Bob", "Doe, Jo"))
    refusal = Refusing("VendorAdd", 3260)
    assert carry(world, Session(world.company, interference=refusal)) == [
        "1 VendorAdd",
        "1 BillAdd",
        "1 VendorAdd",
        "1 BillAdd",
    ]
    assert list(world.statuses("expense_report").values()) == [
        "Pending/Failed",
        "Transferred",
        "Pending/Failed",
        "Transferred",
    ]
    reason = world.record("expense_report", "ER-3").reason
    assert reason
    assert reason.startswith(
        'QuickBooks has no vendor named "Jones, Bob", and "v-Jones, Bob" could not be made: '
    )
    assert carry(world) == ["1 VendorAdd", "2 BillAdd"]
    assert set(world.statuses("expense_report").values()) == {"Transferred"}


def test_a_name_that_came_to_be_in_use_is_found_by_reading_the_lists_again(
    world: Installation, reports: Reports
) -> None:
    world.put("expense_report", *reports("Jones, Bob", "Jones, Bob"))
    ticket, quickbooks = world.begin(), Session(world.company)
    messages: list[str] = []
    while "VendorAddRq" not in (message := world.send(ticket)):
        world.receive(ticket, quickbooks.process(message))
    quickbooks.process(
        '<?xml version="1.0"?><?qbxml version="13.0"?><QBXML><QBXMLMsgsRq onError="stopOnError"><VendorAddRq>'
        "<VendorAdd><Name>v-Jones, Bob</Name></VendorAdd></VendorAddRq></QBXMLMsgsRq></QBXML>"
    )
    percent = world.receive(ticket, quickbooks.process(message))
    while percent < 100:
        messages.append(world.send(ticket))
        percent = world.receive(ticket, quickbooks.process(messages[-1]))
    assert "VendorQueryRq" in "".join(messages[:3])
    assert sent(messages) == ["2 BillAdd"]
    assert set(world.statuses("expense_report").values()) == {"Transferred"}
    assert vendors(world, "Bob") == {"v-Jones, Bob"}


@pytest.mark.parametrize("code", [3100, 3120, 3140])
@pytest.mark.parametrize("name", ["VendorAdd", "BillAdd"])
def test_what_shows_a_list_to_be_old_has_it_read_again_and_goes_once_more_in_the_run(
    name: str, code: int, world: Installation, reports: Reports
) -> None:
    world.put("expense_report", *reports("Jones, Bob"))
    messages: list[str] = []
    refusal = Refusing(name, code)
    world.run(Session(world.company, interference=refusal), watch=messages.append)
    tries = ["1 VendorAdd", "1 BillAdd"]
    again = {"VendorAdd": ["1 VendorAdd", *tries], "BillAdd": [*tries, "1 BillAdd"]}
    assert sent(messages) == again[name]
    assert sum("VendorQueryRq" in message for message in messages) == 2
    assert world.statuses("expense_report") == {"ER-1": "Transferred"}
    assert vendors(world, "Bob") == {"v-Jones, Bob"}


@pytest.mark.parametrize("code", [3100, 3120, 3140])
@pytest.mark.parametrize("name", ["VendorAdd", "BillAdd"])
def test_what_is_refused_again_with_lists_just_read_fails_and_the_run_ends(
    name: str, code: int, world: Installation, reports: Reports
) -> None:
    world.put("expense_report", *reports("Jones, Bob"))
    adds = carry(world, Session(world.company, interference=Refusing(name, code, times=9)))
    assert adds.count(f"1 {name}") == 2
    assert world.statuses("expense_report") == {"ER-1": "Pending/Failed"}


@pytest.mark.parametrize("lost", ["answer", "message"])
def test_what_became_of_them_is_found_out_after_a_crash(
    world: Installation, reports: Reports, lost: str
) -> None:
    world.put("expense_report", *reports("Jones, Bob", "Doe, Jo"))
    ticket, quickbooks = world.begin(), Session(world.company)
    while "VendorAddRq" not in (message := world.send(ticket)):
        world.receive(ticket, quickbooks.process(message))
    if lost == "answer":
        quickbooks.process(message)
    world.restart()
    added = carry(world)
    assert added == (["2 BillAdd"] if lost == "answer" else ["2 VendorAdd", "2 BillAdd"])
    assert vendors(world, "v-") == {"v-Smith, Ann", "v-Jones, Bob", "v-Doe, Jo"}
    assert set(world.statuses("expense_report").values()) == {"Transferred"}


def test_one_that_quickbooks_cannot_read_is_found_and_fails_its_record_alone(
    world: Installation, reports: Reports
) -> None:
    world.put("expense_report", *reports("Jones, Bob", "Doe, Jo"))
    ticket, quickbooks, percent = world.begin(), Session(world.company), 0
    for _ in range(50):
        message = world.send(ticket)
        if "<Name>v-Doe, Jo</Name>" in message:
            percent = world.exchange.receive_response(ticket, "", NOT_UNDERSTOOD, "an error when parsing")
        else:
            try:
                answer = quickbooks.process(message)
            except HResultError as error:
                percent = world.exchange.receive_response(ticket, "", error.hresult, error.message)
            else:
                percent = world.receive(ticket, answer)
        if not 0 <= percent < 100:
            break
    assert percent == 100
    assert world.statuses("expense_report") == {"ER-1": "Transferred", "ER-2": "Pending/Failed"}, [
        one.reason for one in world.records("expense_report")
    ]
    assert vendors(world, "v-") == {"v-Smith, Ann", "v-Jones, Bob"}


def test_nothing_is_made_while_the_lists_were_never_read(world: Installation, reports: Reports) -> None:
    world.put("expense_report", *reports("Jones, Bob"))
    refusal = Refusing("VendorQuery", 3175, times=9)
    assert carry(world, Session(world.company, interference=refusal)) == ["1 BillAdd"]
    assert "v-" not in (world.record("expense_report", "ER-1").reason or "")
    with world.database.read() as tx:
        assert f"{LIST_POLL}Vendor" not in tx.lists.answered(1)


def test_an_account_that_was_deleted_meanwhile_is_said_in_the_run_that_needed_it(tmp_path: Path) -> None:
    plugins = assemble(
        PluginSettings.model_validate(
            {
                "enabled": ["inventory_counts"],
                "inventory_counts": {"account": "Cost of Goods Sold", "income_account": "Services"},
            }
        )
    )
    count = {"id": "IC-1", "count_date": "2026-10-31", "lines": [{"product": "Cable", "quantity": "3"}]}
    settings = TransferSettings(takeover_after=0, lists_every={"Account": 60})
    with Installation(tmp_path, plugins=plugins, settings=settings) as world:
        world.put("inventory_count", count | {"lines": [{"product": "Switch 24p", "quantity": "3"}]})
        carry(world)
        bookkeeper.unlist(world.company, "Account", "Services")
        world.put("inventory_count", count | {"id": "IC-2"})
        assert carry(world) == ["1 ItemInventoryAdd"]
        assert world.statuses("inventory_count") == {"IC-1": "Transferred", "IC-2": "Pending/Failed"}
        reason = world.record("inventory_count", "IC-2").reason or ""
        assert '"Cable" cannot be made: QuickBooks has no income account named "Services"' in reason
