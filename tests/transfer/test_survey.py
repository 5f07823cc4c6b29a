"""How QuickBooks is asked what of ours it has: since when, in parts, and when it does not answer."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from qbferry.proof.scenario import invoice as invoice_wish
from qbferry.proof.scenario import report
from qbferry.qbxml import ours
from qbferry.simulator import HResultError, Session
from qbferry.simulator.status import Status

from .restored import Refusing, live, run, sent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from qbferry.testing.installation import Installation

    from .conftest import Backup

    Make = Callable[..., dict[str, Any]]

WEST = timezone(timedelta(hours=-8))


@pytest.fixture
def looking(world: Installation) -> Installation:
    """A world in which every message is shown."""
    world.shows_looks = True
    return world


def asked(message: str) -> list[str]:
    return re.findall(r"<(\w+Query)Rq ", message)


def since(message: str, query: str = "InvoiceQuery") -> str:
    [found] = re.findall(rf"<{query}Rq [^>]*iterator.*?<FromModifiedDate>(.*?)</FromModifiedDate>", message)
    return str(found)


def marks(world: Installation) -> dict[str, str]:
    with world.database.read() as tx:
        return tx.found.marks(1)


class TestSinceWhen:
    def test_first_since_the_connector_was_made_then_quickbooks_own_time_less_two_hours(
        self, looking: Installation, invoice: Make
    ) -> None:
        when = datetime.now(WEST).replace(microsecond=0)
        looking.company._clock = lambda: when
        looking.put("invoice", invoice(1))
        first = run(looking)[0]
        begin = datetime.fromisoformat(since(first)).replace(tzinfo=UTC)
        assert timedelta(days=2) <= datetime.now(UTC) - begin < timedelta(days=2, minutes=1)
        assert marks(looking) == {"InvoiceQuery": ""}, "nothing was there then"
        looking.put("invoice", invoice(2))
        run(looking)
        assert marks(looking) == {"InvoiceQuery": when.isoformat()}
        looking.put("invoice", invoice(3))
        assert since(run(looking)[0]) == (when - timedelta(hours=2)).isoformat()

    def test_a_clock_that_was_wrong_does_not_end_the_looking(
        self, backed_up: Backup, looking: Installation, invoice: Make
    ) -> None:
        future = datetime.now(WEST) + timedelta(days=4000)
        looking.company._clock = lambda: future
        looking.put("invoice", invoice(1))
        run(looking)
        looking.put("invoice", invoice(2))
        run(looking)
        assert marks(looking) == {"InvoiceQuery": ""}
        looking.company._clock = lambda: datetime.now(WEST)
        looking.put("invoice", invoice(3))
        restore = backed_up(looking)
        run(looking)
        restore()
        assert sent(run(looking)) == 0
        assert live(looking) == 3

    def test_a_restored_company_file_is_looked_at_further_back(
        self, looking: Installation, invoice: Make, tmp_path: Any
    ) -> None:
        for number in range(2):
            looking.put("invoice", invoice(number))
            run(looking)
        mark = marks(looking)["InvoiceQuery"]
        looking.company.backup(tmp_path / "backup.sqlite3")
        looking.company.restore(tmp_path / "backup.sqlite3")
        looking.put("invoice", invoice(2))
        messages = [message for message in run(looking) if "CompanyActivityQuery" in message]
        assert len(messages) == 2
        assert since(messages[0]) == ours.earlier(mark, timedelta(hours=2))
        assert "T" in since(messages[1])
        assert datetime.fromisoformat(since(messages[1])).tzinfo is None, "from where our own clock says"
        looking.put("invoice", invoice(3))
        assert sum("CompanyActivityQuery" in message for message in run(looking)) == 1


class TestInParts:
    @pytest.fixture
    def forgotten(
        self,
        backed_up: Backup,
        looking: Installation,
        invoice: Make,
        monkeypatch: pytest.MonkeyPatch,
    ) -> Iterator[Installation]:
        """Seven invoices that QuickBooks has and nobody here remembers, and two objects in a part."""
        looking.put("invoice", *(invoice(number) for number in range(7)))
        restore = backed_up(looking)
        run(looking)
        restore()
        monkeypatch.setattr(ours, "PAGE", 2)
        yield looking
        assert live(looking) == 7
        assert set(looking.statuses("invoice").values()) == {"Transferred"}

    def test_a_remainder_is_read_on_alone(self, forgotten: Installation) -> None:
        messages = run(forgotten)
        assert sent(messages) == 0
        going_on = [message for message in messages if 'iterator="Continue"' in message]
        assert [asked(message) for message in going_on] == [["InvoiceQuery"]] * 3
        assert all("FromModifiedDate" not in message for message in going_on)

    def test_an_iterator_that_was_lost_is_asked_for_as_a_whole(self, forgotten: Installation) -> None:
        ticket, count, messages = forgotten.begin(), 0, []
        while 0 <= count < 100:
            messages.append(forgotten.send(ticket))
            count = forgotten.receive(ticket, Session(forgotten.company).process(messages[-1]))
        forgotten.exchange.close(ticket)
        assert sent(messages) == 0
        assert asked(messages[2]) == ["InvoiceQuery"]
        assert "iterator" not in messages[2]


def test_a_call_that_comes_twice_is_asked_the_same_twice(
    backed_up: Backup, looking: Installation, invoice: Make
) -> None:
    """Only the second reply reaches QuickBooks: what was not answered was not asked."""
    looking.put("invoice", invoice(1))
    restore = backed_up(looking)
    run(looking)
    restore()
    ticket, quickbooks, percent, messages = looking.begin(), Session(looking.company), 0, []
    while 0 <= percent < 100:
        first, second = looking.send(ticket), looking.send(ticket)
        assert "InvoiceAdd" in first or asked(first) == asked(second)
        messages.append(second)
        percent = looking.receive(ticket, quickbooks.process(second))
    looking.exchange.close(ticket)
    assert sent(messages) == 0
    assert looking.statuses("invoice") == {"INV-1": "Transferred"}


class Unreadable(Session):
    """QuickBooks cannot parse a message with a certain query, though it is right (facts E)."""

    def process(self, text: str) -> str:
        if "<CompanyActivityQueryRq" in text:
            raise HResultError("0x80040400")
        return super().process(text)


class Locked:
    """Somebody works on what a query asks for, so many times."""

    def __init__(self, name: str, times: int) -> None:
        self._name, self._left = name, times

    def disturb(self, name: str) -> Status | None:
        if name != self._name or not self._left:
            return None
        self._left -= 1
        return Status(3175, "Error", "It is in use.")


class TestNoAnswer:
    def test_what_quickbooks_cannot_read_together_is_asked_one_by_one(
        self, backed_up: Backup, looking: Installation, invoice: Make
    ) -> None:
        looking.put("invoice", invoice(1))
        looking.run(Unreadable(looking.company))
        looking.put("invoice", invoice(2))
        restore = backed_up(looking)
        looking.run(Unreadable(looking.company))
        restore()
        messages: list[str] = []
        looking.run(Unreadable(looking.company), watch=messages.append)
        assert sent(messages) == 0
        assert live(looking) == 2
        assert [asked(message) for message in messages[1:3]] == [["InvoiceQuery"], ["InvoiceQuery"]]
        assert "<TxnID>" in messages[1]
        assert "FromModifiedDate" in messages[2]

    @pytest.mark.parametrize("times", [1, 9])
    def test_what_is_locked_is_asked_once_more_and_what_it_would_show_waits(
        self, backed_up: Backup, office: Installation, times: int
    ) -> None:
        """What is there already would be sent a second time."""
        office.shows_looks = True
        for wish in (invoice_wish("INV-1"), report("ER-1")):
            office.put(wish.entity, wish.document)
        restore = backed_up(office)
        run(office)
        restore()
        office.put("invoice", invoice_wish("INV-2").document)
        messages: list[str] = []
        locked = Locked("InvoiceQuery", times)
        office.run(Session(office.company, interference=locked), watch=messages.append)
        assert sent(messages) == (1 if times == 1 else 0)
        assert sent(messages, "BillAdd") == 0
        assert office.statuses("expense_report") == {"ER-1": "Transferred"}, "others go on"
        if times > 1:
            assert set(office.statuses("invoice").values()) == {"Pending"}
            assert sent(run(office)) == 1, "only the other one"
        assert set(office.statuses("invoice").values()) == {"Transferred"}
        assert (live(office), live(office, "Bill")) == (2, 1)

    def test_what_was_answered_before_waits_whatever_quickbooks_says_now(
        self, backed_up: Backup, office: Installation
    ) -> None:
        office.shows_looks = True
        office.put("invoice", invoice_wish("INV-0").document)
        run(office)
        office.put("invoice", invoice_wish("INV-1").document)
        restore = backed_up(office)
        run(office)
        restore()
        messages: list[str] = []
        office.run(Session(office.company, interference=Refusing("InvoiceQuery")), watch=messages.append)
        assert sent(messages) == 0
        run(office)
        assert live(office) == 2

    def test_what_quickbooks_refuses_keeps_no_run_from_going_on(
        self, looking: Installation, invoice: Make, caplog: pytest.LogCaptureFixture
    ) -> None:
        looking.put("invoice", invoice(1))
        looking.run(Session(looking.company, interference=Refusing("InvoiceQuery")))
        assert looking.statuses("invoice") == {"INV-1": "Transferred"}
        assert "did not say what it has: InvoiceQuery" in caplog.text
        assert marks(looking) == {}
