"""Windows that a request opens in QuickBooks, a form or a card: there is nobody to see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry.simulator import lists, status
from qbferry.simulator.selection import Response
from qbferry.simulator.status import RefusalError

if TYPE_CHECKING:
    from qbferry.simulator.books import Books
    from qbferry.simulator.validate import Request

__all__ = ["ANSWERS"]


def _empty_form(company: Books, request: Request) -> Response:
    if party := request.fields.get("EntityRef"):
        lists.refer(company, "PayeeEntityRef", party, request.fields["TxnDisplayAddType"])
    return Response()


def _transaction(company: Books, request: Request) -> Response:
    txn = company.posted(request.fields["TxnID"])
    if txn is None or txn.kind != request.fields["TxnDisplayModType"]:
        raise RefusalError(status.not_found(request.fields["TxnID"]))
    return Response()


def _entry(company: Books, request: Request) -> Response:
    kinds = lists.QUERIES.get(request.fields["ListDisplayModType"], (request.fields["ListDisplayModType"],))
    entry = company.entry(request.fields["ListID"])
    if entry is None or entry.kind not in kinds:
        raise RefusalError(status.not_found(request.fields["ListID"]))
    return Response()


ANSWERS = {
    "ListDisplayAdd": lambda _company, _request: Response(),
    "ListDisplayMod": _entry,
    "TxnDisplayAdd": _empty_form,
    "TxnDisplayMod": _transaction,
}
