"""Claiming what QuickBooks has of a record and our database has forgotten.

When a record's turn comes, its markers can be computed again. If QuickBooks was found to have one of them
(``survey``), nothing of the record is sent: the object is read whole, with its lines, and given to its plugin
as if it were the answer to the request. What is still missing then goes as always.

The same is asked of what is in doubt, once a run: what is found is booked, and no person need decide.

Markers of the transfers that may have followed are looked for as well: what an earlier one made may have been
deleted since. A question of this kind is about ``{"claims": [Claim as a dict]}``.
"""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Self

from qbferry.errors import HookError, MisfitError, RenderError
from qbferry.model import OnError, Owner, OwnerKind, Sent, TransferStatus
from qbferry.plugin.defaults import plain_meaning
from qbferry.qbxml import envelope, ours
from qbferry.store.records import Filter
from qbferry.store.rows import ListedRequest, MessageRow
from qbferry.transfer import doubles
from qbferry.transfer.held import Held
from qbferry.transfer.marker import marker
from qbferry.transfer.references import resolve

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qbferry.model import AnyRecord, Connector, Entity, Lists, Outcome, RecordRow
    from qbferry.plugin.manager import Plugins
    from qbferry.qbxml.response import Answer, Node, Response
    from qbferry.store.rows import FoundRow
    from qbferry.transfer.call import Call
    from qbferry.transfer.preparation import Origin
    from qbferry.transfer.settle import Settler

__all__ = ["AHEAD", "FOUND", "RELEASED", "Claim", "Recall", "claims_of"]

log = logging.getLogger("qbferry.recall")

KIND, DOUBTED = "recall", "doubted"

FOUND = "found in QuickBooks; our database had forgotten it"
RELEASED = "found in QuickBooks; it was in doubt, and nobody need decide any more"

MOST = 500
"""Records in doubt of one kind that are looked for at once."""

AHEAD = 20
"""So many transfers of a record may have ended that this database knows nothing of."""

GONE = {0, 1, 500}
"""Statuses of a query by identity: all, none or some of them are there (facts B5)."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What QuickBooks has, and the request that made it.

    Attributes:
        found: The key of what was found.
        entity: Whose it is.
        pk: The record's key.
        id: Its id.
        key: The key of the request.
        label: Its label, where the record builds it now.
        transfer: How many transfers of the record had ended before.
        kind: ``Invoice``.
        txn_id: Its TxnID or ListID.
        marker: Its ExternalGUID.
    """

    found: int
    entity: str
    pk: int
    id: str
    key: str
    label: str
    transfer: int
    kind: str
    txn_id: str
    marker: str

    @classmethod
    def of(cls, found: FoundRow, row: RecordRow, key: str, label: str, transfer: int | None = None) -> Self:
        """What a record claims; None: of its present transfer."""
        return cls(
            found=found.id,
            entity=row.entity,
            pk=row.pk,
            id=row.id,
            key=key,
            label=label,
            transfer=row.transfer_count if transfer is None else transfer,
            kind=found.kind,
            txn_id=found.txn_id,
            marker=found.marker,
        )

    @property
    def listed(self) -> ListedRequest:
        """The request, as messages list it."""
        return ListedRequest(
            owner=str(OwnerKind.RECORD),
            entity=self.entity,
            pk=self.pk,
            id=self.id,
            key=self.key,
            name=f"{self.kind}Add",
            label=self.label,
            marker=self.marker,
        )


