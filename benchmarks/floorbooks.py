"""The durable work of a message and nothing else: prepared bodies, plain SQL, two commits a message.

It writes what qbferry writes, into the same tables with all their indexes; ``same`` holds it to that. There
are no templates, no hooks and no checks, and only one kind of record.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import zlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from lxml import etree

if TYPE_CHECKING:
    from pathlib import Path

    from prepared import Prepared

__all__ = ["Books"]

PRAGMAS = ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL")

RUN = (
    "SELECT run.id, run.cursors, connector.id FROM run JOIN connector ON connector.id = run.connector_id "
    "WHERE run.ticket = ?"
)
OPEN = (
    "SELECT run.id, run.cursors, connector.id, run.tried, run.total, message.id, message.requests FROM run "
    "JOIN connector ON connector.id = run.connector_id "
    "JOIN message ON message.connector_id = connector.id AND message.settled_at IS NULL WHERE run.ticket = ?"
)
DUE = (
    "SELECT pk, queue_position FROM record WHERE connector_id = ? AND entity = 'invoice' "
    "AND queue_position IS NOT NULL AND queue_position > ? ORDER BY queue_position LIMIT ?"
)
ASK = "UPDATE run SET seen_at = ?, question = 'message', question_id = ?, cursors = ? WHERE id = ?"
CLOSE = (
    "UPDATE run SET seen_at = ?, question = NULL, question_id = NULL, memory = ?, sent = sent + ?, "
    "tried = tried + ? WHERE id = ?"
)
BOOK = (
    "UPDATE record SET version = version + 1, transfer_status = 'Transferred', queue_position = NULL, "
    "transfer_date = ?, first_transfer_date = ?, transfer_count = transfer_count + 1, ref_number = ?, "
    "txn_id = ?, edit_sequence = ?, updated_at = ? WHERE pk = ?"
)
COUNT = (
    "INSERT INTO counter (connector_id, entity, transfer_status, currency, unit, records, due, amount) "
    "VALUES (?, 'invoice', ?, '', 'money', ?, ?, ?) ON CONFLICT DO UPDATE SET "
    "records = records + excluded.records, due = due + excluded.due, amount = amount + excluded.amount"
)
SETTLE = "UPDATE message SET settled_at = ?, answer = ? WHERE id = ?"

MESSAGE = ("connector_id", "run_id", "message_set_id", "body", "requests", "attempts", "composed_at")
LINE = (
    *("at", "connector_id", "run_id", "message_id", "owner", "entity", "record_pk", "record_id"),
    *("request_key", "request", "label", "kind", "status_code", "quickbooks_message", "txn_id", "ref_number"),
    "marker",
    "status",
)
BEGUN = ("connector_id", "ticket", "started_at", "seen_at", "state", "total")


class Books:
    """One database, and the messages that are handed out of it."""

    def __init__(self, database: Path, messages: list[Prepared], per_message: int) -> None:
        self._db = sqlite3.connect(database, isolation_level=None, check_same_thread=False)
        for pragma in PRAGMAS:
            self._db.execute(f"PRAGMA {pragma}")
        self._messages = {message["first"]: message for message in messages}
        self._amounts = {message["set_id"]: message["amount"] for message in messages}
        self._per_message = per_message
        self._total = sum(len(message["requests"]) for message in messages)
        self._new_message = self._insert("message", MESSAGE)
        self._new_line = self._insert("history", LINE)
        self._new_run = self._insert("run", BEGUN)

    def begin(self, ticket: str) -> None:
        """Begin a run of the one connector."""
        now = _now()
        self._db.execute(self._new_run, (1, _digest(ticket), now, now, "running", self._total))

    def send(self, ticket: str) -> str:
        """Claim the next records by storing their message."""
        now = _now()
        do = self._db.execute
        do("BEGIN IMMEDIATE")
        run, cursors, connector = do(RUN, (_digest(ticket),)).fetchone()
        after = json.loads(cursors)["invoice"] if cursors else 0
        due = do(DUE, (connector, after, self._per_message)).fetchall()
        message = self._messages[due[0][0]]
        requests = json.dumps(message["requests"], separators=(",", ":"), ensure_ascii=False)
        do(self._new_message, (connector, run, message["set_id"], message["body"], requests, 1, now))
        do(ASK, (now, message["set_id"], json.dumps({"invoice": due[-1][1]}), run))
        do("COMMIT")
        return message["body"]

    def receive(self, ticket: str, text: str) -> int:
        """Book an answer; the percentage."""
        now = _now()
        # As qbferry must: an encoding that is declared says nothing of a text that is decoded.
        root = etree.fromstring(text[text.index("<QBXML>") :])
        do = self._db.execute
        do("BEGIN IMMEDIATE")
        run, cursors, connector, tried, total, key, requests = do(OPEN, (_digest(ticket),)).fetchone()
        listed = json.loads(requests)
        message_set = root[0]
        set_id = message_set.get("newMessageSetID") or ""
        records: list[tuple[Any, ...]] = []
        lines: list[tuple[Any, ...]] = []
        for response in message_set:
            part = listed[int((response.get("requestID") or "").rpartition(".")[2])]
            ret = response[0]
            txn_id, number = ret.findtext("TxnID"), ret.findtext("RefNumber")
            records.append((now, now, number, txn_id, ret.findtext("EditSequence"), now, part["pk"]))
            status, said = int(response.get("statusCode") or 0), response.get("statusMessage")
            whose = (now, connector, run, key, "record", "invoice", part["pk"], part["id"])
            lines.append(
                (
                    *(*whose, part["key"], part["name"], part["label"], "Sent", status, said, txn_id, number),
                    part["marker"],
                    "Transferred",
                )
            )
        count, amount = len(records), self._amounts[set_id]
        self._db.executemany(BOOK, records)
        self._db.executemany(
            COUNT,
            [(connector, "Pending", -count, -count, -amount), (connector, "Transferred", count, 0, amount)],
        )
        self._db.executemany(self._new_line, lines)
        do(SETTLE, (now, zlib.compress(text.encode(), 1), key))
        do(CLOSE, (now, json.dumps({"settled": set_id}), count, count, run))
        due = do(DUE, (connector, json.loads(cursors)["invoice"], 1)).fetchone()
        do("COMMIT")
        return min(99, 100 * (tried + count) // total) if due else 100

    def _insert(self, table: str, names: tuple[str, ...]) -> str:
        """The statement for a new row; what it must have beyond the names is nought or empty."""
        rest = {
            name: "0" if kind in ("INTEGER", "BIGINT", "BOOLEAN") else "''"
            for _, name, kind, required, *_ in self._db.execute(f"PRAGMA table_info({table})")
            if required and name not in names and name != "id"
        }
        values = ", ".join(["?"] * len(names) + [*rest.values()])
        return f"INSERT INTO {table} ({', '.join((*names, *rest))}) VALUES ({values})"


def _digest(ticket: str) -> bytes:
    return hashlib.sha256(ticket.encode()).digest()


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
