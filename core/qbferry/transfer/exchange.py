"""The calls of a run, one after the other: the port behind the Web Connector's protocol.

A run stores its open question. Only an answer that carries the question's identity closes it and has any
effect, but for the true answer to a message that is still unsettled: that counts whenever it comes.

==============  =============================================================================================
``message``     a message was handed out, for the first time or again; its identity is its message set ID
``check``       the stored answer of that message was asked for
``search``      QuickBooks was asked which requests of that message it has executed
``lineage``     QuickBooks was asked whether it still has what it was given
``doubles``     QuickBooks was asked whether it has both of what one is to be deleted of
``poll``        queries that belong to no record were handed out
``recall``      QuickBooks was asked for what it has of records and our database has forgotten
``closing``     nothing is left; QuickBooks was told that it may forget the last answer
==============  =============================================================================================
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from qbferry.errors import AnswerError, ConfigError, TicketError
from qbferry.model import Connector, Event
from qbferry.qbxml import envelope
from qbferry.qbxml import response as responses
from qbferry.store.connectors import connector_of
from qbferry.transfer import doubles, elapsed, greeting, late, succession
from qbferry.transfer.beginning import Beginning, quiet_until
from qbferry.transfer.call import Call, end, percent, summary
from qbferry.transfer.compose import Composer
from qbferry.transfer.conclusion import waiting
from qbferry.transfer.journal import Journal
from qbferry.transfer.ledger import Ledger
from qbferry.transfer.lineage import Lineage
from qbferry.transfer.owed import Owed
from qbferry.transfer.polling import Polling
from qbferry.transfer.preparation import Origin
from qbferry.transfer.recall import Recall
from qbferry.transfer.recovery import Recovery, explain
from qbferry.transfer.settle import Settler
from qbferry.transfer.signin import SignIns
from qbferry.transfer.tickets import UNKNOWN, digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from qbferry.config import TransferSettings
    from qbferry.plugin.manager import Plugins
    from qbferry.scheduler import Scheduler
    from qbferry.store.database import Database
    from qbferry.store.transaction import Transaction
    from qbferry.transfer.grant import Grant
    from qbferry.transfer.signin import Attempt

__all__ = ["RunExchange"]

log = logging.getLogger("qbferry.runs")

STOP = -1
"""To the Web Connector: ask for the last error, show it and close (facts A3)."""

STRANGE = (
    "The company file that is open has neither the mark of the connector {name} nor anything of what was "
    "sent before: it may be another one. Nothing was read from it, and nothing was transferred. Open the "
    "right file. If this is the right one, open the connector's .qwc file in the Web Connector once more "
    "while it is open, which marks it; or say that it is: qbferry connector clear-location {name} --sure"
)

NONE_YET = Connector(id=0, name="")
"""For whom plugins are asked what lists they need, where there is no connector yet."""

ABOUT_A_MESSAGE = ("message", "check", "search")


class RunExchange:
    """Serves the Web Connector's calls. It keeps nothing itself: any process may answer any call of a run."""

    def __init__(
        self, database: Database, plugins: Plugins, scheduler: Scheduler, settings: TransferSettings
    ) -> None:
        """Begin.

        Raises:
            ConfigError: The database belongs to no installation yet, or a setting names a list that
                QuickBooks does not have.
            PluginError: A plugin asks for such a list.
        """
        self._database = database
        self._plugins = plugins
        self._scheduler = scheduler
        self._settings = settings
        with database.read() as tx:
            owner_id, rows = tx.installations.owner_id(), tx.connectors.everyone()
        now = datetime.now(UTC)
        for connector in [connector_of(row, settings.on_error, now) for row in rows] or [NONE_YET]:
            plugins.pollers.check(connector)
        if owner_id is None:
            raise ConfigError("The database belongs to no installation yet; run any qbferry command first.")
        self._owner_id = owner_id
        settler = Settler(plugins)
        self._recovery = Recovery(settler, settings, owner_id)
        self._owed = Owed(plugins, settler)
        self._recall = Recall(plugins, settler)
        self._composer = Composer(plugins, scheduler, settings, owner_id, self._recall)
        self._polling = Polling(plugins, settings)
        self._lineage = Lineage(plugins, owner_id, timedelta(minutes=settings.look_back_every))
        beginning = Beginning(
            database, plugins, scheduler, settings, self._owed, self._polling, self._lineage
        )
        self._sign_ins = SignIns(database, beginning.begin)

    # -- The calls, in the order of a run

    def knows(self, ticket: str) -> bool:
        """Tell whether a ticket was given out and counts; takes no lock."""
        with self._database.read() as tx:
            return self._error_of(tx, ticket) is not None

    def client_version(self, version: str) -> str:  # noqa: ARG002 - the protocol's room warns of old ones
        """Have nothing to say about the Web Connector's version."""
        return ""

    def sign_in(self, user: str, password: str, address: str) -> Grant | Attempt:
        """Begin a run for whoever is known to be right; of another, the password must be checked first."""
        return self._sign_ins.sign_in(user, password, address)

    def authenticate(self, user: str, password: str, address: str = "") -> Grant:
        """Sign in and check the password at once, where nobody else waits."""
        return self._sign_ins.at_once(user, password, address)

    def send_request(
        self, ticket: str, hcp: str, company_file: str, country: str, major: int, minor: int
    ) -> str:
        """Hand out what is next: the question about an unanswered message, a poll, or a new message."""
        with self._call(ticket) as call:
            call.require_live()
            if not call.run.greeted:
                marks = [user.file_id for user in call.tx.connectors.users(call.row.id)]
                refusal = greeting.greet(
                    call.row, marks, self._owner_id, hcp, company_file, country, major, minor
                )
                if refusal:
                    end(call.run, "refused", call.now, refusal)
                    log.warning("The run of %s ends: %s", call.row.name, refusal)
                    return greeting.harmless(hcp, major, minor)
                call.run.greeted = True
                call.connector = connector_of(call.row, self._settings.on_error, call.now)
                self._count_due(call)
                call.remember(
                    settled=call.row.settled_set_id,
                    time=call.row.quickbooks_time,
                    behind=call.row.clock_behind,
                )
            return self._next(call)

    def receive_response(self, ticket: str, response: str, hresult: str, message: str) -> int:
        """Book an answer, and say how far the run has come."""
        with self._call(ticket) as call:
            if hresult.strip() and not response.strip():
                stop = self._refused(call, hresult, message)
            else:
                stop = self._answered(call, response)
            return self._progress(call, stop)

    def connection_error(self, ticket: str, hresult: str, message: str) -> str:
        """Let the Web Connector try once more with the company file that is open, then give up."""
        with self._call(ticket) as call:
            call.require_live()
            call.run.connection_errors += 1
            if call.run.connection_errors == 1:
                return ""
            text = explain(hresult, message)
            end(call.run, "no connection", call.now, text)
            log.warning("The run of %s ends: %s", call.row.name, text)
            return "done"

    def last_error(self, ticket: str) -> str:
        """What stopped the run, also after its end."""
        with self._database.read() as tx:
            text = self._error_of(tx, ticket)
            if text is None:
                text = tx.runs.idle_text(digest(ticket))
        if text is None:
            raise TicketError(UNKNOWN)
        return text or "There was no error."

    def close(self, ticket: str) -> str:
        """End the run and sum it up."""
        with self._database.read() as tx:
            idle = tx.runs.idle_text(digest(ticket))
        if idle is not None:
            return idle
        with self._call(ticket) as call:
            run = call.run
            end(run, "finished", call.now)
            call.close_question()
            succession.keep(call.row, run)
            name = call.row.name
        log.info("A run of %s ended: %d transferred, %d failed.", name, run.sent, run.failed)
        self._tell([Event(name="run.ended", connector=name, data={"sent": run.sent, "failed": run.failed})])
        return run.last_error or summary(run)

    # -- Parts of the calls

    @contextmanager
    def _call(self, ticket: str) -> Iterator[Call]:
        """One call in one transaction; plugins are told of what happened once it is committed.

        Raises:
            TicketError: Nobody was given this ticket, it is too old, or it was taken back.
        """
        with self._plugins.clock.call() as times:
            with self._database.write() as tx:
                found = tx.runs.by_ticket(digest(ticket))
                now = datetime.now(UTC)
                if found is None or found[0].voided or self._is_old(found[0].started_at, found[0].seen, now):
                    raise TicketError(UNKNOWN)
                run, row, message = found
                run.seen_at, run.seen = now, elapsed.move(run.seen, now)
                connector = connector_of(row, self._settings.on_error, now)
                journal = Journal(self._plugins, tx, row.id, run.id, now, run.memory.get("user", ""))
                ledger = Ledger(self._plugins, journal, row, run, now, connector.on_error)
                call = Call(
                    tx, run, row, connector, message, journal, ledger, now, times, self._settings.call_seconds
                )
                yield call
                call.save()
            self._tell(ledger.events)

    def _next(self, call: Call) -> str:
        if waiting(call.message, call.now):
            return self._farewell(call)
        if call.message is not None:
            return self._recovery.ask(call, call.message)
        call.remember(next=None)  # the step was about a message that another run's answer has settled
        question = doubles.question(call) or self._lineage.question(call)
        if question:
            return question
        if call.row.elsewhere > 0:
            call.run.halted, call.run.last_error = True, STRANGE.format(name=call.row.name)
            log.warning("The run of %s ends: %s", call.row.name, call.run.last_error)
            return self._farewell(call)
        origin = Origin(self._owner_id, call.row.file_id)
        question = self._recall.doubted(call, origin) or self._polling.question(call)
        if question:
            return question
        if quiet_until(call.row, call.now):
            call.run.halted = True
        settled_up = not call.row.owing or self._owed.deliver(call)
        if call.run.halted or not settled_up:
            return self._farewell(call)
        return self._compose(call) or self._farewell(call)

    def _compose(self, call: Call) -> str | None:
        deletions = doubles.deletions(call)
        return self._composer.send(call, deletions) if deletions else self._composer.compose(call)

    def _farewell(self, call: Call) -> str:
        """Ask nothing: an empty reply would end the run, and the first one with an error (facts A3)."""
        question_id = call.ask("closing")
        return envelope.farewell(call.connector.qbxml_version, call.run.memory.get("settled"), question_id)

    def _answered(self, call: Call, text: str) -> str:
        """Give an answer to the question it belongs to; why the run must stop, empty: it goes on."""
        try:
            answer = responses.parse(text)
        except AnswerError as error:
            return str(error) if call.live and call.run.question else ""
        if call.message is not None:
            stop = self._recovery.accept(call, call.message, answer, text)
            if stop is not None:
                return stop
        if not call.is_answered_by(answer):
            late.compare(call, answer)
        elif call.is_open("doubles"):
            doubles.answer(call, answer)
        elif call.is_open("poll"):
            self._polling.answer(call, answer)
        elif call.is_open("lineage"):
            self._lineage.answer(call, answer)
            if call.ledger.events:
                call.journal.flush()
                self._count_due(call)
        elif call.is_open("recall"):
            self._recall.answer(call, answer)
        elif call.is_open("closing"):
            call.close_question()
            call.remember(settled=None)
        else:  # about a message that another run has settled meanwhile
            call.close_question()
            late.compare(call, answer)
        return ""

    def _refused(self, call: Call, hresult: str, text: str) -> str:
        """Give an error without qbXML to the open question, once; why the run must stop, if it must."""
        kind = call.run.question
        if not call.live or kind is None:
            return ""
        if kind == "poll":
            self._polling.answer(call, None)
        elif kind == "lineage":
            self._lineage.answer(call, None)
        elif kind == "doubles":
            doubles.answer(call, None)
        elif kind == "recall":
            self._recall.answer(call, None)
        else:
            call.close_question()
        if call.message is not None and kind in ABOUT_A_MESSAGE:
            return self._recovery.refuse(call, call.message, kind, hresult, text)
        return "" if hresult.strip().lower() == "0x80040400" else explain(hresult, text)

    def _count_due(self, call: Call) -> None:
        """Note what the run is about."""
        due = self._scheduler.due(call.tx, call.row.id)
        call.run.total = sum(due.values())
        call.remember(entities=list(due))

    def _progress(self, call: Call, stop: str) -> int:
        run = call.run
        if not call.live:
            return STOP
        if stop:
            end(run, "stopped", call.now, stop)
            log.warning("The run of %s ends: %s", call.row.name, stop)
            return STOP
        call.journal.flush()
        if run.memory.get("waits") or (call.message is not None and waiting(call.message, call.now)):
            return 100
        looking = call.answered in ("lineage", "doubles") or (
            call.answered == "poll" and not run.memory.get("polled")
        )
        if looking or call.message is not None or run.question is not None or run.memory.get("owing"):
            return percent(call)
        if call.answered == "message" and run.tried < run.total and not run.halted:
            return percent(call)  # not all has been tried that was due when the run began: no need to ask
        if run.halted or not self._scheduler.owes(call.tx, run.connector_id, run.cursors):
            return 100
        return percent(call)

    def _error_of(self, tx: Transaction, ticket: str) -> str | None:
        """What stopped the run of a ticket, empty: nothing; None: the ticket counts for nothing."""
        found = tx.runs.last_error(digest(ticket))
        return None if found is None or self._is_old(*found[1:], datetime.now(UTC)) else found[0]

    def _is_old(self, started: datetime, seen: dict[str, Any], now: datetime) -> bool:
        """Whether a ticket has come of age: by the clock, or, should that have been set back, in truth."""
        return started + self._lifetime < now or elapsed.age(seen, now) > self._lifetime

    @property
    def _lifetime(self) -> timedelta:
        return timedelta(hours=self._settings.ticket_hours)

    def _tell(self, events: Iterable[Event]) -> None:
        for event in events:
            self._plugins.observe(event)
