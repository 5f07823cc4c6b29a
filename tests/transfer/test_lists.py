"""QuickBooks' lists at hand: all of them, whole or changes, without what was deleted, none in the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from qbferry import Connector, Poll, Target, hookimpl, mirror
from qbferry.config import PluginSettings, TransferSettings
from qbferry.errors import ConfigError, PluginError
from qbferry.model import LIST_POLL
from qbferry.plugin import discovery
from qbferry.plugin.manager import Plugins, assemble
from qbferry.plugin.mirror import KINDS
from qbferry.simulator import HResultError, Session, bookkeeper, lists
from qbferry.simulator.status import UNPARSABLE, Status, bad_reference
from qbferry.store import tables
from qbferry.testing.installation import PASSWORD, USER, Installation
from qbferry.transfer.mirroring import REFRESH

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Make = Callable[..., dict[str, Any]]


class Lists:
    """A policy that mirrors lists, whatever the records."""

    def __init__(self, *kinds: str) -> None:
        self.kinds = kinds

    @hookimpl
    def polls(self, connector: Connector) -> list[Poll]:
        return [mirror(kind) for kind in self.kinds]


class Refusal:
    """Gives one kind of request a status, or cannot read it at all."""

    def __init__(self, name: str, answer: Status | HResultError, times: int = 1000) -> None:
        self.name, self.answer, self.times = name, answer, times

    def disturb(self, name: str) -> Status | None:
        if name != self.name or not self.times:
            return None
        self.times -= 1
        if isinstance(self.answer, HResultError):
            raise self.answer
        return self.answer


def plugins_with(*kinds: str) -> Plugins:
    return Plugins(
        {
            "invoices": discovery.load(discovery.installed()["invoices"], {"check_names": False}),
            "lists": Lists(*kinds),
        }
    )


def world_with(folder: Path, *kinds: str, url: str | None = None, **settings: Any) -> Installation:
    quick = {"takeover_after": 0, "quiet_after_takeover": 0, "resend_after": 0}
    transfer = TransferSettings.model_validate(quick | settings)
    return Installation(folder, plugins=plugins_with(*kinds), settings=transfer, url=url)


def run(world: Installation, invoice: dict[str, Any], session: Session | None = None) -> list[str]:
    """Make a run with an invoice; what was asked."""
    world.put("invoice", invoice)
    messages: list[str] = []
    assert world.run(session, messages.append)[-1] == 100
    return messages


def names(world: Installation, kind: str) -> set[str]:
    with world.database.read() as tx:
        return {entry.full_name for entry in tx.lists.entries(1, kind)}


def known(world: Installation, kind: str) -> bool:
    with world.database.read() as tx:
        return tx.lists.of(1).known(kind)


def last_whole(world: Installation, kind: str, ago: timedelta) -> None:
    """Let it be so long since a list was read whole."""
    with world.database.write() as tx:
        tx.polls.note(1, LIST_POLL + kind, datetime.now(UTC))
        changed = tables.poll.update().where(tables.poll.c.name == LIST_POLL + kind)
        tx.polls._connection.execute(changed.values(whole_at=datetime.now(UTC) - ago))


def unread(world: Installation) -> list[str]:
    with world.database.read() as tx:
        row, _ = tx.runs.latest(1, 1)[0]
    return [*row.memory.get("unread", {}).values()]


def test_every_list_can_be_kept_also_templates_which_take_no_filter(
    tmp_path: Path, invoice: Make, database_url: str
) -> None:
    with world_with(tmp_path, url=database_url, lists_also=[*KINDS]) as world:
        messages = run(world, invoice(1))
        assert [kind for kind in KINDS if not known(world, kind)] == []
        assert not unread(world)
        template = messages[0].partition("<TemplateQueryRq")[2].partition("</TemplateQueryRq>")[0]
        assert "ActiveStatus" not in template
        assert "Sample Service Invoice" in names(world, "Template")


def test_what_a_rule_needs_is_kept_of_an_entry(tmp_path: Path, invoice: Make) -> None:
    with world_with(tmp_path, "Item", "Account", "SalesTaxCode", "Terms") as world:
        run(world, invoice(1))
        with world.database.read() as tx:
            kept = tx.lists.of(1)
            found = [kept.find("Item", "Labor:Remote"), kept.find("Terms", "Net 30")]
            account = kept.find("Account", "Accounts Receivable")
            assert [entry and entry.data["Type"] for entry in found] == ["ItemService", "StandardTerms"]
            assert account is not None
            assert account.data["AccountType"] == "AccountsReceivable"


def test_what_is_deleted_in_quickbooks_is_gone_in_the_next_run_by_a_short_question(
    tmp_path: Path, invoice: Make, database_url: str
) -> None:
    with world_with(tmp_path, "Vendor", "Item", "Class", url=database_url) as world:
        run(world, invoice(1))
        assert "Ingram Micro" in names(world, "Vendor")
        bookkeeper.unlist(world.company, "Vendor", "Ingram Micro")
        bookkeeper.unlist(world.company, "ItemService", "Labor:On-site")
        messages = run(world, invoice(2))
        assert "Ingram Micro" not in names(world, "Vendor")
        assert "Labor:On-site" not in names(world, "Item")
        assert sum("ListDeletedQuery" in each for each in messages) == 1
        assert all("<FromModifiedDate>" in each for each in messages if "VendorQuery" in each)


def test_a_renamed_entry_and_what_lies_below_it_have_their_new_names(tmp_path: Path, invoice: Make) -> None:
    with world_with(tmp_path, "Item") as world:
        run(world, invoice(1))
        bookkeeper.rename(world.company, "ItemService", "Labor", "Work")
        run(world, invoice(2, lines=[{"id": "1", "item": "Work:Remote", "quantity": "1", "amount": "300"}]))
        assert {"Work", "Work:Remote"} <= names(world, "Item")
        assert "Labor:Remote" not in names(world, "Item")


@pytest.mark.parametrize(("ago", "there"), [(timedelta(days=6), True), (timedelta(days=8), False)])
def test_once_a_week_a_list_is_read_whole_and_what_it_has_no_more_is_swept_out(
    tmp_path: Path, invoice: Make, ago: timedelta, there: bool, database_url: str
) -> None:
    with world_with(tmp_path, "Vendor", url=database_url) as world:
        run(world, invoice(1))
        bookkeeper.merge(world.company, "Vendor", "Ingram Micro", "Contractor, Cal")
        last_whole(world, "Vendor", ago)
        messages = run(world, invoice(2))
        assert ("Ingram Micro" in names(world, "Vendor")) is there
        assert "Contractor, Cal" in names(world, "Vendor")
        asked = next(each for each in messages if "VendorQuery" in each)
        assert ("<FromModifiedDate>" in asked) is there


def test_a_whole_read_that_is_broken_off_takes_nothing_out(
    tmp_path: Path, invoice: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    with world_with(tmp_path, "Vendor") as world:
        run(world, invoice(1))
        before = names(world, "Vendor")
        last_whole(world, "Vendor", timedelta(days=8))
        monkeypatch.setattr("qbferry.transfer.polling.PAGE", 1)
        world.put("invoice", invoice(2))
        ticket = world.begin()
        session = Session(world.company)
        world.receive(ticket, session.process(world.send(ticket)))
        assert names(world, "Vendor") == before
        run(world, invoice(3))
        assert names(world, "Vendor") == before


def test_a_list_that_quickbooks_refuses_is_named_with_its_plugin_and_spoils_no_other(
    tmp_path: Path, invoice: Make
) -> None:
    with world_with(tmp_path, "Class", "Account", "Vendor") as world:
        refusal = Refusal("ClassQuery", Status(3250, "Error", "This feature is not enabled."))
        run(world, invoice(1), Session(world.company, interference=refusal))
        assert known(world, "Account")
        assert known(world, "Vendor")
        assert not known(world, "Class")
        assert unread(world) == [
            "QuickBooks did not answer the list Class of lists: This feature is not enabled (3250)."
        ]


def test_a_question_that_quickbooks_cannot_read_spoils_no_other(tmp_path: Path, invoice: Make) -> None:
    with world_with(tmp_path, "Class", "Account", "Vendor") as world:
        refusal = Refusal("ClassQuery", HResultError(UNPARSABLE))
        run(world, invoice(1), Session(world.company, interference=refusal))
        assert known(world, "Account")
        assert known(world, "Vendor")
        assert unread(world) == [
            "QuickBooks did not answer the list Class of lists: QuickBooks could not read the question."
        ]
        assert world.statuses("invoice") == {"INV-1": "Transferred"}


def test_a_misspelt_list_stops_the_start_whoever_asks_for_it(tmp_path: Path) -> None:
    with pytest.raises(
        PluginError, match=r"The plugin lists fails in polls: .*'Vendr'; did you mean Vendor\?"
    ):
        world_with(tmp_path, "Vendr")


def test_a_misspelt_list_of_a_reference_stops_the_start() -> None:
    plugin = discovery.load(discovery.installed()["invoices"], {"check_names": False})
    entity = next(iter(plugin.entities()))  # type: ignore[attr-defined]
    wrong = Target(label="customer", kinds=("Custmer",), remedy="Make it.")

    class Wrong:
        @hookimpl
        def entities(self) -> list[Any]:
            return [replace(entity, targets=(wrong,))]

    with pytest.raises(PluginError, match="'Custmer'; did you mean Customer"):
        Plugins({"wrong": Wrong()})


@pytest.mark.parametrize("setting", [{"lists_also": ["Tems"]}, {"lists_every": {"Tems": 5}}])
def test_a_misspelt_list_in_the_settings_stops_the_start(tmp_path: Path, setting: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=rf"transfer.{next(iter(setting))} .*did you mean Terms"):
        world_with(tmp_path, **setting)


def test_a_list_with_an_interval_is_asked_for_once_an_interval(tmp_path: Path, invoice: Make) -> None:
    with world_with(tmp_path, "Vendor", lists_every={"Vendor": 60}) as world:
        assert any("VendorQuery" in each for each in run(world, invoice(1)))
        assert not any("VendorQuery" in each for each in run(world, invoice(2)))


def test_a_list_that_a_person_wants_to_have_read_is_worth_a_run_and_is_read_whole(
    tmp_path: Path, invoice: Make
) -> None:
    with world_with(tmp_path, "Vendor", lists_every={"Vendor": 60}) as world:
        run(world, invoice(1))
        assert world.exchange.authenticate(USER, PASSWORD).answer == "none"
        with world.database.write() as tx:
            for kind in ("Vendor", "Template"):
                tx.polls.inquire(1, LIST_POLL + kind, [REFRESH])
        messages: list[str] = []
        world.run(watch=messages.append)
        assert any("VendorQuery" in each and "<FromModifiedDate>" not in each for each in messages)
        assert known(world, "Template")
        assert world.exchange.authenticate(USER, PASSWORD).answer == "none"


def test_a_list_a_person_wants_and_quickbooks_refuses_causes_one_run(tmp_path: Path) -> None:
    with world_with(tmp_path) as world:
        with world.database.write() as tx:
            tx.polls.inquire(1, LIST_POLL + "Class", [REFRESH])
        refusal = Refusal("ClassQuery", Status(3250, "Error", "This feature is not enabled."))
        world.run(Session(world.company, interference=refusal))
        assert len(unread(world)) == 1
        assert world.exchange.authenticate(USER, PASSWORD).answer == "none"


def test_the_percentage_tells_how_far_a_long_list_was_read(
    tmp_path: Path, invoice: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qbferry.transfer.polling.PAGE", 1)
    with world_with(tmp_path, "Customer", "Vendor") as world:
        world.put("invoice", invoice(1))
        percents = world.run()
        assert percents == sorted(percents), "it never goes back"
        assert len({*percents}) > 5
        assert percents[-1] == 100


def test_a_refusal_that_shows_a_list_to_be_old_has_it_read_and_the_record_goes_again_in_the_run(
    tmp_path: Path, database_url: str
) -> None:
    settings = TransferSettings(takeover_after=0, lists_every={"Vendor": 60, "Employee": 60})
    plugins = assemble(PluginSettings(enabled=["expenses"]))
    item = {"id": "1", "date": "2026-10-12", "category": "Travel", "amount": "43.10", "reimbursable": True}
    report = {"resource": "Jones, Bob", "name": "October", "week_ending": "2026-10-31", "items": [item]}
    report["status"] = "Approved for Payment"
    with Installation(tmp_path, plugins=plugins, settings=settings, url=database_url) as world:
        world.put("expense_report", report | {"id": "ER-1"})
        world.run()
        bookkeeper.unlist(world.company, "Vendor", "v-Jones, Bob")
        with world.company.write():
            lists.add(world.company, "Vendor", {"Name": "v-Jones, Bob"})
        world.put("expense_report", report | {"id": "ER-2"})
        messages: list[str] = []
        world.run(watch=messages.append)
        assert sum("BillAdd" in each for each in messages) == 2
        assert sum("VendorQuery" in each for each in messages) == 1
        assert set(world.statuses("expense_report").values()) == {"Transferred"}
        assert [line.kind for line in world.history("ER-2")][-2:] == ["Rejected", "Sent"]
        with world.database.read() as tx:
            row, _ = tx.runs.latest(1, 1)[0]
        assert (row.sent, row.failed, row.tried) == (1, 0, 1)


def test_a_record_that_is_refused_with_lists_just_read_again_fails_and_the_run_ends(
    tmp_path: Path, invoice: Make
) -> None:
    with world_with(tmp_path, "Customer") as world:
        refusal = Refusal("InvoiceAdd", bad_reference("Customer", "Acme Corp", "Invoice"))
        for number in (1, 2):
            world.put("invoice", invoice(number))
        messages = run(world, invoice(3), Session(world.company, interference=refusal))
        assert sum("InvoiceAdd" in each for each in messages) == 2
        assert set(world.statuses("invoice").values()) == {"Pending/Failed"}
        with world.database.read() as tx:
            row, _ = tx.runs.latest(1, 1)[0]
        assert (row.sent, row.failed, row.tried) == (0, 3, 3)


def test_under_stop_the_rest_is_not_left_because_a_list_was_old(tmp_path: Path, invoice: Make) -> None:
    with world_with(tmp_path, "Customer", on_error="stop") as world:
        once = Refusal("InvoiceAdd", bad_reference("Customer", "Acme Corp", "Invoice"), times=1)
        world.put("invoice", invoice(1), invoice(2))
        run(world, invoice(3), Session(world.company, interference=once))
        assert set(world.statuses("invoice").values()) == {"Transferred"}


def test_a_refusal_of_another_kind_has_no_list_read_again(tmp_path: Path, invoice: Make) -> None:
    with world_with(tmp_path, "Customer") as world:
        refusal = Refusal("InvoiceAdd", Status(3070, "Error", "The string is too long."))
        messages = run(world, invoice(1), Session(world.company, interference=refusal))
        assert sum("CustomerQuery" in each for each in messages) == 1
        assert sum("InvoiceAdd" in each for each in messages) == 1
