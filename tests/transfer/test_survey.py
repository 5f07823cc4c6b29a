"""How QuickBooks is asked what of ours it has: since when, in parts, and when it does not answer."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from qbferry.qbxml import ours
from qbferry.simulator import HResultError, Session

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


class Unreadable(Session):
    """QuickBooks cannot parse a message with a certain query, though it is right (facts E)."""

    def process(self, text: str) -> str:
        if "<CompanyActivityQueryRq" in text:
            raise HResultError("0x80040400")
        return super().process(text)


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

    def test_what_quickbooks_refuses_keeps_no_run_from_going_on(
        self, looking: Installation, invoice: Make, caplog: pytest.LogCaptureFixture
    ) -> None:
        looking.put("invoice", invoice(1))
        looking.run(Session(looking.company, interference=Refusing("InvoiceQuery")))
        assert looking.statuses("invoice") == {"INV-1": "Transferred"}
        assert "did not say what it has: InvoiceQuery" in caplog.text
        assert marks(looking) == {}
