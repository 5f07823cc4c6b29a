"""How time reaches QuickBooks: the rules of the README in its order, a test named for each.

The last ones run the whole way, from the records to the simulated company file and back.
"""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import qbferry_timesheets
from qbferry import Connector, ListEntry, Request, Skip
from qbferry.desk import readiness
from qbferry.desk.drawer import Drawer
from qbferry.intake import read, take_in
from qbferry.model import TransferStatus
from qbferry.plugin.manager import Plugins
from qbferry.simulator import Session
from qbferry.testing import FixedLists, make_record
from qbferry.testing import build as build_requests
from qbferry_timesheets.eligibility import RULES
from qbferry_timesheets.plugin import Timesheets
from qbferry_timesheets.settings import Settings

from .conftest import Refusing, taken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from qbferry import Lists
    from qbferry.testing.installation import Installation

    Make = Callable[..., dict[str, Any]]
    Build = Callable[..., list[Request]]


def mapped(
    document: dict[str, Any], settings: dict[str, Any], connector: Connector, lists: Lists
) -> list[Request] | Skip:
    """The requests of a timesheet, or why there are none."""
    plugins = Plugins({"timesheets": Timesheets(Settings.model_validate(settings))})
    entity = plugins.entities["timesheet"]
    return build_requests(plugins, entity, make_record(entity, document), connector, lists)


@pytest.fixture
def build(
    timesheet: Callable[..., dict[str, Any]], connector: Connector, lists: FixedLists
) -> Callable[..., list[Request]]:
    """Maps a timesheet with some fields changed, for these settings, lists and features."""

    def built(
        settings: dict[str, Any] | None = None,
        quickbooks: Lists = lists,
        features: dict[str, str] | None = None,
        **changes: Any,
    ) -> list[Request]:
        there = replace(connector, features=features or {})
        found = mapped(timesheet(**changes), settings or {}, there, quickbooks)
        assert not isinstance(found, Skip), found
        return found

    return built


@pytest.mark.parametrize(
    ("resource", "found"),
    [
        ("Smith, Ann", "Ann Smith"),
        ("ann smith", "Ann Smith"),
        ("Contractor, Cal", "Contractor, Cal"),
        ("FRONT DESK", "Front Desk"),
    ],
)
def test_the_person(resource: str, found: str, build: Build) -> None:
    [request] = build(resource=resource)
    assert request.fields["resource"].full_name == found


def test_the_person_is_an_employee_before_a_vendor_and_active_before_inactive(build: Build) -> None:
    vendor = ListEntry(kind="Vendor", list_id="1", full_name="Smith, Ann")
    employee = ListEntry(kind="Employee", list_id="2", full_name="Ann Smith")
    [request] = build(quickbooks=FixedLists([vendor, employee]))
    assert request.fields["resource"].full_name == "Ann Smith"
    [request] = build(quickbooks=FixedLists([vendor, replace(employee, is_active=False)]))
    assert request.fields["resource"].full_name == "Smith, Ann"


def test_a_person_quickbooks_does_not_know(
    timesheet: Callable[..., dict[str, Any]], connector: Connector, lists: FixedLists, build: Build
) -> None:
    refusal = mapped(timesheet(resource="Doe, Jo"), {}, connector, lists)
    assert isinstance(refusal, Skip)
    assert 'QuickBooks has no employee or vendor named "Doe, Jo" or "Jo Doe".' in refusal.reason

    [request] = build(resource="Doe, Jo", quickbooks=FixedLists(empty=["Employee", "Vendor"]))
    assert request.fields["resource"].full_name == "Doe, Jo", "other names were not read, so nobody can tell"


def test_an_inactive_person_is_said_before_anything_is_sent(
    timesheet: Callable[..., dict[str, Any]], connector: Connector
) -> None:
    ann = ListEntry(kind="Employee", list_id="2", full_name="Ann Smith", is_active=False)
    refusal = mapped(timesheet(), {}, connector, FixedLists([ann]))
    assert isinstance(refusal, Skip)
    assert '"Ann Smith" is inactive in QuickBooks. Make it active there' in refusal.reason


def test_only_time(build: Build, entry: Make) -> None:
    built = build(entries=[entry(1, hours="0"), entry(2), entry(3, hours="0.005"), entry(4, hours="0.00")])
    assert [(request.key, request.label) for request in built] == [("entry:2", "entry 2")]


def test_sums_are_kept(build: Build, entry: Make) -> None:
    built = build(entries=[entry(number, hours="0.175") for number in range(3)])
    assert [request.fields["minutes"] for request in built] == [11, 11, 10]