def claims_of(
    plugins: Plugins,
    entity: Entity,
    row: RecordRow,
    connector: Connector,
    lists: Lists,
    origin: Origin,
    found: Mapping[str, Sequence[FoundRow]],
) -> list[Claim]:
    """What of one record was found, of the earliest of its transfers that anything is there of.

    Args:
        plugins: One of them knows the keys of its requests.
        entity: The record's kind.
        row: The record.
        connector: Its connector.
        lists: What its requests refer to.
        origin: What its markers are made from.
        found: Marker -> what carries it, the oldest first.
    """
    try:
        labels, complete = _keys(plugins, entity, Held.of(entity, row).record, connector, lists)
    except MisfitError:
        return []  # told when it is its turn to go
    ahead = 1 if complete else AHEAD  # what is complete comes to its end first
    for transfer in range(row.transfer_count, row.transfer_count + ahead):
        marked = {_marker(origin, row, key, transfer): key for key in labels}
        claims = [
            Claim.of(found[mark][0], row, key, labels[key], transfer)
            for mark, key in marked.items()
            if mark in found and f"{found[mark][0].kind}Add" in entity.requests
        ]
        if claims:
            return claims
    return []


def _marker(origin: Origin, row: RecordRow, key: str, transfer: int) -> str:
    owner = Owner(OwnerKind.RECORD, row.entity, row.pk, row.id)
    return marker(origin.owner_id, origin.file_id, owner, key, transfer)


def _keys(
    plugins: Plugins, entity: Entity, record: AnyRecord, connector: Connector, lists: Lists
) -> tuple[dict[str, str], bool]:
    """All keys of requests that may have been made of a record, with the labels of those it builds now.

    Returns:
        Them, and whether QuickBooks has all that it builds now.
    """
    keys = dict.fromkeys(record.done, "")
    complete = False
    try:
        keys |= dict.fromkeys(plugins.possible_keys(entity, record), "")
        references = plugins.references(entity, record, connector)
        names = resolve(references, lists, {}).names(references)
        built = plugins.build_requests(entity, record, connector, lists, names)
        if isinstance(built, list):
            keys |= {request.key: request.label for request in built}
            complete = bool(record.done) and all(request.key in record.done for request in built)
    except (HookError, RenderError) as error:
        log.warning("%s", error)
    return keys, complete


