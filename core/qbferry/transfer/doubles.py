"""What QuickBooks has twice: noted, told, and deleted when a person wants it.

Before one is deleted QuickBooks is asked, in the same run, whether it has both, each with the marker of the
request they were made by: what is booked must not be the only one that is gone.

``run.memory["doubles"]`` holds the TxnIDs that may be deleted in this run, once that was asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry.model import OnError, Owner, OwnerKind, Rejected, Request
from qbferry.qbxml import envelope, search
from qbferry.store.holdings import DELETION
from qbferry.store.rows import AlertRow, DoubleRow
from qbferry.transfer.preparation import Part

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qbferry.model import RecordRow, Result
    from qbferry.qbxml.response import Answer, Response
    from qbferry.store.rows import FoundRow, ListedRequest, MessageRow
    from qbferry.transfer.call import Call

__all__ = ["KEY", "answer", "deletions", "note", "note_found", "question", "settle"]

KEY = "doubles"

MOST = 100
"""Doubles in one question, and in one message."""

TWICE = (
    "QuickBooks has {request} of {record} twice: as {booked}, which is booked, and as {double}, which is "
    "not. Look at both in QuickBooks; to have the one deleted that is not booked: "
    "qbferry doubles delete {txn_id}"
)
BOOKED_GONE = (
    "QuickBooks no longer has {booked}, which is booked, as it was made; {double} may be the only one. "
    "Nothing was deleted."
)
NEITHER = (
    "The company file that is open has neither {booked}, which is booked, nor {double}: it may be another "
    "one. Nothing was deleted."
)
CHANGED = "What QuickBooks has as {double} does not carry the marker of this record. Nothing was deleted."


def note(
    call: Call,
    message: MessageRow,
    part: ListedRequest,
    row: RecordRow,
    booked: Response | tuple[str, str],
    double: Response,
) -> None:
    """Note that QuickBooks has a request's transaction twice; told once, in history, run and alert.

    Args:
        call: The call.
        message: The message both were made by.
        part: The request.
        row: Its record.
        booked: QuickBooks' answer that is booked, or TxnID and number.
        double: Its answer that is not.
    """
    first = booked if isinstance(booked, tuple) else _identity(booked)
    second = _identity(double)
    if not (first[0] and second[0]) or first[0] == second[0]:
        return
    found = DoubleRow(
        connector_id=call.row.id,
        found_at=call.now,
        kind=part["name"].removesuffix("Add"),
        txn_id=second[0],
        ref_number=second[1] or None,
        booked_txn_id=first[0],
        booked_number=first[1] or None,
        marker=part["marker"],
        entity=row.entity,
        record_pk=row.pk,
        record_id=row.id,
    )
    if text := _tell(call, row, found, part["name"]):
        call.journal.differs(row, message.id, part["key"], part["name"], double, second[0], text)


def note_found(call: Call, row: RecordRow, others: Sequence[FoundRow], booked: str, number: str) -> None:
    """Note that QuickBooks was found to have something with a record's marker beside what is booked.

    Args:
        call: The call.
        row: The record.
        others: What was found.
        booked: TxnID of what is booked and there.
        number: Its number; empty where it has none.
    """
    call.tx.found.is_double([found.id for found in others], booked)
    for found in others:
        double = DoubleRow(
            connector_id=call.row.id,
            found_at=call.now,
            kind=found.kind,
            txn_id=found.txn_id,
            ref_number=found.number[:100] or None,
            booked_txn_id=booked,
            booked_number=number or None,
            marker=found.marker,
            entity=row.entity,
            record_pk=row.pk,
            record_id=row.id,
        )
        if text := _tell(call, row, double, f"{found.kind}Add"):
            call.journal.note(row, "Differs", text, code="answer.differs", txn_id=found.txn_id)


def _tell(call: Call, row: RecordRow, found: DoubleRow, request: str) -> str | None:
    """Keep a double and tell a person, in run and alert; the words, None: it is known."""
    if not call.tx.doubles.add(found):
        return None
    text = TWICE.format(
        request=request,
        record=f"{row.entity} {row.id}",
        booked=_name(found.booked_txn_id, found.booked_number or ""),
        double=_name(found.txn_id, found.ref_number or ""),
        txn_id=found.txn_id,
    )
    call.run.last_error = "\n".join(filter(None, (call.run.last_error, text)))
    call.tx.alerts.alert(
        AlertRow(
            at=call.now,
            connector_id=call.row.id,
            run_id=call.run.id,
            kind="answer.differs",
            about=found.txn_id,
            entity=row.entity,
            record_pk=row.pk,
            text=text,
        )
    )
    return text


def question(call: Call) -> str | None:
    """Ask whether QuickBooks has both of what is to be deleted one of; None: nothing is, or it was asked."""
    if not call.row.doubled or KEY in call.run.memory:
        return None
    wanted = call.tx.doubles.there(call.row.id, wanted=True)[:MOST]
    if not wanted:
        call.row.doubled = False
        return None
    question_id = call.ask("doubles", {"ids": [each.txn_id for each in wanted]})
    asked = [
        (f"{each.kind}Query", f"{question_id}.{number}", search.by_txn_id((each.booked_txn_id, each.txn_id)))
        for number, each in enumerate(wanted)
    ]
    return envelope.message(asked, version=call.connector.qbxml_version, on_error=OnError.CONTINUE)


def answer(call: Call, answer: Answer | None) -> None:
    """Take the answer; None: QuickBooks did not understand the question. What it does not say waits."""
    question_id = call.run.question_id
    ids = call.close_question()["ids"]
    by_id = {row.request_id: row for row in answer.responses} if answer else {}
    sure: list[str] = []
    for number, txn_id in enumerate(ids):
        double = call.tx.doubles.by_txn_id(call.row.id, txn_id)
        row = by_id.get(f"{question_id}.{number}")
        if double is None or row is None or row.is_error:
            continue
        there = {ret.text("TxnID"): search.bare(ret.text("ExternalGUID") or "") for ret in row.objects}
        marker = search.bare(double.marker)
        if not (call.row.has_file_id or marker in there.values()):
            _leave(double, NEITHER)
        elif txn_id not in there:
            double.gone_at = call.now
            call.tx.alerts.resolve(call.row.id, txn_id, call.now)
        elif there.get(double.booked_txn_id) != marker:
            _leave(double, BOOKED_GONE)
        elif there[txn_id] != marker:
            _leave(double, CHANGED)
        else:
            sure.append(txn_id)
            continue
        call.tx.doubles.save(double)
    call.remember(**{KEY: sure})


def deletions(call: Call) -> Sequence[tuple[Owner, list[Part]]]:
    """The requests that delete what may be deleted in this run, each once."""
    sure = call.run.memory.get(KEY)
    if not sure:
        return []
    call.remember(**{KEY: []})
    found = []
    for txn_id in sure:
        double = call.tx.doubles.by_txn_id(call.row.id, txn_id)
        if double is not None and double.wanted_by is not None and double.gone_at is None:
            owner = Owner(OwnerKind.DOUBLE, double.kind, 0, txn_id)
            xml = f"<TxnDelType>{double.kind}</TxnDelType><TxnID>{txn_id}</TxnID>"
            found.append((owner, [Part(Request(key=f"delete:{txn_id}", name=DELETION, fields={}), xml)]))
    return found


def settle(call: Call, txn_id: str, result: Result) -> None:
    """Book what became of a deletion."""
    double = call.tx.doubles.by_txn_id(call.row.id, txn_id)
    if double is None:
        return
    if isinstance(result, Rejected):
        double.wanted_by, double.problem = None, result.reason
    else:
        double.gone_at, double.problem = call.now, None
        call.tx.alerts.resolve(call.row.id, txn_id, call.now)
    call.tx.doubles.save(double)


def _leave(double: DoubleRow, why: str) -> None:
    double.problem = why.format(
        booked=_name(double.booked_txn_id, double.booked_number or ""),
        double=_name(double.txn_id, double.ref_number or ""),
    )
    double.wanted_by = None


def _identity(response: Response) -> tuple[str, str]:
    found = next(iter(response.objects), response)
    return found.text("TxnID") or "", (found.text("RefNumber") or "")[:100]


def _name(txn_id: str, number: str) -> str:
    return f"number {number} (TxnID {txn_id})" if number else f"TxnID {txn_id}"