@pytest.mark.parametrize(
    ("resource", "category", "payroll_items", "expected"),
    [
        ("Smith, Ann", "regular", {}, "Regular"),
        ("Smith, Ann", "Holiday", {}, "Holiday"),
        ("Smith, Ann", "REGULAR", {"Regular": "Hourly Rate"}, "Hourly Rate"),
        ("Smith, Ann", "Weekday", {"weekday": "regular"}, "Regular"),
        ("Smith, Ann", None, {"Regular": "Hourly Rate"}, None),
        ("Jones, Bob", "Regular", {}, None),
        ("Contractor, Cal", "Regular", {}, None),
    ],
)
def test_payroll_items(
    resource: str,
    category: str | None,
    payroll_items: dict[str, str],
    expected: str | None,
    build: Build,
    entry: Make,
) -> None:
    [request] = build(
        resource=resource,
        entries=[entry(payroll_category=category)],
        settings={"payroll_items": payroll_items},
    )
    item = request.fields["payroll_item"]
    assert (item if isinstance(item, str | None) else item.full_name) == expected


def test_payroll_items_need_quickbooks_word_that_the_employee_is_paid_by_time(build: Build) -> None:
    silent = FixedLists([ListEntry(kind="Employee", list_id="1", full_name="Ann Smith")])
    [request] = build(quickbooks=silent)
    assert request.fields["payroll_item"] is None
    [request] = build(quickbooks=FixedLists())
    assert request.fields["payroll_item"] is None


@pytest.mark.parametrize(
    ("features", "expected"),
    [
        ({"IsUsingClassTracking": "false"}, None),
        ({"IsUsingClassTracking": "true"}, "Projects"),
        ({}, "Projects"),
    ],
)
def test_classes(features: dict[str, str], expected: str | None, build: Build, entry: Make) -> None:
    [request] = build(entries=[entry(**{"class": "Projects"})], features=features)
    assert (request.fields["class_"] and request.fields["class_"].full_name) == expected


@pytest.mark.parametrize("setting", ["Billable", "NotBillable", "HasBeenBilled"])
def test_billable_or_not(setting: str, build: Build, entry: Make) -> None:
    entries = [entry(1), entry(2, billable=False), entry(3, organization=None, billable=False)]
    built = build(settings={"billable": setting}, entries=entries)
    assert [request.fields["billable_status"] for request in built] == [setting, "NotBillable", None]


# -- The whole way


@contextmanager
def desk(world: Installation) -> Iterator[Drawer]:
    """The timesheets at hand, to be changed."""
    with (
        world.database.write() as tx,
        Drawer.open(tx, world.plugins, "timesheet", None, "continue", lock=True) as drawer,
    ):
        yield drawer


def change(world: Installation, document: dict[str, Any]) -> None:
    """Import a timesheet again."""
    with desk(world) as drawer:
        take_in(drawer, read(drawer.entity, [json.dumps(document)]))


def time(world: Installation) -> list[tuple[str, str, str]]:
    """The time in QuickBooks: customer, duration, billable status."""
    return [
        (row.get("CustomerRef", {}).get("FullName", ""), row["Duration"], row.get("BillableStatus", ""))
        for row in world.company.transactions("TimeTracking")
    ]


def test_some_entries_refused(world: Installation, timesheet: Make, entry: Make) -> None:
    entries = [entry(1), entry(2), entry(3, hours="1"), entry(4)]
    world.put("timesheet", timesheet(entries=entries))
    world.run(Session(world.company, interference=Refusing(2, 4)))
    record = world.record("timesheet", "TS-9")
    assert record.transfer_status is TransferStatus.FAILED
    first, second = (record.reason or "").splitlines()
    assert first.startswith("entry 2: ")
    assert second.startswith("entry 4: ")
    assert set(taken(world)) == {"1", "3"}
    assert len(time(world)) == 2

    entries[1] = entry(2, organization="Cedar Clinic")
    change(world, timesheet(entries=entries))
    messages: list[str] = []
    world.run(Session(world.company, interference=Refusing(2)), watch=messages.append)
    assert sum(message.count("<TimeTrackingAddRq") for message in messages) == 2, "only the missing ones"
    assert (world.record("timesheet", "TS-9").reason or "").startswith("entry 4: ")

    world.run()
    record = world.record("timesheet", "TS-9")
    assert record.transfer_status is TransferStatus.TRANSFERRED
    assert set(taken(world)) == {"1", "2", "3", "4"}
    assert not record.changed_since_transfer
    assert sorted(customer for customer, _, _ in time(world)) == ["Acme Corp"] * 3 + ["Cedar Clinic"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"organization": "Nobody Inc"}, 'no customer named "Nobody Inc" (entry 2)'),
        ({"organization": "Ingram Micro"}, 'has a vendor named "Ingram Micro"'),
        ({"item": "Nothing"}, 'no service item named "Nothing" (entry 2)'),
        ({"item": "Remote"}, 'but it has "Labor:Remote"'),
        ({"item": "Material"}, 'The service item "Material" (entry 2) is one which is no service item in'),
        ({"item": "Old Service"}, '"Old Service" (entry 2) is inactive in QuickBooks'),
        ({"class": "Nowhere"}, 'no class named "Nowhere" (entry 2)'),
    ],
)
def test_what_quickbooks_does_not_have_is_said_before_anything_is_sent(
    changes: dict[str, Any], sentence: str, world: Installation, timesheet: Make, entry: Make
) -> None:
    world.put("timesheet", timesheet(entries=[entry(1), entry(2, **changes)]))
    world.run()
    assert sentence in (world.record("timesheet", "TS-9").reason or "")
    assert world.messages() == []


