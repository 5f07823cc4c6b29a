"""Web Connectors that fall asleep, repeat themselves and come too late, over one company file."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from lxml import etree

from qbferry import Poll, hookimpl
from qbferry.config import TransferSettings
from qbferry.plugin import discovery
from qbferry.plugin.manager import Plugins
from qbferry.simulator import HResultError, Session
from qbferry.store import tables
from qbferry.testing.audit import audit
from qbferry.testing.installation import PASSWORD, USER, Installation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from qbferry import Records, Response
    from qbferry.simulator.execute import Interference
    from qbferry.simulator.status import Status

    Make = Callable[..., dict[str, Any]]

HOUR = timedelta(hours=1)
MOST_TURNS = 60
STOP = -1

KINDS = ["poll", "lineage", "message", "check", "search", "closing"]
"""What may be asked."""

NOT_UNDERSTOOD, WRONG_VERSION, DIED, BROKEN = "0x80040400", "0x80040423", "0x80040402", "0x80040408"
"""Of these errors the first two alone say that nothing was executed (facts A4)."""

RESTLESS: Mapping[str, set[str]] = {
    "connector": {"last_seen_at"},
    "run": {"seen_at", "seen", "slowest", "slowest_ms"},
    "message": {"holders"},
}
"""What every call changes: it says that somebody was there."""


@dataclass(frozen=True)
class Sheet:
    """What a Web Connector was handed.

    Attributes:
        ticket: Of the run it was handed to.
        kind: What it is: ``message``, ``check``, ``search``, ``lineage``, ``poll`` or ``closing``.
        id: The question's identity.
        text: The qbXML.
    """

    ticket: str
    kind: str
    id: str
    text: str

    @property
    def request_ids(self) -> list[str]:
        return re.findall(r'requestID="([^"]*)"', self.text)


@dataclass(frozen=True)
class Answer:
    """What QuickBooks said to a sheet: qbXML, or an error instead."""

    sheet: Sheet
    text: str = ""
    hresult: str = ""


class Clerk:
    """One Web Connector, beside a QuickBooks that has the company file open.

    Attributes:
        world: Where the server and the company file are.
        ticket: Of its run; empty before the first.
    """

    def __init__(self, world: Installation) -> None:
        self.world = world
        self.ticket = ""
        self._trouble: Interference | None = None
        self._quickbooks = Session(world.company, interference=self)

    def sign_in(self, password: str = PASSWORD) -> bool:
        """Begin a run, if there is one to begin."""
        grant = self.world.exchange.authenticate(USER, password)
        self.ticket = "" if grant.answer in ("none", "nvu", "busy") else grant.ticket
        self._quickbooks = Session(self.world.company, interference=self)
        return bool(self.ticket)

    def ask(self) -> Sheet:
        """Have the next question handed out.

        Raises:
            TicketError: The run is over.
        """
        text = self.world.send(self.ticket)
        return Sheet(self.ticket, *question(self.world), text)

    def process(self, sheet: Sheet, trouble: Interference | None = None) -> Answer:
        """Give a sheet to QuickBooks."""
        self._trouble = trouble
        try:
            return Answer(sheet, self._quickbooks.process(sheet.text))
        except HResultError as error:
            return Answer(sheet, hresult=error.hresult)

    def bring(self, answer: Answer) -> int:
        """Bring an answer to the server, under the ticket it was asked under."""
        ticket, words = answer.sheet.ticket, "No." if answer.hresult else ""
        return self.world.exchange.receive_response(ticket, answer.text, answer.hresult, words)

    def do(self, sheet: Sheet) -> int:
        """Let QuickBooks answer a question, and bring that at once."""
        return self.bring(self.process(sheet))

    def until(self, kind: str) -> Sheet:
        """Work, signing in first if need be, until a question of a kind is in hand."""
        assert self.ticket or self.sign_in(), "there is nothing to do"
        for _ in range(MOST_TURNS):
            sheet = self.ask()
            if sheet.kind == kind:
                return sheet
            assert 0 <= self.do(sheet) < 100, f"the run ends without a {kind}"
        raise AssertionError(f"there is no {kind}")

    def finish(self) -> list[Sheet]:
        """Work on to the end of the run; what was handed out."""
        sheets: list[Sheet] = []
        percent = 0
        while 0 <= percent < 100:
            assert len(sheets) < MOST_TURNS, "the run does not end"
            sheets.append(self.ask())
            percent = self.do(sheets[-1])
        self.world.exchange.close(self.ticket)
        self.ticket = ""
        return sheets

    def disturb(self, name: str) -> Status | None:
        """Let QuickBooks be disturbed by what troubles it now."""
        return self._trouble.disturb(name) if self._trouble else None


class Trouble:
    """QuickBooks does something else instead of the n-th request of a kind: it dies, or gives a status."""

    def __init__(self, place: int, instead: Status | None = None, request: str = "InvoiceAdd") -> None:
        self._left, self._instead, self._request = place, instead, request

    def disturb(self, name: str) -> Status | None:
        self._left -= name == self._request
        if self._left or name != self._request:
            return None
        if self._instead is None:
            raise HResultError(DIED)
        return self._instead


def question(world: Installation) -> tuple[str, str]:
    """The open question of the run that goes on: its kind and identity."""
    with world.database.read() as tx:
        run = tx.runs.live(1)
    assert run is not None
    return run.question or "", run.question_id or ""


def calm(world: Installation) -> list[Sheet]:
    """Let undisturbed runs follow one another until nothing is due; what was handed out."""
    sheets: list[Sheet] = []
    clerk = Clerk(world)
    while clerk.sign_in():
        assert len(sheets) < MOST_TURNS, "the runs do not end"
        sheets += clerk.finish()
    return sheets


def snapshot(world: Installation) -> dict[str, Any]:
    """All that is stored, by table, but for the traces every call leaves."""
    with world.database.read() as tx:
        return {
            table.name: [
                {
                    name: value
                    for name, value in row._mapping.items()
                    if name not in RESTLESS.get(table.name, ())
                }
                for row in tx.connection.execute(table.select().order_by(*table.primary_key))
            ]
            for table in tables.metadata.sorted_tables
        }


# -- Where tests begin and end


class Curious:
    """A plugin that asks for the terms every hour, and counts what it is told."""

    def __init__(self) -> None:
        self.told = 0

    @hookimpl
    def polls(self) -> Iterable[Poll]:
        def handle(response: Response, records: Records) -> None:
            self.told += 1

        return [
            Poll(
                name="terms",
                interval=HOUR,
                query=lambda _: ("TermsQuery", "<ActiveStatus>All</ActiveStatus>"),
                handle=handle,
            )
        ]


@contextmanager
def asking(folder: Path, url: str, curious: Curious) -> Iterator[Installation]:
    """Invoices, two a message, and a poll; at the end the books must agree with QuickBooks'."""
    invoices = discovery.load(discovery.installed()["invoices"], {"check_names": False})
    plugins = Plugins({"invoices": invoices, "curious": curious})
    settings = TransferSettings(
        takeover_after=0, quiet_after_takeover=0, resend_after=0, requests_per_message=2, ticket_hours=1
    )
    with Installation(folder, plugins=plugins, settings=settings, url=url) as world:
        yield world
        audit(world)


