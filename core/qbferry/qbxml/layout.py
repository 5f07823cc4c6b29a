"""A qbXML document laid out for people, one element a line."""

from __future__ import annotations

from lxml import etree

from qbferry import xmldoor

__all__ = ["lay_out", "lay_out_part"]


def lay_out(text: str) -> str:
    """Indent one of our own messages; what it says stays the same."""
    head, mark, rest = text.partition("<QBXML>")
    document = xmldoor.parse(mark + rest)
    etree.indent(document)
    return head.replace("?><", "?>\n<") + "\n" + etree.tostring(document, encoding="unicode")


def lay_out_part(text: str, request_id: str) -> str:
    """Indent the one request or answer of a message that has a requestID; empty where none has."""
    _, mark, rest = text.partition("<QBXML>")
    for each in xmldoor.parse(mark + rest).iter() if mark else ():
        if each.get("requestID") == request_id:
            each.tail = None
            etree.indent(each)
            return etree.tostring(each, encoding="unicode")
    return ""
