"""Kinds that no module describes: kept as they were sent, and given back in the shape of their Ret.

An add stores what it holds, with references held against the lists; queries, changes and deletions find it by
identity, date and name. What QuickBooks would work out of it is not, but for the sum of its lines.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from qbferry.errors import NotFoundError
from qbferry.qbxml.schema import Element, load
from qbferry.simulator import extensions, ids, lists, status
from qbferry.simulator.addresses import with_blocks
from qbferry.simulator.amounts import money, number
from qbferry.simulator.records import Posted
from qbferry.simulator.status import RefusalError
from qbferry.simulator.transactions import crediting, posting
from qbferry.simulator.transactions.kind import Draft, TransactionKind
from qbferry.simulator.validate import find

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qbferry.qbxml.schema import Group
    from qbferry.simulator.books import Books
    from qbferry.simulator.records import Entry
    from qbferry.simulator.validate import Fields

__all__ = ["add", "add_entry", "change_entry", "holds", "modify", "transaction"]

NUMBERED = frozenset({"CreditMemo", "Estimate", "JournalEntry", "SalesOrder", "SalesReceipt"})
"""assumption: facts B1 - the forms that QuickBooks numbers itself, as it does invoices."""

PARTIES = ("CustomerRef", "VendorRef", "PayeeEntityRef", "EntityRef")
NEW_LINE = "-1"
EMPTY = {
    "AMTTYPE": "0.00",
    "BOOLTYPE": "false",
    "FLOATTYPE": "0",
    "INTTYPE": "0",
    "PERCENTTYPE": "0",
    "PRICETYPE": "0.00",
    "QUANTYPE": "0",
    "STRTYPE": "",
}
"""What stands in an answer where it must have something and nothing was sent."""

_TOTALS = (
    "Subtotal",
    "TotalAmount",
    "Amount",
    "CreditAmount",
    "CreditRemaining",
    "OpenAmount",
    "DepositTotal",
)


def holds(subject: str) -> str | None:
    """Tell what a kind is: ``TxnID`` for transactions, ``ListID`` for list entries; None for neither."""
    try:
        ret = _ret(subject)
    except NotFoundError:
        return None
    return next((name for name in ("TxnID", "ListID") if ret and find(ret.children, name)), None)


def transaction(subject: str) -> TransactionKind:
    """Describe a kind of transactions."""
    ret = _ret(subject)
    party = next((name for name in PARTIES if ret and find(ret.children, name)), "")
    return TransactionKind(
        name=subject, party=party, prepare=_nothing, finish=_nothing, undo=crediting.release
    )


def add(company: Books, subject: str, fields: Fields) -> Posted:
    """Make a new transaction of what was sent, inside a write.

    Raises:
        RefusalError: A reference names nothing, or the period is closed.
    """
    second = company.second()
    data = _stored(company, fields, _shape(subject), subject)
    if subject in NUMBERED and not data.get("RefNumber"):
        data["RefNumber"] = str(int(company.get(f"number.{subject}", 0)) + 1)
    if data.get("RefNumber", "").isdecimal():
        company.put(f"number.{subject}", int(data["RefNumber"]))
    identity = ids.txn_id(company.take(2), second)
    txn_number = int(company.get("txn_number", 1))
    company.put("txn_number", txn_number + 1)
    txn = Posted(
        number=txn_number,
        txn_id=identity,
        kind=subject,
        ref_number=None,
        entity=None,
        date="",
        created=second,
        modified=second,
        edit_sequence=second,
        balance=0,
        data={},
    )
    return _kept(company, txn, data)


def modify(company: Books, subject: str, fields: Fields) -> Posted:
    """Change a transaction: what is sent replaces what is there, lines are replaced as a whole.

    Raises:
        RefusalError: 3120, 3200, or what an add would be refused for.
    """
    kind = transaction(subject)
    before = posting.existing(company, kind, fields["TxnID"])
    if str(before.edit_sequence) != fields["EditSequence"]:
        raise RefusalError(status.stale(fields["EditSequence"]))
    posting.open_period(Draft(company, kind), before.date)
    sent = {name: value for name, value in fields.items() if name not in {"TxnID", "EditSequence"}}
    data = _merged(company, before.data, sent, _shape(subject), subject)
    for name in _TOTALS:
        if name not in sent:
            data.pop(name, None)
    return _kept(company, company.touch(before), data)


def add_entry(company: Books, kind: str, fields: Fields) -> Entry:
    """Add an entry to a list.

    Raises:
        RefusalError: As ``lists.add``.
    """
    shape = _shape(kind)
    filled = _filled(_renamed(fields, shape), shape)
    if not (find(shape, "Name") or find(shape, "FullName")):
        # What has no name, such as a to-do, may be there twice.
        nameless = f"{kind} {company.take()}"
        data = _resolved(company, filled, kind.lower())
        return company.add_entry(kind, kind, nameless, nameless, is_active=True, data=data)
    return lists.add(company, kind, {**filled, "Name": fields.get("Name") or fields.get("FullName", "")})


def change_entry(company: Books, kind: str, fields: Fields) -> Entry:
    """Change an entry of a list.

    Raises:
        RefusalError: 3120, 3200, or a reference names nothing.
    """
    before = company.entry(fields["ListID"])
    if before is None or before.kind != kind:
        raise RefusalError(status.not_found(fields["ListID"]))
    if str(before.edit_sequence) != fields["EditSequence"]:
        raise RefusalError(status.stale(fields["EditSequence"]))
    apart = {"ListID", "EditSequence", "Name", "IsActive"}
    sent = {name: value for name, value in fields.items() if name not in apart}
    name = fields.get("Name") or before.name
    parent = before.full_name.rpartition(":")[0]
    full_name = f"{parent}:{name}" if parent else name
    if full_name.casefold() != before.full_name.casefold() and company.taken(before.space, full_name):
        raise RefusalError(status.name_taken(name))
    second = company.second()
    after = replace(
        before,
        name=name,
        full_name=full_name,
        is_active=fields.get("IsActive", str(before.is_active).lower()) == "true",
        modified=second,
        edit_sequence=max(second, before.edit_sequence + 1),
        data=_merged(company, before.data, sent, _shape(kind), kind),
    )
    company.store_entry(after)
    return after


def _nothing(draft: Draft) -> None:
    """Nothing is worked out."""


def _ret(subject: str) -> Element | None:
    try:
        return find(load().response(f"{subject}Add").children, f"{subject}Ret")
    except NotFoundError:
        return find(load().response(f"{subject}Query").children, f"{subject}Ret")


def _shape(subject: str) -> Sequence[Element | Group]:
    ret = _ret(subject)
    return ret.children if ret else ()


def _name_in_ret(name: str, shape: Sequence[Element | Group]) -> str:
    """What an element of a request is called in the answer: ``SalesReceiptLineAdd`` is ``…LineRet``."""
    bare = name[:-3] if name.endswith(("Add", "Mod")) else name
    return next((each for each in (name, f"{bare}Ret") if find(shape, each)), name)


def _renamed(fields: Fields, shape: Sequence[Element | Group]) -> Fields:
    """What was sent, by the names that the answer has; empty elements fall away."""
    found: Fields = {}
    for name, value in fields.items():
        target = _name_in_ret(name, shape)
        element = find(shape, target)
        inner = element.children if element else ()
        if value in ("", {}):
            continue
        if isinstance(value, list):
            found[target] = [_renamed(each, inner) if isinstance(each, dict) else each for each in value]
        else:
            found[target] = _renamed(value, inner) if isinstance(value, dict) and inner else value
    return found


def _stored(company: Books, fields: Fields, shape: Sequence[Element | Group], where: str) -> Fields:
    """What was sent as it is kept: with resolved references, and an identity for each line."""
    found = _resolved(company, _renamed(fields, shape), where)
    for name, value in found.items():
        element = find(shape, name)
        for line in value if isinstance(value, list) else ():
            if element and isinstance(line, dict):
                _complete(company, line, element)
    return found


def _resolved(company: Books, fields: Fields, where: str) -> Fields:
    found: Fields = {}
    for name, value in fields.items():
        if name == extensions.RET:
            found[name] = [extensions.read(company, each) for each in value]
        elif name in lists.REFERENCES:
            # Whom a line is about may be anybody; only time belongs to those who work.
            element = "PayeeEntityRef" if name == "EntityRef" else name
            parts = value if isinstance(value, list) else [value]
            refs = [entry.ref for part in parts if (entry := lists.refer(company, element, part, where))]
            if refs:
                found[name] = refs if isinstance(value, list) else refs[0]
        elif isinstance(value, dict):
            found[name] = _resolved(company, value, where)
        elif isinstance(value, list):
            line = f"{where} line"
            found[name] = [
                _resolved(company, each, line) if isinstance(each, dict) else each for each in value
            ]
        else:
            found[name] = value
    return found


def _complete(company: Books, line: Fields, element: Element) -> None:
    """Give a line its identity, what it says of a transaction it is applied to, and its amount by its rate.

    Raises:
        RefusalError: 3120, it is applied to a transaction that there is not.
    """
    if find(element.children, "TxnType") and "TxnID" in line:
        other = company.posted(line["TxnID"])
        if other is None:
            raise RefusalError(status.not_found(line["TxnID"]))
        line |= {"TxnType": other.kind, "TxnDate": other.date, "RefNumber": other.ref_number or ""}
    if element.name == "ContactsRet":
        line |= lists.contact(company, line)
    if find(element.children, "TxnLineID") and line.get("TxnLineID", NEW_LINE) == NEW_LINE:
        line["TxnLineID"] = ids.txn_id(company.take(), company.second())
    if find(element.children, "Amount") and "Amount" not in line and "Rate" in line:
        line["Amount"] = money(number(line["Rate"]) * number(line.get("Quantity", "1")))


def _merged(
    company: Books, before: Fields, sent: Fields, shape: Sequence[Element | Group], where: str
) -> Fields:
    """What is there with what was sent over it; a line keeps what is not sent of it."""
    cleared = {_name_in_ret(name, shape) for name, value in sent.items() if value in ("", {})}
    after = {name: value for name, value in before.items() if name not in cleared}
    for name, value in _stored(company, sent, shape, where).items():
        stored = before.get(name)
        if isinstance(value, list) and isinstance(stored, list):
            after[name] = [_line(stored, each) for each in value]
        elif isinstance(value, dict) and isinstance(stored, dict) and not name.endswith("Ref"):
            after[name] = {**stored, **value}
        else:
            after[name] = value
    return after


def _line(stored: Sequence[Fields], sent: Fields) -> Fields:
    identity = sent.get("TxnLineID") or sent.get("ListID")
    known = next(
        (line for line in stored if identity and identity in (line.get("TxnLineID"), line.get("ListID"))), {}
    )
    return {**known, **sent}


def _kept(company: Books, txn: Posted, data: Fields) -> Posted:
    kind = transaction(txn.kind)
    shape = _shape(txn.kind)
    day = data.get("TxnDate") or data.get("TripEndDate") or txn.date or company.now().date().isoformat()
    if find(shape, "TxnDate"):
        data["TxnDate"] = day
    posting.open_period(Draft(company, kind), day)
    party = data.get(kind.party)
    stored = replace(
        txn,
        ref_number=data.get("RefNumber"),
        entity=party["ListID"] if party else None,
        date=day,
        data=with_blocks(_filled(_totalled(data, shape), shape)),
    )
    company.store(stored)
    return stored


def _totalled(data: Fields, shape: Sequence[Element | Group]) -> Fields:
    """The same with the sum of its lines, where the answer says one."""
    amounts = [
        number(line.get("Amount") or line.get("PaymentAmount") or "0")
        for lines in data.values()
        if isinstance(lines, list)
        for line in lines
        if isinstance(line, dict)
    ]
    if not amounts:
        return data
    total = money(sum(amounts, Decimal(0)))
    return data | {name: total for name in _TOTALS if find(shape, name) and name not in data}


def _filled(data: Fields, shape: Sequence[Element | Group]) -> Fields:
    """The same with what an answer always has, below what is there as well."""
    found = dict(data)
    for element in _elements(shape):
        value = found.get(element.name)
        if isinstance(value, dict):
            found[element.name] = _filled(value, element.children)
        elif isinstance(value, list):
            found[element.name] = [
                _filled(each, element.children) if isinstance(each, dict) else each for each in value
            ]
        elif value is None and element.min and (empty := _empty(element)) is not None:
            found[element.name] = empty
    return found


def _elements(particles: Sequence[Element | Group]) -> Iterator[Element]:
    for particle in particles:
        if isinstance(particle, Element):
            yield particle
        elif particle.kind == "sequence":
            yield from _elements(particle.children)
        else:
            yield from (each for each in _elements(particle.children) if each.children)


def _empty(element: Element) -> str | None:
    return element.enum[0] if element.enum else EMPTY.get(element.type or "")
