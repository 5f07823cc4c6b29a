"""Alerts reach people by mail and webhook, once a fact, whoever is away for a while."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import socketserver
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_string
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from qbferry.config import AlertPlaces, AlertSettings
from qbferry.desk import connectors, readiness
from qbferry.desk.kinds import declared
from qbferry.herald import Herald, Post, Sending
from qbferry.herald.herald import LEASE
from qbferry.model import TransferStatus
from qbferry.store.rows import AlertRow, RunRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from qbferry.desk.drawer import Drawer
    from qbferry.testing.installation import Installation

    Make = Callable[..., dict[str, Any]]
    Open = Callable[[], AbstractContextManager[Drawer]]

NOW = datetime.now(UTC).replace(microsecond=0)
SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes, or so").decode()


class MailServer(socketserver.ThreadingTCPServer):
    """A small SMTP server: keeps what it is given; while it is away, it refuses."""

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Smtp)
        self.mails: list[str] = []
        self.away = False

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Smtp(socketserver.StreamRequestHandler):
    server: MailServer

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())

    def handle(self) -> None:
        if self.server.away:
            self.say("421 come back later")
            return
        self.say("220 here")
        for line in self.rfile:
            word = line[:4].upper()
            if word == b"DATA":
                self.say("354 go on")
                lines = []
                while (part := self.rfile.readline()) != b".\r\n":
                    lines.append(part.decode())
                self.server.mails.append("".join(lines))
                self.say("250 taken")
            elif word == b"QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")


class Hook(ThreadingHTTPServer):
    """A webhook: keeps what it is sent, and answers as it is told to."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Hooked)
        self.calls: list[tuple[dict[str, str], bytes]] = []
        self.status = 204

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook"


