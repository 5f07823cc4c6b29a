"""A qbXML document laid out for people, one element a line."""

from __future__ import annotations

from lxml import etree

from qbferry import xmldoor

__all__ = ["lay_out"]


def lay_out(text: str) -> str:
    """Indent one of our own messages; what it says stays the same."""
    head, mark, rest = text.partition("<QBXML>")
    document = xmldoor.parse(mark + rest)
    etree.indent(document)
    return head.replace("?><", "?>\n<") + "\n" + etree.tostring(document, encoding="unicode")
