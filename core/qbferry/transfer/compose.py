"""Composing the next message: whole records, up to a number of requests and bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry.errors import MisfitError
from qbferry.model import OnError, TransferStatus
from qbferry.qbxml import envelope
from qbferry.store.rows import ListedRequest, MessageRow
from qbferry.transfer.ahead import Ahead
from qbferry.transfer.call import new_id
from qbferry.transfer.held import owner_of
from qbferry.transfer.preparation import Awaiting, Origin, Part, Refusal, Waiting, prepare
from qbferry.transfer.recall import claims_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qbferry.config import TransferSettings
    from qbferry.model import Connector, Entity, Lists, Owner, RecordRow
    from qbferry.plugin.manager import Plugins
    from qbferry.scheduler import Scheduler
    from qbferry.store.rows import FoundRow
    from qbferry.transfer.call import Call
    from qbferry.transfer.recall import Claim, Recall

__all__ = ["Composer"]


class Composer:
    """Makes messages of due records."""

    def __init__(
        self,
        plugins: Plugins,
        scheduler: Scheduler,
        settings: TransferSettings,
        owner_id: str,
        recall: Recall,
    ) -> None:
        self._plugins = plugins
        self._recall = recall
        self._scheduler = scheduler
        self._settings = settings
        self._owner_id = owner_id

    def compose(self, call: Call) -> str | None:
        """Take due records until a message is full, store it, and hand it out: they are in flight.

        Entries of QuickBooks' lists that must be made first travel in a message of their own, each once; the
        records that need them wait where they are.
        Records of which something was found in QuickBooks are asked about instead, in a message of their own.
        A record that refers to another which is still to go waits for it, and its kind with it, so that none
        is passed over; where nothing else can go, it fails with that reason.
        Records that cannot go become Pending/Failed with the reason and never leave. A record that was
        suspected before travels by itself. None: nothing is left that can go, or so many records could not
        go, or plugins took so long, that the rest waits for the next call; each must be answered in seconds.
        """
        limit, size = self._settings.requests_per_message, self._settings.message_bytes
        patience = 10 * limit
        lists = call.tx.lists.of(call.row.id)
        ahead = Ahead(self._plugins, call, lists)
        origin = Origin(self._owner_id, call.row.file_id)
        cursors = dict(call.run.cursors)
        found = call.tx.found.claimable(call.row.id) if call.row.found else {}
        taken: list[tuple[Owner, list[Part]]] = []
        entries: dict[str, tuple[Owner, Part]] = {}
        refused = call.run.memory.get("refused", {})
        most = 1 if call.run.memory.get("entries_alone") else limit
        claims: list[Claim] = []
        requests, length = 0, envelope.FRAME
        awaiting: dict[str, tuple[RecordRow, Awaiting]] = {}
        for entity, row in self._scheduler.take(call.tx, call.row.id, cursors, awaiting, ahead):
            if taken and row.alone:
                break
            there = self._claims(call, entity, row, lists, origin, found) if found else []
            if there and (taken or entries):
                break
            if there or claims:
                claims += there
                if not there or len(claims) >= limit or call.impatient:
                    break
                continue
            position = row.queue_position or 0
            parts = self._prepare(call, entity, row, lists, origin, refused, ahead)
            if isinstance(parts, Awaiting):
                awaiting[entity.name] = row, parts
                continue
            if isinstance(parts, Waiting) and not taken:
                for key, entry in parts.entries.items():
                    entries.setdefault(key, entry)
                if len(entries) >= most or call.impatient:
                    break
                continue
            if isinstance(parts, Waiting) or entries:
                break  # those that are taken go first, or the entries that were found to be missing
            if isinstance(parts, Refusal):
                call.ledger.skip(row, parts.reason, parts.code)
                patience -= 1
            elif parts:
                bytes_ = sum(envelope.size(part.request.name, part.xml) for part in parts)
                if taken and (requests + len(parts) > limit or length + bytes_ > size):
                    break
                taken.append((owner_of(row), parts))
                requests, length = requests + len(parts), length + bytes_
            elif found and row.transfer_status is TransferStatus.TRANSFERRED:
                self._go_on(call, row, self._claims(call, entity, row, lists, origin, found))
            cursors[entity.name] = position
            if (
                row.alone
                or requests >= limit
                or patience <= 0
                or call.impatient
                or (taken and _waits(call.connector, taken[-1][1]))
            ):
                break
        else:
            if awaiting and patience < 10 * limit and not (taken or entries or claims):
                call.run.cursors = cursors  # what they wait for may have failed just now
                call.journal.flush()
                return self.compose(call)
            if not (taken or entries or claims):
                for name, (row, awaited) in awaiting.items():
                    cursors[name] = row.queue_position or 0
                    call.ledger.skip(row, awaited.reason, awaited.code)
        call.run.cursors = cursors
        if claims:
            return self._recall.question(call, claims)
        if entries:
            taken = [(owner, [part]) for owner, part in [*entries.values()][:most]]
        return self.send(call, taken) if taken else None

    def send(self, call: Call, taken: Sequence[tuple[Owner, list[Part]]]) -> str:
        """Store a message of these requests, and hand it out."""
        message = self._store(call, taken)
        call.ask("message", question_id=message.message_set_id)
        return message.body

    def _claims(
        self,
        call: Call,
        entity: Entity,
        row: RecordRow,
        lists: Lists,
        origin: Origin,
        found: Mapping[str, Sequence[FoundRow]],
    ) -> list[Claim]:
        """What QuickBooks was found to have of a record."""
        return claims_of(self._plugins, entity, row, call.connector, lists, origin, found)

    def _go_on(self, call: Call, row: RecordRow, claims: Sequence[Claim]) -> None:
        """Let a record that has just come to its end have another turn: QuickBooks has a later transfer."""
        if claims:
            row.transfer_status, row.needs_resync = TransferStatus.PENDING, True
            call.ledger.set_place(row, due=True)

    def _prepare(
        self,
        call: Call,
        entity: Entity,
        row: RecordRow,
        lists: Lists,
        origin: Origin,
        refused: Mapping[str, str],
        ahead: Ahead,
    ) -> Refusal | Waiting | list[Part]:
        """A record's requests; one of which QuickBooks has everything is completed and has none."""
        try:
            held, given = ahead.of(entity, row)
        except MisfitError as error:
            return Refusal(str(error), "misfit")
        parts = prepare(
            self._plugins,
            entity,
            held.record,
            call.connector,
            lists,
            origin,
            refused,
            given,
            ahead.remembered,
        )
        if parts == []:
            call.ledger.complete(held, ())
        return parts

    def _store(self, call: Call, taken: Sequence[tuple[Owner, list[Part]]]) -> MessageRow:
        set_id = new_id()
        listed: list[ListedRequest] = []
        triples: list[tuple[str, str, str]] = []
        for owner, parts in taken:
            for part in parts:
                triples.append((part.request.name, f"{set_id}.{len(listed)}", part.xml))
                listed.append(
                    ListedRequest(
                        owner=str(owner.kind),
                        entity=owner.entity,
                        pk=owner.pk,
                        id=owner.id,
                        key=part.request.key,
                        name=part.request.name,
                        label=part.request.label,
                        marker=part.request.marker,
                    )
                )
        message = MessageRow(
            connector_id=call.row.id,
            run_id=call.run.id,
            message_set_id=set_id,
            body=envelope.message(
                triples,
                version=call.connector.qbxml_version,
                on_error=call.connector.on_error,
                new_id=set_id,
                old_id=call.run.memory.get("settled"),
            ),
            requests=listed,
            holders=[call.run.id],
            company_file=call.row.company_file,
            marked=call.row.has_file_id,
            quickbooks_time=call.run.memory.get("time"),
            clock_behind=call.run.memory.get("behind"),
            composed_at=call.now,
        )
        call.tx.messages.add(message)
        return message


def _waits(connector: Connector, parts: Sequence[Part]) -> bool:
    """Whether what comes behind must wait: under ``stop`` the answer to a question may end the run."""
    return connector.on_error is OnError.STOP and any(part.request.name.endswith("Query") for part in parts)
