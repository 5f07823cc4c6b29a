"""A QuickBooks session: message sets in, answers out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from lxml import etree

from qbferry import xmldoor
from qbferry.errors import NotFoundError
from qbferry.qbxml.schema import everywhere, load
from qbferry.simulator import answer, further, generic, lists, status, validate
from qbferry.simulator.host import QUERIES, VERSIONS, answer_host
from qbferry.simulator.recovery import LastAnswers, checksum
from qbferry.simulator.search import search_deleted, search_list, search_transactions, search_unlisted
from qbferry.simulator.selection import Cursors, Response, chosen
from qbferry.simulator.status import OK, UNPARSABLE, HResultError, RefusalError, Status
from qbferry.simulator.transactions import described, posting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qbferry.simulator.company import CompanyFile
    from qbferry.simulator.records import Posted
    from qbferry.simulator.transactions.kind import TransactionKind
    from qbferry.simulator.validate import Fields, Request

__all__ = ["Interference", "Session"]

_DECLARATION = re.compile(r"<\?xml\s[^>]*\?>")
_VERSION = re.compile(r"""<\?qbxml\s+version\s*=\s*["']((?:AU|CA|UK)?[0-9.]+)["']\s*\?>""")
_ON_ERROR = {"stopOnError", "continueOnError", "rollbackOnError"}
_ATTRIBUTES = {"onError", "newMessageSetID", "oldMessageSetID", "responseData"}


class Interference(Protocol):
    """What disturbs QuickBooks at work; ``faults`` is one."""

    def disturb(self, name: str) -> Status | None:
        """Hear that a request, such as ``InvoiceAdd``, is about to be executed.

        Returns:
            The status it gets instead, or None to execute it.

        Raises:
            HResultError: QuickBooks dies now; what was executed before stays, no answer is kept.
        """


class Session:
    """An open connection of one application to QuickBooks, from BeginSession to EndSession."""

    def __init__(
        self,
        company: CompanyFile,
        application: str = "application",
        *,
        ascii_only: bool | None = None,
        interference: Interference | None = None,
    ) -> None:
        """Open it.

        Args:
            company: The company file.
            application: Whose message-set memory this is.
            ascii_only: Refuse letters outside ASCII that are not written as entities; None: as the seed says.
            interference: What disturbs the work.
        """
        self._company = company
        self._memory = LastAnswers(company, application)
        self._cursors = Cursors()
        self._schema = load(company.get("host", {}).get("Country", "US"))
        self._ascii_only = bool(company.setting("ascii_only")) if ascii_only is None else ascii_only
        self._interference = interference

    def process(self, text: str) -> str:
        """Execute a qbXML document and give QuickBooks' answer (ProcessRequest).

        Raises:
            HResultError: Nothing was executed (0x80040400, 0x80040423), or QuickBooks died on the way.
        """
        message_set = self._parse(text)
        new, old = message_set.get("newMessageSetID"), message_set.get("oldMessageSetID")
        requests = [self._read(node) for node in message_set if isinstance(node.tag, str)]
        parts = (etree.tostring(node, with_tail=False) for node in message_set)
        content = checksum(b"".join([message_set.get("onError", "").encode(), *parts]))
        with self._company.write():
            recall = self._memory.recall(new, old, content)
        head = {} if recall.code is None else {"messageSetStatusCode": str(recall.code)}
        if new is not None:
            head = {"newMessageSetID": new, **head}
        if not recall.execute:
            return answer.document(head, [recall.response] if recall.response else [])
        lines = self._execute(requests, message_set)
        if new is not None:
            with self._company.write():
                self._memory.keep(new, content, "\n".join(lines))
        return answer.document(head, lines)

    def _parse(self, text: str) -> etree._Element:
        """Read the envelope, and refuse what real QuickBooks does not read (facts B1, B2)."""
        if self._ascii_only and not text.isascii():
            raise HResultError(UNPARSABLE)
        declaration = _DECLARATION.match(text)
        # The text is decoded already, so an encoding it declares says nothing any more.
        body = text[declaration.end() :] if declaration else text
        try:
            root = xmldoor.parse(body.strip())
        except xmldoor.XmlError as error:
            raise HResultError(UNPARSABLE) from error
        self._check_version(body.partition("<QBXML")[0])
        sets = [node for node in root if isinstance(node.tag, str)]
        if root.tag != "QBXML" or root.attrib or len(sets) != 1 or sets[0].tag != "QBXMLMsgsRq":
            raise HResultError(UNPARSABLE)
        attributes = {str(name): str(value) for name, value in sets[0].attrib.items()}
        if attributes.keys() - _ATTRIBUTES or attributes.get("onError") not in _ON_ERROR:
            raise HResultError(UNPARSABLE)
        if attributes.get("responseData", "includeAll") not in {"includeAll", "includeNone"}:
            raise HResultError(UNPARSABLE)
        return sets[0]

    def _check_version(self, prolog: str) -> None:
        found = _VERSION.search(prolog)
        supported = self._company.get("host", {}).get("SupportedQBXMLVersion", [])
        # assumption: facts B7 - what lists a version takes every older one, though HostRet need not name it.
        if found is None or not any(_covers(version, found[1]) for version in supported):
            raise HResultError("0x80040423")

    def _read(self, node: etree._Element) -> Request:
        name = str(node.tag)
        if not name.endswith("Rq"):
            raise HResultError(UNPARSABLE)
        try:
            return validate.read(node, self._schema.request(name[:-2]))
        except NotFoundError:
            return self._foreign(node, name[:-2])

    def _foreign(self, node: etree._Element, name: str) -> Request:
        """Read a request that only other editions have; this one refuses it with 1030."""
        try:
            request = validate.read(node, everywhere().request(name))
        except NotFoundError as error:
            raise HResultError(UNPARSABLE) from error
        request.blame(status.unsupported())
        return request

    def _execute(self, requests: Sequence[Request], message_set: etree._Element) -> list[str]:
        # facts B1: rollback is not supported by QuickBooks Desktop. assumption: it stops, and rolls nothing
        # back.
        stops = message_set.get("onError") != "continueOnError"
        silent = message_set.get("responseData") == "includeNone"
        stopped = False
        macros: dict[str, str] = {}
        lines: list[str] = []
        for request in requests:
            given = Response(status.not_processed()) if stopped else self._one(request, macros)
            stopped = stopped or (stops and given.status.failed)
            content = [] if silent else self._content(request.name, given)
            request_id = request.attributes.get("requestID")
            lines += answer.response(request.name, request_id, given.status, given.attributes, content)
        return lines

    def _one(self, request: Request, macros: dict[str, str]) -> Response:
        """Execute one request as one durable transaction.

        Args:
            request: The request.
            macros: What those before it gave a name; it may use them, and adds its own.
        """
        try:
            if self._interference and (instead := self._interference.disturb(request.name)):
                raise RefusalError(instead)
            if request.problem:
                raise RefusalError(request.problem)
            request.fields = validate.with_macros(request.fields, macros)
            with self._company.write():
                given = self._dispatch(request)
        except RefusalError as refusal:
            return Response(refusal.status)
        macros |= _defined(request, given)
        return given

    def _dispatch(self, request: Request) -> Response:
        name, fields = request.name, request.fields
        if name in QUERIES:
            return answer_host(self._company, request)
        if name in {"TxnDel", "TxnVoid"}:
            return self._remove(name, fields)
        if name == "TxnDeletedQuery":
            return search_deleted(self._company, request)
        if name == "ListDeletedQuery":
            return search_unlisted(self._company, request)
        if name == "ListDel":
            return self._unlist(fields)
        if name in further.ANSWERS:
            return further.ANSWERS[name](self._company, request)
        for verb in ("Add", "Mod", "Query"):
            subject = name.removesuffix(verb)
            if subject == name:
                continue
            if kind := described(self._company, subject):
                return self._transaction(verb, kind, request)
            if subject in lists.LISTS or (verb == "Query" and subject in lists.QUERIES):
                return self._list(verb, subject, request)
            if identity := generic.holds(subject):
                return self._generic(verb, subject, identity, request)
        raise RefusalError(status.unsupported())

    def _list(self, verb: str, kind: str, request: Request) -> Response:
        if verb == "Query":
            return search_list(self._company, request, self._cursors)
        if verb == "Mod":
            entry = generic.change_entry(self._company, kind, request.fields[request.name])
        else:
            entry = lists.add(self._company, kind, request.fields[request.name])
        return Response(content=chosen(request, f"{kind}Ret", [lists.as_ret(self._company, entry)]))

    def _generic(self, verb: str, subject: str, identity: str, request: Request) -> Response:
        """Execute a request for a kind that no module describes."""
        company, content = self._company, request.fields.get(request.name, {})
        if identity == "ListID":
            if verb == "Query":
                return search_list(company, request, self._cursors)
            write = generic.add_entry if verb == "Add" else generic.change_entry
            entry = write(company, subject, content)
            return Response(content=chosen(request, f"{subject}Ret", [lists.as_ret(company, entry)]))

        def as_ret(txn: Posted) -> Fields:
            return posting.as_ret(company, txn)

        if verb == "Query":
            party = generic.transaction(subject).party
            return search_transactions(company, request, self._cursors, party, as_ret)
        post = generic.add if verb == "Add" else generic.modify
        return Response(content=chosen(request, f"{subject}Ret", [as_ret(post(company, subject, content))]))

    def _unlist(self, fields: Fields) -> Response:
        """Delete a list entry (ListDel)."""
        entry = self._company.entry(fields["ListID"])
        if entry is None or entry.kind != fields["ListDelType"]:
            raise RefusalError(status.not_found(fields["ListID"]))
        self._company.remove_entry(entry.list_id)
        gone = {"TimeDeleted": self._company.stamp(self._company.second()), "FullName": entry.full_name}
        return Response(content=[("", {**fields, **gone})])

    def _transaction(self, verb: str, kind: TransactionKind, request: Request) -> Response:
        def as_ret(txn: Posted) -> Fields:
            return posting.as_ret(self._company, txn)

        if verb == "Query":
            return search_transactions(self._company, request, self._cursors, kind.party, as_ret)
        write = posting.add if verb == "Add" else posting.modify
        txn, warnings = write(self._company, kind, request.fields[request.name])
        return Response(warnings[0] if warnings else OK, chosen(request, f"{kind.name}Ret", [as_ret(txn)]))

    def _remove(self, name: str, fields: Fields) -> Response:
        subject = fields[f"{name}Type"]
        kind = described(self._company, subject) or generic.transaction(subject)
        remove = posting.delete if name == "TxnDel" else posting.void
        txn = remove(self._company, kind, fields["TxnID"])
        changed = self._company.stamp(txn.modified)
        times = {
            "TimeDeleted": changed,
            "TimeCreated": self._company.stamp(txn.created),
            "TimeModified": changed,
        }
        return Response(content=[("", {**fields, **times, "RefNumber": txn.ref_number})])

    def _content(self, name: str, given: Response) -> list[str]:
        """Write what an answer holds: Ret elements, or the bare elements of TxnDel and TxnVoid."""
        if not given.content:
            return []
        shape = self._schema.response(name).children
        lines: list[str] = []
        for ret, fields in given.content:
            lines += answer.elements({ret: fields} if ret else fields, shape)
        return lines


def _defined(request: Request, given: Response) -> dict[str, str]:
    """The identities that a request's macros name: of what it added, or of one of its lines."""
    found: dict[str, str] = {}
    for _, fields in given.content:
        for macro, element, place in request.defines:
            if element == request.name:
                found[macro] = fields.get("TxnID") or fields.get("ListID", "")
            else:
                lines = fields.get(f"{element.removesuffix('Add')}Ret", ())
                found[macro] = lines[place]["TxnLineID"] if place < len(lines) else ""
    return {macro: identity for macro, identity in found.items() if identity}


def _covers(supported: str, declared: str) -> bool:
    """Tell whether a version of qbXML is one that QuickBooks supports, or one before it."""
    return declared == supported or (
        supported in VERSIONS and declared in VERSIONS[: VERSIONS.index(supported)]
    )