def test_an_employee_of_whom_nobody_said_how_time_is_paid_is_named_with_the_box_to_tick(
    timesheet: Make, connector: Connector
) -> None:
    data = {"UseTimeDataToCreatePaychecks": "NotSet"}
    ann = ListEntry(kind="Employee", list_id="2", full_name="Ann Smith", data=data)
    refusal = mapped(timesheet(), {}, connector, FixedLists([ann]))
    assert isinstance(refusal, Skip)
    assert refusal.reason == (
        'The employee or vendor "Ann Smith" is one which nobody has told QuickBooks whether to pay by time. '
        'Tick or untick "Use time data to create paychecks" in the employee\'s payroll info.'
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"entries": [{"id": "1", "date": "2026-10-26", "hours": "3"}]},
        {"entries": []},
        {"resource": "Jones, Bob"},
    ],
    ids=["hours", "removed", "person"],
)
def test_changed_on_the_way(
    changes: dict[str, Any], world: Installation, timesheet: Make, entry: Make
) -> None:
    world.put("timesheet", timesheet(entries=[entry(1), entry(2)]))
    world.run(Session(world.company, interference=Refusing(2)))
    now = timesheet(entries=[entry(1)]) | changes
    change(world, {**now, "entries": [*now["entries"], entry(2)]})
    world.run()
    record = world.record("timesheet", "TS-9")
    assert record.transfer_status is TransferStatus.TRANSFERRED
    assert record.changed_since_transfer
    assert time(world)[0] == ("Acme Corp", "PT7H30M", "Billable"), "QuickBooks keeps what it took"


def test_changed_afterwards(world: Installation, timesheet: Make) -> None:
    world.put("timesheet", timesheet())
    world.run()
    change(world, timesheet(batch="2026-45", period_start="2026-10-26", period_end="2026-11-01"))
    record = world.record("timesheet", "TS-9")
    assert (record.batch, record.document["period_end"]) == ("2026-45", "2026-11-01")
    assert not record.changed_since_transfer
    change(world, timesheet(status="Rejected"))
    record = world.record("timesheet", "TS-9")
    assert (record.transfer_status, record.changed_since_transfer) == (TransferStatus.TRANSFERRED, True)


def test_sent_again(world: Installation, timesheet: Make, entry: Make) -> None:
    world.put("timesheet", timesheet(entries=[entry(1), entry(2)]))
    world.run()
    before = taken(world)
    change(world, timesheet(entries=[entry(1, hours="6"), entry(2)]))
    with desk(world) as drawer:
        [record] = drawer.find(["TS-9"])
        assert record.changed_since_transfer
        [warning] = readiness.questions(drawer, [record])
        assert "duplicate" in warning
        [verdict] = readiness.set_ready(drawer, [record], confirmed=["TS-9"])
        assert verdict.changed
    world.run()
    record = world.record("timesheet", "TS-9")
    assert record.transfer_status is TransferStatus.TRANSFERRED
    assert not record.changed_since_transfer
    assert set(taken(world)) == {"1", "2"}
    assert not set(taken(world).values()) & set(before.values())
    assert [duration for _, duration, _ in time(world)] == ["PT7H30M", "PT7H30M", "PT6H0M", "PT7H30M"]


def test_every_rule_of_the_readme_is_exercised() -> None:
    readme = Path(qbferry_timesheets.__file__ or "").parents[1] / "README.md"
    named = re.findall(r"^- \*\*(.+?)\.\*\*", readme.read_text(encoding="utf-8"), re.MULTILINE)
    assert named[: len(RULES)] == list(RULES), "exercised with the eligibility"
    for rule in named[len(RULES) :]:
        assert f"test_{rule.lower().replace(' ', '_')}" in globals(), rule
