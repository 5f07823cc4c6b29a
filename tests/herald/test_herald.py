"""Alerts reach people by mail and webhook, once a fact, whoever is away for a while."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from email import message_from_string
from email.policy import default
from typing import TYPE_CHECKING, Any

import pytest

from qbferry.config import AlertPlaces, AlertSettings
from qbferry.desk import connectors
from qbferry.herald import Herald, Post, Sending
from qbferry.herald.herald import LEASE
from qbferry.store.rows import AlertRow

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from qbferry.desk.drawer import Drawer
    from qbferry.testing.installation import Installation

    Make = Callable[..., dict[str, Any]]
    Open = Callable[[], AbstractContextManager[Drawer]]

from .conftest import NOW, SECRET, Hook, MailServer, alert, made


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


def test_no_secret_is_in_what_is_said(
    world: Installation, settings: AlertSettings, mail: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    mail.away = True
    secret = settings.model_copy(update={"smtp_user": "u"})
    alert(world)
    made(world, secret).work(NOW)
    assert "did not take it" in caplog.text
    assert SECRET not in caplog.text


def test_a_lease_that_is_a_moment_younger_is_no_clock_that_ran_ahead(
    world: Installation, settings: AlertSettings
) -> None:
    first, second = made(world, settings), made(world, settings)
    first.work(NOW + timedelta(milliseconds=5))
    alert(world)
    assert second.work(NOW) == 0
    assert second.work(NOW - timedelta(days=3)) == 1, "what lasts for days no lease is"


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
