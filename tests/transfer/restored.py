"""What the tests of restored company files share: a run's messages, what QuickBooks has, what it refuses."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from qbferry.config import TransferSettings
from qbferry.desk.drawer import Drawer
from qbferry.simulator import Session
from qbferry.simulator.status import Status, unsupported

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from qbferry.model import RecordRow
    from qbferry.testing.installation import Installation

    Make = Callable[..., dict[str, Any]]


def run(world: Installation) -> list[str]:
    """Make a run; its messages."""
    messages: list[str] = []
    world.run(watch=messages.append)
    return messages


def sent(messages: list[str], name: str = "InvoiceAdd") -> int:
    return sum(message.count(f"<{name}Rq") for message in messages)


def looks(messages: list[str]) -> int:
    """How many messages ask whether QuickBooks still has what it was given."""
    return sum("QueryRq" in message and "<TxnID>" in message for message in messages)


@contextmanager
def at_desk(world: Installation, entity: str = "invoice") -> Iterator[Drawer]:
    """A person at work on one kind of records."""
    with (
        world.database.write() as tx,
        Drawer.open(tx, world.plugins, entity, None, "continue", lock=True) as drawer,
    ):
        yield drawer


@contextmanager
def edited(world: Installation, entity: str, name: str) -> Iterator[RecordRow]:
    """A record whose row is changed behind everybody's back."""
    with world.database.write() as tx:
        row = tx.records.by_id(1, entity, [name])[name]
        yield row
        tx.records.save([row])
        tx.records.save_documents([row])


def live(world: Installation, kind: str = "Invoice") -> int:
    return sum(not row["deleted"] for row in world.company.transactions(kind))


class Refusing:
    """QuickBooks does what requests of this name ask so many times, and then no more."""

    def __init__(self, name: str, after: int = 0) -> None:
        self._name, self._left = name, after

    def disturb(self, name: str) -> Status | None:
        if name != self._name:
            return None
        self._left -= 1
        return unsupported() if self._left < 0 else None


def by_hand(world: Installation, kind: str, txn_id: str) -> None:
    body = f"<TxnDelRq><TxnDelType>{kind}</TxnDelType><TxnID>{txn_id}</TxnID></TxnDelRq>"
    head = '<?xml version="1.0"?><?qbxml version="13.0"?><QBXML><QBXMLMsgsRq onError="stopOnError">'
    answer = Session(world.company, "a person").process(f"{head}{body}</QBXMLMsgsRq></QBXML>")
    assert 'statusCode="0"' in answer


def per_message(world: Installation, requests: int) -> None:
    world.settings = TransferSettings(
        takeover_after=0, quiet_after_takeover=0, resend_after=0, requests_per_message=requests
    )
    world.restart()
