"""The messages of a database, written beforehand by qbferry itself: what the floor hands out."""

from __future__ import annotations

import json
import secrets
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypedDict

from qbferry import Skip
from qbferry.app import build
from qbferry.config import Settings
from qbferry.model import Record
from qbferry.qbxml import envelope
from qbferry.store.connectors import connector_of
from qbferry.store.records import Filter
from qbferry.testing import FixedLists
from qbferry.transfer.preparation import Origin, prepare

if TYPE_CHECKING:
    from pathlib import Path

    from qbferry.app import Application
    from qbferry.model import RecordRow

__all__ = ["Prepared", "prepare_messages"]


class Prepared(TypedDict):
    """One message.

    Attributes:
        first: The key of its first record.
        set_id: Its message set ID.
        body: Its qbXML.
        requests: As the table ``message`` lists them.
        amount: What its records come to, in hundredths.
    """

    first: int
    set_id: str
    body: str
    requests: list[dict[str, str | int]]
    amount: int


def prepare_messages(database: Path, per_message: int, target: Path) -> None:
    """Write a file with all messages that the due invoices of a database make.

    Raises:
        RuntimeError: An invoice cannot go.
    """
    settings = Settings.model_construct(database_url=f"sqlite:///{database}")
    with closing(build(settings)) as application:
        with application.database.read() as tx:
            rows = tx.records.page(1, "invoice", Filter(), limit=None)
        messages = [
            _message(application, rows[start : start + per_message])
            for start in range(0, len(rows), per_message)
        ]
    target.write_text(json.dumps(messages))


def _message(application: Application, rows: list[RecordRow]) -> Prepared:
    entity = application.plugins.entities["invoice"]
    with application.database.read() as tx:
        row, owner_id = tx.connectors.named(None), tx.installations.owner_id() or ""
    connector, origin = connector_of(row, "continue", datetime.now(UTC)), Origin(owner_id, row.file_id)
    set_id = secrets.token_hex(10)
    requests: list[dict[str, str | int]] = []
    triples: list[tuple[str, str, str]] = []
    for each in rows:
        record = Record.read(entity, each)
        parts = prepare(application.plugins, entity, record, connector, FixedLists(), origin)
        if isinstance(parts, Skip):
            raise RuntimeError(parts.reason)  # noqa: TRY004 - no fault of a type
        for part in parts:
            triples.append((part.request.name, f"{set_id}.{len(triples)}", part.xml))
            requests.append(
                {
                    "owner": "record",
                    "entity": entity.name,
                    "pk": each.pk,
                    "id": each.id,
                    "key": part.request.key,
                    "name": part.request.name,
                    "label": part.request.label,
                    "marker": part.request.marker,
                }
            )
    # As long as the one before it would have been: QuickBooks is told to forget that one's answer.
    body = envelope.message(triples, version="13.0", on_error="continue", new_id=set_id, old_id=set_id)
    amount = sum(each.amount or 0 for each in rows)
    return Prepared(first=rows[0].pk, set_id=set_id, body=body, requests=requests, amount=amount)
