"""Adding, modifying, deleting and voiding transactions of any kind."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qbferry.simulator import ids, status
from qbferry.simulator.addresses import with_blocks
from qbferry.simulator.host import feature
from qbferry.simulator.records import Posted
from qbferry.simulator.status import RefusalError
from qbferry.simulator.transactions import groups
from qbferry.simulator.transactions.kind import Draft

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qbferry.simulator.books import Books
    from qbferry.simulator.status import Status
    from qbferry.simulator.transactions.kind import LineKind, TransactionKind
    from qbferry.simulator.validate import Fields

__all__ = ["add", "as_ret", "delete", "existing", "modify", "open_period", "void"]

_NEW_LINE = "-1"


def add(company: Books, kind: TransactionKind, fields: Fields) -> tuple[Posted, Sequence[Status]]:
    """Make a new transaction.

    Args:
        company: The company file, inside a write.
        kind: Its kind.
        fields: The content of its Add element.

    Returns:
        The transaction as stored, and warnings.

    Raises:
        RefusalError: QuickBooks does not take it.
    """
    draft = Draft(company, kind)
    _allowed(draft)
    filled = {name: value for name, value in fields.items() if value not in ("", {}) or name == "RefNumber"}
    draft.fields = draft.resolve(_header(kind, filled), kind.name)
    draft.default("TxnDate", company.now().date().isoformat())
    open_period(draft, draft.fields["TxnDate"])
    kind.prepare(draft)
    for line_kind in kind.lines:
        for sent in filled.get(f"{line_kind.name}Add", ()):
            _line(draft, line_kind, {}, sent)
        for sent in filled.get(f"{line_kind.group}Add", ()):
            _group(draft, line_kind, sent)
    if kind.numbered:
        _number(draft)
    second = company.second()
    lines = [line for kept in (draft.lines, draft.groups) for each in kept.values() for line in each]
    # Real numbers leave a gap of one between a transaction and its first line (facts D).
    first = company.take(2 + len(lines))
    draft.txn_id = ids.txn_id(first, second)
    for number, line in enumerate(lines, first + 2):
        line["TxnLineID"] = ids.txn_id(number, second)
    txn_number = int(company.get("txn_number", 1))
    company.put("txn_number", txn_number + 1)
    txn = Posted(
        number=txn_number,
        txn_id=draft.txn_id,
        kind=kind.name,
        ref_number=None,
        entity=None,
        date=draft.fields["TxnDate"],
        created=second,
        modified=second,
        edit_sequence=second,
        balance=0,
        data={},
    )
    return _finish(draft, txn), draft.warnings


def modify(company: Books, kind: TransactionKind, fields: Fields) -> tuple[Posted, Sequence[Status]]:
    """Change a transaction; what its Mod leaves out stays, but lines are replaced as a whole (facts E).

    Raises:
        RefusalError: 3120, 3171, 3190, 3200 or what an Add would be refused for.
    """
    before = existing(company, kind, fields["TxnID"])
    if str(before.edit_sequence) != fields["EditSequence"]:
        raise RefusalError(status.stale(fields["EditSequence"]))
    draft = Draft(company, kind, before)
    _allowed(draft)
    open_period(draft, before.date)
    kind.undo(draft)
    line_names = {name for line_kind in kind.lines for name in (line_kind.ret, line_kind.group_ret)}
    draft.fields = {name: value for name, value in before.data.items() if name not in line_names}
    sent = _header(kind, fields)
    for name in [name for name, value in sent.items() if value in ("", {})]:
        if name in kind.fixed:
            raise RefusalError(status.cannot_clear(name))
        del sent[name]
        draft.fields.pop(name, None)
    draft.fields |= draft.resolve(sent, kind.name)
    open_period(draft, draft.fields["TxnDate"])
    kind.prepare(draft)
    for line_kind in kind.lines:
        _replace_lines(draft, line_kind, before, fields)
    return _finish(draft, company.touch(before)), draft.warnings


def delete(company: Books, kind: TransactionKind, txn_id: str) -> Posted:
    """Delete a transaction.

    Raises:
        RefusalError: 3120, 3160 or 3171.
    """
    txn = _undone(company, kind, txn_id)
    gone = replace(company.touch(txn), deleted=True, balance=0)
    company.store(gone)
    return gone


def void(company: Books, kind: TransactionKind, txn_id: str) -> Posted:
    """Void a transaction: it stays, with nothing in it.

    Raises:
        RefusalError: 3120 or 3171.
    """
    txn = _undone(company, kind, txn_id)
    data = _zeroed(txn.data)
    memo = data.get("Memo", "")
    data["Memo"] = memo if memo.startswith("VOID:") else f"VOID: {memo}".strip()
    voided = replace(company.touch(txn), voided=True, balance=0, data=data)
    company.store(voided)
    return voided


def as_ret(company: Books, txn: Posted) -> Fields:
    """Give a transaction as its Ret holds it."""
    return {
        **groups.nested(txn.data),
        "TxnID": txn.txn_id,
        "TimeCreated": company.stamp(txn.created),
        "TimeModified": company.stamp(txn.modified),
        "EditSequence": str(txn.edit_sequence),
        "TxnNumber": str(txn.number),
    }


def _undone(company: Books, kind: TransactionKind, txn_id: str) -> Posted:
    txn = existing(company, kind, txn_id)
    draft = Draft(company, kind, txn)
    open_period(draft, txn.date)
    kind.guard(draft)
    kind.undo(draft)
    return txn


def existing(company: Books, kind: TransactionKind, txn_id: str) -> Posted:
    """Give a transaction of that kind.

    Raises:
        RefusalError: 3000 or 3120.
    """
    if not ids.is_id(txn_id):
        raise RefusalError(status.invalid_id(txn_id, "Transaction id"))
    txn = company.posted(txn_id)
    if txn is None or txn.kind != kind.name:
        raise RefusalError(status.not_found(txn_id))
    return txn


def _allowed(draft: Draft) -> None:
    if draft.kind.requires and not feature(draft.company, *draft.kind.requires):
        raise RefusalError(status.feature_off())


def open_period(draft: Draft, day: str) -> None:
    """Refuse a date on or before the closing date (facts E: with a password, 3171)."""
    preferences = draft.company.get("preferences", {})
    closing = preferences.get("AccountingPreferences", {}).get("ClosingDate")
    if closing and day <= closing:
        raise RefusalError(status.closed_period(draft.kind.name))


def _header(kind: TransactionKind, fields: Fields) -> Fields:
    """Leave out the lines and what names the transaction."""
    lines = {
        name
        for line in kind.lines
        for name in (
            *(f"{line.name}Add", f"{line.name}Mod", f"Clear{line.name}s"),
            *(f"{line.group}Add", f"{line.group}Mod"),
        )
    }
    return {name: value for name, value in fields.items() if name not in {"TxnID", "EditSequence", *lines}}


def _line(draft: Draft, line_kind: LineKind, stored: Fields, sent: Fields) -> None:
    where = f"{draft.kind.name} line"
    given = draft.resolve({name: value for name, value in sent.items() if value not in ("", {})}, where)
    cleared = {name for name, value in sent.items() if value in ("", {})}
    line = {name: value for name, value in {**stored, **given}.items() if name not in cleared}
    line_kind.complete(draft, line, given)
    if line:
        draft.lines[line_kind.ret].append(line)


def _group(draft: Draft, line_kind: LineKind, sent: Fields) -> None:
    groups.expand(draft, line_kind, sent, lambda stored, line: _line(draft, line_kind, stored, line))


def _replace_lines(draft: Draft, line_kind: LineKind, before: Posted, fields: Fields) -> None:
    """Take over the lines of a Mod; those it does not mention go, new ones have the TxnLineID -1.

    assumption: facts E - lines and item groups are of one kind: who sends one of either has to send all.
    """
    stored = {line["TxnLineID"]: line for line in before.data.get(line_kind.ret, [])}
    heads = {head["TxnLineID"]: head for head in before.data.get(line_kind.group_ret, [])}
    sent_lines, sent_groups = (fields.get(f"{name}Mod") for name in (line_kind.name, line_kind.group))
    if fields.get(f"Clear{line_kind.name}s") == "true":
        return
    if sent_lines is None and sent_groups is None:
        draft.lines[line_kind.ret] = list(stored.values())
        draft.groups[line_kind.group_ret] = list(heads.values())
        return
    _take_lines(draft, line_kind, stored, sent_lines or (), {})
    for sent in sent_groups or ():
        if sent["TxnLineID"] == _NEW_LINE:
            _group(draft, line_kind, {**sent, "TxnLineID": _line_id(draft)})
        elif sent["TxnLineID"] not in heads:
            raise RefusalError(status.not_found(sent["TxnLineID"]))
        else:
            _take_group(draft, line_kind, stored, heads[sent["TxnLineID"]], sent)
    for line in draft.lines[line_kind.ret]:
        line.setdefault("TxnLineID", _line_id(draft))


def _take_group(
    draft: Draft, line_kind: LineKind, stored: Mapping[str, Fields], head: Fields, sent: Fields
) -> None:
    """Take over a group of a Mod: anew for another quantity or item, else with the lines it has or sends."""
    inner = sent.get(f"{line_kind.name}Mod")
    if inner is None and sent.keys() & {"ItemGroupRef", "Quantity"}:
        _group(draft, line_kind, {**head, **sent})
        return
    draft.groups[line_kind.group_ret].append(head)
    own = {key: line for key, line in stored.items() if line.get(groups.GROUP) == head[groups.GROUP]}
    if inner is None:
        draft.lines[line_kind.ret] += own.values()
    else:
        _take_lines(draft, line_kind, own, inner, {groups.GROUP: head[groups.GROUP]})


def _take_lines(
    draft: Draft, line_kind: LineKind, stored: Mapping[str, Fields], sent_lines: Sequence[Fields], own: Fields
) -> None:
    for sent in sent_lines:
        line_id = sent["TxnLineID"]
        if line_id == _NEW_LINE:
            line_id = _line_id(draft)
        elif line_id not in stored:
            raise RefusalError(status.not_found(line_id))
        _line(draft, line_kind, {**stored.get(line_id, {}), **own}, {**sent, "TxnLineID": line_id})


def _line_id(draft: Draft) -> str:
    return ids.txn_id(draft.company.take(), draft.company.second())


def _number(draft: Draft) -> None:
    """Number a transaction that was sent without RefNumber: one more than the last (facts B1).

    assumption: facts B1 - a number that was sent, if it is one, is where counting goes on, as on QuickBooks'
    forms.
    """
    key = f"number.{draft.kind.name}"
    if "RefNumber" not in draft.fields:
        draft.fields["RefNumber"] = str(int(draft.company.get(key, 0)) + 1)
    if draft.fields["RefNumber"].isdecimal():
        draft.company.put(key, int(draft.fields["RefNumber"]))


def _finish(draft: Draft, txn: Posted) -> Posted:
    draft.kind.finish(draft)
    fields = with_blocks({name: value for name, value in draft.fields.items() if value not in ("", {})})
    party = fields.get(draft.kind.party)
    stored = replace(
        txn,
        ref_number=fields.get("RefNumber"),
        entity=party["ListID"] if party else None,
        date=fields["TxnDate"],
        balance=draft.balance,
        data={
            **fields,
            **{name: lines for kept in (draft.lines, draft.groups) for name, lines in kept.items() if lines},
        },
    )
    draft.company.store(stored)
    return stored


_MONEY = frozenset(
    {
        "Amount",
        "AmountDue",
        "AppliedAmount",
        "BalanceRemaining",
        "Rate",
        "SalesTaxTotal",
        "Subtotal",
        "TotalAmount",
    }
)


def _zeroed(fields: Fields) -> Fields:
    zeroed: Fields = {}
    for name, value in fields.items():
        if name in _MONEY:
            zeroed[name] = "0.00"
        elif isinstance(value, list):
            zeroed[name] = [_zeroed(item) if isinstance(item, dict) else item for item in value]
        else:
            zeroed[name] = value
    return zeroed
