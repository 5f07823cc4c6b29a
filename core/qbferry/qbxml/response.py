"""Reading what QuickBooks answered, with a parser that takes nothing on trust."""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from lxml import etree

from qbferry import xmldoor
from qbferry.errors import AnswerError
from qbferry.qbxml.characters import without_illegal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["MAX_BYTES", "Answer", "Node", "Response", "document", "parse"]

MAX_BYTES = 20_000_000
"""The largest answer that is read, unless another limit is given."""

_DECLARATION = re.compile(r"[\ufeff\s]*(?:<\?xml\s[^>]*\?>)?", re.IGNORECASE)
_NUMBER = re.compile(r"[ \t\r\n]*([+-]?0*[0-9]{1,9})[ \t\r\n]*")  # as xs:integer is written


class Node:
    """An element of an answer. Paths are relative to it: ``CustomerRef/FullName``."""

    __slots__ = ("_element", "_texts")

    def __init__(self, element: etree._Element) -> None:
        self._element = element
        self._texts: dict[str, str | None] = {}

    @classmethod
    def of(cls, xml: str) -> Node:
        """Make a node whose children are the elements of a request's body."""
        return cls(xmldoor.parse(f"<x>{xml}</x>"))

    @property
    def name(self) -> str:
        """Its tag: ``InvoiceRet``."""
        return str(self._element.tag)

    def attribute(self, name: str) -> str | None:
        """Give the value of one of its attributes."""
        return self._element.get(name)

    def inner(self) -> str:
        """Give its children as XML."""
        return "".join(etree.tostring(child, encoding="unicode", with_tail=False) for child in self._element)

    def text(self, path: str = ".") -> str | None:
        """Give the text of the first element at the path; empty when it is empty, None when there is none."""
        try:
            return self._texts[path]  # an identity is asked for by everyone whom an answer passes
        except KeyError:
            pass
        if path.isidentifier():
            found = next(self._element.iterchildren(path), None)  # a third of the time
            text = None if found is None else found.text or ""
        else:
            text = self._element.findtext(path)
        self._texts[path] = text
        return text

    def texts(self, path: str) -> list[str]:
        """Give the texts of all elements at the path."""
        return [element.text or "" for element in self._element.iterfind(path)]

    def find(self, path: str) -> Node | None:
        """Give the first element at the path."""
        element = self._element.find(path)
        return None if element is None else Node(element)

    def each(self, path: str = "*") -> Iterator[Node]:
        """Give all elements at the path, in their order."""
        return map(Node, self._element.iterfind(path))


@dataclass(frozen=True, kw_only=True)
class Response:
    """What QuickBooks answered to one request.

    Attributes:
        name: The request without ``Rq``: ``InvoiceAdd``.
        request_id: As it was sent; empty if none was.
        status_code: 0 done; 1 to 999 done, with something to say; from 1000 on refused (facts B8).
        severity: ``Info``, ``Warn`` or ``Error``.
        message: QuickBooks' own words.
        iterator_id: What the next part of a query in parts is asked for with.
        iterator_remaining: How many objects of such a query are still to come.
        node: The whole answer; the shortcuts below read from it.
        lines: In which lines of the request a reference is that was refused, from 1; empty: in none, or
            that is not known.
    """

    name: str
    request_id: str
    status_code: int
    severity: str
    message: str
    iterator_id: str | None
    iterator_remaining: int | None
    node: Node
    lines: tuple[int, ...] = ()

    @property
    def is_error(self) -> bool:
        """Whether QuickBooks refused the request. Information and warnings are no refusal."""
        return self.status_code >= 1000 or self.severity == "Error"

    @cached_property
    def objects(self) -> tuple[Node, ...]:
        """The objects it carries, such as ``InvoiceRet``."""
        return tuple(child for child in self.node.each() if child.name.endswith("Ret"))

    def carrying(self, name: str, nodes: Iterable[Node]) -> Response:
        """Make the answer of status 0 to a request of another name, with copies of the nodes in it."""
        element = etree.Element(f"{name}Rs")
        element.extend(deepcopy(node._element) for node in nodes)
        return replace(
            self, name=name, status_code=0, severity="Info", message="Status OK", node=Node(element)
        )

    def text(self, path: str) -> str | None:
        """Give the text of the first element at the path (``InvoiceRet/TxnID``), None when there is none."""
        return self.node.text(path)

    def texts(self, path: str) -> list[str]:
        """Give the texts of all elements at the path."""
        return self.node.texts(path)

    def find(self, path: str) -> Node | None:
        """Give the first element at the path."""
        return self.node.find(path)

    def each(self, path: str) -> Iterator[Node]:
        """Give all elements at the path, in their order."""
        return self.node.each(path)


