"""Rows as the core would make them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from qbferry.model import RecordRow
from qbferry.store.rows import ConnectorRow, HistoryRow, MessageRow, RunRow

NOON = datetime(2026, 10, 31, 12, 0, 0, 123456, UTC)


def connector(name: str, **fields: Any) -> ConnectorRow:
    return ConnectorRow(name=name, user_name=name, password_hash="x", file_id=f"{{{name}}}", **fields)


def record(name: str, **fields: Any) -> RecordRow:
    values: dict[str, Any] = {
        "connector_id": 1,
        "entity": "invoice",
        "document_text": '{"id":"' + name + '"}',
    }
    return RecordRow(id=name, **values | fields)


def run(**fields: Any) -> RunRow:
    values: dict[str, Any] = {"connector_id": 1, "ticket": b"t" * 32, "started_at": NOON, "seen_at": NOON}
    return RunRow(**values | fields)


def message(set_id: str, **fields: Any) -> MessageRow:
    values: dict[str, Any] = {"connector_id": 1, "run_id": 1, "body": "<QBXML/>", "composed_at": NOON}
    return MessageRow(message_set_id=set_id, **values | fields)


def line(pk: int, kind: str = "Sent", **fields: Any) -> HistoryRow:
    values: dict[str, Any] = {"at": NOON, "connector_id": 1, "entity": "invoice", "record_id": f"INV-{pk}"}
    return HistoryRow(record_pk=pk, kind=kind, **values | fields)
