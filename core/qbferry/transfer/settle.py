"""Settling a message: from answers to outcomes, records and history, in one transaction."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Literal

from qbferry.errors import HookError, MisfitError
from qbferry.model import (
    Already,
    NewsKind,
    Outcome,
    Owner,
    OwnerKind,
    Rejected,
    Request,
    Retry,
    Sent,
    TransferStatus,
)
from qbferry.plugin.answers import has_made
from qbferry.plugin.defaults import plain_meaning
from qbferry.qbxml import response as responses
from qbferry.store.rows import HistoryRow
from qbferry.transfer import doubles, entries, forgetting, renewing
from qbferry.transfer.held import Held, owner_of
from qbferry.transfer.ledger import plainly
from qbferry.transfer.placing import placed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from qbferry.model import RecordRow
    from qbferry.plugin.manager import Plugins
    from qbferry.qbxml.response import Response
    from qbferry.store.rows import ListedRequest, MessageRow
    from qbferry.transfer.call import Call
    from qbferry.transfer.finding import Finding

__all__ = ["Settler", "grouped", "listed_owner", "listed_request"]

DOUBT = (
    "Nobody can tell whether QuickBooks has {what}: {why}. "
    "Look for it in QuickBooks, then say so with: qbferry doubt there {entity} {id}, "
    "or qbferry doubt not-there {entity} {id}."
)
BY_HAND = "QuickBooks had it as {name}, and it was deleted there by hand before its answer was heard."
NOT_EXECUTED = Retry("QuickBooks did not execute it; it goes again.")


def listed_request(listed: ListedRequest) -> Request:
    """The request as a message lists it; its fields have served."""
    return Request(
        key=listed["key"], name=listed["name"], label=listed["label"], marker=listed["marker"], fields={}
    )


def listed_owner(listed: ListedRequest) -> Owner:
    """Whose request it is, as a message lists it."""
    return Owner(OwnerKind(listed["owner"]), listed["entity"], listed["pk"], listed["id"])


class Settler:
    """Ends messages."""

    def __init__(self, plugins: Plugins) -> None:
        self._plugins = plugins

    def settle(self, call: Call, message: MessageRow, findings: Finding, text: str | None) -> bool:
        """Book what became of every request.

        A record with a request in doubt is in doubt as a whole. A record none of whose requests was executed
        stays due. Where some were, they are remembered, and the rest goes again. What would have to be asked
        of a plugin that is absent, or for which this call has no time left, is owed to it.

        Args:
            call: The call.
            message: The message.
            findings: What is known of its requests.
            text: The answer as it came, to be kept; None: there was none.

        Returns:
            Whether QuickBooks refused anything.
        """
        refused = False
        findings = replace(findings, answers=placed(message, findings.answers))
        owed: list[int] = []
        rows = self.rows(call, message)
        renewed = frozenset(call.run.memory.get("renewed", ()))
        for owner, indices in grouped(message):
            known = [index for index in indices if index in findings.answers or index in findings.doubtful]
            if not known:
                continue
            if owner.kind is not OwnerKind.RECORD:
                refused |= self._book_other(call, owner, message, indices, findings, renewed)
                continue
            row = rows.get(owner.pk)
            if row is None:
                continue
            doubtful: dict[str, str | None] = {
                message.requests[index]["key"]: message.requests[index]["label"]
                for index in indices
                if index in findings.doubtful
            }
            if doubtful:
                self._remember(call, row, message, indices, findings)
                why = next(findings.doubtful[index] for index in indices if index in findings.doubtful)
                call.ledger.doubt(row, doubtful, self._doubt(row, doubtful, why))
                continue
            held = self._held(call, row)
            if held is None:
                refused |= self._book_without_plugin(call, row, message, indices, findings)
                owed += [index for index in indices if index in findings.answers]
                continue
            outcomes = [
                self.outcome(held, message.requests[index], findings.answers.get(index)) for index in indices
            ]
            again = renewing.goes_again(self._plugins, call, outcomes, renewed)
            refused |= not again and any(isinstance(outcome.result, Rejected) for outcome in outcomes)
            call.ledger.finish(held, outcomes, message.id, again=again)
        self._note_deleted(call, message, findings)
        self._note_time(call, findings)
        message.settled_at, message.owed = call.now, owed
        if owed:
            call.row.owing = True
            call.remember(owing=True)  # this run goes on until it is told, or found to wait for a plugin
            text = text or responses.document(
                (f"{message.message_set_id}.{index}", findings.answers[index]) for index in owed
            )
        call.tx.messages.settle(message, text)
        return refused

    def outcome(self, held: Held, listed: ListedRequest, response: Response | None) -> Outcome:
        """What an answer to one request of a record means, as its plugin reads it.

        What QuickBooks has executed is remembered before the plugin is asked: whatever it makes of the
        answer, it is never sent again.
        """
        request, row = listed_request(listed), held.row
        if response is None:
            return Outcome(request=request, result=NOT_EXECUTED)
        before = row.done
        if has_made(request.name, response):
            row.done = before | {request.key: _identity(response)}
        try:
            result = self._plugins.handle_response(held.entity, held.record, request, response)
        except HookError as error:
            result = Rejected(str(error))
        if isinstance(result, Rejected) and result.executed is False:
            row.done = before
        elif isinstance(result, Already):
            row.done = before | {request.key: result.list_id}
        if not isinstance(result, Sent) and has_made(request.name, response) and row.done is not before:
            _note_identity(row, response)
        return Outcome(request=request, result=result, response=response)

    def rewind(
        self,
        call: Call,
        message: MessageRow,
        suspects: Literal["first", "all"],
        answered: Collection[int] = (),
    ) -> None:
        """Let the records that were not executed go again in this run, the suspects by themselves.

        Args:
            call: The call.
            message: The message.
            suspects: Those that may have killed QuickBooks: the first that was not executed, or any.
            answered: The requests QuickBooks has answered; what it has refused is not tried again now.
        """
        moved = dict(call.run.cursors)
        first = True
        if any(part["owner"] == OwnerKind.ENTRY for part in message.requests):
            call.remember(entries_alone=True)
        rows = self.rows(call, message)
        for owner, indices in grouped(message):
            row = rows.get(owner.pk)
            if row is None or row.queue_position is None or row.transfer_status is TransferStatus.TRANSFERRED:
                continue
            if row.transfer_status is TransferStatus.FAILED and {*indices} <= {*answered}:
                continue
            row.alone = first or suspects == "all"
            first = False
            moved[row.entity] = min(moved.get(row.entity, 0), row.queue_position - 1)
            call.journal.touch(row)
        call.run.cursors = moved

    def blame(self, call: Call, message: MessageRow, reason: str, *, hold: bool) -> None:
        """Fail the one record of a message; with ``hold`` it does not go again until a person says so."""
        for owner, _ in grouped(message):
            if owner.kind is OwnerKind.ENTRY:
                entries.refuse(call, owner, reason)
        for row in self.rows(call, message).values():
            row.alone = True
            call.ledger.skip(row, reason, "quickbooks.unreadable")
            if hold:
                call.ledger.set_place(row, due=False)

    def rows(self, call: Call, message: MessageRow) -> dict[int, RecordRow]:
        """The rows of a message's records by key, the same ones within one call."""
        keys = {part["pk"]: None for part in message.requests if part["owner"] == OwnerKind.RECORD}
        return call.journal.rows(list(keys))

    # -- Parts

    def _held(self, call: Call, row: RecordRow) -> Held | None:
        """The record for its plugin; None: that is absent or cannot read it, or there is no time left."""
        entity = self._plugins.entities.get(row.entity)
        if entity is None or call.impatient:
            return None
        try:
            return Held.of(entity, row)
        except MisfitError as error:
            call.ledger.skip(row, str(error), "misfit")
            return None

    def _remember(
        self, call: Call, row: RecordRow, message: MessageRow, indices: Sequence[int], findings: Finding
    ) -> None:
        """Keep what is certain of a record that is in doubt as a whole."""
        for index in indices:
            request, response = listed_request(message.requests[index]), findings.answers.get(index)
            if response is not None and has_made(request.name, response):
                row.done = row.done | {request.key: _identity(response)}
                _note_identity(row, response)
                outcome = Outcome(request=request, result=plain_meaning(request, response), response=response)
                call.journal.line(owner_of(row), row.transfer_count, outcome, message.id)

    def _book_without_plugin(
        self, call: Call, row: RecordRow, message: MessageRow, indices: Sequence[int], findings: Finding
    ) -> bool:
        """Book by status alone what QuickBooks answered; what only the plugin can do waits for it."""
        refused = False
        for index in indices:
            request, response = listed_request(message.requests[index]), findings.answers.get(index)
            if response is None:
                continue
            result = plainly(request, response)
            if has_made(request.name, response):
                row.done = row.done | {request.key: _identity(response)}
                _note_identity(row, response)
            refused |= isinstance(result, Rejected)
            if result is not None:
                outcome = Outcome(request=request, result=result, response=response)
                call.journal.line(owner_of(row), row.transfer_count, outcome, message.id)
        call.journal.touch(row)
        return refused

    def _book_other(
        self,
        call: Call,
        owner: Owner,
        message: MessageRow,
        indices: Sequence[int],
        findings: Finding,
        renewed: Collection[str],
    ) -> bool:
        """Book what became of a list entry that was to be created, or a double that was to be deleted."""
        refused = False
        for index in indices:
            request, response = listed_request(message.requests[index]), findings.answers.get(index)
            result = NOT_EXECUTED if response is None else plain_meaning(request, response)
            again = (
                owner.kind is OwnerKind.ENTRY
                and isinstance(result, Rejected)
                and response is not None
                and renewing.may_be_made_again(self._plugins, call, owner.entity, response, renewed)
            )
            refused |= isinstance(result, Rejected) and not again
            outcome = Outcome(request=request, result=result, response=response)
            call.journal.line(owner, 0, outcome, message.id)
            if owner.kind is OwnerKind.DOUBLE and response is not None:
                doubles.settle(call, owner.id, result)
            if owner.kind is OwnerKind.ENTRY and response is not None and not again:
                entries.book(call, owner, result, response)
        return refused

    def _doubt(self, row: RecordRow, doubtful: Mapping[str, str | None], why: str) -> str:
        entity = self._plugins.entities.get(row.entity)
        name = f"{entity.label if entity else row.entity} {row.id}"
        what = ", ".join(label for label in doubtful.values() if label) or name
        return DOUBT.format(what=what, why=why, entity=row.entity, id=row.id)

    def _note_time(self, call: Call, findings: Finding) -> None:
        """Remember the latest time QuickBooks has told, and how far its clock is behind, for searches."""
        told = [
            text
            for response in findings.answers.values()
            for found in response.objects[:1]
            if (text := found.text("TimeModified") or found.text("TimeCreated"))
        ]
        with suppress(ValueError):
            latest = max(told, key=datetime.fromisoformat, default=None)
            if latest is not None:
                behind = (call.now - datetime.fromisoformat(latest).astimezone(UTC)).total_seconds()
                call.remember(time=latest[:40], behind=int(behind))

    def _note_deleted(self, call: Call, message: MessageRow, findings: Finding) -> None:
        """Write down, and tell, what was made and deleted by hand before its answer was heard."""
        rows = self.rows(call, message)
        for index in sorted(findings.deleted):
            part = message.requests[index]
            row, found = rows.get(part["pk"]), next(iter(findings.answers[index].objects), None)
            if row is None or found is None or part["owner"] != OwnerKind.RECORD:
                continue
            line = HistoryRow(
                at=call.now,
                connector_id=call.row.id,
                entity=row.entity,
                record_pk=row.pk,
                record_id=row.id,
                kind="Sent",
                request_key=part["key"],
                request=part["name"],
                label=part["label"],
                transfer=row.transfer_count,
                txn_id=found.text("TxnID"),
                ref_number=found.text("RefNumber"),
            )
            name = f"number {line.ref_number}" if line.ref_number else f"TxnID {line.txn_id}"
            call.journal.note(row, "Deleted", BY_HAND.format(name=name), line, message_id=message.id)
            forgetting.tell(self._plugins, call, row, NewsKind.DELETED, line)


def grouped(message: MessageRow) -> Iterator[tuple[Owner, list[int]]]:
    """The owners of a message's requests in order, each with the indices of its requests."""
    numbered = [(listed_owner(part), index) for index, part in enumerate(message.requests)]
    for owner, group in groupby(numbered, key=lambda each: each[0]):
        yield owner, [index for _, index in group]


def _identity(response: Response) -> str | None:
    found = next(iter(response.objects), response)
    return found.text("TxnID") or found.text("ListID")


def _note_identity(row: RecordRow, response: Response) -> None:
    """Keep what the record is in QuickBooks, though its plugin did not say so.

    A list entry may only be what the record needed first, such as a vendor.
    """
    found = next(iter(response.objects), response)
    row.txn_id = found.text("TxnID") or row.txn_id
    row.ref_number = (found.text("RefNumber") or row.ref_number or "")[:100] or None