def reach(world: Installation, invoice: Make, kind: str) -> tuple[Clerk, Sheet]:
    """A Web Connector with a question of a kind in hand; in all there are five invoices."""
    clerk = Clerk(world)
    if kind in ("poll", "closing"):
        sheet = clerk.until("poll")
        if kind == "closing":
            clerk.do(sheet)
            sheet = clerk.ask()  # though it has heard that nothing is left
        world.put("invoice", *(invoice(number) for number in range(5)))
        assert sheet.kind == kind
        return clerk, sheet
    world.put("invoice", invoice(0))
    calm(world)
    world.put("invoice", *(invoice(number) for number in range(1, 5)))
    sheet = clerk.until("lineage" if kind == "lineage" else "message")
    if kind in ("check", "search"):
        sheet = clerk.ask()  # the message was lost, before QuickBooks had it
    if kind == "search":
        clerk.do(sheet)
        sheet = clerk.ask()
    assert sheet.kind == kind
    return clerk, sheet


def once(world: Installation, number: int) -> None:
    """So many invoices are Transferred, and in QuickBooks, each once."""
    assert [*world.statuses("invoice").values()] == ["Transferred"] * number
    assert len(world.company.transactions("Invoice")) == number


# -- What becomes of answers on their way


def without(answer: Answer, *places: int) -> Answer:
    """It, some responses lost."""

    def drop(message_set: etree._Element) -> None:
        for lost in [message_set[place] for place in places]:
            message_set.remove(lost)

    return _edited(answer, drop)


def reordered(answer: Answer) -> Answer:
    """It, the last response first."""

    def turn(message_set: etree._Element) -> None:
        message_set[:] = reversed(message_set)

    return _edited(answer, turn)


def cut(answer: Answer) -> Answer:
    """It, the second half lost."""
    return replace(answer, text=answer.text[: len(answer.text) // 2])


def renamed(answer: Answer, old: str, new: str) -> Answer:
    """It, with another name in it."""
    assert old in answer.text
    return replace(answer, text=answer.text.replace(old, new))


def _edited(answer: Answer, edit: Callable[[etree._Element], None]) -> Answer:
    root = etree.fromstring(answer.text.partition("?>")[2].strip())
    edit(root[0])
    return replace(answer, text=etree.tostring(root, encoding="unicode"))
