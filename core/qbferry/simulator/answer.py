"""Writing answers as QuickBooks does: one element a line, unindented, errors as empty elements (facts B1)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from qbferry.qbxml.schema import Element

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from qbferry.qbxml.schema import Group
    from qbferry.simulator.status import Status
    from qbferry.simulator.validate import Fields

__all__ = ["document", "elements", "response"]


def elements(fields: Fields, particles: Sequence[Element | Group]) -> list[str]:
    """Write what a schema knows of an aggregate's fields, in the schema's order; the rest stays out."""
    lines: list[str] = []
    for particle in particles:
        if not isinstance(particle, Element):
            lines += elements(fields, particle.children)
            continue
        value = fields.get(particle.name)
        for item in value if isinstance(value, list) else [value]:
            lines += _element(particle, item)
    return lines


def _element(element: Element, value: str | Fields | None) -> list[str]:
    if isinstance(value, str) and (value or element.min):
        return [f"<{element.name}>{escape(value)}</{element.name}>"]
    if value is None or isinstance(value, str):
        return []
    attributes = {name: value[name] for name in element.attributes if name in value}
    inner = elements(value, element.children)
    head = f"{element.name}{_attributes(attributes)}"
    if inner:
        return [f"<{head}>", *inner, f"</{element.name}>"]
    return [f"<{head} />"] if attributes else []


def response(
    name: str, request_id: str | None, status: Status, further: Mapping[str, str], content: Sequence[str]
) -> list[str]:
    """Write one Rs; ``further`` attributes, such as ``iteratorID``, come after the status."""
    attributes = {
        **({} if request_id is None else {"requestID": request_id}),
        "statusCode": str(status.code),
        "statusSeverity": status.severity,
        "statusMessage": status.message,
        **further,
    }
    head = f"{name}Rs{_attributes(attributes)}"
    return [f"<{head}>", *content, f"</{name}Rs>"] if content else [f"<{head} />"]


def _attributes(attributes: Mapping[str, str]) -> str:
    return "".join(f' {name}="{escape(value, {chr(34): "&quot;"})}"' for name, value in attributes.items())


def document(attributes: Mapping[str, str], lines: Iterable[str]) -> str:
    """Write the whole answer; letters outside ASCII become numeric entities.

    assumption: facts B2 - what QuickBooks does with them on the way out was not seen.
    """
    head = _attributes(attributes)
    body = list(lines)
    inner = [f"<QBXMLMsgsRs{head}>", *body, "</QBXMLMsgsRs>"] if body else [f"<QBXMLMsgsRs{head} />"]
    text = "\n".join(['<?xml version="1.0" ?>', "<QBXML>", *inner, "</QBXML>", ""])
    return text.encode("ascii", "xmlcharrefreplace").decode("ascii")
