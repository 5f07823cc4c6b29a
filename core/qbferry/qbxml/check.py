"""Whether QuickBooks will understand a request, found out before it leaves.

A fault of structure makes QuickBooks refuse a whole message set without a word about where (facts B1), and a
value that does not fit is refused with a code; here each is a sentence that names the element.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from qbferry import xmldoor
from qbferry.errors import NotFoundError
from qbferry.qbxml import kinds, schema
from qbferry.qbxml.characters import illegal_in_xml
from qbferry.qbxml.content import Content
from qbferry.qbxml.pattern import expression

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

    from qbferry.qbxml.schema import Element

__all__ = ["LINE", "check_request", "check_structure"]

LINE = re.compile(r"Line(?:Group)?(?:Add|Mod)$")
"""The names of elements that are lines of a transaction."""

_OFTEN = 100
"""Right requests of a kind before its expression is made, which costs as much as checking so many."""


def check_request(name: str, xml: str, country: str = "US") -> list[str]:
    """List what is wrong with one request, a sentence each; empty when nothing is.

    Args:
        name: The request without ``Rq``: ``InvoiceAdd``.
        xml: What stands inside ``<InvoiceAddRq>``.
        country: The edition of QuickBooks: ``US``, ``CA``, ``UK`` or ``AU``.
    """
    try:
        judge = _judge(name, country)
    except NotFoundError as error:
        return [str(error)]
    if judge.passes(xml):
        return []
    if character := illegal_in_xml(xml):
        return [f"{name}: it holds the character {character}, which XML cannot carry; remove it."]
    try:
        root = xmldoor.parse(f"<x>{xml}</x>")
    except xmldoor.XmlError as error:
        return [f"{name}: it {error}."]
    return judge.problems(root)


def check_structure(name: str, xml: str) -> list[str]:
    """List what is wrong with the elements of one request, whatever they hold, for any edition that has it.

    Args:
        name: The request without ``Rq``.
        xml: What stands inside ``<InvoiceAddRq>``.
    """
    try:
        root = xmldoor.parse(f"<x>{xml}</x>")
    except xmldoor.XmlError as error:
        return [f"{name}: it {error}."]
    content = Content(schema.everywhere().request(name).children)
    path = "" if name in content.elements else name
    return [f"{problem}." for problem in _children(root, path, content, values=False)]


class _Judge:
    """Judges one kind of request, and once it has seen enough right ones, knows one at a glance.

    Raises:
        NotFoundError: The edition has no such request.
    """

    def __init__(self, name: str, country: str) -> None:
        self._model = schema.load(country).request(name).children
        self._content = Content(self._model)
        self._path = "" if name in self._content.elements else name
        self._passed = 0
        self._pattern: re.Pattern[str] | None = None

    def passes(self, xml: str) -> bool:
        """Tell at the least cost that a request is right; one that does not pass may be right as well."""
        return self._pattern is not None and self._pattern.fullmatch(xml) is not None

    def problems(self, root: etree._Element) -> list[str]:
        """Say what is wrong with a request, the children of the root."""
        found = [f"{problem}." for problem in _children(root, self._path, self._content)]
        if not found:
            self._passed += 1
            if self._passed == _OFTEN:
                self._pattern = re.compile(expression(self._model))
        return found


@cache
def _judge(name: str, country: str) -> _Judge:
    return _Judge(name, country)


def _children(parent: etree._Element, path: str, content: Content, *, values: bool = True) -> Iterator[str]:
    """Check what an aggregate holds, and all below it."""
    if _has_text(parent):
        yield f"{path or 'It'} holds text between its elements"
    tags = [str(child.tag) for child in parent]
    alone = len(set(tags)) == len(tags)
    for position, (tag, child) in enumerate(zip(tags, parent, strict=True)):
        place = f"{path}/{tag}" if path else tag
        element = content.elements.get(tag)
        if element is None:
            yield f"{place} is no element QuickBooks knows there"
        else:
            number = 0 if alone or tags.count(tag) == 1 else tags[:position].count(tag) + 1
            numbered = f"{place}[{number}]" if number else place
            line = f"Line {number}{_named(child)}: " if number and LINE.search(tag) else ""
            for problem in _element(child, numbered, element, content, values=values):
                yield line + problem
    where = f"In {path}, " if path else ""
    for problem in content.problems([tag for tag in tags if tag in content.elements]):
        yield where + problem


def _element(
    node: etree._Element, path: str, element: Element, content: Content, *, values: bool
) -> Iterator[str]:
    for attribute in map(str, node.attrib):
        if attribute not in element.attributes:
            yield f"{path} has an attribute {attribute} that QuickBooks does not know"
    if element.children:
        yield from _children(node, path, content.inner(element.name), values=values)
        if values and element.min and element.name.endswith("Ref") and not any(child.text for child in node):
            yield f"{path} names nothing"
    elif len(node):
        yield f"{path} holds elements, but may hold only text"
    elif not values:
        return
    elif (node.text or "useMacro" not in node.attrib) and (fault := kinds.fault(element, node.text or "")):
        yield f"{path} {fault}"


def _named(line: etree._Element) -> str:
    """The item of a line, or what else it names first."""
    name = line.findtext("*/FullName")
    return f", {name}" if name else ""


def _has_text(node: etree._Element) -> bool:
    return bool((node.text or "").strip()) or any((child.tail or "").strip() for child in node)
