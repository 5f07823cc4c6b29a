"""What a kind of transaction is: declared by its module, executed by ``posting``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qbferry.simulator import extensions, lists, status
from qbferry.simulator.host import feature
from qbferry.simulator.status import RefusalError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from qbferry.simulator.books import Books
    from qbferry.simulator.records import Entry, Posted
    from qbferry.simulator.status import Status
    from qbferry.simulator.validate import Fields

__all__ = ["Draft", "LineKind", "TransactionKind"]


class Draft:
    """A transaction while it is written.

    Attributes:
        fields: Its header, named as in its Ret, references resolved.
        lines: Its lines by the name of their Ret element.
        groups: The heads of its item groups, likewise.
        before: What is stored, when it is modified; None when it is new.
        warnings: What QuickBooks did otherwise than asked.
        balance: What is owed on it, in cents.
        txn_id: Its TxnID, once it has one.
        whole_orders: TxnIDs of the purchase orders that are linked to as a whole.
    """

    def __init__(self, company: Books, kind: TransactionKind, before: Posted | None = None) -> None:
        self.company = company
        self.kind = kind
        self.before = before
        self.fields: Fields = {}
        self.lines: dict[str, list[Fields]] = {line.ret: [] for line in kind.lines}
        self.groups: dict[str, list[Fields]] = {line.group_ret: [] for line in kind.lines}
        self.warnings: list[Status] = []
        self.balance = 0
        self.txn_id = before.txn_id if before else ""
        self.whole_orders: frozenset[str] = frozenset()
        self._entries: dict[str, Entry | None] = {}

    def entry(self, name: str, fields: Fields | None = None) -> Entry | None:
        """Give the list entry that a resolved reference of the header, or of a line, points to."""
        reference = (self.fields if fields is None else fields).get(name)
        if not reference:
            return None
        list_id: str = reference["ListID"]
        if list_id not in self._entries:
            self._entries[list_id] = self.company.entry(list_id)
        return self._entries[list_id]

    def resolve(self, fields: Fields, where: str) -> Fields:
        """Replace references by the ListID and full name of their entries; empty elements fall away.

        Raises:
            RefusalError: 3140 and the like for a reference, 3250 for a feature the company does not use, 3180
                for a field of an application that nobody defined.
        """
        resolved: Fields = {}
        for name, value in fields.items():
            if name == "DataExt":
                resolved[extensions.RET] = [extensions.read(self.company, each) for each in value]
                continue
            if name in _FEATURES and not feature(self.company, *_FEATURES[name]):
                raise RefusalError(status.feature_off())
            if name not in lists.REFERENCES:
                resolved[name] = value
            elif entry := lists.refer(self.company, name, value, where):
                self._entries[entry.list_id] = entry
                resolved[name] = entry.ref
        return resolved

    def default(self, name: str, value: str | Fields | None) -> None:
        """Fill an element of the header that was not sent."""
        if value and name not in self.fields:
            self.fields[name] = value

    def own_link(self, amount: str) -> Fields:
        """Describe this transaction as one that another is linked to."""
        return _link(
            self.txn_id, self.kind.name, self.fields["TxnDate"], self.fields.get("RefNumber"), amount
        )

    def link_to(self, other: Posted, amount: str) -> Fields:
        """Describe another transaction as one that this is linked to."""
        return _link(other.txn_id, other.kind, other.date, other.ref_number, amount)

    def first_entry(self, kind: str, **having: str) -> Fields | None:
        """Give a reference to the first entry of a list with these elements: the account in use."""
        return next(
            (
                entry.ref
                for entry in self.company.select_entries([kind])
                if entry.is_active and all(entry.data.get(name) == value for name, value in having.items())
            ),
            None,
        )

    def account(self, account_type: str) -> Fields | None:
        """Give a reference to the company's first account of a type."""
        return self.first_entry("Account", AccountType=account_type)


def _link(txn_id: str, kind: str, day: str, ref_number: str | None, amount: str) -> Fields:
    return {
        "TxnID": txn_id,
        "TxnType": kind,
        "TxnDate": day,
        "RefNumber": ref_number or "",
        "LinkType": "QUANTYPE" if kind in {"PurchaseOrder", "ItemReceipt"} else "AMTTYPE",
        "Amount": amount,
    }


# facts E, "Features/edition": an element of a feature that is off is refused with 3250. ClassRef is not
# among them: what QuickBooks does with it while class tracking is off was not found (facts G); it is taken.
_FEATURES = {
    "ExchangeRate": ("MultiCurrencyPreferences", "IsMultiCurrencyOn"),
    "InventorySiteRef": ("MultiLocationInventoryPreferences", "IsMultiLocationInventoryEnabled"),
    "InventorySiteLocationRef": ("MultiLocationInventoryPreferences", "IsMultiLocationInventoryEnabled"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LineKind:
    """A kind of line.

    Attributes:
        name: Its elements are ``nameAdd``, ``nameMod`` and ``nameRet``.
        complete: Computes and checks a line: the draft, the line as it will be, and what was sent of it. A
            line it empties falls away.
    """

    name: str
    complete: Callable[[Draft, Fields, Fields], None]

    @property
    def ret(self) -> str:
        """The line's name in answers."""
        return f"{self.name}Ret"

    @property
    def group(self) -> str:
        """What an item group among such lines is called: ``InvoiceLineGroup``, but ``ItemGroupLine``."""
        return "ItemGroupLine" if self.name == "ItemLine" else f"{self.name}Group"

    @property
    def group_ret(self) -> str:
        """The item group's name in answers."""
        return f"{self.group}Ret"


def _nothing(draft: Draft) -> None:
    """Do nothing; most kinds change nothing elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionKind:
    """A kind of transaction.

    Attributes:
        name: ``Invoice``: its requests are InvoiceAdd, InvoiceMod and InvoiceQuery.
        party: The reference that says whom it is with.
        prepare: Fills and checks the header before the lines are read.
        finish: Totals, and what the transaction changes elsewhere.
        guard: Refuses to have it deleted or voided while others depend on it.
        undo: Takes back what it changed elsewhere, before it is changed, deleted or voided.
        lines: Its kinds of lines.
        fixed: Header elements that a Mod cannot clear (facts E).
        numbered: QuickBooks numbers it when no RefNumber is sent.
        requires: The preference that must be on, else 3250.
    """

    name: str
    party: str
    prepare: Callable[[Draft], None]
    finish: Callable[[Draft], None]
    guard: Callable[[Draft], None] = _nothing
    undo: Callable[[Draft], None] = _nothing
    lines: Sequence[LineKind] = ()
    fixed: frozenset[str] = field(default_factory=frozenset)
    numbered: bool = False
    requires: tuple[str, ...] = ()
