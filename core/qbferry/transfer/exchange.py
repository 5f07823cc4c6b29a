"""The calls of a run, one after the other: the port behind the Web Connector's protocol.

A run's ``expecting`` says what the next answer belongs to:

==============  =============================================================================================
``message``     a message was handed out
``check``       the stored answer of an earlier message was asked for
``search``      QuickBooks was asked which requests of that message it has executed
``resend``      that message is handed out again, unchanged
``lineage``     QuickBooks was asked whether it still has what it was given
``poll``        queries that belong to no record were handed out
``closing``     nothing is left; QuickBooks was told that it may forget the last answer
==============  =============================================================================================
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.exc import DataError, IntegrityError

from qbferry.errors import AnswerError, TicketError
from qbferry.model import Event
from qbferry.qbxml import envelope
from qbferry.qbxml import response as responses
from qbferry.store import queries
from qbferry.store.tables import ConnectorRow, RunRow
from qbferry.transfer import greeting, runs
from qbferry.transfer.answering import Answering
from qbferry.transfer.compose import Composer
from qbferry.transfer.grant import Grant
from qbferry.transfer.ledger import Ledger
from qbferry.transfer.lineage import Lineage
from qbferry.transfer.passwords import Passwords
from qbferry.transfer.polling import Polling

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

    from qbferry.config import TransferSettings
    from qbferry.plugin.manager import Plugins
    from qbferry.scheduler import Scheduler
    from qbferry.store.database import Database
    from qbferry.transfer.runs import Seat

__all__ = ["RunExchange"]

log = logging.getLogger("qbferry.runs")

STOP = -1
"""To the Web Connector: ask for the last error, show it and close (facts A3)."""

TAKEN_OVER = "Another Web Connector took this run over after it had been silent; nothing was lost."
IDLE = "Nothing is due."


class RunExchange:
    """Serves the Web Connector's calls. It keeps nothing itself: any process may answer any call of a run."""

    def __init__(
        self, database: Database, plugins: Plugins, scheduler: Scheduler, settings: TransferSettings
    ) -> None:
        self._database = database
        self._plugins = plugins
        self._scheduler = scheduler
        self._settings = settings
        self._passwords = Passwords()
        with database.read() as session:
            self._owner_id = queries.owner_id(session)
        self._composer = Composer(plugins, scheduler, settings, self._owner_id)
        self._polling = Polling(plugins)
        self._answering = Answering(plugins)
        every = timedelta(minutes=settings.look_back_every)
        self._lineage = Lineage(plugins, self._owner_id, every)

    # -- The calls, in the order of a run

    def client_version(self, version: str) -> str:  # noqa: ARG002 - the protocol's room warns of old ones
        """Have nothing to say about the Web Connector's version."""
        return ""

    def authenticate(self, user: str, password: str) -> Grant:
        """Begin a run if something is due and nobody else is at it."""
        with self._database.read() as session:
            found = session.execute(
                select(ConnectorRow.id, ConnectorRow.password_hash).where(ConnectorRow.user_name == user)
            ).one_or_none()
        if not self._passwords.verify(found.password_hash if found else None, password) or not found:
            log.warning("A Web Connector signed in with a wrong user or password.")
            return Grant("", "nvu")
        ticket, hashed = runs.new_ticket()
        now = datetime.now(UTC)
        with self._database.write() as session:
            row = queries.lock(session, found.id)
            row.last_seen_at = now
            if row.paused:
                return self._idle(row, ticket, hashed, "none", "This connector is paused.")
            busy = self._busy(session, row, now)
            if busy is not None:
                text = f"Another run of this connector is going on; try again in {busy} seconds."
                return self._idle(row, ticket, hashed, "busy", text, postpone=busy)
            if not self._anything_due(session, row, now):
                return self._idle(row, ticket, hashed, "none", IDLE)
            session.add(RunRow(connector_id=row.id, ticket=hashed, started_at=now, seen_at=now))
            company_file = row.company_file or ""
            name = row.name
        log.info("A run of %s begins.", name)
        self._tell([Event(name="run.started", connector=name)])
        return Grant(ticket, company_file, minimum=self._settings.minimum_interval or None)

    def send_request(
        self, ticket: str, hcp: str, company_file: str, country: str, major: int, minor: int
    ) -> str:
        """Hand out what is next: the question about an unanswered message, a poll, or a new message."""
        with self._database.write() as session, session.no_autoflush:
            seat = self._live(session, ticket)
            run, row = seat.run, seat.connector
            run.seen_at = now = datetime.now(UTC)
            if not run.greeted:
                refusal = greeting.greet(row, self._owner_id, hcp, company_file, country, major, minor)
                if refusal:
                    runs.end(run, "refused", refusal)
                    log.warning("The run of %s ends: %s", row.name, refusal)
                    return ""
                run.greeted = True
                self._count_due(session, run)
            connector = queries.view(row, self._settings.on_error)
            message = seat.waiting
            if message:
                return self._answering.ask(seat, message, connector)
            question = self._lineage.question(session, seat, connector, now)
            if question:
                run.expecting = "lineage"
                return question
            question = self._polling.question(session, run, connector, now)
            if question:
                run.expecting = "poll"
                return question
            # Careful: what a plugin failed to complete before is completed here.
            ledger = Ledger(self._plugins, session, connector, run, now, careful=True)
            if not run.halted:
                message = self._composer.compose(session, run, row, connector, ledger)
                ledger.close()
            # An empty reply would end the run, and the first one would end it with an error (facts A3).
            run.expecting = "message" if message else "closing"
            body = message.body if message else envelope.farewell(connector.qbxml_version, row.settled_set_id)
        self._tell(ledger.events)
        return body

    def receive_response(self, ticket: str, response: str, hresult: str, message: str) -> int:
        """Book an answer, and say how far the run has come."""
        try:
            return self._receive(ticket, response, hresult, message, careful=False)
        except (DataError, IntegrityError):
            log.exception("A plugin left a record in a state the database refuses; booking one by one.")
            return self._receive(ticket, response, hresult, message, careful=True)

    def connection_error(self, ticket: str, hresult: str, message: str) -> str:
        """Let the Web Connector try once more with the company file that is open, then give up."""
        with self._database.write() as session:
            seat = self._live(session, ticket)
            seat.run.seen_at = datetime.now(UTC)
            seat.run.connection_errors += 1
            if seat.run.connection_errors == 1:
                return ""
            text = self._answering.explain(hresult, message)
            runs.end(seat.run, "no connection", text)
            log.warning("The run of %s ends: %s", seat.connector.name, text)
        return "done"

    def last_error(self, ticket: str) -> str:
        """What stopped the run, also after its end."""
        with self._database.read() as session:
            hashed = runs.digest(ticket)
            text = session.scalar(select(RunRow.last_error).where(RunRow.ticket == hashed))
            if text is None:
                text = session.scalar(
                    select(ConnectorRow.idle_text).where(ConnectorRow.idle_ticket == hashed)
                )
        if text is None or not ticket:
            raise TicketError(runs.UNKNOWN)
        return text or "There was no error."

    def close(self, ticket: str) -> str:
        """End the run and sum it up."""
        with self._database.write() as session:
            seat = runs.seat(session, ticket)
            if seat is None:
                return self._idle_text(session, ticket)
            if seat.live:
                runs.end(seat.run, "finished" if not seat.run.last_error else "stopped", seat.run.last_error)
            run, name = seat.run, seat.connector.name
        log.info("A run of %s ended: %d transferred, %d failed.", name, run.sent, run.failed)
        self._tell([Event(name="run.ended", connector=name, data={"sent": run.sent, "failed": run.failed})])
        return run.last_error or runs.summary(run)

    # -- Parts of the calls

    def _receive(self, ticket: str, text: str, hresult: str, message: str, *, careful: bool) -> int:
        with self._database.write() as session, session.no_autoflush:
            seat = runs.seat(session, ticket)
            if seat is None:
                raise TicketError(runs.UNKNOWN)
            run, row = seat.run, seat.connector
            run.seen_at = now = datetime.now(UTC)
            expecting, run.expecting = run.expecting, None
            connector = queries.view(row, self._settings.on_error)
            ledger = Ledger(self._plugins, session, connector, run, now, careful=careful)
            waiting = seat.waiting
            stop = ""
            if hresult.strip() and not text.strip():
                if expecting == "poll":
                    self._polling.answer(session, run, connector, None, now)
                elif expecting == "lineage" and seat.live:
                    self._lineage.answer(session, seat, None, ledger, now)
                stop = self._answering.refuse(
                    session, seat, expecting, waiting, connector, ledger, hresult, message
                )
            else:
                try:
                    answer = responses.parse(text)
                except AnswerError as error:
                    stop = str(error)
                else:
                    if expecting == "poll":
                        self._polling.answer(session, run, connector, answer, now)
                    elif expecting == "lineage" and seat.live:
                        self._lineage.answer(session, seat, answer, ledger, now)
                        if ledger.events:
                            self._count_due(session, run)
                    elif waiting:
                        self._answering.accept(session, seat, expecting, waiting, connector, ledger, answer)
                    elif expecting == "closing":
                        row.settled_set_id = None
            ledger.close()
            progress = self._progress(session, seat, stop, asked=expecting == "lineage")
        self._tell(ledger.events)
        return progress

    def _count_due(self, session: Session, run: RunRow) -> None:
        """Note what the run is about."""
        session.flush()
        due = self._scheduler.due(session, run.connector_id)
        run.total = sum(due.values())
        run.asked = {**run.asked, "entities": [name for name, count in due.items() if count]}

    def _progress(self, session: Session, seat: Seat, stop: str, *, asked: bool) -> int:
        run = seat.run
        if not seat.live:
            return STOP
        if stop:
            runs.end(run, "stopped", stop)
            log.warning("The run of %s ends: %s", seat.connector.name, stop)
            return STOP
        if asked or (seat.waiting and not seat.waiting.settled_at):
            return runs.percent(run)
        session.flush()
        if run.halted or not self._scheduler.owes(session, run.connector_id, run.cursors):
            return 100
        return runs.percent(run)

    def _live(self, session: Session, ticket: str) -> Seat:
        seat = runs.seat(session, ticket)
        if seat is None or not seat.live:
            raise TicketError(runs.UNKNOWN)
        return seat

    def _busy(self, session: Session, row: ConnectorRow, now: datetime) -> int | None:
        """Seconds until a run that goes on may be taken over; None: the way is free."""
        running = runs.live(session, row.id)
        if running is None:
            return None
        silent = now - running.seen_at
        patience = timedelta(seconds=self._settings.takeover_after)
        if silent < patience:
            return max(1, -int((silent - patience).total_seconds() // 1))
        runs.end(running, "taken over", TAKEN_OVER)
        log.warning("A silent run of %s was taken over.", row.name)
        session.flush()
        return None

    def _anything_due(self, session: Session, row: ConnectorRow, now: datetime) -> bool:
        return (
            queries.unsettled(session, row.id) is not None
            or self._scheduler.owes(session, row.id, {})
            or self._polling.due(session, queries.view(row, self._settings.on_error), now)
            or self._lineage.due(session, row, now)
        )

    def _idle(
        self,
        row: ConnectorRow,
        ticket: str,
        hashed: bytes,
        answer: str,
        text: str,
        postpone: int | None = None,
    ) -> Grant:
        row.idle_ticket, row.idle_text = hashed, text
        return Grant(ticket, answer, postpone=postpone, minimum=self._settings.minimum_interval or None)

    def _idle_text(self, session: Session, ticket: str) -> str:
        idle = select(ConnectorRow.idle_text).where(ConnectorRow.idle_ticket == runs.digest(ticket))
        return session.scalars(idle).one()

    def _tell(self, events: Iterable[Event]) -> None:
        for event in events:
            self._plugins.observe(event)
