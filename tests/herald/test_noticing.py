"""What is worth an alert is noticed, told once a fact, and goes when it has come right."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from email import message_from_string
from email.policy import default
from typing import TYPE_CHECKING, Any

from qbferry.desk import readiness
from qbferry.desk.kinds import declared
from qbferry.herald import Herald
from qbferry.model import TransferStatus
from qbferry.store.rows import RunRow

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from qbferry.config import AlertSettings
    from qbferry.desk.drawer import Drawer
    from qbferry.testing.installation import Installation

    Make = Callable[..., dict[str, Any]]
    Open = Callable[[], AbstractContextManager[Drawer]]

from .conftest import NOW, MailServer, made


def run(world: Installation, error: str = "", *, ended: bool = True) -> None:
    with world.database.write() as tx:
        at = NOW if ended else None
        ticket = secrets.token_bytes(32)
        tx.runs.add(
            RunRow(connector_id=1, ticket=ticket, started_at=NOW, seen_at=NOW, ended_at=at, last_error=error)
        )


def test_what_failed_is_one_fact_a_reason_until_it_goes(
    world: Installation, herald: Herald, mail: MailServer, invoice: Make, drawer: Open
) -> None:
    world.put("invoice", invoice("A-1", organization="Nobody"), invoice("A-2", organization="Nobody"))
    world.run()
    assert herald.work(NOW) == 1
    told = message_from_string(mail.mails[0], policy=default).get_content()
    assert "2 invoices did not go to QuickBooks" in told
    assert "Nobody" in told
    assert "https://books.example.com/records/invoice?status=Pending/Failed&connector=main" in told
    world.put("invoice", invoice("A-3", organization="Nobody"))
    world.run()
    assert herald.work(NOW + timedelta(minutes=1)) == 0, "the same reason is the same fact"
    with drawer() as opened:
        list(readiness.set_not_ready(opened, opened.find(["A-1", "A-2", "A-3"])))
    herald.work(NOW + timedelta(minutes=2))
    with world.database.read() as tx:
        assert tx.alerts.standing(1) == []


def test_a_record_in_doubt_is_told_with_its_page(
    world: Installation, herald: Herald, mail: MailServer, invoice: Make
) -> None:
    world.put("invoice", invoice("A/1"))
    with world.database.write() as tx:
        row = tx.records.by_id(1, "invoice", ["A/1"])["A/1"]
        row.in_doubt, row.reason, row.transfer_status = True, "Nobody can tell.", readiness.WAITING[1]
        tx.records.save([row])
    assert herald.work(NOW) >= 1
    assert "https://books.example.com/records/invoice/A%2F1?connector=main" in "".join(mail.mails)


def test_a_silent_connector_is_told_until_it_comes(
    world: Installation, herald: Herald, mail: MailServer
) -> None:
    with world.database.write() as tx:
        row = tx.connectors.named(None, lock=True)
        row.every_minutes, row.last_seen_at = 10, NOW - timedelta(hours=5)
        tx.connectors.save(row)
    assert herald.work(NOW) == 1
    assert (
        "it is to come every 10 minutes" in message_from_string(mail.mails[0], policy=default).get_content()
    )
    with world.database.write() as tx:
        row = tx.connectors.named(None, lock=True)
        row.last_seen_at = datetime.now(UTC)
        tx.connectors.save(row)
    assert herald.work(NOW + timedelta(minutes=1)) == 0
    with world.database.read() as tx:
        assert tx.alerts.standing(1) == []


def test_a_run_that_ended_with_an_error_is_told_once_for_the_same_error(
    world: Installation, herald: Herald, mail: MailServer
) -> None:
    for number in range(2):
        with world.database.write() as tx:
            tx.runs.add(
                RunRow(
                    connector_id=1,
                    ticket=bytes([number]) * 32,
                    started_at=NOW,
                    seen_at=NOW,
                    ended_at=NOW,
                    last_error="QuickBooks is busy.",
                )
            )
        herald.work(NOW + timedelta(minutes=number))
    [text] = mail.mails
    assert "A run of main ended with an error: QuickBooks is busy." in text


def test_a_run_with_an_error_is_told_although_a_good_one_followed_at_once(
    world: Installation, settings: AlertSettings, mail: MailServer
) -> None:
    herald = made(world, settings.model_copy(update={"digest_minutes": 30}))
    run(world, "QuickBooks is busy.")
    run(world)
    assert [herald.work(NOW + timedelta(minutes=minute)) for minute in (0, 1, 40)] == [0, 0, 1]
    assert len(mail.mails) == 1
    herald.work(NOW + timedelta(minutes=41))
    with world.database.read() as tx:
        assert tx.alerts.standing(1) == []


def test_an_error_is_not_told_again_while_the_next_run_goes_on(
    world: Installation, herald: Herald, mail: MailServer
) -> None:
    run(world, "QuickBooks is busy.")
    herald.work(NOW)
    run(world, ended=False)
    herald.work(NOW + timedelta(minutes=1))
    with world.database.write() as tx:
        live = tx.runs.live(1)
        assert live is not None
        live.ended_at, live.last_error = NOW, "QuickBooks is busy."
        tx.runs.save(live)
    herald.work(NOW + timedelta(minutes=2))
    assert len(mail.mails) == 1


def test_after_a_stop_of_the_server_no_connector_is_called_silent_at_once(
    world: Installation, settings: AlertSettings, mail: MailServer
) -> None:
    with world.database.write() as tx:
        row = tx.connectors.named(None, lock=True)
        row.every_minutes, row.last_seen_at = 10, NOW - timedelta(hours=5)
        tx.connectors.save(row)
    started = Herald(world.database, declared(world.plugins), settings, "https://books.example.com/")
    assert started.work(NOW) == 0
    assert mail.mails == []


def test_one_record_that_fails_and_another_for_the_same_reason_are_one_fact(
    world: Installation, herald: Herald, mail: MailServer, invoice: Make, drawer: Open
) -> None:
    world.put("invoice", invoice("A-100"), invoice("A-200"))
    for number, name in enumerate(("A-100", "A-200")):
        with drawer() as opened:
            [row] = opened.find([name])
            row.transfer_status, row.reason = TransferStatus.FAILED, f"Invoice {name} has no customer."
            opened.tx.records.save([row])
        herald.work(NOW + timedelta(minutes=number))
    assert len(mail.mails) == 1


def test_a_restored_company_file_is_told(
    world: Installation, herald: Herald, mail: MailServer, invoice: Make, tmp_path: Path
) -> None:
    world.put("invoice", invoice("A-1"))
    world.company.backup(tmp_path / "backup")
    world.run()
    world.company.restore(tmp_path / "backup")
    world.put("invoice", invoice("A-2"))
    world.run()
    herald.work(NOW)
    told = "".join(mail.mails)
    assert "was restored from a backup; one record has lost" in " ".join(told.split())


def test_what_a_person_has_dismissed_is_told_again_only_after_it_had_come_right(
    world: Installation, herald: Herald, mail: MailServer
) -> None:
    def silent_since(hours: int) -> None:
        with world.database.write() as tx:
            row = tx.connectors.named(None, lock=True)
            row.every_minutes, row.last_seen_at = 10, datetime.now(UTC) - timedelta(hours=hours)
            tx.connectors.save(row)

    silent_since(5)
    assert herald.work(NOW) == 1
    with world.database.write() as tx:
        [standing] = tx.alerts.standing(1)
        assert tx.alerts.dismiss(standing.id, NOW, "Ann")
    assert herald.work(NOW + timedelta(minutes=1)) == 0
    silent_since(0)
    assert herald.work(NOW + timedelta(minutes=2)) == 0
    silent_since(5)
    assert herald.work(NOW + timedelta(minutes=3)) == 1
    assert len(mail.mails) == 2
