"""The shape of a timesheet."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from qbferry import Summary, Unit
from qbferry_timesheets.document import TimesheetDocument, summary
from qbferry_timesheets.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    Make = Callable[..., dict[str, Any]]


def test_the_record_of_the_readme_is_read(timesheet: Make) -> None:
    read = TimesheetDocument.model_validate(timesheet())
    [entry] = read.entries
    assert (entry.hours, entry.billable, entry.class_) == (Decimal("7.50"), True, None)


def test_a_number_of_hours_is_taken_as_it_is_written(timesheet: Make) -> None:
    text = '{"id": "1", "date": "2026-10-26", "hours": 0.1}'
    read = TimesheetDocument.model_validate_json(
        f'{{"id": "T", "resource": "A", "period_start": "2026-10-25", "period_end": "2026-10-31", '
        f'"status": "Approved", "entries": [{text}]}}'
    )
    assert read.entries[0].hours == Decimal("0.1")


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"resource": " "}, "resource"),
        ({"status": None}, "status"),
        ({"week": 1}, "week"),
        ({"entries": [{"id": "1", "date": "2026-10-26", "hours": "many"}]}, "entries.0.hours"),
        ({"entries": [{"id": "1", "date": "26.10.2026", "hours": "1"}]}, "entries.0.date"),
        ({"entries": [{"id": "1" * 91, "date": "2026-10-26", "hours": "1"}]}, "entries.0.id"),
        ({"entries": [{"id": "1\a", "date": "2026-10-26", "hours": "1"}]}, "entries.0.id"),
        ({"entries": [{"id": " ", "date": "2026-10-26", "hours": "1"}]}, "entries.0.id"),
    ],
)
def test_a_fault_names_its_field(changes: dict[str, Any], place: str, timesheet: Make) -> None:
    with pytest.raises(ValidationError) as caught:
        TimesheetDocument.model_validate(timesheet(**changes))
    assert [".".join(map(str, fault["loc"])) for fault in caught.value.errors()] == [place]


def test_two_entries_of_one_id_are_an_error(timesheet: Make, entry: Make) -> None:
    with pytest.raises(ValidationError, match="two entries have the id 7"):
        TimesheetDocument.model_validate(timesheet(entries=[entry(7), entry(8), entry(7)]))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"billable": "Sometimes"}, "Billable"),
        ({"payroll_items": {"Regular": "x" * 32}}, "31"),
        ({"payroll_items": {"Regular": "A", "regular": "B"}}, "upper and lower case"),
    ],
)
def test_settings_that_quickbooks_could_not_follow_are_refused(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Settings.model_validate(given)


def test_lists_and_totals_know_the_hours(timesheet: Make, entry: Make) -> None:
    entries = [entry(1), entry(2, hours="0.175"), entry(3, hours="0.17")]
    assert summary(TimesheetDocument.model_validate(timesheet(entries=entries))) == Summary(
        party="Smith, Ann", dated=date(2026, 10, 31), amount=Decimal("7.85"), unit=Unit.HOURS
    )
    assert summary(TimesheetDocument.model_validate(timesheet(entries=[]))).amount == 0
