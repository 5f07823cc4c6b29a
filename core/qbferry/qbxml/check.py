"""Whether QuickBooks will understand a request, found out before it leaves.

A fault of structure makes QuickBooks refuse a whole message set without a word about where (facts B1), and a
value that does not fit is refused with a code; here each is a sentence that names the element.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from lxml import etree

from qbferry.errors import NotFoundError
from qbferry.qbxml import kinds, schema
from qbferry.qbxml.characters import illegal_in_xml
from qbferry.qbxml.content import Content
from qbferry.qbxml.reading import read_fragment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qbferry.qbxml.schema import Element

__all__ = ["check_request"]


def check_request(name: str, xml: str, country: str = "US") -> list[str]:
    """List what is wrong with one request, a sentence each; empty when nothing is.

    Args:
        name: The request without ``Rq``: ``InvoiceAdd``.
        xml: What stands inside ``<InvoiceAddRq>``.
        country: The edition of QuickBooks: ``US``, ``CA``, ``UK`` or ``AU``.

    Requests of qbXML 13.0 whose shape is not among the data need only be well-formed.
    """
    if character := illegal_in_xml(xml):
        return [f"{name}: it holds the character {character}, which XML cannot carry; remove it."]
    try:
        root = read_fragment(xml)
    except etree.XMLSyntaxError as error:
        return [f"{name}: it is no well-formed XML: {error.msg}."]
    try:
        content = _content(name, country)
    except NotFoundError as error:
        return [str(error)]
    if content is None or _sound(root, content):
        return []
    return [f"{problem}." for problem in _children(root, "" if name in content.elements else name, content)]


@cache
def _content(name: str, country: str) -> Content | None:
    """Give what a request may hold; None when qbXML has it but the data do not."""
    known = schema.load(country)
    return None if name in known.unchecked else Content(known.request(name).children)


def _sound(parent: etree._Element, content: Content) -> bool:
    """Tell at the least cost that an aggregate is right; anything unusual is left to the full check.

    Nearly every request is right, so no sentence and no path is made before one is not.
    """
    children = list(parent)
    if parent.text or not content.known_sound(tuple([str(child.tag) for child in children])):
        return False
    elements = content.elements
    for child in children:
        element = elements[str(child.tag)]
        if child.attrib or child.tail:
            return False
        if element.children:
            if not len(child) or not _sound(child, content.inner(element.name)):
                return False
        elif len(child) or not child.text or kinds.fault(element, child.text):
            return False
    return True


def _children(parent: etree._Element, path: str, content: Content) -> Iterator[str]:
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
            numbered = (
                place if alone or tags.count(tag) == 1 else f"{place}[{tags[:position].count(tag) + 1}]"
            )
            yield from _element(child, numbered, element, content)
    where = f"In {path}, " if path else ""
    for problem in content.problems([tag for tag in tags if tag in content.elements]):
        yield where + problem


def _element(node: etree._Element, path: str, element: Element, content: Content) -> Iterator[str]:
    for attribute in map(str, node.attrib):
        if attribute not in element.attributes:
            yield f"{path} has an attribute {attribute} that QuickBooks does not know"
    if element.children:
        yield from _children(node, path, content.inner(element.name))
        if element.min and element.name.endswith("Ref") and not any(child.text for child in node):
            yield f"{path} names nothing"
    elif len(node):
        yield f"{path} holds elements, but may hold only text"
    elif (node.text or "useMacro" not in node.attrib) and (fault := kinds.fault(element, node.text or "")):
        yield f"{path} {fault}"


def _has_text(node: etree._Element) -> bool:
    return bool((node.text or "").strip()) or any((child.tail or "").strip() for child in node)
