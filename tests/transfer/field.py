"""A company file, Web Connectors and people: what may happen, and what must be true whatever happens."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tests.plain import INVOICES

from qbferry import hookimpl
from qbferry.config import TransferSettings
from qbferry.desk import connectors, doubt
from qbferry.desk.drawer import Drawer
from qbferry.desk.numbers import clear
from qbferry.desk.readiness import set_not_ready, set_ready
from qbferry.errors import InFlightError, InputError, TicketError
from qbferry.intake import Arrival, take_in
from qbferry.model import TransferStatus
from qbferry.plugin.manager import Plugins
from qbferry.simulator.status import locked
from qbferry.store import tables
from qbferry.testing.audit import audit
from qbferry.testing.installation import PASSWORD, Installation
from qbferry_invoices import mapping
from qbferry_invoices.plugin import Invoices
from qbferry_invoices.references import given

from .adversary import (
    BROKEN,
    HOUR,
    NOT_UNDERSTOOD,
    WRONG_VERSION,
    Answer,
    Clerk,
    Curious,
    Sheet,
    Trouble,
    cut,
    renamed,
    reordered,
    without,
)
from .restored import by_hand

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from qbferry import Connector, Lists, Names, Request
    from qbferry.model import RecordRow
    from qbferry_invoices.state import InvoiceRecord

CLERKS = 3
DAYS = ["2026-10-29", "2026-10-30", "2026-10-31"]

LONGEST = 8
"""Questions in one stretch of work."""

CALM = 12
"""Undisturbed runs after which nothing is due any more."""

MOST_LATE = 4
"""Different old answers that come at once, three times each."""

SILENT = ["asleep", "asked twice", "dropped", "held", "lost", "died unheard", "refused unheard"]
BROUGHT = ["done", "died", "refused", "locked", "error instead", "twice"]
SPOILT = ["truncated", "cut", "reordered", "foreign"]
"""What may become of a message: no answer is brought, an answer or an error is, or one that is not whole."""

ASKED = ["done", "asked twice", "held", "lost", "refused", "error instead", "twice", "truncated", "cut"]
"""What may become of another question."""

RECOVERING, FRESH = ["message", "search", "check"], ["message", "message", "lineage", "poll"]
"""What a run may be about to ask, with an unanswered message and without."""


class LineByLine(Invoices):
    """Makes an invoice of each line, so that half of a record may be in QuickBooks."""

    @hookimpl
    def build_requests(
        self, record: InvoiceRecord, connector: Connector, lists: Lists, names: Names
    ) -> Iterable[Request]:
        for line in record.document.lines:
            part = record.document.model_copy(update={"lines": [line]})
            for request in mapping.requests(part, INVOICES, given(part, INVOICES, connector)):
                yield type(request)(key=f"line:{line.id}", name=request.name, fields=request.fields)


class Workshop:
    """An installation that is set back to its beginning as often as is wanted: one invoice was transferred.

    Attributes:
        world: It.
    """

    def __init__(self, folder: Path) -> None:
        self._plugins = {
            True: Plugins({"invoices": LineByLine(INVOICES), "curious": Curious()}),
            False: Plugins({"curious": Curious()}),
        }
        transfer = TransferSettings(
            takeover_after=0, quiet_after_takeover=0, resend_after=0, requests_per_message=3
        )
        self.world = Installation(folder, plugins=self._plugins[True], settings=transfer)
        self.world.put("invoice", document(0, DAYS[0]))
        self.world.run()
        self._file, self._books = folder / "qbferry.sqlite3", folder / "books.backup"
        self._company = folder / "company.backup"
        _copy(self._file, self._books)
        self.world.company.backup(self._company)

    def reset(self) -> None:
        _copy(self._books, self._file)
        self.world.company.restore(self._company)
        self.start(present=True)

    def start(self, *, present: bool) -> None:
        """Begin as a new server, with the invoices' plugin or without it."""
        self.world.plugins = self._plugins[present]
        self.world.restart()


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as theirs, closing(sqlite3.connect(target)) as ours:
        theirs.backup(ours)


def document(number: int, day: str, version: int = 0) -> dict[str, Any]:
    """An invoice whose lines name themselves, so that they are known in QuickBooks without their marker.

    Every third one has two lines, and QuickBooks refuses every eighth.
    """
    lines = [
        {
            "id": str(line),
            "item": "Labor~Remote",
            "quantity": "2.5",
            "amount": "300.00",
            "description": f"INV-{number} {line}, version {version}",
        }
        for line in range(2 if number % 3 == 2 else 1)
    ]
    return {
        "id": f"INV-{number}",
        "organization": "Nobody Inc" if number % 8 == 7 else "Acme Corp",
        "invoice_date": day,
        "total": f"{300 * len(lines)}.00",
        "lines": lines,
    }


