"""What the end of a transfer, good or bad, does to a record, and the line it leaves in the history."""

from __future__ import annotations

from contextlib import nullcontext
from itertools import count
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import SQLAlchemyError

from qbferry.errors import HookError
from qbferry.model import Continue, Event, OnError, Rejected, Retry, Sent, TransferStatus
from qbferry.store import queries
from qbferry.transfer import outbox

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from qbferry.model import Connector, Entity, Outcome, Request
    from qbferry.plugin.manager import Plugins
    from qbferry.store.tables import OutcomeRow, RunRow

__all__ = ["Ledger"]

MOST_STEPS = 10

COPIED = ("request_key", "request", "label", "transfer", "txn_id", "ref_number")
"""What a line about an earlier one repeats of it."""

ENDLESS = "A plugin keeps asking QuickBooks for more before it sends this; tell its author."


class Ledger:
    """Books what becomes of records within one database transaction.

    Attributes:
        events: What to tell the plugins once the transaction is committed.
    """

    def __init__(
        self,
        plugins: Plugins,
        session: Session,
        connector: Connector,
        run: RunRow | None,
        now: datetime,
        *,
        careful: bool = False,
    ) -> None:
        """Open the books.

        Args:
            plugins: Whose hooks are called.
            session: The transaction.
            connector: The company file.
            run: The run it happens in; None for a person's decision.
            now: The moment written down.
            careful: Give each record a savepoint of its own. Slower, and needed only once a plugin was seen
                to leave a record in a state that the database refuses.
        """
        self.events: list[Event] = []
        self._plugins = plugins
        self._session = session
        self._connector = connector
        self._run = run
        self._now = now
        self._careful = careful
        self._lines: list[dict[str, Any]] = []
        self._places = count()

    def skip(self, entity: Entity, record: Any, reason: str) -> None:
        """Fail a record that never left."""
        self._fail(entity, record, reason)
        self._count(failed=1)
        self._line(entity, record, "Skipped", reason=reason)

    def finish(self, entity: Entity, record: Any, outcomes: Sequence[Outcome]) -> None:
        """Book the outcomes of a record's requests, which are always all in one message."""
        refusals: list[str] = []
        retries: list[str] = []
        more = False
        for outcome in outcomes:
            label, result = outcome.request.label, outcome.result
            where = f"{label}: " if label else ""
            match result:
                case Sent():
                    record.txn_id = result.txn_id or record.txn_id
                    record.ref_number = result.ref_number or record.ref_number
                    record.edit_sequence = result.edit_sequence or record.edit_sequence
                    self._line(entity, record, "Sent", reason=result.note, outcome=outcome)
                case Rejected(reason):
                    refusals.append(where + reason)
                    self._line(entity, record, "Rejected", reason=reason, outcome=outcome)
                case Retry(reason):
                    retries.append(where + reason)
                    self._line(entity, record, "Retry", reason=reason, outcome=outcome)
                case Continue():
                    more = True
                    continue
            self._tell(entity, record, outcome)
        if refusals or (more and record.steps >= MOST_STEPS):
            self._fail(entity, record, "\n".join(refusals + retries) or ENDLESS)
            self._count(failed=1)
        elif retries:
            self._count()
        elif more:
            record.steps += 1
            self._take_another_turn(entity, record)
            return
        else:
            self.complete(entity, record, outcomes)
            return
        record.steps = 0

    def complete(self, entity: Entity, record: Any, outcomes: Sequence[Outcome]) -> None:
        """End the transfer of a record of which QuickBooks has everything.

        A plugin may find that there is more to send, or that QuickBooks has nothing of it any more, and set
        the record Pending or Not Transferred.

        A plugin that fails here leaves the record Pending/Failed with ``done`` as it was, so that the next
        run asks the plugin again and sends nothing twice.
        """
        before = {name: value for name, value in vars(record).items() if name != "_sa_instance_state"}
        try:
            with self._session.begin_nested() if self._careful else nullcontext():
                record.transfer_status = TransferStatus.TRANSFERRED
                record.transfer_date = self._now
                record.transfer_count += 1
                record.queue_position = None
                record.changed_since_transfer = record.alone = record.in_doubt = False
                record.reason, record.doubtful = None, {}
                self._plugins.after_transfer(entity, record, outcomes)
                record.done = {}
                record.steps = record.steps + 1 if record.transfer_status is TransferStatus.PENDING else 0
                if record.steps > MOST_STEPS:
                    raise HookError(ENDLESS)
                if record.steps:
                    record.queue_position = self._last_place()
        except (HookError, SQLAlchemyError) as error:
            for name, value in before.items():
                setattr(record, name, value)
            reason = (
                str(error)
                if isinstance(error, HookError)
                else f"A plugin left this {entity.label.lower()} in a state the database refuses: {error}"
            )
            self.skip(entity, record, reason)
        else:
            self._count(sent=1)
            self._event("record.transferred", entity, record, number=record.ref_number)

    def doubt(self, entity: Entity, record: Any, doubtful: dict[str, str | None], reason: str) -> None:
        """Take a record out until a person says whether QuickBooks has it."""
        self._fail(entity, record, reason)
        record.in_doubt, record.doubtful, record.queue_position = True, doubtful, None
        self._count(failed=1)
        self._line(entity, record, "In doubt", reason=reason)

    def note(
        self,
        entity: Entity,
        record: Any,
        kind: str,
        reason: str | None = None,
        about: OutcomeRow | None = None,
    ) -> None:
        """Write a line of the history without changing the record; ``about``: on an earlier line."""
        self._line(entity, record, kind, reason=reason)
        if about:
            self._lines[-1] |= {name: getattr(about, name) for name in COPIED}

    def restored(self, lost: int) -> None:
        """Let plugins hear that the company file was restored from a backup.

        Args:
            lost: How many records QuickBooks lost something of.
        """
        self.events.append(
            Event(name="company.restored", connector=self._connector.name, data={"lost": lost})
        )

    def close(self) -> None:
        """Write the history."""
        queries.write_history(self._session, self._lines)

    def _take_another_turn(self, entity: Entity, record: Any) -> None:
        """Let a record go on in this run: behind all others, but under ``stop`` before those that wait."""
        if self._run and self._connector.on_error is OnError.STOP:
            place = min(self._run.cursors.get(entity.name, 0), record.queue_position - 1)
            self._run.cursors = self._run.cursors | {entity.name: place}
        else:
            record.queue_position = self._last_place()

    def _last_place(self) -> int:
        """A place behind all that is due, each its own even where the clock is coarse."""
        return queries.queue_position(next(self._places))

    def _tell(self, entity: Entity, record: Any, outcome: Outcome) -> None:
        """Put an outcome into the outbox of every plugin that tells the outside world."""
        for plugin in self._plugins.source_updaters(entity.name):
            self._session.add(outbox.row(plugin, entity, record, outcome, self._now))

    def _fail(self, entity: Entity, record: Any, reason: str) -> None:
        record.transfer_status = TransferStatus.FAILED
        record.reason = reason
        self._event("record.failed", entity, record, reason=reason)

    def _count(self, *, sent: int = 0, failed: int = 0) -> None:
        if self._run:
            self._run.sent += sent
            self._run.failed += failed
            self._run.tried += 1

    def _event(self, name: str, entity: Entity, record: Any, **data: str | None) -> None:
        self.events.append(
            Event(
                name=name,
                connector=self._connector.name,
                data={"entity": entity.name, "id": record.id, **data},
            )
        )

    def _line(
        self,
        entity: Entity,
        record: Any,
        kind: str,
        *,
        reason: str | None = None,
        outcome: Outcome | None = None,
    ) -> None:
        # Every line has all columns, so that they go in one statement.
        request: Request | None = outcome.request if outcome else None
        response = outcome.response if outcome else None
        sent = outcome.result if outcome and isinstance(outcome.result, Sent) else None
        self._lines.append(
            {
                "at": self._now,
                "connector_id": record.connector_id,
                "run_id": self._run.id if self._run else None,
                "entity": entity.name,
                "record_pk": record.pk,
                "record_id": record.id,
                "request_key": request.key if request else "",
                "request": request.name if request else "",
                "label": request.label if request else "",
                "transfer": record.transfer_count,
                "kind": kind,
                "reason": reason,
                "status_code": response.status_code if response else None,
                "quickbooks_message": response.message if response else None,
                "txn_id": sent.txn_id if sent else None,
                "ref_number": sent.ref_number if sent else None,
            }
        )
