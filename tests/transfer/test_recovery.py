"""Whatever dies, whenever it dies, every record is in QuickBooks exactly once.

The ``world`` fixture compares the books at the end of every test.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from qbferry.desk import doubt
from qbferry.errors import InputError
from qbferry.model import TransferStatus
from qbferry.simulator import Fault, Faults, HResultError, Session

from .restored import at_desk, edited

if TYPE_CHECKING:
    from collections.abc import Callable

    from qbferry.testing.installation import Installation

    Make = Callable[..., dict[str, Any]]


class DiesAt:
    """QuickBooks dies before the n-th request of a kind, counted over all sessions."""

    def __init__(self, *numbers: int, request: str = "InvoiceAdd") -> None:
        self._numbers, self._request, self.count = numbers, request, 0

    def disturb(self, name: str) -> None:
        if name == self._request:
            self.count += 1
            if self.count in self._numbers:
                raise HResultError("0x80040402")


def invoices_there(world: Installation) -> list[str]:
    return [row["RefNumber"] for row in world.company.transactions("Invoice")]


def test_an_answer_that_never_arrived_is_fetched_not_sent_again(world: Installation, invoice: Make) -> None:
    world.put("invoice", *(invoice(number) for number in range(3)))
    ticket = world.begin()
    Session(world.company).process(world.send(ticket))
    world.restart()
    messages: list[str] = []
    world.run(watch=messages.append)
    assert "InvoiceAdd" not in "".join(messages)
    assert set(world.statuses("invoice").values()) == {"Transferred"}
    assert len(invoices_there(world)) == 3


def test_a_message_quickbooks_never_saw_goes_again_unchanged(world: Installation, invoice: Make) -> None:
    world.put("invoice", *(invoice(number) for number in range(3)))
    lost = world.send(world.begin())
    messages: list[str] = []
    world.run(watch=messages.append)
    assert lost in messages
    assert len(invoices_there(world)) == 3


def test_a_repeated_send_asks_what_became_of_the_first(world: Installation, invoice: Make) -> None:
    world.put("invoice", invoice(1))
    ticket = world.begin()
    first = world.send(ticket)
    again = world.send(ticket)
    assert again != first
    assert "InvoiceAdd" not in again
    assert "oldMessageSetID" in again
    world.run()


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_quickbooks_dying_inside_a_message_neither_loses_nor_repeats(
    world: Installation, invoice: Make, number: int
) -> None:
    world.put("invoice", *(invoice(n) for n in range(4)))
    dying = Session(world.company, interference=DiesAt(number))
    assert world.run(dying) == [-1]
    world.run()
    assert set(world.statuses("invoice").values()) == {"Transferred"}
    assert len(invoices_there(world)) == 4


def test_a_backup_restored_while_an_answer_was_missing_loses_nothing(
    world: Installation, invoice: Make, tmp_path: Any
) -> None:
    world.put("invoice", invoice(1), invoice(2))
    world.company.backup(tmp_path / "backup")
    Session(world.company).process(world.send(world.begin()))
    world.company.restore(tmp_path / "backup")
    world.run()
    assert len(invoices_there(world)) == 2


def test_a_late_answer_is_taken_whoever_brings_it(world: Installation, invoice: Make) -> None:
    world.put("invoice", invoice(1))
    first = world.begin()
    answer = Session(world.company).process(world.send(first))
    second = world.begin()
    check = world.send(second)
    assert world.receive(first, answer) == -1, "the run is over for it, but nothing is lost"
    assert world.statuses("invoice") == {"INV-1": "Transferred"}
    assert world.receive(second, Session(world.company).process(check)) == 100
    assert len(invoices_there(world)) == 1


def test_an_answer_brought_twice_changes_nothing(world: Installation, invoice: Make) -> None:
    world.put("invoice", invoice(1), invoice(2, organization="Nobody Inc"))
    ticket = world.begin()
    answer = Session(world.company).process(world.send(ticket))
    assert world.receive(ticket, answer) == 100
    before = [*world.history("INV-1"), *world.history("INV-2")]
    assert world.receive(ticket, answer) == 100
    assert len(before) == len([*world.history("INV-1"), *world.history("INV-2")])


def test_answers_belong_to_requests_by_id_not_by_position(world: Installation, invoice: Make) -> None:
    from lxml import etree

    world.put("invoice", invoice(1), invoice(2, organization="Nobody Inc"), invoice(3))
    ticket = world.begin()
    answer = Session(world.company).process(world.send(ticket))
    root = etree.fromstring(answer.partition("?>")[2].strip())
    message_set = root[0]
    message_set[:] = reversed(message_set)
    world.receive(ticket, etree.tostring(root, encoding="unicode"))
    assert world.statuses("invoice")["INV-2"] == "Pending/Failed"
    assert "Nobody Inc" in (world.record("invoice", "INV-2").reason or "")


@pytest.mark.parametrize(
    "garbage",
    [
        "",
        "<html>Bad gateway</html>",
        "<QBXML><QBXMLMsgsRs></QBXMLMsgsRs></QBXML>",
        "<QBXML>",
        '<QBXML><QBXMLMsgsRs><InvoiceAddRs requestID="1" statusCode="0" /></QBXMLMsgsRs></QBXML>',
    ],
)
def test_an_answer_that_says_nothing_is_asked_for_again(
    world: Installation, invoice: Make, garbage: str
) -> None:
    world.put("invoice", invoice(1))
    ticket = world.begin()
    Session(world.company).process(world.send(ticket))
    world.receive(ticket, garbage)
    assert world.statuses("invoice") == {"INV-1": "Pending"}
    world.run()
    assert len(invoices_there(world)) == 1


def test_half_an_answer_is_no_answer(world: Installation, invoice: Make) -> None:
    from lxml import etree

    world.put("invoice", invoice(1), invoice(2))
    ticket = world.begin()
    answer = Session(world.company).process(world.send(ticket))
    root = etree.fromstring(answer.partition("?>")[2].strip())
    root[0].remove(root[0][1])
    assert world.receive(ticket, etree.tostring(root, encoding="unicode")) < 100
    world.exchange.close(ticket)
    world.run()
    assert set(world.statuses("invoice").values()) == {"Transferred"}
    assert len(invoices_there(world)) == 2


def test_a_message_quickbooks_cannot_parse_is_taken_apart(world: Installation, invoice: Make) -> None:
    world.put("invoice", *(invoice(number) for number in range(4)))

    class Picky(Session):
        """Refuses whole messages in which one customer's invoice is."""

        def process(self, text: str) -> str:
            if "Remote culprit" in text:
                raise HResultError("0x80040400")
            return super().process(text)

    culprit = invoice(9)
    culprit["lines"][0]["description"] = "Remote culprit"
    world.put("invoice", culprit)
    assert world.run(Picky(world.company))[-1] == 100
    statuses = world.statuses("invoice")
    assert statuses.pop("INV-9") == "Pending/Failed"
    assert set(statuses.values()) == {"Transferred"}
    assert "alone" not in statuses
    assert [line.kind for line in world.history("INV-9")] == ["Skipped"]
    # It travels alone from now on, and holds nobody up.
    world.put("invoice", invoice(10))
    world.run(Picky(world.company))
    assert world.statuses("invoice")["INV-10"] == "Transferred"
    assert len(world.messages()[-1].requests) == 1


