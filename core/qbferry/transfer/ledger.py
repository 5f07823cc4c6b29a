"""What the end of a transfer, good or bad, does to a record, and the line it leaves in the history."""

from __future__ import annotations

from dataclasses import replace
from operator import attrgetter
from typing import TYPE_CHECKING

from qbferry.errors import HookError
from qbferry.model import (
    Already,
    Continue,
    Event,
    Gone,
    More,
    Noted,
    OnError,
    RecordRow,
    Rejected,
    Retry,
    Sent,
    TransferStatus,
)
from qbferry.plugin.answers import has_made
from qbferry.plugin.defaults import plain_meaning
from qbferry.transfer.held import owner_of
from qbferry.transfer.journal import about_of, code_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from qbferry.model import Outcome, Request, Result
    from qbferry.plugin.manager import Plugins
    from qbferry.qbxml.response import Response
    from qbferry.store.rows import ConnectorRow, RunRow
    from qbferry.transfer.held import Held
    from qbferry.transfer.journal import Journal

__all__ = ["Ledger", "plainly", "unlearn"]

MOST_STEPS = 10

_FRAMEWORKS = attrgetter(*RecordRow.names())
"""What the framework keeps of a record."""

STILL_THERE = (
    "A plugin says that QuickBooks has nothing of this any more, though QuickBooks has just taken it; "
    "tell its author."
)
ENDLESS = "A plugin keeps asking QuickBooks for more before it sends this; tell its author."


