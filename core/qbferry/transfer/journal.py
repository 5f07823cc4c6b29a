"""What one call writes down of records: their rows and states, lines of the history, news for the outbox."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from qbferry.model import Already, News, NewsKind, OwnerKind, Rejected, Retry, Sent
from qbferry.store.outbox import Line
from qbferry.store.rows import HistoryRow
from qbferry.transfer.held import owner_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from qbferry.model import Outcome, Owner, RecordRow, Request
    from qbferry.plugin.manager import Plugins
    from qbferry.qbxml.response import Response
    from qbferry.store.transaction import Transaction
    from qbferry.transfer.held import Held

__all__ = ["Journal", "about_of", "code_of"]

_QUOTED = re.compile(r'"([^"]+)"')
"""QuickBooks quotes the name that it does not know or does not take (facts B8)."""


class Journal:
    """Collects, and writes each kind in one statement when it is flushed."""

    def __init__(
        self,
        plugins: Plugins,
        tx: Transaction,
        connector_id: int,
        run_id: int,
        now: datetime,
        actor: str = "",
    ) -> None:
        """Begin.

        Args:
            plugins: Some of them tell the outside world.
            tx: The transaction.
            connector_id: The company file.
            run_id: The run it happens in.
            now: The moment written down.
            actor: Whose run it is, if it is a further user's.
        """
        self._actor = actor
        self._plugins = plugins
        self._tx = tx
        self._connector_id = connector_id
        self._run_id = run_id
        self._now = now
        self._loaded: dict[int, RecordRow] = {}
        self._rows: dict[int, RecordRow] = {}
        self._states: dict[int, RecordRow] = {}
        self._lines: list[HistoryRow] = []
        self._news: list[Line] = []

    def rows(self, keys: Sequence[int]) -> dict[int, RecordRow]:
        """Records by key, as they stand in this journal."""
        missing = [key for key in keys if key not in self._loaded]
        self._loaded.update(self._tx.records.by_key(missing))
        return {key: self._loaded[key] for key in keys if key in self._loaded}

    def touch(self, row: RecordRow) -> None:
        """Let a changed row be written."""
        self._rows[row.pk] = row

    def keep(self, held: Held) -> None:
        """Let a record be written, its state as well if it was changed."""
        self.touch(held.row)
        if held.record.keep():
            self._states[held.row.pk] = held.row

    def note(
        self,
        row: RecordRow,
        kind: str,
        reason: str | None = None,
        about: HistoryRow | None = None,
        *,
        code: str = "",
        message_id: int | None = None,
        txn_id: str | None = None,
        told: Mapping[str, str] | None = None,
    ) -> None:
        """Write a line of the history; ``about``: on an earlier line, whose request it repeats."""
        line = self._line(owner_of(row), row.transfer_count, kind, reason, code, message_id)
        if about is not None:
            line.request_key, line.request, line.label = about.request_key, about.request, about.label
            line.transfer, line.txn_id, line.ref_number = about.transfer, about.txn_id, about.ref_number
            line.marker = about.marker
        line.txn_id, line.told = txn_id or line.txn_id, dict(told or {})

    def line(
        self,
        owner: Owner,
        transfer: int,
        outcome: Outcome,
        message_id: int | None,
    ) -> None:
        """Write the line of a request, of whatever owner."""
        result, response, request = outcome.result, outcome.response, outcome.request
        named = "Sent" if isinstance(result, Already) else type(result).__name__
        text = getattr(result, "reason", None) or getattr(result, "note", None)
        code = code_of(outcome) if isinstance(result, Rejected | Retry) else ""
        line = self._line(owner, transfer, named, text, code, message_id)
        line.request_key, line.request, line.label = request.key, request.name, request.label
        if response is not None:
            line.status_code, line.quickbooks_message = response.status_code, response.message
        if isinstance(result, Rejected | Retry):
            line.about = about_of(outcome)
        if isinstance(result, Sent):
            line.txn_id, line.ref_number = _identity(request, response, result)
            if request.name.endswith("Add"):
                line.marker = request.marker or None

    def differs(
        self,
        row: RecordRow,
        message_id: int,
        key: str,
        request: str,
        response: Response,
        txn_id: str,
        reason: str,
    ) -> None:
        """Write down that QuickBooks says it has something else than is booked; the record stays as it is."""
        line = self._line(owner_of(row), row.transfer_count, "Differs", reason, "answer.differs", message_id)
        line.request_key, line.request, line.txn_id = key, request, txn_id
        line.status_code, line.quickbooks_message = response.status_code, response.message

    def tell(self, news: Sequence[Line]) -> None:
        """Put news into the outbox."""
        self._news += news

    def flush(self) -> None:
        """Write what was booked so far."""
        self._tx.records.save([*self._rows.values()])
        self._tx.records.save_states([*self._states.values()])
        for line in self._lines:
            row = self._loaded.get(line.record_pk) if line.owner == OwnerKind.RECORD else None
            line.status = row.transfer_status if row is not None else None
        self._tx.history.append(self._lines)
        self._tx.outbox.put(self._news)
        self._rows, self._states, self._lines, self._news = {}, {}, [], []

    def news_of(self, row: RecordRow, outcome: Outcome) -> None:
        """Put an outcome into the outbox of every plugin that tells the outside world."""
        if not self._plugins.source_updaters(row.entity):
            return
        request, result = outcome.request, outcome.result
        values = {"key": request.key, "request": request.name, "label": request.label}
        kind = NewsKind.DELETED if request.name == "TxnDel" else NewsKind.SENT
        match result:
            case Sent():
                txn_id, ref_number = _identity(request, outcome.response, result)
                values |= {"txn_id": txn_id or "", "ref_number": ref_number or ""}
            case Rejected(reason):
                kind, values["reason"] = NewsKind.REJECTED, reason
            case Retry(reason):
                kind, values["reason"] = NewsKind.RETRY, reason
            case _:
                pass
        self.news(row, kind, values)

    def news(self, row: RecordRow, kind: NewsKind, values: Mapping[str, str]) -> None:
        """Put something into the outbox of every plugin that tells the outside world."""
        told = {name: text for name, text in values.items() if text}
        news = News(kind=kind, at=self._now, run=self._run_id, values=told)
        updaters = self._plugins.source_updaters(row.entity)
        self.tell(
            [Line(plugin=plugin, entity=row.entity, record_pk=row.pk, news=news) for plugin in updaters]
        )

    def _line(
        self, owner: Owner, transfer: int, kind: str, reason: str | None, code: str, message_id: int | None
    ) -> HistoryRow:
        line = HistoryRow(
            at=self._now,
            connector_id=self._connector_id,
            run_id=self._run_id,
            actor=self._actor,
            message_id=message_id,
            owner=str(owner.kind),
            entity=owner.entity,
            record_pk=owner.pk,
            record_id=owner.id,
            transfer=transfer,
            kind=kind,
            reason=reason,
            reason_code=code,
        )
        if owner.kind is OwnerKind.ENTRY:
            line.about = owner.id
        self._lines.append(line)
        return line


def _identity(request: Request, response: Response | None, sent: Sent) -> tuple[str | None, str | None]:
    """TxnID and number of what a request has made, as QuickBooks gave them; else what its plugin says."""
    found = (
        None if response is None or request.name.endswith("Query") else next(iter(response.objects), response)
    )
    txn_id = found.text("TxnID") if found is not None else None
    number = found.text("RefNumber") if found is not None else None
    return txn_id or sent.txn_id, (number or sent.ref_number or "")[:100] or None


def code_of(outcome: Outcome) -> str:
    """What kind of reason a refusal is, for grouping."""
    response = outcome.response
    return f"quickbooks.{response.status_code}" if response is not None and response.status_code else "plugin"


def about_of(outcome: Outcome) -> str:
    """What a refusal is about: the name that QuickBooks quotes; empty where it quotes none."""
    found = _QUOTED.search(outcome.response.message) if outcome.response is not None else None
    return found[1][:255] if found else ""
