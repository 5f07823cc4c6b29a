"""A late answer to a message that is settled already: it changes nothing, and a difference is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry.plugin.answers import executed
from qbferry.store.rows import AlertRow
from qbferry.transfer import doubles
from qbferry.transfer.finding import answers_to

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qbferry.model import RecordRow
    from qbferry.qbxml.response import Answer, Response
    from qbferry.store.rows import HistoryRow, MessageRow
    from qbferry.transfer.call import Call

__all__ = ["compare"]

UNBOOKED = (
    "A late answer of QuickBooks says that it has {request} of {record} as TxnID {late}, and nothing of that "
    "was booked. Look for it in QuickBooks: if the record is in doubt, say that it is there; if it is there "
    "twice, delete the one with TxnID {late}."
)


def compare(call: Call, answer: Answer) -> None:
    """Hold an answer against what was booked of its message, if it is to one of this company file's.

    What is booked stays. Where QuickBooks says that it made something else, or something that was not booked
    at all, a line of the history and an alert say so.
    """
    message = _settled(call, answer)
    if message is None:
        return
    rows = call.journal.rows([part["pk"] for part in message.requests if part["owner"] == "record"])
    lines = call.tx.history.of_records(list(rows))
    for index, response in answers_to(message, answer).items():
        part = message.requests[index]
        made = _made(part["name"], response)
        row = rows.get(part["pk"])
        if made is None or row is None or made in (row.txn_id, row.done.get(part["key"])):
            continue
        # Whoever said it: an answer, a person who found it, or this very answer before.
        if made not in {line.txn_id for line in lines[row.pk]}:
            _tell(call, message, row, index, response, made, lines[row.pk])


def _settled(call: Call, answer: Answer) -> MessageRow | None:
    for response in answer.responses:
        set_id = response.request_id.rpartition(".")[0]
        message = call.tx.messages.by_set_id(set_id) if set_id else None
        if message is not None and message.connector_id == call.row.id and message.settled_at is not None:
            return message
    return None


def _made(request: str, response: Response) -> str | None:
    """The TxnID of the transaction that an answer says was made."""
    if request.endswith("Query") or not executed(request, response):
        return None
    found = next(iter(response.objects), None)
    return None if found is None else found.text("TxnID")


def _tell(
    call: Call,
    message: MessageRow,
    row: RecordRow,
    index: int,
    response: Response,
    late: str,
    lines: Sequence[HistoryRow],
) -> None:
    part = message.requests[index]
    key, request = part["key"], part["name"]
    for line in lines:
        if (line.message_id, line.request_key, line.kind) == (message.id, key, "Sent") and line.txn_id:
            doubles.note(call, message, part, row, (line.txn_id, line.ref_number or ""), response)
            return
    text = UNBOOKED.format(request=request, record=f"{row.entity} {row.id}", late=late)
    call.journal.differs(row, message.id, key, request, response, late, text)
    call.tx.alerts.alert(
        AlertRow(
            at=call.now,
            connector_id=call.row.id,
            run_id=call.run.id,
            kind="answer.differs",
            about=late,
            entity=row.entity,
            record_pk=row.pk,
            text=text,
        )
    )