class Ledger:
    """Books what becomes of records within one database transaction.

    Attributes:
        events: What to tell the plugins once the transaction is committed.
    """

    def __init__(
        self,
        plugins: Plugins,
        journal: Journal,
        connector: ConnectorRow,
        run: RunRow,
        now: datetime,
        on_error: OnError,
    ) -> None:
        """Open the books.

        Args:
            plugins: Whose hooks are called.
            journal: Where it is written down.
            connector: The company file, locked; its places in the queue are given out here.
            run: The run it happens in.
            now: The moment written down.
            on_error: What a refusal does to the rest of the run.
        """
        self.events: list[Event] = []
        self._plugins = plugins
        self._journal = journal
        self._connector = connector
        self._run = run
        self._now = now
        self._on_error = on_error

    # -- What becomes of a record

    def skip(self, row: RecordRow, reason: str, code: str) -> None:
        """Fail a record that never left."""
        self._fail(row, reason, code)
        self._count(failed=1)
        self._journal.note(row, "Skipped", reason, code=code)

    def finish(
        self,
        held: Held,
        outcomes: Sequence[Outcome],
        message_id: int | None,
        *,
        booked: bool = False,
        again: bool = False,
    ) -> None:
        """Book the outcomes of a record's requests, which are always all in one message.

        Args:
            held: The record.
            outcomes: What became of each of its requests.
            message_id: The message they were in.
            booked: The history has them already; only the plugin had not heard of them.
            again: What was refused has another turn in this run: the lists it was built by were old.
        """
        row = held.row
        self._journal.keep(held)
        refusals: list[str] = []
        retries: list[str] = []
        code, about, more = "", "", False
        for outcome in outcomes:
            result = outcome.result
            where = f"{outcome.request.label}: " if outcome.request.label else ""
            match result:
                case Sent():
                    _identify(row, outcome, result)
                case Rejected(reason):
                    refusals.append(where + reason)
                    code, about = code or code_of(outcome), about or about_of(outcome)
                case Retry(reason):
                    retries.append(where + reason)
                case Continue():
                    more = True
                case Already():
                    pass
            self._tell(row, outcome, message_id, booked=booked, again=again)
        if refusals and booked and row.transfer_status is TransferStatus.NOT_TRANSFERRED:
            self._count()  # a person has taken it out meanwhile
        elif refusals and again:
            self._refuse(row, "\n".join(refusals + retries), code, about)
            self._take_another_turn(row)
        elif refusals or (more and row.steps >= MOST_STEPS):
            self._fail(row, "\n".join(refusals + retries) or ENDLESS, code or "plugin", about)
            self._count(failed=1)
        elif retries:
            self._count()
        elif more:
            row.steps += 1
            self._take_another_turn(row)
            return
        else:
            self.complete(held, outcomes, booked=booked)
            return
        row.steps = 0

    def recall(self, held: Held, outcomes: Sequence[Outcome], message_id: int) -> None:
        """Book what QuickBooks turned out to have of a record.

        It stays due: its turn completes it, or sends what is missing.

        Args:
            held: The record, whose ``done`` names what is there.
            outcomes: What each of the requests has made.
            message_id: The message that asked for it.
        """
        self._journal.keep(held)
        for outcome in outcomes:
            if isinstance(outcome.result, Sent):
                _identify(held.row, outcome, outcome.result)
            self._tell(held.row, outcome, message_id, booked=False)

    def complete(self, held: Held, outcomes: Sequence[Outcome], *, booked: bool = False) -> None:
        """End the transfer of a record of which QuickBooks has everything.

        A plugin that fails here leaves the record Pending/Failed with ``done`` as it was, so that the next
        run asks the plugin again and sends nothing twice.

        Args:
            held: The record.
            outcomes: Those that completed it; none when QuickBooks had everything before.
            booked: They were booked before, without the plugin.
        """
        row, before = held.row, _FRAMEWORKS(held.row)
        row.transfer_status = TransferStatus.TRANSFERRED
        row.transfer_date, row.first_transfer_date = self._now, row.first_transfer_date or self._now
        row.transfer_count += 1
        # What was sent after the change has it in it; what QuickBooks had before has not.
        row.changed_since_transfer = row.changed_midway and (booked or not outcomes)
        row.changed_midway = False
        row.needs_resync = row.alone = row.in_doubt = False
        row.queue_position = row.reason = row.not_ready_reason = None
        row.reason_code, row.reason_about, row.doubtful = "", "", {}
        try:
            with held.record.unless_it_fails():
                answers = self._plugins.after_transfer(held.entity, held.record, outcomes)
                self._follow(row, answers, outcomes)
        except HookError as error:
            for name, value in zip(RecordRow.names(), before, strict=True):
                setattr(row, name, value)
            self.skip(row, str(error), "plugin")
            return
        self._journal.keep(held)
        self._count(sent=1)
        self._event("record.transferred", row, number=row.ref_number)

    def doubt(self, row: RecordRow, doubtful: dict[str, str | None], reason: str) -> None:
        """Take a record out until a person says whether QuickBooks has it."""
        self._fail(row, reason, "doubt")
        row.in_doubt, row.doubtful, row.queue_position = True, doubtful, None
        self._count(failed=1)
        self._journal.note(row, "In doubt", reason, code="doubt")

    def set_place(self, row: RecordRow, *, due: bool) -> None:
        """Give a record a place behind all that is due, or none."""
        row.queue_position = self._connector.next_position() if due else None
        self._journal.touch(row)

    def restored(self, lost: int) -> None:
        """Let plugins hear that the company file was restored from a backup.

        Args:
            lost: How many records QuickBooks lost something of.
        """
        self.events.append(
            Event(name="company.restored", connector=self._connector.name, data={"lost": lost})
        )

    # -- Parts

    def _follow(
        self, row: RecordRow, answers: Sequence[More | Gone | Noted], outcomes: Sequence[Outcome]
    ) -> None:
        """Do what plugins have answered after a transfer."""
        if any(isinstance(answer, Gone) for answer in answers):
            if any(_txn_id(outcome) and outcome.request.name.endswith("Add") for outcome in outcomes):
                raise HookError(STILL_THERE)
            row.transfer_status = TransferStatus.NOT_TRANSFERRED
            row.transfer_date = row.first_transfer_date = None
            row.txn_id = row.ref_number = row.edit_sequence = None
            unlearn(row)
        elif any(isinstance(answer, More) for answer in answers):
            row.steps += 1
            if row.steps > MOST_STEPS:
                raise HookError(ENDLESS)
            row.chained = [*row.chained, *row.done]
            row.done, row.needs_resync = {}, True
            row.transfer_status = TransferStatus.PENDING
            row.queue_position = self._connector.next_position()
            return
        for answer in answers:
            if isinstance(answer, Noted):
                row.changed_since_transfer, row.needs_resync = True, answer.more
        row.done, row.chained, row.steps = {}, [], 0

    def _tell(
        self, row: RecordRow, outcome: Outcome, message_id: int | None, *, booked: bool, again: bool = False
    ) -> None:
        """Write the lines of an outcome, and what the outside world hears of it."""
        request, result, response = outcome.request, outcome.result, outcome.response
        said, made = None if isinstance(result, Continue) else outcome, _made(outcome)
        lines = [made, said]
        if booked and response is not None:
            lines = [] if type(result) is type(plainly(request, response)) else [said]
        for line in lines:
            if line is not None:
                self._journal.line(owner_of(row), row.transfer_count, line, message_id)
        refused = again and isinstance(result, Rejected)
        for news in (None if refused else said, made):
            if news is not None:
                self._journal.news_of(row, news)

    def _take_another_turn(self, row: RecordRow) -> None:
        """Let a record go on in this run: behind all others, but under ``stop`` before those that wait."""
        if self._on_error is OnError.STOP:
            place = min(self._run.cursors.get(row.entity, 0), (row.queue_position or 1) - 1)
            self._run.cursors = self._run.cursors | {row.entity: place}
        else:
            row.queue_position = self._connector.next_position()

    def _refuse(self, row: RecordRow, reason: str, code: str, about: str) -> None:
        row.transfer_status = TransferStatus.FAILED
        row.reason, row.reason_code, row.reason_about = reason, code, about
        self._journal.touch(row)

    def _fail(self, row: RecordRow, reason: str, code: str, about: str = "") -> None:
        self._refuse(row, reason, code, about)
        self._event("record.failed", row, reason=reason)

    def _count(self, *, sent: int = 0, failed: int = 0) -> None:
        self._run.sent += sent
        self._run.failed += failed
        self._run.tried += 1

    def _event(self, name: str, row: RecordRow, **data: str | None) -> None:
        values = {"entity": row.entity, "id": row.id, **data}
        self.events.append(Event(name=name, connector=self._connector.name, data=values))


