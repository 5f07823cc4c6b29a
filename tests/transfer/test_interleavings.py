"""Web Connectors in every order, people acting in between: no invoice twice, no status that is not true.

A stateful test. Three Web Connectors share one company file; each falls asleep, repeats itself, loses answers
and brings them late. After every step QuickBooks' books are held against what is said of the records.

One thing no server can prevent: a Web Connector sleeps between receiving a message and giving it to
QuickBooks, while another one finds out that QuickBooks has not got it, and goes on. That alone is left out.
"""

from __future__ import annotations

import sqlite3
import sys
from collections import Counter, defaultdict
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from qbferry import Poll, hookimpl
from qbferry.config import TransferSettings
from qbferry.desk import connectors, doubt
from qbferry.desk.drawer import Drawer
from qbferry.desk.numbers import clear
from qbferry.desk.readiness import set_not_ready, set_ready
from qbferry.errors import InFlightError, InputError, TicketError
from qbferry.intake import Arrival, take_in
from qbferry.model import TransferStatus
from qbferry.plugin import discovery
from qbferry.plugin.manager import Plugins
from qbferry.simulator.status import locked
from qbferry.store import tables
from qbferry.testing.audit import audit
from qbferry.testing.installation import PASSWORD, Installation
from qbferry.transfer import recovery
from qbferry.transfer.recovery import Recovery

