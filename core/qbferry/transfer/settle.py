"""Settling a message: from answers to outcomes, records and history, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any, Literal

from qbferry.errors import HookError
from qbferry.model import Outcome, Rejected, Request, Retry, Sent, TransferStatus
from qbferry.store.queue import Queue

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy.orm import Session

    from qbferry.model import Continue, Entity
    from qbferry.plugin.manager import Plugins
    from qbferry.qbxml.response import Response
    from qbferry.store.tables import MessageRow
    from qbferry.transfer.ledger import Ledger

__all__ = ["Findings", "Settler", "listed_request"]

DOUBT = (
    "Nobody can tell whether QuickBooks has {what}: the connection broke, and QuickBooks does not say. "
    "Look for it in QuickBooks, then say so with: qbferry doubt there {entity} {id}, "
    "or qbferry doubt not-there {entity} {id}."
)


@dataclass(frozen=True, slots=True)
class Findings:
    """What is known of a message's requests, by their index; an index in neither was not executed.

    Attributes:
        answers: QuickBooks' answers, received, stored or reconstructed from what was found.
        doubtful: The requests nobody can tell about.
    """

    answers: Mapping[int, Response] = field(default_factory=dict)
    doubtful: frozenset[int] = frozenset()


def listed_request(listed: Mapping[str, Any]) -> Request:
    """The request as a message lists it; its fields have served."""
    return Request(
        key=listed["key"], name=listed["name"], label=listed["label"], marker=listed["marker"], fields={}
    )


class Settler:
    """Ends messages."""

    def __init__(self, plugins: Plugins) -> None:
        self._plugins = plugins
        self._queues = {name: Queue(entity) for name, entity in plugins.entities.items()}

    def settle(self, session: Session, message: MessageRow, findings: Findings, ledger: Ledger) -> bool:
        """Book what became of every request.

        A record with a request in doubt is in doubt as a whole. A record none of whose requests was executed
        stays due. Where some were, they are remembered, and the rest goes again.

        Returns:
            Whether QuickBooks refused anything.
        """
        refused = False
        for entity, record, indices in self._records(session, message):
            parts = {index: listed_request(message.requests[index]) for index in indices}
            if not any(index in findings.answers or index in findings.doubtful for index in indices):
                continue
            outcomes = [
                self._outcome(entity, record, request, findings.answers.get(index))
                for index, request in parts.items()
            ]
            doubtful: dict[str, str | None] = {
                request.key: request.label for index, request in parts.items() if index in findings.doubtful
            }
            if doubtful:
                what = (
                    ", ".join(label for label in doubtful.values() if label) or f"{entity.label} {record.id}"
                )
                ledger.doubt(
                    entity, record, doubtful, DOUBT.format(what=what, entity=entity.name, id=record.id)
                )
                continue
            refused = refused or any(isinstance(outcome.result, Rejected) for outcome in outcomes)
            ledger.finish(entity, record, outcomes)
        return refused

    def rewind(
        self,
        session: Session,
        message: MessageRow,
        cursors: Mapping[str, int],
        suspects: Literal["first", "all"],
    ) -> dict[str, int]:
        """Let the records that were not executed go again in this run, the suspects by themselves.

        Returns:
            The run's cursors, moved back to before these records.
        """
        moved = dict(cursors)
        first = True
        for entity, record, _ in self._records(session, message):
            if record.queue_position is not None and record.transfer_status is not TransferStatus.TRANSFERRED:
                record.alone = first or suspects == "all"
                first = False
                moved[entity.name] = min(moved.get(entity.name, 0), record.queue_position - 1)
        return moved

    def blame(
        self, session: Session, message: MessageRow, ledger: Ledger, reason: str, *, hold: bool
    ) -> None:
        """Fail the one record of a message; with ``hold`` it does not go again until a person says so."""
        for entity, record, _ in self._records(session, message):
            record.alone = True
            ledger.skip(entity, record, reason)
            if hold:
                record.queue_position = None

    def _records(self, session: Session, message: MessageRow) -> Iterator[tuple[Entity, Any, list[int]]]:
        """The message's records in order, each with the indices of its requests."""
        numbered = list(enumerate(message.requests))
        loaded = {
            name: self._queues[name].by_key(
                session, list({part["pk"]: None for _, part in numbered if part["entity"] == name})
            )
            for name in {part["entity"] for _, part in numbered}
            if name in self._queues
        }
        for (name, pk), group in groupby(numbered, key=lambda part: (part[1]["entity"], part[1]["pk"])):
            record = loaded.get(name, {}).get(pk)
            if record is not None:
                yield self._plugins.entities[name], record, [index for index, _ in group]

    def _outcome(self, entity: Entity, record: Any, request: Request, response: Response | None) -> Outcome:
        result: Sent | Rejected | Retry | Continue
        if response is None:
            result = Retry("QuickBooks did not execute it; it goes again.")
        else:
            if not response.is_error and not request.name.endswith("Query"):
                # QuickBooks has it, whatever a plugin makes of the answer: it is never sent again.
                found = next(iter(response.objects), response)
                txn_id = found.text("TxnID")
                record.done = record.done | {request.key: txn_id or found.text("ListID")}
                # A list entry may only be what the record needed first, such as a vendor.
                record.txn_id = txn_id or record.txn_id
                record.ref_number = found.text("RefNumber") or record.ref_number
            try:
                result = self._plugins.handle_response(entity, record, request, response)
            except HookError as error:
                result = Rejected(str(error))
            if isinstance(result, Sent):
                result = _fitting(result)
        return Outcome(
            entity=entity.name, record_id=record.id, request=request, result=result, response=response
        )


def _fitting(sent: Sent) -> Sent:
    """Cut what a plugin says to what the tables take; QuickBooks' own values always fit."""
    return replace(
        sent,
        txn_id=sent.txn_id and sent.txn_id[:36],
        ref_number=sent.ref_number and sent.ref_number[:100],
        edit_sequence=sent.edit_sequence and sent.edit_sequence[:16],
    )