def _identify(row: RecordRow, outcome: Outcome, sent: Sent) -> None:
    """Note what a record is in QuickBooks."""
    before, row.txn_id = row.txn_id, sent.txn_id or (not row.needs_resync and _txn_id(outcome)) or row.txn_id
    if row.txn_id != before:
        unlearn(row)
    row.ref_number = (sent.ref_number or row.ref_number or "")[:100] or None
    row.edit_sequence = (sent.edit_sequence or row.edit_sequence or "")[:16] or None


def unlearn(row: RecordRow) -> None:
    """Forget what was learnt of what a record was in QuickBooks: it is something else now, or nothing."""
    row.paid_date = row.balance = None
    row.voided = row.deleted = False


def plainly(request: Request, response: Response) -> Result | None:
    """What is booked of an answer without its plugin; None: nothing, an answered question is nothing sent."""
    result = plain_meaning(request, response)
    return None if isinstance(result, Sent) and request.name.endswith("Query") else result


def _made(outcome: Outcome) -> Outcome | None:
    """What QuickBooks has made though the plugin does not say so; it is told, as it is never sent again."""
    request, result, response = outcome.request, outcome.result, outcome.response
    undone = isinstance(result, Rejected) and result.executed is False
    if response is None or isinstance(result, Sent) or undone or not has_made(request.name, response):
        return None
    return replace(outcome, result=plain_meaning(request, response))


def _txn_id(outcome: Outcome) -> str | None:
    """The TxnID of a transaction that QuickBooks has made; None: it has made none."""
    request, response = outcome.request, outcome.response
    if response is None or not has_made(request.name, response):
        return None
    return next(iter(response.objects), response).text("TxnID")