def test_a_record_that_kills_quickbooks_is_isolated_and_held(world: Installation, invoice: Make) -> None:
    poison = invoice(5)
    poison["lines"][0]["description"] = "poison"
    world.put("invoice", invoice(1), poison, invoice(2))

    class Poisoned(Session):
        """Dies for good at a certain text, having executed what came before it."""

        def process(self, text: str) -> str:
            if "poison" in text:
                before = text.partition("poison")[0].count("<InvoiceAddRq")
                dying = Session(world.company, interference=DiesAt(before))
                return dying.process(text)
            return super().process(text)

    for _ in range(12):
        if not _anything_due(world):
            break
        world.run(Poisoned(world.company))
    statuses = world.statuses("invoice")
    assert statuses == {"INV-1": "Transferred", "INV-5": "Pending/Failed", "INV-2": "Transferred"}
    assert "by itself" in (world.record("invoice", "INV-5").reason or "")
    assert world.record("invoice", "INV-5").queue_position is None, "it waits for a person"


def _anything_due(world: Installation) -> bool:
    return any(record.queue_position for record in world.records("invoice")) or any(
        message.settled_at is None for message in world.messages()
    )


class Mute(Session):
    """Refuses to be asked about invoices."""

    def process(self, text: str) -> str:
        answer = super().process(text)
        return answer if "<InvoiceQueryRs" not in answer else _refused(text)


def half_executed(world: Installation, invoice: Make) -> None:
    """Two invoices are handed out; QuickBooks dies behind the first."""
    world.put("invoice", invoice(1), invoice(2))
    with pytest.raises(HResultError):
        Session(world.company, interference=DiesAt(2)).process(world.send(world.begin()))