class Recall:
    """Asks for what was found of due records, and books it."""

    def __init__(self, plugins: Plugins, settler: Settler) -> None:
        self._plugins = plugins
        self._settler = settler

    def doubted(self, call: Call, origin: Origin) -> str | None:
        """Ask for what was found of records in doubt; None: nothing was, or it was asked in this run."""
        asked = DOUBTED in call.run.memory and not call.is_open(KIND)  # an open one was never heard
        if not call.row.found or asked:
            return None
        call.remember(**{DOUBTED: True})
        found = call.tx.found.claimable(call.row.id)
        claims = [
            Claim.of(found[mark][0], row, key, label or "")
            for name in self._plugins.entities
            for row in call.tx.records.page(call.row.id, name, Filter(in_doubt=True), limit=MOST)
            for key, label in row.doubtful.items()
            if (mark := _marker(origin, row, key, row.transfer_count)) in found
        ]
        return self.question(call, claims) if claims else None

    def question(self, call: Call, claims: Sequence[Claim]) -> str:
        """Ask for objects whole, with their lines."""
        question_id = call.ask(KIND, {"claims": [asdict(claim) for claim in claims]})
        return _question(call, claims, question_id)

    def answer(self, call: Call, answer: Answer | None) -> None:
        """Book what is there; what is not there any more may go, and what was not answered waits.

        Args:
            call: The call, whose open question this is.
            answer: None: QuickBooks did not understand the question.
        """
        question_id = call.run.question_id or ""
        claims = [Claim(**each) for each in call.close_question()["claims"]]
        by_id = {response.request_id: response for response in answer.responses} if answer else {}
        message = MessageRow(
            connector_id=call.row.id,
            run_id=call.run.id,
            message_set_id=question_id,
            body=_question(call, claims, question_id),
            composed_at=call.now,
            settled_at=call.now,
            requests=[claim.listed for claim in claims],
        )
        call.tx.messages.add(message)
        rows = call.journal.rows(list({claim.pk: None for claim in claims}))
        known = call.tx.found.of_markers(call.row.id, {claim.marker for claim in claims})
        over: set[int] = set()
        for pk, group in groupby(claims, key=lambda claim: claim.pk):
            mine, row = [*group], rows.get(pk)
            responses = {claim: _answer_to(claim, by_id.get(f"{question_id}.{claim.kind}")) for claim in mine}
            over |= {claim.found for claim, response in responses.items() if response is False}
            there = {claim: response for claim, response in responses.items() if response}
            if any(response is None for response in responses.values()):
                self._wait(call, row)
            elif row is not None and self._book(call, row, there, message.id):  # type: ignore[arg-type]
                over |= {claim.found for claim in there}
                for claim in there:
                    twice = [each for each in known if each.marker == claim.marker and each.id != claim.found]
                    doubles.note_found(call, row, twice, claim.txn_id, "")
        call.row.found = call.tx.found.forget(call.row.id, over)

    def _book(self, call: Call, row: RecordRow, there: Mapping[Claim, Response], message_id: int) -> bool:
        """Give the objects to the plugin as answers; whether it could be done."""
        entity = self._plugins.entities.get(row.entity)
        transfer = next((claim.transfer for claim in there), row.transfer_count)
        if entity is None or transfer < row.transfer_count:
            return False  # it has gone on since it was asked for
        if transfer > row.transfer_count:
            row.transfer_count, row.done = transfer, {}
        try:
            held = Held.of(entity, row)
        except MisfitError as error:
            call.ledger.skip(row, str(error), "misfit")
            return False
        outcomes = [self._settler.outcome(held, claim.listed, there[claim]) for claim in there]
        note = RELEASED if row.in_doubt else FOUND
        row.doubtful = {key: label for key, label in row.doubtful.items() if key not in row.done}
        if row.in_doubt and not row.doubtful:
            row.in_doubt, row.reason, row.reason_code = False, None, ""
        if row.queue_position is None and not row.in_doubt:  # or a person has taken it out meanwhile
            row.transfer_status = TransferStatus.PENDING
            call.ledger.set_place(row, due=True)
        call.ledger.recall(held, [_noted(outcome, note) for outcome in outcomes], message_id)
        for claim in there:
            call.tx.alerts.resolve(call.row.id, claim.txn_id, call.now)
        return True

    def _wait(self, call: Call, row: RecordRow | None) -> None:
        """Leave a record, and those before it, for the next run: nobody knows now what is there of it."""
        if row is not None and row.queue_position is not None:
            place = max(call.run.cursors.get(row.entity, 0), row.queue_position)
            call.run.cursors = call.run.cursors | {row.entity: place}
        log.warning("QuickBooks of %s did not say what it has of what was found there.", call.row.name)


def _question(call: Call, claims: Sequence[Claim], question_id: str) -> str:
    kinds: dict[str, list[str]] = {}
    for claim in claims:
        kinds.setdefault(claim.kind, []).append(claim.txn_id)
    asked = [(kind, ours.whole(kind, ids, call.connector.country or "US")) for kind, ids in kinds.items()]
    return envelope.message(
        [(name, f"{question_id}.{kind}", body) for kind, (name, body) in asked],
        version=call.connector.qbxml_version,
        on_error=OnError.CONTINUE,
    )


def _answer_to(claim: Claim, response: Response | None) -> Response | bool | None:
    """The answer the request would have got; False: it is not there any more; None: nobody can tell."""
    if response is None or response.status_code not in GONE:
        return None
    ret = next((each for each in response.objects if _is(each, claim)), None)
    return response.carrying(f"{claim.kind}Add", [ret]) if ret is not None else False


def _is(ret: Node, claim: Claim) -> bool:
    identity = ret.text("TxnID") or ret.text("ListID")
    return identity == claim.txn_id and ours.braced(ret.text("ExternalGUID") or "") == claim.marker


def _noted(outcome: Outcome, note: str) -> Outcome:
    """The outcome as the history tells it: whatever its plugin makes of it, QuickBooks has it."""
    result, response = outcome.result, outcome.response
    if not isinstance(result, Sent) and response is not None:
        result = plain_meaning(outcome.request, response)
    return replace(outcome, result=replace(result, note=note) if isinstance(result, Sent) else result)