@dataclass(frozen=True)
class Work:
    """A stretch of work of one Web Connector.

    Attributes:
        who: Which one.
        goal: To which question it works on as if nothing were wrong.
        fate: What becomes of that, if it is a message.
        trouble: What becomes of that, if it is another question.
        place: Of the request or response that is concerned.
        late: The kind of old answers that come once more then.
    """

    who: int
    goal: int
    fate: str
    trouble: str
    place: int
    late: str


class Field:
    """An installation with three Web Connectors, from its beginning.

    Attributes:
        pool: What QuickBooks has answered, as it left it; any of it may come, again, at any time.
        hands: What each Web Connector was handed and has not given to QuickBooks.
        known: The last sheet a Web Connector knows of, by ticket.
        live: The ticket of the last run.
        allowed: How often each invoice may be in QuickBooks.
        unknown: TxnIDs of what people have found, but could not name.
    """

    def __init__(self, workshop: Workshop, *, stop: bool) -> None:
        workshop.reset()
        self.workshop, self.world = workshop, workshop.world
        self.clerks = [Clerk(self.world) for _ in range(CLERKS)]
        self.hands: list[Sheet | None] = [None] * CLERKS
        self.pool: list[Answer] = []
        self.known: dict[str, Sheet] = {}
        self.live = ""
        self.allowed = Counter({"INV-0": 1})
        self.unknown: set[str] = set()
        self._versions = 0
        with self.world.database.write() as tx:
            row = tx.connectors.lock(1)
            row.on_error = "stop" if stop else "continue"
            tx.connectors.save(row)

    # -- The Web Connectors

    def work(self, work: Work) -> None:
        """Work on until a question of some kind is in hand; something happens to it, and old answers come."""
        asleep = self.hands[work.who]
        if asleep is not None and work.goal % 2:
            self._suffer(work.who, asleep, work)
        else:
            self._go_on(work)
        old = [answer for answer in self.pool if answer.sheet.kind == work.late]
        for answer in old[-MOST_LATE:] * 3:
            self.bring(answer)

    def _go_on(self, work: Work) -> None:
        kinds = RECOVERING if self._unsettled() else FRESH
        for _ in range(LONGEST):
            sheet = self._ask(work.who)
            if sheet is None:
                return
            reached = sheet.kind == kinds[work.goal % len(kinds)]
            over = self._suffer(work.who, sheet, work, spared=not reached)
            if reached or over:
                return

    def _ask(self, who: int) -> Sheet | None:
        """Have the next question handed out, in a new run where the last is over; None: nothing is due."""
        clerk, sheet = self.clerks[who], None
        self.hands[who] = None
        if clerk.ticket:
            with suppress(TicketError):
                sheet = clerk.ask()
        if sheet is None and self.sign_in(who):
            sheet = clerk.ask()
        if sheet is not None:
            self.known[sheet.ticket] = sheet
        return sheet

    def sign_in(self, who: int) -> bool:
        """Begin anew, as after a crash."""
        self.hands[who] = None
        begun = self.clerks[who].sign_in()
        self.live = self.clerks[who].ticket or self.live
        return begun

    def end(self, who: int) -> None:
        """Close the connection."""
        clerk = self.clerks[who]
        with suppress(TicketError):
            if clerk.ticket:
                self.world.exchange.last_error(clerk.ticket)
                self.world.exchange.close(clerk.ticket)
        clerk.ticket, self.hands[who] = "", None

    def _suffer(self, who: int, sheet: Sheet, work: Work, *, spared: bool = False) -> bool:
        """Let something happen to a sheet; whether the run is over then, or nothing more is heard of it."""
        fate = "done" if spared else work.fate if sheet.kind == "message" else work.trouble
        self.hands[who] = None
        if fate == "asked twice":  # and it hears the first reply after all
            self._ask(who)
            self.known[sheet.ticket] = sheet
        if fate in ("asleep", "asked twice"):
            self.hands[who] = sheet
        if fate in ("asleep", "asked twice", "dropped"):
            return True
        answer = self._answer(who, sheet, fate, work.place)
        if sheet.kind == "search":
            self._let_lie(sheet)
        if fate != "lost":
            self.pool.append(answer)
        if fate in SILENT:
            return True
        if fate == "error instead":
            answer = Answer(sheet, hresult=BROKEN)
        for _ in range(2 if fate == "twice" else 1):
            percent = self.bring(spoilt(answer, fate, work.place))
        if percent == -1 or (percent == 100 and work.place % 4):  # else it asks on, though nothing is left
            self.end(who)
        return percent in (-1, 100)

    def _answer(self, who: int, sheet: Sheet, fate: str, place: int) -> Answer:
        """What QuickBooks says, which may die in the middle of a message."""
        if fate in ("refused", "refused unheard"):
            wrong = sheet.kind == "message" and place % 5 == 0
            return Answer(sheet, hresult=WRONG_VERSION if wrong else NOT_UNDERSTOOD)
        if fate not in ("died", "died unheard", "locked"):
            return self.clerks[who].process(sheet)
        nth = place % sheet.text.count("<InvoiceAddRq") + 1
        return self.clerks[who].process(sheet, Trouble(nth, locked("It") if fate == "locked" else None))

    def bring(self, answer: Answer, ticket: str | None = None) -> int:
        """Bring an answer, under its own ticket or another one.

        An error says not what it is about: a Web Connector brings it before it asks for anything else.
        """
        ticket = ticket or answer.sheet.ticket
        if answer.hresult and ticket == self.live and self.known[ticket] is not answer.sheet:
            return 0
        words = "No." if answer.hresult else ""
        percent = -1
        with suppress(TicketError):
            percent = self.world.exchange.receive_response(ticket, answer.text, answer.hresult, words)
        self._let_lie()
        return percent

    def _let_lie(self, search: Sheet | None = None) -> None:
        """Let nobody give QuickBooks a message that is settled, or of which another run has asked it."""
        for who, sheet in enumerate(self.hands):
            if sheet is not None and sheet.kind == "message":
                asked = search is not None and search.ticket != sheet.ticket
                if asked or sheet.id != self._unsettled():
                    self.hands[who] = None

    def _unsettled(self) -> str | None:
        """The identity of the unanswered message."""
        with self.world.database.read() as tx:
            message = tx.messages.unsettled(1)
        return None if message is None else message.message_set_id

    # -- People

    def forget(self) -> None:
        """Let QuickBooks have no stored answer any more."""
        with self.world.company.write():
            self.world.company.forget_response("application")

    def happen(self, event: str) -> None:
        """Let a person, or the time, do something to the connector."""
        with self.world.database.write() as tx:
            if event == "password":
                connectors.set_password(tx, "main", PASSWORD)
            elif event == "pause":
                connectors.pause(tx, "main", paused=True)
                connectors.pause(tx, "main", paused=False)
            else:
                tx.connection.execute(tables.poll.update().values(answered_at=datetime.now(UTC) - HOUR))

    @contextmanager
    def _desk(self) -> Iterator[Drawer]:
        """A person at work, who is refused what cannot be done now."""
        refusals = InFlightError if self.world.plugins.entities else InputError
        with (
            suppress(refusals),
            self.world.database.write() as tx,
            Drawer.open(tx, self.world.plugins, "invoice", None, "continue", lock=True) as drawer,
        ):
            yield drawer

    def import_new(self, days: list[str]) -> None:
        """Import invoices, ready."""
        if self.world.plugins.entities:
            numbers = range(len(self.allowed), len(self.allowed) + len(days))
            self.world.put("invoice", *(document(*each) for each in zip(numbers, days, strict=True)))
            self.allowed.update(f"INV-{number}" for number in numbers)

    def act(self, act: str, which: int) -> None:
        """Let a person do something with an invoice.

        One that is Transferred is set ready to go a second time; one that is cleared may go as a new one.
        """
        with self._desk() as drawer:
            [row] = drawer.find([f"INV-{which % len(self.allowed)}"])
            if act == "ready":
                again = row.transfer_status is TransferStatus.TRANSFERRED
                [verdict] = set_ready(drawer, [row], None)
                self.allowed[row.id] += again and verdict.changed
            elif act == "not ready":
                list(set_not_ready(drawer, [row]))
            elif act == "change":
                self._change(drawer, row)
            elif act == "clear":
                [verdict] = clear(drawer, [row])
                self.allowed[row.id] += verdict.changed
            else:
                self._decide(drawer)

    def _change(self, drawer: Drawer, row: RecordRow) -> None:
        """Import an invoice again, with another text and day."""
        self._versions += 1
        changed = document(int(row.id.partition("-")[2]), DAYS[self._versions % 3], self._versions)
        invoice = drawer.entity.document.model_validate(changed)
        take_in(drawer, [Arrival(invoice.id, None, invoice.model_dump_json(by_alias=True))])

    def _decide(self, drawer: Drawer) -> None:
        """Look into QuickBooks for what is in doubt, and say what is there; half of it is deleted first."""
        for row in doubt.doubtful(drawer):
            known = {line.txn_id for line in drawer.tx.history.of_records([row.pk])[row.pk]} | self.unknown
            keys = {f"{row.id} {key.partition(':')[2]}" for key in row.doubtful}
            found = {name: each for name in keys for each in self.there()[name] if each["TxnID"] not in known}
            if found.keys() == keys:
                first = next(iter(found.values()))
                self.unknown |= {each["TxnID"] for each in found.values() if each is not first}
                doubt.there(drawer, row.id, txn_id=first["TxnID"], number=first["RefNumber"])
                continue
            for each in found.values():
                by_hand(self.world, "Invoice", each["TxnID"])
            doubt.not_there(drawer, row.id)

    # -- What must hold

    def there(self) -> dict[str, list[dict[str, Any]]]:
        """The invoices in QuickBooks, by what their line calls itself: ``INV-2 1``."""
        found: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for each in self.world.company.transactions("Invoice"):
            if not each["deleted"]:
                found[each["lines"][0]["Desc"].partition(",")[0]].append(each)
        return found

    def check(self) -> None:
        """No invoice twice, nothing said to be there that is not, one unanswered message, and no false alarm.

        Raises:
            AssertionError: It is otherwise.
        """
        there = self.there()
        for name, found in there.items():
            record, _, _ = name.partition(" ")
            assert len(found) <= self.allowed[record], f"{name} is in QuickBooks {len(found)} times"
        markers = Counter(each["ExternalGUID"] for found in there.values() for each in found)
        assert not [marker for marker, number in markers.items() if number > 1]
        with self.world.database.read() as tx:
            lines, messages = tx.history.everything(1), tx.messages.everything(1)
            alerts = tx.alerts.standing(1)
        ids = {each["TxnID"]: name for name, found in there.items() for each in found}
        sent = Counter((line.record_id, line.txn_id) for line in lines if line.kind == "Sent")
        for (name, txn_id), number in sent.items():
            assert ids.get(txn_id or "", "").startswith(f"{name} "), f"{name} was sent as {txn_id}: not there"
            assert number == 1, f"{name}: {txn_id} is booked {number} times"
        for row in self.world.records("invoice"):
            if row.transfer_status is TransferStatus.TRANSFERRED:
                names = {f"{row.id} {line['id']}" for line in row.document["lines"]}
                assert all(there[name] for name in names), f"{row.id} is Transferred, and not there"
                assert ids[row.txn_id or ""] in names
        assert sum(message.settled_at is None for message in messages) <= 1
        doubted = {line.record_pk for line in lines if line.kind == "In doubt"}
        for alert in alerts:
            assert alert.kind != "answer.differs" or alert.record_pk in doubted, alert.text

    def calm(self) -> None:
        """Undisturbed at last, everything arrives, once.

        Raises:
            AssertionError: It does not.
        """
        self.workshop.start(present=True)
        good = [name for name in self.allowed if document(int(name[4:]), "")["organization"] == "Acme Corp"]
        clerk = self.clerks[0]
        for _ in range(CALM):
            with self._desk() as drawer:
                self._decide(drawer)
                list(set_not_ready(drawer, drawer.find([name for name in self.allowed if name not in good])))
                missing = [row for row in drawer.find(good) if row.transfer_date is None]
                list(set_ready(drawer, missing))
            if not clerk.sign_in():
                break
            clerk.finish()
            self.check()
        else:
            raise AssertionError("something is due for ever")
        there = self.there()
        for record in self.world.records("invoice"):
            if record.id in good:
                assert str(record.transfer_status) == "Transferred", f"{record.id}: {record.reason}"
            for line in record.document["lines"]:
                assert len(there[f"{record.id} {line['id']}"]) == record.transfer_count
        audit(self.world, by_hand=self.unknown)


def spoilt(answer: Answer, fate: str, place: int) -> Answer:
    """An answer as it arrives."""
    number = answer.text.count("requestID=")
    if fate == "truncated" and number:
        return without(answer, place % number)
    if fate == "reordered" and number:
        return reordered(answer)
    if fate == "cut":
        return cut(answer)
    if fate == "foreign" and answer.sheet.id in answer.text:
        return renamed(answer, answer.sheet.id, "0123456789abcdef0123")
    return answer