@dataclass(frozen=True, slots=True)
class Answer:
    """One document of QuickBooks.

    Attributes:
        message_set_id: The newMessageSetID it belongs to, if one was sent.
        responses: One a request, in the order of the requests.
    """

    message_set_id: str | None
    responses: tuple[Response, ...]


def parse(text: str, *, max_bytes: int = MAX_BYTES) -> Answer:
    """Read an answer, whatever encoding its XML declaration names.

    Args:
        text: The document.
        max_bytes: Longer ones are refused.

    Raises:
        AnswerError: It is too large, no well-formed XML, declares a document type, or is no qbXML answer.
    """
    if len(text) > max_bytes:
        raise AnswerError(
            f"QuickBooks' answer is too large: {len(text)} characters, {max_bytes} are allowed."
        )
    root = _root(text)
    if root.tag != "QBXML":
        raise AnswerError(f"QuickBooks' answer is no qbXML: it begins with <{root.tag}>, not <QBXML>.")
    message_set = root.find("QBXMLMsgsRs")
    if message_set is None:
        raise AnswerError("QuickBooks' answer holds no QBXMLMsgsRs, so nothing can be learnt from it.")
    return Answer(
        message_set.get("newMessageSetID"),
        tuple(_response(element) for element in message_set.iterchildren(tag=etree.Element)),
    )


def document(responses: Iterable[tuple[str, Response]]) -> str:
    """Write responses as one answer that ``parse`` reads, each with the requestID that is given with it."""
    root = etree.Element("QBXML")
    message_set = etree.SubElement(root, "QBXMLMsgsRs")
    for request_id, response in responses:
        element = deepcopy(response.node._element)
        element.set("requestID", request_id)
        element.set("statusCode", str(response.status_code))
        element.set("statusSeverity", response.severity)
        element.set("statusMessage", response.message)
        message_set.append(element)
    return etree.tostring(root, encoding="unicode")


def _root(text: str) -> etree._Element:
    body = _DECLARATION.sub("", text, count=1)
    try:
        try:
            return xmldoor.parse(body)
        except xmldoor.XmlError:
            # QuickBooks lets control characters in memos through, though XML has no way to carry them
            cleaned = without_illegal(body)
            if cleaned == body:
                raise
            return xmldoor.parse(cleaned)
    except xmldoor.XmlError as error:
        raise AnswerError(f"QuickBooks' answer {error}.") from error


def _response(element: etree._Element) -> Response:
    tag = str(element.tag)
    if not tag.endswith("Rs"):
        raise AnswerError(f"QuickBooks' answer holds <{tag}> where only responses belong.")
    status = _number(element, "statusCode")
    if status is None:
        raise AnswerError(f"QuickBooks' answer has a {tag} without a statusCode.")
    return Response(
        name=tag[:-2],
        request_id=element.get("requestID", ""),
        status_code=status,
        severity=element.get("statusSeverity", ""),
        message=element.get("statusMessage", ""),
        iterator_id=element.get("iteratorID"),
        iterator_remaining=_number(element, "iteratorRemainingCount"),
        node=Node(element),
    )


def _number(element: etree._Element, attribute: str) -> int | None:
    value = element.get(attribute)
    if value is None:
        return None
    found = _NUMBER.fullmatch(value)
    if not found:
        raise AnswerError(
            f'QuickBooks\' answer has {element.tag} with {attribute}="{value}", which is no number.'
        )
    return int(found[1])
