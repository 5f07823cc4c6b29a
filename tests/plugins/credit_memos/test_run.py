"""Credit memos all the way: from records to the simulated company file and back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qbferry.config import PluginSettings
from qbferry.plugin.manager import assemble
from qbferry.simulator import HResultError, Session

from .conftest import RECORD

if TYPE_CHECKING:
    from qbferry.testing.installation import Installation

GOLDEN = Path(__file__).with_name("golden") / "plain.xml"


def test_it_arrives_with_its_number_and_is_written_as_the_golden_file_says(world: Installation) -> None:
    world.put("credit_memo", RECORD)
    messages: list[str] = []
    world.run(watch=messages.append)
    [row] = world.company.transactions("CreditMemo")
    record = world.record("credit_memo", "CM-7")
    assert (record.txn_id, record.ref_number) == (row["TxnID"], "1")
    assert row["CustomerRef"]["FullName"] == "Acme Corp"
    assert row["CreditRemaining"] == "300.00"
    [sent] = [message for message in messages if "<CreditMemoAdd>" in message]
    body = "<CreditMemoAdd>" + sent.partition("<CreditMemoAdd>")[2].partition("</CreditMemoAddRq>")[0]
    guid = body.partition("<ExternalGUID>")[2].partition("<")[0]
    assert body.replace(guid, "{marker}").replace("><", ">\n<") + "\n" == GOLDEN.read_text("ascii")


def test_what_quickbooks_does_not_know_is_said_before_anything_is_sent(world: Installation) -> None:
    lines = [{"item": "Labor", "amount": "1"}, {"item": "Nothing", "amount": "1", "class": "No class"}]
    world.put("credit_memo", RECORD | {"organization": "Nobody", "lines": lines})
    world.run()
    reason = world.record("credit_memo", "CM-7").reason or ""
    for told in ('no customer named "Nobody"', 'no item named "Nothing" (line 2)', "No class"):
        assert told in reason
    assert world.company.transactions("CreditMemo") == []


class Dies:
    """QuickBooks executes the credit memo and dies before it answers."""

    def __init__(self) -> None:
        self.done = False

    def disturb(self, name: str) -> None:
        if self.done:
            raise HResultError("0x80040402")
        self.done = name == "CreditMemoAdd"


def test_one_whose_answer_was_lost_is_found_by_its_marker_and_not_sent_twice(world: Installation) -> None:
    world.put("credit_memo", RECORD, RECORD | {"id": "CM-9"})
    world.run(Session(world.company, interference=Dies()))
    assert len(world.company.transactions("CreditMemo")) == 1
    world.run()
    assert world.statuses("credit_memo") == {"CM-7": "Transferred", "CM-9": "Transferred"}
    there = {row["TxnID"] for row in world.company.transactions("CreditMemo")}
    assert there == {world.record("credit_memo", name).txn_id for name in ("CM-7", "CM-9")}


def test_it_runs_only_where_it_is_named() -> None:
    assert "credit_memo" not in assemble(PluginSettings()).entities
    assert "credit_memo" in assemble(PluginSettings(enabled=["credit_memos"])).entities