def test_what_quickbooks_does_not_say_is_asked_again_and_never_in_doubt_by_itself(
    world: Installation, invoice: Make
) -> None:
    half_executed(world, invoice)
    for _ in range(2):
        messages: list[str] = []
        assert world.run(Mute(world.company), watch=messages.append)[-1] == -1
        assert sum("<InvoiceQueryRq" in message for message in messages) == 2, "once more in the next call"
        assert not any(record.in_doubt for record in world.records("invoice"))
        assert len(invoices_there(world)) == 1
    with world.database.read() as tx:
        assert tx.alerts.standing(1) == []
    world.run(Mute(world.company))
    with world.database.read() as tx:
        [alert] = tx.alerts.standing(1)
    assert (alert.kind, "qbferry doubt raise" in alert.text) == ("search.unanswered", True)
    assert world.run()[-1] == 100, "it answers again"
    assert world.statuses("invoice") == {"INV-1": "Transferred", "INV-2": "Transferred"}
    assert len(invoices_there(world)) == 2
    with world.database.read() as tx:
        assert tx.alerts.standing(1) == [], "it has come right by itself"


@pytest.mark.parametrize("instead", ["3175", "0x80040400", "0x80040408", "a missing row"])
def test_however_a_search_is_not_answered_it_is_asked_again(
    world: Installation, invoice: Make, instead: str
) -> None:
    half_executed(world, invoice)

    class Once(Session):
        """Does not answer the first search."""

        spared = False

        def process(self, text: str) -> str:
            if "<InvoiceQueryRq" not in text or self.spared:
                return super().process(text)
            self.spared = True
            if instead.startswith("0x"):
                raise HResultError(instead)
            if instead == "3175":
                return _refused(text).replace("3250", "3175")
            return re.sub(r"<InvoiceQueryRs .*?</InvoiceQueryRs>", "", super().process(text), flags=re.DOTALL)

    world.run(Once(world.company))
    if instead == "0x80040408":
        world.run()
    assert world.statuses("invoice") == {"INV-1": "Transferred", "INV-2": "Transferred"}
    assert len(invoices_there(world)) == 2


def test_a_person_may_decide_what_quickbooks_does_not_say(world: Installation, invoice: Make) -> None:
    half_executed(world, invoice)
    world.run(Mute(world.company))
    with world.database.write() as tx:
        names = doubt.raise_doubt(tx, world.plugins, None, "continue")
    assert names == ["Invoice INV-1", "Invoice INV-2"]
    for record in world.records("invoice"):
        assert record.in_doubt
        assert record.queue_position is None
        assert str(record.transfer_status) == "Pending/Failed"
        assert "qbferry doubt there invoice" in (record.reason or "")
    with at_desk(world) as drawer:
        doubt.there(drawer, "INV-1", txn_id=world.company.transactions("Invoice")[0]["TxnID"])
        doubt.not_there(drawer, "INV-2")
    world.run()
    assert world.statuses("invoice") == {"INV-1": "Transferred", "INV-2": "Transferred"}
    assert len(invoices_there(world)) == 2


def test_a_person_decides_only_what_is_unanswered_and_in_no_run(world: Installation, invoice: Make) -> None:
    with world.database.write() as tx, pytest.raises(InputError, match="No message of the connector main"):
        doubt.raise_doubt(tx, world.plugins, None, "continue")
    half_executed(world, invoice)
    with world.database.write() as tx, pytest.raises(InputError, match="qbferry runs end 1"):
        doubt.raise_doubt(tx, world.plugins, None, "continue")
    world.run()


def _refused(text: str) -> str:
    rows = "".join(
        f'<{name}Rs requestID="{key}" statusCode="3250" statusSeverity="Error" statusMessage="No."/>'
        for name, key in re.findall(r'<(\w+)Rq requestID="([^"]*)"', text)
    )
    return f"<QBXML><QBXMLMsgsRs>{rows}</QBXMLMsgsRs></QBXML>"


def test_a_lock_is_waited_out(world: Installation, invoice: Make) -> None:
    world.put("invoice", invoice(1), invoice(2))
    locked = Faults([Fault(at="request", do="status", code=3175, request="InvoiceAdd")])

    class Locked:
        def disturb(self, name: str) -> Any:
            hits = locked.hit("request", name)
            return hits[0].answer if hits else None

    world.run(Session(world.company, interference=Locked()))
    assert world.statuses("invoice") == {"INV-1": "Pending", "INV-2": "Transferred"}
    world.run()
    assert world.statuses("invoice") == {"INV-1": "Transferred", "INV-2": "Transferred"}


def test_a_wanted_duplicate_has_a_marker_of_its_own(world: Installation, invoice: Make) -> None:
    world.put("invoice", invoice(1))
    world.run()
    with edited(world, "invoice", "INV-1") as row:
        row.transfer_status, row.queue_position = TransferStatus.PENDING, 99
    Session(world.company).process(world.send(world.begin()))
    world.run()
    markers = [row["ExternalGUID"] for row in world.company.transactions("Invoice")]
    assert len(set(markers)) == 2
