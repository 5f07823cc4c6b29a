"""What QuickBooks only notes: reconciled or not, boxes of tax forms, subscriptions to its events."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qbferry.simulator import lists, status
from qbferry.simulator.host import feature
from qbferry.simulator.selection import Response
from qbferry.simulator.status import RefusalError

if TYPE_CHECKING:
    from qbferry.simulator.books import Books
    from qbferry.simulator.validate import Fields, Request

__all__ = ["ANSWERS"]

_FORM_1099 = "form1099"


def _cleared(company: Books, request: Request) -> Response:
    """Mark a transaction, or a line of it, as reconciled; no answer of QuickBooks but reports shows it."""
    sent = request.fields["ClearedStatusMod"]
    txn = company.posted(sent["TxnID"])
    if txn is None:
        raise RefusalError(status.not_found(sent["TxnID"]))
    mark = {"ClearedStatus": sent["ClearedStatus"]}
    if line := sent.get("TxnLineID"):
        if not any(each.get("TxnLineID") == line for each in _lines(txn.data)):
            raise RefusalError(status.not_found(line))
        data = {
            name: [{**each, **mark} if each.get("TxnLineID") == line else each for each in value]
            if name.endswith("LineRet")
            else value
            for name, value in txn.data.items()
        }
    else:
        data = {**txn.data, **mark}
    company.store(replace(txn, data=data))
    return Response()


def _lines(data: Fields) -> list[Fields]:
    return [line for name, lines in data.items() if name.endswith("LineRet") for line in lines]


def _form(company: Books, request: Request) -> Response:
    wanted = request.fields.get("MappingCategory")
    kept = company.get(_FORM_1099, {})
    boxes = [
        box
        for box in kept.get("CategoryAccountMapping", ())
        if not wanted or box["MappingCategory"] in wanted
    ]
    filing = str(feature(company, "TaxPreferences", "IsFiling1099Misc")).lower()
    ret = {
        "IsFiling1099Misc": kept.get("IsFiling1099Misc", filing),
        "CategoryAccountMapping": boxes,
    }
    return Response(content=[("Form1099CategoryAccountMappingRet", ret)])


def _change_form(company: Books, request: Request) -> Response:
    sent = request.fields["Form1099CategoryAccountMappingMod"]
    kept = company.get(_FORM_1099, {})
    boxes = {box["MappingCategory"]: box for box in kept.get("CategoryAccountMapping", ())}
    for each in sent.get("CategoryAccountMappingMod", ()):
        box: Fields = {"MappingCategory": each["MappingCategory"], "AccountRef": []}
        for part in each.get("MappingAccount", ()):
            if account := lists.refer(company, "AccountRef", part["AccountRef"], "1099 category"):
                box["AccountRef"].append(account.ref)
        if each.get("Threshold"):
            box["Threshold"] = each["Threshold"]
        boxes[each["MappingCategory"]] = box
    filing = {"IsFiling1099Misc": sent["IsFiling1099Misc"]} if sent.get("IsFiling1099Misc") else {}
    company.put(_FORM_1099, {**kept, **filing, "CategoryAccountMapping": list(boxes.values())})
    return _form(company, request)


def _nothing_found(_company: Books, _request: Request) -> Response:
    """Nobody subscribes to events of a simulated file, and it has no lines of a tax form or tax return."""
    return Response(status.no_match())


def _nobody_subscribed(_company: Books, request: Request) -> Response:
    raise RefusalError(status.not_found(request.fields["SubscriberID"]))


ANSWERS = {
    "AccountTaxLineInfoQuery": _nothing_found,
    "ClearedStatusMod": _cleared,
    "DataEventRecoveryInfoDel": _nobody_subscribed,
    "DataEventRecoveryInfoQuery": _nothing_found,
    "Form1099CategoryAccountMappingMod": _change_form,
    "Form1099CategoryAccountMappingQuery": _form,
    "SalesTaxReturnLineQuery": _nothing_found,
    "SalesTaxReturnQuery": _nothing_found,
}
