"""Events reach webhooks in their order, at least once, whoever fails, hangs or dies."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from qbferry.desk import webhooks
from qbferry.errors import InputError, NotFoundError
from qbferry.herald import Delivery, delivery, standard
from qbferry.store.rows import HistoryRow

from .conftest import NOW, Hook, at_work

if TYPE_CHECKING:
    from collections.abc import Callable

    from qbferry.store.webhooks import WebhookRow
    from qbferry.testing.installation import Installation

DAYS = 5


def happen(world: Installation, *names: str) -> None:
    with world.database.write() as tx:
        tx.history.append(
            [
                HistoryRow(at=NOW, connector_id=1, entity="invoice", record_pk=1, record_id=name, kind="Sent")
                for name in names
            ]
        )


def listen(world: Installation, hook: Hook, name: str = "billing") -> WebhookRow:
    with world.database.write() as tx:
        return webhooks.add(tx, name, hook.url)


def stands(world: Installation, name: str = "billing") -> WebhookRow:
    with world.database.read() as tx:
        return webhooks.named(tx, name)


def heard(hook: Hook) -> list[str]:
    return [json.loads(body)["data"].get("id", "?") for _, body in hook.calls]


def identities(hook: Hook) -> list[str]:
    return [headers["webhook-id"] for headers, _ in hook.calls]


@pytest.fixture
def sender(world: Installation) -> Delivery:
    return Delivery(world.database, DAYS)


def test_what_happens_is_sent_in_order_signed_and_once(
    world: Installation, hook: Hook, sender: Delivery
) -> None:
    happen(world, "before")
    row = listen(world, hook)
    happen(world, "A", "B")
    happen(world, "C")
    assert sender.work() == 3
    assert sender.work() == 0
    assert heard(hook) == ["A", "B", "C"]
    headers, body = hook.calls[0]
    told = json.loads(body)
    assert told["id"] == headers["webhook-id"]
    assert told["type"] == "record.sent"
    signed = b".".join((headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body))
    key = base64.b64decode(row.secret.removeprefix("whsec_"))
    wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{wanted}"


@pytest.mark.parametrize("status", [302, 404, 500])
def test_what_was_not_taken_is_sent_again_ever_later_and_nothing_before_it(
    world: Installation, hook: Hook, sender: Delivery, status: int
) -> None:
    begin = listen(world, hook).due_at
    happen(world, "A", "B")
    hook.status = status
    for after, calls in ((0, 1), (4, 1), (6, 2), (15, 2), (17, 3)):
        assert sender.work(begin + timedelta(seconds=after)) == 0
        assert len(hook.calls) == calls
    assert "HTTP" in (stands(world).error or "")
    hook.status = 200
    assert sender.work(begin + timedelta(minutes=2)) == 2
    assert heard(hook) == ["A", "A", "A", "A", "B"]
    assert len({*identities(hook)}) == 2
    assert (stands(world).error, stands(world).tries) == (None, 0)


def test_days_of_failure_give_it_up_with_an_alert_until_somebody_replays_it(
    world: Installation, hook: Hook, sender: Delivery
) -> None:
    listen(world, hook)
    happen(world, "A")
    hook.status = 500
    now = NOW + timedelta(seconds=1)
    for _ in range(DAYS * 24 + 20):
        sender.work(now)
        now += timedelta(hours=1)
    assert stands(world).disabled_at is not None
    with world.database.read() as tx:
        [alert] = tx.alerts.standing(1)
    assert (alert.kind, alert.about) == ("webhook.disabled", "billing")
    assert "HTTP 500" in alert.text
    hook.status = 200
    assert sender.work(now) == 0
    with world.database.write() as tx:
        webhooks.replay(tx, "billing")
        assert tx.alerts.standing(1) == []
    assert sender.work(now) == 2
    assert heard(hook)[-2:] == ["A", "?"], "the alert is an event as well"


def test_who_wants_no_more_gets_no_more(world: Installation, hook: Hook, sender: Delivery) -> None:
    listen(world, hook)
    happen(world, "A")
    hook.status = 410
    sender.work()
    assert stands(world).disabled_at is not None


def test_it_is_sent_again_from_where_somebody_says(world: Installation, hook: Hook, sender: Delivery) -> None:
    listen(world, hook)
    happen(world, "A", "B", "C")
    sender.work()
    first = identities(hook)
    for how, names in (
        ({"after": first[0]}, ["B", "C"]),
        ({"all_kept": True}, ["A", "B", "C"]),
        ({"since": NOW}, ["A", "B", "C"]),
        ({"since": NOW + timedelta(days=1)}, []),
    ):
        hook.calls.clear()
        with world.database.write() as tx:
            webhooks.replay(tx, "billing", **how)
        assert sender.work() == len(names)
        assert heard(hook) == names
        assert {*identities(hook)} <= {*first}


def test_one_that_hangs_holds_up_no_other(
    world: Installation, hook: Hook, sender: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standard, "SECONDS", 0.5)
    let_go = threading.Event()

    class Hangs(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            let_go.wait(10)

        def log_message(self, *_: object) -> None:
            pass

    hanging = ThreadingHTTPServer(("127.0.0.1", 0), Hangs)
    with at_work(hanging):
        with world.database.write() as tx:
            webhooks.add(tx, "slow", f"http://127.0.0.1:{hanging.server_address[1]}/")
        listen(world, hook)
        happen(world, "A")
        assert sender.work() == 1
        assert heard(hook) == ["A"]
        assert "did not take it" in (stands(world, "slow").error or "")
        let_go.set()


def test_one_that_is_not_there_is_asked_again(world: Installation, sender: Delivery) -> None:
    server = Hook()
    with at_work(server):
        listen(world, server)
    happen(world, "A")
    assert sender.work() == 0
    assert "did not take it" in (stands(world).error or "")


def test_one_process_at_a_time_sends(world: Installation, hook: Hook, sender: Delivery) -> None:
    row = listen(world, hook)
    happen(world, "A")
    now = datetime.now(UTC) + timedelta(minutes=1)  # after the event, however long ago this file was read
    with world.database.write() as tx:
        assert tx.leases.take(f"webhook {row.id}", "another", now, now + delivery.LEASE)
    assert sender.work(now) == 0
    assert hook.calls == []
    assert sender.work(now + delivery.LEASE) == 1


def test_many_processes_send_each_event_once_and_in_order(world: Installation, hook: Hook) -> None:
    listen(world, hook)
    names = [str(number) for number in range(40)]
    happen(world, *names)
    senders = [Delivery(world.database, DAYS) for _ in range(4)]
    threads = [threading.Thread(target=_until_nothing, args=(each.work,)) for each in senders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert heard(hook) == names


def test_what_is_set_back_while_it_is_sent_is_not_moved_on(
    world: Installation, sender: Delivery, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    listen(world, hook)
    happen(world, "A", "B")
    sender.work()
    happen(world, "C")
    real = standard.post

    def post(*given: Any) -> int:
        with world.database.write() as tx:
            webhooks.replay(tx, "billing", all_kept=True)
        return real(*given)

    monkeypatch.setattr(delivery, "post", post)
    sender.work()
    monkeypatch.setattr(delivery, "post", real)
    hook.calls.clear()
    sender.work()
    assert heard(hook) == ["A", "B", "C"]


def test_a_process_that_is_killed_between_two_words_leaves_nothing_out(
    world: Installation, database_url: str, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed at any event; the next process sends what was not noted again, under the same identity."""
    monkeypatch.setattr(delivery, "LEASE", timedelta(seconds=1))
    listen(world, hook)
    names = [str(number) for number in range(30)]
    happen(world, *names)
    program = (
        "import sys; from qbferry.store.database import Database\n"
        "from qbferry.herald import Delivery, delivery\n"
        "from datetime import timedelta; delivery.NOTED, delivery.LEASE = 0, timedelta(seconds=1)\n"
        f"sender = Delivery(Database(sys.argv[1]), {DAYS})\n"
        "while True: sender.work()\n"
    )
    for count in (1, 8, 20):
        process = subprocess.Popen([sys.executable, "-c", program, database_url])
        while len(hook.calls) < count and process.poll() is None:
            time.sleep(0.005)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    later = NOW + timedelta(hours=2)
    last = Delivery(world.database, DAYS)
    while last.work(later):
        later += timedelta(seconds=1)
    assert [*dict.fromkeys(heard(hook))] == names
    assert len({*identities(hook)}) == len(names)
    assert len(hook.calls) <= len(names) + 3 * 2


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://a.example/",
        "https://",
        "https://a b/",
        "https://ann:x@a.example/",
        "https://a:x/",
        "//a",
    ],
)
def test_an_address_that_cannot_be_posted_to_is_refused(world: Installation, url: str) -> None:
    with world.database.write() as tx, pytest.raises(InputError, match="address of a webhook"):
        webhooks.add(tx, "billing", url)


def test_a_name_stands_for_one(world: Installation, hook: Hook) -> None:
    listen(world, hook)
    with world.database.write() as tx:
        with pytest.raises(InputError, match="already"):
            webhooks.add(tx, "billing", hook.url)
        with pytest.raises(InputError, match="no name"):
            webhooks.add(tx, "bil ling", hook.url)
        webhooks.remove(tx, "billing")
        with pytest.raises(NotFoundError, match="there are: none"):
            webhooks.remove(tx, "billing")


def _until_nothing(work: Callable[[], int]) -> None:
    idle = 0
    while idle < 20:
        idle = 0 if work() else idle + 1
