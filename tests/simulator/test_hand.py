"""What is done in QuickBooks by hand, and what no fact decides: clocks, zones, memory, restored files."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from qbferry.simulator import CompanyFile, Fault, Faults, Seed, Session, WebConnector, bookkeeper
from qbferry.simulator.status import RefusalError

if TYPE_CHECKING:
    from pathlib import Path

JULY, DECEMBER = datetime(2026, 7, 1, 18, 0, tzinfo=UTC), datetime(2026, 12, 1, 18, 0, tzinfo=UTC)


def set_to(company: CompanyFile, **settings: Any) -> None:
    with company.write():
        company.put("settings", company.get("settings") | settings)


class TestByHand:
    def test_a_transaction_is_changed_and_keeps_its_marker(self, quickbooks: Any) -> None:
        marker = "{" + "A" * 8 + "-1111-1111-1111-" + "B" * 12 + "}"
        quickbooks.send(
            quickbooks.invoice(header=f"<ExternalGUID>{marker}</ExternalGUID>"), newMessageSetID="A"
        )
        [made] = quickbooks.company.transactions("Invoice")
        bookkeeper.change(
            quickbooks.company, made["TxnID"], {"TxnDate": "2026-11-02", "RefNumber": "BY-HAND"}
        )
        [changed] = quickbooks.company.transactions("Invoice")
        assert (changed["date"], changed["RefNumber"]) == ("2026-11-02", "BY-HAND")
        assert changed["ExternalGUID"] == marker
        assert changed["EditSequence"] != made["EditSequence"]

    def test_message_sets_do_not_notice(self, quickbooks: Any) -> None:
        quickbooks.send(quickbooks.invoice(), newMessageSetID="A")
        [made] = quickbooks.company.transactions("Invoice")
        bookkeeper.delete(quickbooks.company, made["TxnID"])
        answer = quickbooks.say(quickbooks.message(newMessageSetID="A", oldMessageSetID="A"))
        assert answer[0].get("statusCode") == "0"
        [gone] = quickbooks.send("<TxnDeletedQueryRq><TxnDelType>Invoice</TxnDelType></TxnDeletedQueryRq>")
        assert gone.findtext("TxnDeletedRet/TxnID") == made["TxnID"]

    def test_what_is_not_there_is_refused(self, company: CompanyFile) -> None:
        with pytest.raises(RefusalError):
            bookkeeper.delete(company, "1-1")
        with pytest.raises(RefusalError):
            bookkeeper.change(company, "1-1", {"Memo": "x"})


class TestClocksAndZones:
    @pytest.mark.parametrize(
        ("moment", "offsets", "stamp"),
        [
            (JULY, "right", "2026-07-01T11:00:00-07:00"),
            (JULY, "wrong", "2026-07-01T11:00:00-08:00"),
            (DECEMBER, "wrong", "2026-12-01T10:00:00-08:00"),
        ],
    )
    def test_offsets_are_wrong_in_summer_if_the_seed_says_so(
        self, tmp_path: Path, moment: datetime, offsets: str, stamp: str
    ) -> None:
        seed = Seed(settings={"time_zone": "America/Los_Angeles", "summer_offset": offsets})
        with CompanyFile.open(tmp_path / "a.qbsim", seed, clock=lambda: moment) as company:
            assert company.stamp(company.second()) == stamp

    def test_a_time_without_offset_is_one_of_quickbooks_computer(self, quickbooks: Any) -> None:
        quickbooks.send(quickbooks.invoice())
        set_to(quickbooks.company, time_zone="Pacific/Kiritimati")
        there = re.sub(r"[+-]..:..$", "", quickbooks.company.stamp(quickbooks.company.second() - 60))
        query = (
            f"<InvoiceQueryRq><ModifiedDateRangeFilter><FromModifiedDate>{there}</FromModifiedDate>"
            "</ModifiedDateRangeFilter></InvoiceQueryRq>"
        )
        assert len(quickbooks.ask(query)) == 1
        set_to(quickbooks.company, time_zone="Pacific/Pago_Pago")
        assert len(quickbooks.ask(query)) == 0

    def test_the_clock_of_quickbooks_computer_moves_and_no_backup_moves_it_back(
        self, company: CompanyFile, tmp_path: Path
    ) -> None:
        before = company.second()
        company.backup(tmp_path / "backup")
        company.move_clock(3600)
        assert company.second() >= before + 3600
        company.restore(tmp_path / "backup")
        assert company.second() >= before + 3600


class TestMemory:
    def test_more_than_one_message_set_may_be_remembered(self, quickbooks: Any) -> None:
        set_to(quickbooks.company, remembered_sets=2)
        for name in "ABC":
            quickbooks.send(quickbooks.invoice(), newMessageSetID=name)
        asked = {
            name: quickbooks.say(quickbooks.message(newMessageSetID=name, oldMessageSetID=name))
            for name in "ABC"
        }
        codes = {name: answer.get("messageSetStatusCode") for name, answer in asked.items()}
        assert codes == {"A": "9002", "B": "0", "C": "0"}

    def test_all_are_cleared_at_once(self, quickbooks: Any) -> None:
        set_to(quickbooks.company, remembered_sets=2)
        for name in "AB":
            quickbooks.send(quickbooks.invoice(), newMessageSetID=name)
        assert (
            quickbooks.say(quickbooks.message(oldMessageSetID="CLR-ALL-MSG-SETS")).get("messageSetStatusCode")
            == "0"
        )
        for name in "AB":
            asked = quickbooks.say(quickbooks.message(newMessageSetID=name, oldMessageSetID=name))
            assert asked.get("messageSetStatusCode") == "9002"

    @pytest.mark.parametrize(("kept", "code"), [("of the backup", "0"), ("none", "9002")])
    def test_a_restored_file_may_remember_what_its_backup_did(
        self, quickbooks: Any, kept: str, code: str
    ) -> None:
        set_to(quickbooks.company, restored_memory=kept)
        quickbooks.send(quickbooks.invoice(), newMessageSetID="A")
        backup = quickbooks.company.copy()
        quickbooks.company.become(backup)
        asked = quickbooks.say(quickbooks.message(newMessageSetID="A", oldMessageSetID="A"))
        assert asked.get("messageSetStatusCode") == code


def test_a_restored_file_says_when_it_was(quickbooks: Any, tmp_path: Path) -> None:
    [before] = quickbooks.send("<CompanyActivityQueryRq/>")
    assert before.findtext("CompanyActivityRet/LastRestoreTime") is None
    quickbooks.company.backup(tmp_path / "backup")
    quickbooks.company.restore(tmp_path / "backup")
    [after] = quickbooks.send("<CompanyActivityQueryRq/>")
    now = quickbooks.company.stamp(quickbooks.company.second())
    assert (after.findtext("CompanyActivityRet/LastRestoreTime") or "")[:16] == now[:16]


def test_a_copy_in_memory_is_a_file_of_its_own(quickbooks: Any) -> None:
    copy = quickbooks.company.copy()
    Session(copy, "qbferry").process(quickbooks.message(quickbooks.invoice()))
    assert len(copy.transactions("Invoice")) == 1
    assert quickbooks.company.transactions("Invoice") == []
    copy.close()


def test_a_call_may_arrive_twice(server: Any, company: CompanyFile) -> None:
    plan = Faults([Fault(at="sent closeConnection", do="repeat")])
    WebConnector(server.url, "acme", "secret", company, faults=plan, noop_wait=0).run()
    assert server.operations.count("closeConnection") == 2
