"""DataExt and DataExtDef: fields are defined, get values, and lose them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qbferry.simulator import extensions, lists, status
from qbferry.simulator.extensions import COMPANY, RET
from qbferry.simulator.selection import Response, chosen
from qbferry.simulator.status import RefusalError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from qbferry.simulator.books import Books
    from qbferry.simulator.validate import Fields, Request

__all__ = ["ANSWERS"]


def _define(company: Books, request: Request) -> Response:
    sent = request.fields["DataExtDefAdd"]
    if extensions.definition(company, sent):
        raise RefusalError(status.name_taken(sent["DataExtName"]))
    known = extensions.definitions(company)
    made = {
        "DataExtListRequire": "false",
        "DataExtTxnRequire": "false",
        "DataExtFormatString": "",
        **sent,
        "DataExtID": str(company.take()),
    }
    extensions.define(company, [*known, made])
    return Response(content=chosen(request, "DataExtDefRet", [made]))


def _redefine(company: Books, request: Request) -> Response:
    sent = request.fields["DataExtDefMod"]
    before = _defined(company, sent)
    name = sent.get("DataExtNewName") or before["DataExtName"]
    renamed = {**before, "DataExtName": name}
    if not extensions.same(renamed, before) and extensions.definition(company, renamed):
        raise RefusalError(status.name_taken(name))
    objects = [*before.get("AssignToObject", ()), *sent.get("AssignToObject", ())]
    after = {
        **before,
        **{key: value for key, value in sent.items() if key in before and value},
        "DataExtName": name,
        "AssignToObject": [
            each for each in dict.fromkeys(objects) if each not in sent.get("RemoveFromObject", ())
        ],
    }
    others = [each for each in extensions.definitions(company) if each["DataExtID"] != before["DataExtID"]]
    extensions.define(company, [*others, after])
    return Response(content=chosen(request, "DataExtDefRet", [after]))


def _undefine(company: Books, request: Request) -> Response:
    """Delete a definition. assumption: values it had stay where they are, and come back with a new one."""
    before = _defined(company, request.fields)
    others = [each for each in extensions.definitions(company) if each["DataExtID"] != before["DataExtID"]]
    extensions.define(company, others)
    gone = {**_named(before), "TimeDeleted": company.stamp(company.second())}
    return Response(content=[("DataExtDefDelRet", gone)])


def _definitions(company: Books, request: Request) -> Response:
    owners = {each.lower() for each in request.fields.get("OwnerID", ())}
    objects = set(request.fields.get("AssignToObject", ()))
    found = [
        each
        for each in extensions.definitions(company)
        if (not owners or each["OwnerID"].lower() in owners)
        and (not objects or objects & set(each.get("AssignToObject", ())))
    ]
    rets = chosen(request, "DataExtDefRet", found)
    return Response(status.OK if rets else status.no_match(), rets)


def _defined(company: Books, sent: Fields) -> Fields:
    found = extensions.definition(company, sent)
    if found is None:
        raise RefusalError(status.not_found(sent["DataExtName"]))
    return found


def _named(fields: Fields) -> Fields:
    return {name: fields[name] for name in ("OwnerID", "DataExtName")}


def _give(company: Books, request: Request) -> Response:
    """DataExtAdd: a value where there is none yet."""
    sent = request.fields["DataExtAdd"]
    value = extensions.read(company, sent)
    _assigned(company, sent)

    def with_it(there: Sequence[Fields]) -> list[Fields]:
        if any(extensions.same(each, value) for each in there):
            raise RefusalError(status.cannot_save("data extension", "It has a value already."))
        return [*there, value]

    _change(company, sent, with_it)
    return Response(content=[(RET, value)])


def _set(company: Books, request: Request) -> Response:
    """DataExtMod: another value, or the first."""
    sent = request.fields["DataExtMod"]
    value = extensions.read(company, sent)
    _assigned(company, sent)
    _change(company, sent, lambda there: [*_without(there, value), value])
    return Response(content=[(RET, value)])


def _take(company: Books, request: Request) -> Response:
    sent = request.fields["DataExtDel"]

    def without_it(there: Sequence[Fields]) -> list[Fields]:
        if not any(extensions.same(each, sent) for each in there):
            raise RefusalError(status.not_found(sent["DataExtName"]))
        return _without(there, sent)

    _change(company, sent, without_it)
    return Response(content=[("DataExtDelRet", {**sent, "TimeDeleted": company.stamp(company.second())})])


def _without(there: Sequence[Fields], value: Fields) -> list[Fields]:
    return [each for each in there if not extensions.same(each, value)]


def _assigned(company: Books, sent: Fields) -> None:
    """Refuse a field that its definition does not assign to that kind of object (facts C: AssignToObject)."""
    wanted = next(
        sent[name] for name in ("ListDataExtType", "TxnDataExtType", "OtherDataExtType") if name in sent
    )
    if wanted not in _defined(company, sent).get("AssignToObject", ()):
        raise RefusalError(status.cannot_save("data extension", f"It is not assigned to {wanted}."))


def _change(company: Books, sent: Fields, change: Callable[[Sequence[Fields]], list[Fields]]) -> None:
    """Change the values of the object that a request names.

    assumption: facts C - its EditSequence stays as it is.
    """
    if kind := sent.get("ListDataExtType"):
        _change_entry(company, kind, sent["ListObjRef"], change)
    elif kind := sent.get("TxnDataExtType"):
        _change_transaction(company, kind, sent, change)
    else:
        company.put(COMPANY, change(company.get(COMPANY, [])))


def _change_entry(
    company: Books, kind: str, reference: Fields, change: Callable[[Sequence[Fields]], list[Fields]]
) -> None:
    kinds = lists.QUERIES.get(kind, (kind,))
    name = reference.get("ListID") or reference.get("FullName", "")
    entry = company.entry(name) if "ListID" in reference else company.named(kinds, name)
    if entry is None or entry.kind not in kinds:
        raise RefusalError(status.bad_reference(kind, name, "data extension"))
    company.store_entry(replace(entry, data={**entry.data, RET: change(entry.data.get(RET, ()))}))


def _change_transaction(
    company: Books, kind: str, sent: Fields, change: Callable[[Sequence[Fields]], list[Fields]]
) -> None:
    txn = company.posted(sent["TxnID"])
    if txn is None or txn.kind != kind:
        raise RefusalError(status.not_found(sent["TxnID"]))
    line_id = sent.get("TxnLineID")
    if line_id is None:
        company.store(replace(txn, data={**txn.data, RET: change(txn.data.get(RET, ()))}))
        return
    changed = False
    data: Fields = {}
    for name, value in txn.data.items():
        data[name] = value
        for number, line in enumerate(value if isinstance(value, list) else ()):
            if isinstance(line, dict) and line.get("TxnLineID") == line_id:
                data[name] = [*value[:number], {**line, RET: change(line.get(RET, ()))}, *value[number + 1 :]]
                changed = True
    if not changed:
        raise RefusalError(status.not_found(line_id))
    company.store(replace(txn, data=data))


ANSWERS = {
    "DataExtAdd": _give,
    "DataExtDefAdd": _define,
    "DataExtDefDel": _undefine,
    "DataExtDefMod": _redefine,
    "DataExtDefQuery": _definitions,
    "DataExtDel": _take,
    "DataExtMod": _set,
}
