"""An answer that contradicts itself, or says done without what was made: it is asked about, not believed.

The ``world`` fixture compares the books at the end of every test.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from qbferry.simulator.status import Status

from .adversary import Answer, Clerk, Trouble, calm
from .restored import live

if TYPE_CHECKING:
    from collections.abc import Callable

    from qbferry.testing.installation import Installation

    Make = Callable[..., dict[str, Any]]

REFUSED = '<InvoiceAddRs requestID="{id}" statusCode="3140" statusSeverity="Error" statusMessage="No."/>'
WARNED = (
    '<InvoiceAddRs requestID="{id}" statusCode="{code}" statusSeverity="{severity}" statusMessage="Odd."/>'
)


def rows(answer: Answer) -> list[str]:
    row = r"<InvoiceAddRs [^>]*?(?:/>|(?<!/)>.*?</InvoiceAddRs>)"
    return re.findall(row, answer.text, flags=re.DOTALL)


def with_row(answer: Answer, row: str) -> Answer:
    """It, with one more row at the end."""
    return replace(answer, text=answer.text.replace("</QBXMLMsgsRs>", f"{row}</QBXMLMsgsRs>"))


@pytest.mark.parametrize("executed", [True, False])
@pytest.mark.parametrize("place", ["before", "behind"])
def test_two_rows_that_contradict_each_other_are_asked_about(
    world: Installation, invoice: Make, executed: bool, place: str
) -> None:
    world.put("invoice", invoice(1), invoice(2))
    clerk = Clerk(world)
    sheet = clerk.until("message")
    made = clerk.process(sheet) if executed else None
    row = rows(made)[0] if made else WARNED.format(id=sheet.request_ids[0], code=0, severity="Info")
    other = REFUSED.format(id=sheet.request_ids[0])
    both = other + row if place == "before" else row + other
    text = f"<QBXML><QBXMLMsgsRs>{both}{rows(made)[1] if made else ''}</QBXMLMsgsRs></QBXML>"
    clerk.bring(Answer(sheet, text))
    assert set(world.statuses("invoice").values()) == {"Pending"}, "nothing of it is believed"
    calm(world)
    assert live(world) == 2
    assert set(world.statuses("invoice").values()) == {"Transferred"}
    assert [line.kind for line in world.history("INV-1")] == ["Sent"]


def test_two_rows_that_say_the_same_are_one(world: Installation, invoice: Make) -> None:
    world.put("invoice", invoice(1))
    clerk = Clerk(world)
    answer = clerk.process(clerk.until("message"))
    assert clerk.bring(with_row(answer, rows(answer)[0])) == 100


@pytest.mark.parametrize(("code", "severity"), [(530, "Warn"), (0, "Info")])
@pytest.mark.parametrize("executed", [True, False])
def test_an_add_that_is_said_to_be_done_without_what_it_made_is_asked_about(
    world: Installation, invoice: Make, executed: bool, code: int, severity: str
) -> None:
    world.put("invoice", invoice(1), invoice(2))
    clerk = Clerk(world)
    sheet = clerk.until("message")
    answer = clerk.process(sheet, None if executed else Trouble(1, Status(3140, "Error", "No.")))
    row = WARNED.format(id=sheet.request_ids[0], code=code, severity=severity)
    text = f"<QBXML><QBXMLMsgsRs>{row}{rows(answer)[1]}</QBXMLMsgsRs></QBXML>"
    with world.company.write():
        world.company.forget_response("application")
    clerk.bring(Answer(sheet, text))
    assert world.record("invoice", "INV-1").txn_id is None
    kinds = [each.kind for each in clerk.finish()]
    assert kinds[0] == "search"
    if executed:
        assert world.statuses("invoice") == {"INV-1": "Transferred", "INV-2": "Transferred"}
        assert world.record("invoice", "INV-1").txn_id
    elif severity == "Warn":  # QuickBooks has said that it has saved nothing, and it has not got it
        assert world.statuses("invoice") == {"INV-1": "Pending/Failed", "INV-2": "Transferred"}
        assert "Odd." in (world.record("invoice", "INV-1").reason or "")
    calm(world)
    assert live(world) == 2


def test_a_refusal_that_was_heard_in_half_an_answer_counts(world: Installation, invoice: Make) -> None:
    world.put("invoice", invoice(1, organization="Nobody Inc"), invoice(2))
    clerk = Clerk(world)
    sheet = clerk.until("message")
    answer = clerk.process(sheet)
    with world.company.write():
        world.company.forget_response("application")
    clerk.bring(Answer(sheet, answer.text.replace(rows(answer)[-1], "")))
    sheets = clerk.finish()
    assert sum(each.text.count("<InvoiceAddRq") for each in sheets) == 0
    assert world.statuses("invoice") == {"INV-1": "Pending/Failed", "INV-2": "Transferred"}
    assert [line.kind for line in world.history("INV-1")] == ["Rejected"]


def test_what_is_kept_of_half_an_answer_is_the_last_half(world: Installation, invoice: Make) -> None:
    world.put("invoice", invoice(1), invoice(2))
    clerk = Clerk(world)
    sheet = clerk.until("message")
    answer = clerk.process(sheet)
    clerk.bring(Answer(sheet, answer.text.replace(rows(answer)[1], "")))
    assert clerk.until("search")
    assert clerk.bring(answer) == 100, "the whole one counts whenever it comes"
    assert live(world) == 2
