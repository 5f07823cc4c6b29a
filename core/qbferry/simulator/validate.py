"""Reading a request against the qbXML schema, with QuickBooks' split between two kinds of fault (facts B1).

What breaks the structure (order, unknown or missing elements) makes the whole message set fail with
0x80040400. What is wrong with a value (too long, not a date, an unknown word) fails that one request with a
30xx status.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, Any

from qbferry.qbxml.schema import Element, Group
from qbferry.simulator import status
from qbferry.simulator.status import UNPARSABLE, HResultError, RefusalError, Status

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lxml import etree

    from qbferry.qbxml.schema import Message

__all__ = ["Fields", "Macro", "Request", "find", "read", "with_macros"]

Fields = dict[str, Any]
"""An aggregate: element name -> text, aggregate, or a list of either where the schema lets it repeat."""

_AMOUNT = r"([+-]?[0-9]{1,13}(\.[0-9]{2})?)?"
_PRICE = r"([+-]?[0-9]{1,10}(\.[0-9]{1,5})?)?"
# facts B2 for the patterns; the codes of prices, quantities, amounts, percents, GUIDs and numbers are by
# analogy (facts B8), so is their wording.
_TYPES: dict[str, tuple[re.Pattern[str], int, str]] = {
    "BOOLTYPE": (re.compile(r"(true|false|0|1)?"), 3010, "boolean value"),
    "DATETYPE": (re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})?"), 3020, "date value"),
    "DATETIMETYPE": (
        re.compile(
            r"([0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(T[0-9]{1,2}(:[0-9]{1,2}(:[0-9]{1,2}([+-][0-9]{1,2}:[0-9]{1,2})?)?)?)?)?"
        ),
        3020,
        "date value",
    ),
    "TIMEINTERVALTYPE": (
        re.compile(r"([+-]?PT(?=[0-9])([0-9]+H)?([0-9]+M)?([0-9]+S)?)?"),
        3035,
        "time interval",
    ),
    "AMTTYPE": (re.compile(_AMOUNT), 3040, "amount"),
    "PRICETYPE": (re.compile(_PRICE), 3045, "price"),
    "PERCENTTYPE": (re.compile(_PRICE), 3050, "percent"),
    "QUANTYPE": (re.compile(_PRICE), 3060, "quantity"),
    "GUIDTYPE": (
        re.compile(r"0|\{[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}"),
        3065,
        "GUID",
    ),
    "INTTYPE": (re.compile(r"[+-]?[0-9]+"), 3085, "number"),
    "FLOATTYPE": (re.compile(r"([+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+))?"), 3085, "number"),
}
_BOOLEANS = {"1": "true", "0": "false", "true": "true", "false": "false"}
_BLANKS_AROUND = {"BOOLTYPE", "DATETYPE", "FLOATTYPE", "INTTYPE", "TIMEINTERVALTYPE"}
"""Intuit's schema makes them of XML Schema's own types, which may have blanks around (facts B2)."""

_LONGEST_ID = 36
_LONGEST_REQUEST_ID = 50


class Request:
    """One request of a message set, read.

    Attributes:
        name: Without ``Rq``: ``InvoiceAdd``.
        attributes: ``requestID``, ``iterator``, …
        fields: What it holds.
        problem: The first value QuickBooks would refuse, or None.
        defines: The macros it defines, each with the element that does, and its place among its like.
    """

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name = name
        self.attributes = attributes
        self.fields: Fields = {}
        self.problem: Status | None = None
        self.defines: list[tuple[str, str, int]] = []
        self._seen: Counter[str] = Counter()

    def blame(self, problem: Status) -> None:
        """Keep a value fault; the first one counts."""
        self.problem = self.problem or problem

    def count(self, name: str) -> int:
        """Tell how many elements of that name came before this one."""
        self._seen[name] += 1
        return self._seen[name] - 1


class Macro(str):
    """The name of an identity that an earlier request of the message gave (facts B6)."""

    __slots__ = ()


def with_macros(value: Any, known: Mapping[str, str]) -> Any:
    """Put identities in the place of their names.

    Raises:
        RefusalError: 9100, no request that was executed gave that name.
    """
    if isinstance(value, Macro):
        if value not in known:
            raise RefusalError(status.unknown_macro(value))
        return known[value]
    if isinstance(value, dict):
        return {name: with_macros(each, known) for name, each in value.items()}
    return [with_macros(each, known) for each in value] if isinstance(value, list) else value


def read(node: etree._Element, message: Message) -> Request:
    """Read one Rq element.

    Raises:
        HResultError: 0x80040400, its structure is not the schema's.
    """
    request = Request(message.name[:-2], {str(name): str(value) for name, value in node.attrib.items()})
    for name, value in request.attributes.items():
        words = message.attributes.get(name)
        if words is None or (words and value not in words):
            raise HResultError(UNPARSABLE)
    if len(request.attributes.get("requestID", "")) > _LONGEST_REQUEST_ID:
        identity = request.attributes["requestID"]
        text = f'The request ID "{identity}" is invalid, possibly too long, max 50 chars.'
        request.blame(Status(1060, "Error", text))
    request.fields = _aggregate(node, message.children, request)
    return request


def find(particles: Sequence[Element | Group], name: str) -> Element | None:
    """Find the element of that name among a message's or aggregate's own children, groups looked into."""
    for particle in particles:
        if isinstance(particle, Element):
            if particle.name == name:
                return particle
        elif found := find(particle.children, name):
            return found
    return None


def _aggregate(node: etree._Element, particles: Sequence[Element | Group], request: Request) -> Fields:
    kids = [kid for kid in node if isinstance(kid.tag, str)]
    if any(text and not text.isspace() for text in (node.text, *(kid.tail for kid in node))):
        raise HResultError(UNPARSABLE)
    fields: Fields = {}
    at = 0
    for particle in particles:
        at = _take(particle, kids, at, fields, request, repeats=False)
    if at < len(kids):
        raise HResultError(UNPARSABLE)
    return fields


def _take(
    particle: Element | Group,
    kids: list[etree._Element],
    at: int,
    fields: Fields,
    request: Request,
    *,
    repeats: bool,
) -> int:
    """Consume what the particle allows, greedily; the schema is unambiguous, so no way back is needed."""
    repeats = repeats or particle.max != 1
    count = 0
    while at < len(kids) and (particle.max is None or count < particle.max) and _begins(particle, kids[at]):
        if isinstance(particle, Element):
            value = _value(kids[at], particle, request)
            if repeats:
                fields.setdefault(particle.name, []).append(value)
            else:
                fields[particle.name] = value
            at += 1
        elif particle.kind == "choice":
            branch = next(child for child in particle.children if _begins(child, kids[at]))
            at = _take(branch, kids, at, fields, request, repeats=repeats)
        else:
            for child in particle.children:
                at = _take(child, kids, at, fields, request, repeats=repeats)
        count += 1
    if count < particle.min and not _nullable(particle):
        raise HResultError(UNPARSABLE)
    return at


def _begins(particle: Element | Group, kid: etree._Element) -> bool:
    if isinstance(particle, Element):
        return particle.name == kid.tag
    if particle.kind == "choice":
        return any(_begins(child, kid) for child in particle.children)
    for child in particle.children:
        if _begins(child, kid):
            return True
        if child.min and not _nullable(child):
            return False
    return False


def _nullable(particle: Element | Group) -> bool:
    if isinstance(particle, Element):
        return particle.min == 0
    if particle.min == 0:
        return True
    each = (child.min == 0 or _nullable(child) for child in particle.children)
    return any(each) if particle.kind == "choice" else all(each)


def _value(node: etree._Element, element: Element, request: Request) -> str | Fields:
    if any(name not in element.attributes for name in node.attrib):
        raise HResultError(UNPARSABLE)
    if macro := node.get("useMacro"):
        return Macro(macro)
    if macro := node.get("defMacro"):
        request.defines.append((macro, element.name, request.count(element.name)))
    elif element.name.endswith("Add"):
        request.count(element.name)
    if element.type is None:
        return _aggregate(node, element.children, request)
    if len(node):
        raise HResultError(UNPARSABLE)
    # assumption: facts B2 [?] - QuickBooks stores Windows-1252; what that has no letter for is lost.
    text = (node.text or "").encode("cp1252", "replace").decode("cp1252")
    if element.type in _BLANKS_AROUND:
        text = text.strip(" \t\r\n")
    if problem := _fault(text, element):
        request.blame(problem)
    if element.type == "BOOLTYPE":
        return _BOOLEANS.get(text, text)
    return text


def _fault(text: str, element: Element) -> Status | None:
    field = element.name
    longest = element.max_length or (_LONGEST_ID if element.type == "IDTYPE" else None)
    if longest is not None and len(text) > longest:
        return status.too_long(text, field)
    if element.enum and text not in element.enum:
        return Status(
            3110, "Error", f'The enumerated value "{text}" in the field "{field}" is unknown or invalid'
        )
    rule = _TYPES.get(element.type or "")
    if rule is None:
        return None
    pattern, code, word = rule
    if pattern.fullmatch(text) and _fits(text, element):
        return None
    return Status(
        code, "Error", f'There was an error when converting the {word} "{text}" in the field "{field}"'
    )


def _fits(text: str, element: Element) -> bool:
    if element.type == "INTTYPE":
        value = int(text)
        return (element.lowest is None or value >= element.lowest) and (
            element.highest is None or value <= element.highest
        )
    if element.type in {"DATETYPE", "DATETIMETYPE"} and text.strip():
        try:
            year, month, day = (int(part) for part in text.strip().partition("T")[0].split("-"))
            date(year, month, day)
        except ValueError:
            return False
    return True