class _Hooked(BaseHTTPRequestHandler):
    server: Hook

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.calls.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(self.server.status)
        self.send_header("Location", "http://127.0.0.1:9/elsewhere")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def at_work(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def mail() -> Iterator[MailServer]:
    server = MailServer()
    with at_work(server):
        yield server


@pytest.fixture
def hook() -> Iterator[Hook]:
    server = Hook()
    with at_work(server):
        yield server


@pytest.fixture
def settings(mail: MailServer, hook: Hook) -> AlertSettings:
    return AlertSettings.model_validate(
        {
            "mail_to": ["ann@example.com"],
            "smtp_host": "127.0.0.1",
            "smtp_port": mail.port,
            "smtp_security": "none",
            "webhook_url": hook.url,
            "webhook_secret": SECRET,
        }
    )


@pytest.fixture
def herald(world: Installation, settings: AlertSettings) -> Herald:
    return made(world, settings)


def made(world: Installation, settings: AlertSettings) -> Herald:
    return Herald(
        world.database,
        declared(world.plugins),
        settings,
        "https://books.example.com/",
        since=NOW - timedelta(days=9),
    )


def alert(world: Installation, text: str = "It gets lost.", about: str = "A") -> None:
    with world.database.write() as tx:
        tx.alerts.alert(AlertRow(at=NOW, connector_id=1, kind="message.lost", about=about, text=text))


def test_an_alert_is_told_once_by_mail_and_webhook(
    world: Installation, herald: Herald, mail: MailServer, hook: Hook
) -> None:
    alert(world)
    assert herald.work() == 1
    assert herald.work() == 0
    [text] = mail.mails
    message = message_from_string(text, policy=default)
    assert message["To"] == "ann@example.com"
    assert message["Subject"] == "qbferry main: It gets lost."
    assert "It gets lost." in message.get_content()
    assert "https://books.example.com/connectors/main" in message.get_content()
    [(headers, body)] = hook.calls
    told = json.loads(body)
    assert told["data"]["connector"] == "main"
    assert told["data"]["alerts"][0]["text"] == "It gets lost."
    signed = b".".join((headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body))
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{wanted}"


def test_what_was_not_taken_is_told_again_ever_later(
    world: Installation, herald: Herald, mail: MailServer, hook: Hook
) -> None:
    mail.away = True
    alert(world)
    assert herald.work(NOW) == 0
    assert herald.work(NOW + timedelta(seconds=30)) == 0
    assert herald.work(NOW + timedelta(seconds=61)) == 0
    assert len(hook.calls) == 1, "what has arrived one way is not sent that way again"
    mail.away = False
    assert herald.work(NOW + timedelta(seconds=100)) == 0
    assert herald.work(NOW + timedelta(minutes=5)) == 1
    assert len(mail.mails) == 1
    assert len(hook.calls) == 1


@pytest.mark.parametrize("status", [302, 404, 500])
def test_a_webhook_that_does_not_take_it_is_asked_again(
    world: Installation, herald: Herald, hook: Hook, status: int
) -> None:
    hook.status = status
    alert(world)
    assert herald.work(NOW) == 0
    hook.status = 200
    assert herald.work(NOW + timedelta(minutes=2)) == 1


def test_of_two_processes_one_tells_and_the_other_when_it_is_gone(
    world: Installation, settings: AlertSettings, mail: MailServer
) -> None:
    first, second = made(world, settings), made(world, settings)
    assert first.work(NOW) == 0
    alert(world)
    assert second.work(NOW + timedelta(minutes=1)) == 0
    assert second.work(NOW + timedelta(minutes=6)) == 1
    assert first.work(NOW + timedelta(minutes=7)) == 0
    assert len(mail.mails) == 1


def test_a_digest_waits_and_tells_all_at_once(
    world: Installation, settings: AlertSettings, mail: MailServer
) -> None:
    herald = made(world, settings.model_copy(update={"digest_minutes": 30}))
    alert(world, "First.", "A")
    alert(world, "Second.", "B")
    assert herald.work(NOW + timedelta(minutes=29)) == 0
    assert herald.work(NOW + timedelta(minutes=30)) == 2
    [text] = mail.mails
    assert "First." in text
    assert "Second." in text
    assert "(and 1 more)" in text


def test_a_connector_can_have_places_of_its_own(
    world: Installation, settings: AlertSettings, mail: MailServer, hook: Hook
) -> None:
    own = AlertSettings.model_validate(
        settings.model_dump() | {"connectors": {"main": {"mail_to": ["bob@example.com"], "webhook_url": ""}}}
    )
    alert(world)
    assert made(world, own).work() == 1
    assert "bob@example.com" in mail.mails[0]
    assert hook.calls == []


def test_where_nobody_wants_to_hear_nothing_is_sent_and_it_stands(world: Installation) -> None:
    alert(world)
    assert made(world, AlertSettings()).work() == 0
    with world.database.read() as tx:
        assert len(tx.alerts.standing(1)) == 1


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


def run(world: Installation, error: str = "", *, ended: bool = True) -> None:
    with world.database.write() as tx:
        at = NOW if ended else None
        ticket = secrets.token_bytes(32)
        tx.runs.add(
            RunRow(connector_id=1, ticket=ticket, started_at=NOW, seen_at=NOW, ended_at=at, last_error=error)
        )


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


def test_alerts_nobody_wants_keep_no_others_from_being_told(
    world: Installation, settings: AlertSettings, mail: MailServer
) -> None:
    with world.database.write() as tx:
        connectors.add(tx, "north", user="north", password="something quite long")
    for number in range(120):
        alert(world, about=str(number))
    with world.database.write() as tx:
        tx.alerts.alert(AlertRow(at=NOW, connector_id=2, kind="message.lost", about="Z", text="Here."))
    nobody = AlertPlaces(mail_to=[], webhook_url="")
    herald = made(world, settings.model_copy(update={"connectors": {"main": nobody}}))
    assert herald.work(NOW) == 1
    assert "Here." in mail.mails[0]


def test_a_process_that_lost_the_lease_meanwhile_tells_no_more(
    world: Installation, settings: AlertSettings, mail: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with world.database.write() as tx:
        connectors.add(tx, "north", user="north", password="something quite long")
    for number in (1, 2):
        with world.database.write() as tx:
            tx.alerts.alert(
                AlertRow(at=NOW, connector_id=number, kind="message.lost", about="Z", text="Here.")
            )
    slow, other = made(world, settings), made(world, settings)
    send = Post.send

    def send_slowly(post: Post, sending: Sending, taken: set[str]) -> list[str]:
        monkeypatch.setattr(Post, "send", send)
        other.work(NOW + LEASE)
        return send(post, sending, taken)

    monkeypatch.setattr(Post, "send", send_slowly)
    slow.work(NOW)
    # The first was told by both, as a mail that was sent before it was noted is; the second by one.
    assert len([one for one in mail.mails if "qbferry north" in one]) == 1


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


def test_no_secret_is_in_what_is_said(
    world: Installation, settings: AlertSettings, mail: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    mail.away = True
    secret = settings.model_copy(update={"smtp_user": "u"})
    alert(world)
    made(world, secret).work(NOW)
    assert "did not take it" in caplog.text
    assert SECRET not in caplog.text


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


def test_a_lease_that_is_a_moment_younger_is_no_clock_that_ran_ahead(
    world: Installation, settings: AlertSettings
) -> None:
    first, second = made(world, settings), made(world, settings)
    first.work(NOW + timedelta(milliseconds=5))
    alert(world)
    assert second.work(NOW) == 0
    assert second.work(NOW - timedelta(days=3)) == 1, "what lasts for days no lease is"


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


def test_a_receiver_that_speaks_something_else_is_asked_later_and_keeps_nobody_waiting(
    world: Installation, settings: AlertSettings, mail: MailServer
) -> None:
    odd = made(world, settings.model_copy(update={"webhook_url": f"http://127.0.0.1:{mail.port}/x"}))
    alert(world)
    assert odd.work(NOW) == 0
    assert odd.work(NOW + timedelta(seconds=30)) == 0
    assert len(mail.mails) == 1, "by mail it has arrived"


def test_each_connectors_webhook_is_an_address_of_the_web() -> None:
    with pytest.raises(ValueError, match="webhook_url"):
        AlertSettings.model_validate({"connectors": {"main": {"webhook_url": "file:///etc/hostname"}}})
