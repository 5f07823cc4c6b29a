"""Checks, with lines of expenses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry.simulator import status
from qbferry.simulator.amounts import money, number
from qbferry.simulator.status import RefusalError
from qbferry.simulator.transactions.kind import LineKind, TransactionKind

if TYPE_CHECKING:
    from qbferry.simulator.transactions.kind import Draft
    from qbferry.simulator.validate import Fields

__all__ = ["CHECK"]


def _prepare(draft: Draft) -> None:
    if draft.entry("AccountRef") is None:
        raise RefusalError(status.missing_element("AccountRef"))
    if draft.fields.get("ApplyCheckToTxnAdd"):
        raise RefusalError(status.unsupported())
    draft.default("IsToBePrinted", "false")


def _expense(draft: Draft, line: Fields, given: Fields) -> None:  # noqa: ARG001 - as every line is completed
    if draft.entry("AccountRef", line) is None:
        raise RefusalError(status.missing_element("AccountRef"))
    line["Amount"] = money(number(line.get("Amount", "0")))


def _finish(draft: Draft) -> None:
    total = sum((number(line["Amount"]) for line in draft.lines["ExpenseLineRet"]), number("0"))
    if total < 0:
        # assumption: facts E - as for an invoice; the text for a check was not seen.
        raise RefusalError(status.cannot_save("Check", "Transaction amount must be positive."))
    draft.fields["Amount"] = money(total)


CHECK = TransactionKind(
    name="Check",
    party="PayeeEntityRef",
    prepare=_prepare,
    finish=_finish,
    lines=(LineKind(name="ExpenseLine", complete=_expense),),
    fixed=frozenset({"AccountRef", "TxnDate", "IsToBePrinted"}),
)