from .adversary import (
    BROKEN,
    DIED,
    NOT_UNDERSTOOD,
    Answer,
    Clerk,
    Sheet,
    Trouble,
    cut,
    renamed,
    reordered,
    without,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from qbferry.model import RecordRow
    from qbferry.qbxml.response import Answer as Parsed
    from qbferry.store.rows import MessageRow
    from qbferry.transfer.call import Call

HOUR = timedelta(hours=1)
DAYS = ["2026-10-29", "2026-10-30", "2026-10-31"]

CLERKS = 3
LONGEST = 8
"""Questions in one stretch of work."""

MOST_LATE = 4
"""Different old answers that come at once, three times each."""

SILENT = ["asleep", "asked twice", "dropped", "held", "lost", "died unheard"]
BROUGHT = ["died", "refused", "locked", "error instead", "twice"]
SPOILT = ["truncated", "cut", "reordered", "foreign"]
"""What may become of a question: no answer is brought, an answer or an error is, or one that is not whole."""

RECOVERING, FRESH = ["message", "search", "check"], ["message", "message", "lineage", "poll"]
"""What a run may be about to ask, with an unanswered message and without."""


class Curious:
    """A plugin that asks for something every hour."""

    @hookimpl
    def polls(self) -> Iterable[Poll]:
        return [
            Poll(
                name="terms",
                interval=HOUR,
                query=lambda _: ("TermsQuery", "<ActiveStatus>All</ActiveStatus>"),
                handle=lambda _response, _records: None,
            )
        ]


class Workshop:
    """An installation that is set back to its beginning as often as is wanted: one invoice was transferred.

    Attributes:
        world: It.
        plugins: With the invoices' plugin (True) and without it (False).
    """

    def __init__(self, folder: Path) -> None:
        invoices = discovery.load(discovery.installed()["invoices"], {})
        self.plugins = {
            True: Plugins({"invoices": invoices, "curious": Curious()}),
            False: Plugins({"curious": Curious()}),
        }
        transfer = TransferSettings(takeover_after=0, requests_per_message=3)
        self.world = Installation(folder, plugins=self.plugins[True], settings=transfer)
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
        """Begin as a new server, with the plugin or without it."""
        self.world.plugins = self.plugins[present]
        self.world.restart()


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as theirs, closing(sqlite3.connect(target)) as ours:
        theirs.backup(ours)


def document(number: int, day: str, version: int = 0) -> dict[str, Any]:
    """An invoice that names itself in its text, so that it is known in QuickBooks without its marker."""
    line = {"id": "1", "item": "Labor~Remote", "quantity": "2.5", "amount": "300.00"}
    return {
        "id": f"INV-{number}",
        "organization": "Acme Corp",
        "invoice_date": day,
        "total": "300.00",
        "lines": [{**line, "description": f"INV-{number}, version {version}"}],
    }


@dataclass(frozen=True)
class Work:
    """A stretch of work of one Web Connector.

    Attributes:
        who: Which one.
        goal: To which question it works on as if nothing were wrong.
        fate: What becomes of that.
        place: Of the request or response that is concerned.
        late: The kind of old answers that come once more then.
    """

    who: int
    goal: int
    fate: str
    place: int
    late: str


WHO, WHICH, HALF = st.integers(0, CLERKS - 1), st.integers(0, 29), st.booleans()
FATE = st.sampled_from(["held", *SILENT, *BROUGHT, *SPOILT, "done", "done", "done"])
WORK = st.builds(Work, WHO, WHICH, FATE, WHICH, st.sampled_from(["", *RECOVERING]))


class Interleavings(RuleBasedStateMachine):
    """What is done to the installation, and what must hold whatever is done.

    Attributes:
        pool: What QuickBooks has answered, as it left it; any of it may come, again, at any time.
        hands: What each Web Connector was handed and has not given to QuickBooks.
        known: The last sheet a Web Connector knows of, by ticket.
        live: The ticket of the last run.
        allowed: How often each invoice may be in QuickBooks.
    """

    workshop: ClassVar[Workshop]

    def __init__(self) -> None:
        super().__init__()
        self.workshop.reset()
        self.world = self.workshop.world
        self.clerks = [Clerk(self.world) for _ in range(CLERKS)]
        self.hands: list[Sheet | None] = [None] * CLERKS
        self.pool: list[Answer] = []
        self.known: dict[str, Sheet] = {}
        self.live = ""
        self.allowed = Counter({"INV-0": 1})
        self.versions = 0

    @initialize(days=st.lists(st.sampled_from(DAYS), min_size=5, max_size=9))
    def begin(self, days: list[str]) -> None:
        self._import_new(days)

    @rule(work=WORK)
    def work(self, work: Work) -> None:
        self._work(work)

    @rule(which=WHICH, other=WHICH, fate=st.sampled_from(["done", *SPOILT]), work=WORK)
    def one_comes_late(self, which: int, other: int, fate: str, work: Work) -> None:
        """Bring an old answer, whole or not, under its own ticket or another one."""
        if self.pool:
            answer = self.pool[which % len(self.pool)]
            bearer = answer if answer.hresult else self.pool[other % len(self.pool)]
            self._bring(_spoilt(answer, fate, other), bearer.sheet.ticket)
        self._work(work)

    @rule(days=st.lists(st.sampled_from(DAYS), min_size=1, max_size=4), work=WORK)
    def import_new(self, days: list[str], work: Work) -> None:
        self._import_new(days)
        self._work(work)

    @rule(act=st.sampled_from(["ready", "not ready", "change", "clear", "decide"]), which=WHICH, work=WORK)
    def act(self, act: str, which: int, work: Work) -> None:
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
        self._work(work)

    @rule(event=st.sampled_from(["sign-in", "close", "password", "pause", "hour"]), who=WHO, work=WORK)
    def happen(self, event: str, who: int, work: Work) -> None:
        """Let something happen around it."""
        if event == "sign-in":
            self._sign_in(who)
        elif event == "close":
            self._end(who)
        else:
            with self.world.database.write() as tx:
                if event == "password":
                    connectors.set_password(tx, "main", PASSWORD)
                elif event == "pause":
                    connectors.pause(tx, "main", paused=True)
                    connectors.pause(tx, "main", paused=False)
                else:
                    tx.connection.execute(tables.poll.update().values(answered_at=datetime.now(UTC) - HOUR))
        self._work(work)

    @rule(present=HALF, work=WORK)
    def restart(self, present: bool, work: Work) -> None:
        """Begin as a new server; without the plugin only for a while."""
        self.workshop.start(present=present)
        self._work(work)

    # -- What must hold

    @invariant()
    def the_books_agree(self) -> None:
        """No invoice twice, nothing said to be there that is not, one unanswered message, and no alarm."""
        there = self._there()
        for name, found in there.items():
            assert len(found) <= self.allowed[name], f"{name} is in QuickBooks {len(found)} times"
        markers = Counter(each["ExternalGUID"] for found in there.values() for each in found)
        assert not [marker for marker, number in markers.items() if number > 1]
        with self.world.database.read() as tx:
            lines, messages = tx.history.everything(1), tx.messages.everything(1)
            alerts = tx.alerts.standing(1)
        ids = {name: [each["TxnID"] for each in found] for name, found in there.items()}
        sent = Counter((line.record_id, line.txn_id) for line in lines if line.kind == "Sent")
        for (name, txn_id), number in sent.items():
            assert txn_id in ids[name], f"{name} was sent as {txn_id}, which is not there"
            assert number == 1, f"{name}: {txn_id} is booked {number} times"
        for record in self.world.records("invoice"):
            if record.transfer_status is TransferStatus.TRANSFERRED:
                assert record.txn_id in ids[record.id], f"{record.id} is Transferred, and not there"
        assert sum(message.settled_at is None for message in messages) <= 1
        assert not alerts, alerts[0].text

    def teardown(self) -> None:
        """Undisturbed at last, everything arrives, once."""
        if sys.exc_info()[0] is not None:
            return  # something is wrong already
        self.workshop.start(present=True)
        clerk = self.clerks[0]
        for _ in range(3):
            with self._desk() as drawer:
                self._decide(drawer)
                rows = drawer.find([*self.allowed])
                list(set_ready(drawer, [row for row in rows if row.transfer_date is None]))
            while clerk.sign_in():
                clerk.finish()
                self.the_books_agree()
        there = self._there()
        for record in self.world.records("invoice"):
            assert str(record.transfer_status) == "Transferred", f"{record.id}: {record.reason}"
            assert len(there[record.id]) == record.transfer_count
        audit(self.world)

    # -- The Web Connectors

    def _work(self, work: Work) -> None:
        """Work on until a question of some kind is in hand; something happens to it, and old answers come."""
        asleep = self.hands[work.who]
        if asleep is not None and work.goal % 2:
            self._suffer(work.who, asleep, work.fate, work.place)
        else:
            kinds = RECOVERING if self._unsettled() else FRESH
            goal = kinds[work.goal % len(kinds)]
            for _ in range(LONGEST):
                sheet = self._ask(work.who)
                reached = sheet is not None and sheet.kind == goal
                if sheet is None or self._suffer(
                    work.who, sheet, work.fate if reached else "done", work.place
                ):
                    break
                if reached:
                    break
        old = [answer for answer in self.pool if answer.sheet.kind == work.late]
        for answer in old[-MOST_LATE:] * 3:
            self._bring(answer)

    def _ask(self, who: int) -> Sheet | None:
        """Have the next question handed out, in a new run where the last is over; None: nothing is due."""
        clerk = self.clerks[who]
        self.hands[who] = sheet = None
        if clerk.ticket:
            with suppress(TicketError):
                sheet = clerk.ask()
        if sheet is None and self._sign_in(who):
            sheet = clerk.ask()
        if sheet is not None:
            self.known[sheet.ticket] = sheet
        return sheet

    def _sign_in(self, who: int) -> bool:
        self.hands[who] = None
        begun = self.clerks[who].sign_in()
        self.live = self.clerks[who].ticket or self.live
        return begun

    def _suffer(self, who: int, sheet: Sheet, fate: str, place: int) -> bool:
        """Let something happen to a sheet; whether the run is over then, or nothing more is heard of it."""
        self.hands[who] = None
        if fate == "asked twice":  # and it hears the first reply after all
            self._ask(who)
            self.known[sheet.ticket] = sheet
        if fate in ("asleep", "asked twice"):
            self.hands[who] = sheet
        if fate in ("asleep", "asked twice", "dropped"):
            return True
        answer = self._answer(who, sheet, fate, place)
        if sheet.kind == "search":
            self._let_lie(sheet)
        if fate in ("lost", "died unheard"):
            return True
        self.pool.append(answer)
        if fate == "held":
            return True
        if fate == "error instead":
            answer = Answer(sheet, hresult=BROKEN)
        for _ in range(2 if fate == "twice" else 1):
            percent = self._bring(_spoilt(answer, fate, place))
        if percent == -1 or (percent == 100 and place % 4):  # else it asks on, though nothing is left
            self._end(who)
        return percent in (-1, 100)

    def _answer(self, who: int, sheet: Sheet, fate: str, place: int) -> Answer:
        """What QuickBooks says, which may die in the middle of a message."""
        if fate == "refused":
            return Answer(sheet, hresult=NOT_UNDERSTOOD)
        trouble = None
        if sheet.kind == "message" and fate in ("died", "died unheard", "locked"):
            nth = place % sheet.text.count("<InvoiceAddRq") + 1
            trouble = Trouble(nth, locked("The list") if fate == "locked" else None)
        elif fate in ("died", "died unheard"):
            return Answer(sheet, hresult=DIED)
        return self.clerks[who].process(sheet, trouble)

    def _bring(self, answer: Answer, ticket: str | None = None) -> int:
        """Bring an answer.

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

    def _end(self, who: int) -> None:
        clerk = self.clerks[who]
        with suppress(TicketError):
            if clerk.ticket:
                self.world.exchange.last_error(clerk.ticket)
                self.world.exchange.close(clerk.ticket)
        clerk.ticket, self.hands[who] = "", None

    def _unsettled(self) -> str | None:
        """The identity of the unanswered message."""
        with self.world.database.read() as tx:
            message = tx.messages.unsettled(1)
        return message.message_set_id if message else None

    # -- People

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

    def _import_new(self, days: list[str]) -> None:
        if self.world.plugins.entities:
            numbers = range(len(self.allowed), len(self.allowed) + len(days))
            self.world.put("invoice", *(document(*each) for each in zip(numbers, days, strict=True)))
            self.allowed.update(f"INV-{number}" for number in numbers)

    def _change(self, drawer: Drawer, row: RecordRow) -> None:
        """Import an invoice again, with another text and day."""
        self.versions += 1
        changed = document(int(row.id.partition("-")[2]), DAYS[self.versions % 3], self.versions)
        invoice = drawer.entity.document.model_validate(changed)
        take_in(drawer, [Arrival(invoice.id, None, invoice.model_dump_json(by_alias=True))])

    def _decide(self, drawer: Drawer) -> None:
        """Look into QuickBooks for what is in doubt, and say what is there."""
        for row in doubt.doubtful(drawer):
            known = {line.txn_id for line in drawer.tx.history.of_records([row.pk])[row.pk]}
            found = [each for each in self._there()[row.id] if each["TxnID"] not in known]
            if found:
                doubt.there(drawer, row.id, txn_id=found[0]["TxnID"], number=found[0]["RefNumber"])
            else:
                doubt.not_there(drawer, row.id)

    def _there(self) -> dict[str, list[dict[str, Any]]]:
        """The invoices in QuickBooks, by what they call themselves."""
        found: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for each in self.world.company.transactions("Invoice"):
            found[each["lines"][0]["Desc"].partition(",")[0]].append(each)
        return found


def _spoilt(answer: Answer, fate: str, place: int) -> Answer:
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


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[type[Interleavings]]:
    Interleavings.workshop = Workshop(tmp_path_factory.mktemp("workshop"))
    yield Interleavings
    Interleavings.workshop.world.close()


def explore(machine: type[Interleavings], examples: int) -> None:
    """Try so many orders of things, the same ones each time."""
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=12,
            deadline=None,
            derandomize=True,
            database=None,
            report_multiple_bugs=False,
            phases=[Phase.generate],
            suppress_health_check=[*HealthCheck],
        ),
    )


def plant(put: Callable[[Any, str, Any], None]) -> None:
    """Take the cure out: all searches look alike, and any answer to one is taken, whoever brings it."""
    accept, questions, find = Recovery.accept, recovery._questions, recovery._find

    def trusting(self: Recovery, call: Call, message: MessageRow, answer: Parsed, text: str) -> bool:
        if not any(response.request_id.startswith("search.") for response in answer.responses):
            return accept(self, call, message, answer, text)
        everything = range(len(message.requests))
        self._conclude(call, message, find(message, everything, "search", answer.responses))
        return True

    put(recovery, "_questions", lambda message, connector, _: questions(message, connector, "search"))
    put(Recovery, "accept", trusting)


def test_whatever_the_order_every_invoice_arrives_once(machine: type[Interleavings]) -> None:
    explore(machine, examples=60)


def test_an_answer_that_lands_on_the_wrong_question_is_found_out(
    machine: type[Interleavings], monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch.setattr)
    with pytest.raises(AssertionError, match="INV-"):
        explore(machine, examples=60)
