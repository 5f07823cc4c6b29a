"""The one door through which XML from outside comes in: SOAP bodies, qbXML answers, files.

What a document may cost is bounded before the parser sees it. It is taken to UTF-8 first, so that there is
one way to write a DOCTYPE and not a dozen, and the parser is told so whatever the document declares. A
DOCTYPE is refused before its subset is parsed: declarations of attributes cost libxml2 the square of their
number. Its own limits, which stand as long as ``huge_tree`` is off, are 256 levels and 10,000,000 bytes of
one text.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["XmlError", "parse"]

_HARMLESS = 65_536
"""Bytes up to which a document may have any shape: the worst takes a few megabytes and milliseconds."""

_SPARE = 1_000
_BYTES_AN_ELEMENT = 12  # QuickBooks' own documents have an element in thirty bytes.
_NAMESPACES = 100
_BYTES_AN_ATTRIBUTE = 12  # An answer that is nothing but refusals has one in twenty.

# Comments, CDATA sections and processing instructions, to their end or that of the document.
_INERT = rb"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)|<\?.*?(?:\?>|\Z)"
_PROLOG = re.compile(rb"(?:[ \t\r\n]++|<!--.*?(?:-->|\Z)|<\?.*?(?:\?>|\Z))*+", re.DOTALL)
_MARKUP = re.compile(rb"""%b|<((?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+)""" % _INERT, re.DOTALL)
_ATTRIBUTE = re.compile(rb"""([^\s=<>"'/]*+)\s*+=\s*+(?:"[^"<]*+"|'[^'<]*+')""")

_DECLARED = re.compile(
    rb"""<\?xml[ \t\r\n][^>]{0,200}?[ \t\r\n]encoding[ \t\r\n]*=[ \t\r\n]*["']([^"'>]{1,40})"""
)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before that of UTF-16, which it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
_ENCODING = re.compile(r"us-ascii|utf-?(?:8|16|32)|utf-?(?:16|32)-?[bl]e|iso-?8859-?\d{1,2}|windows-?125\d")


class XmlError(ValueError):
    """A document that is not read; the text is the rest of a sentence that begins with its name."""


def parse(data: bytes | str, *, charset: str = "", most_elements: int | None = None) -> etree._Element:
    """Read a document and return its root element, without comments and processing instructions.

    Args:
        data: The document. Of a text that is decoded already, the declared encoding says nothing.
        charset: The encoding that came with it, such as an HTTP header's: it outranks the one that the
            document declares, and is outranked by a byte order mark (RFC 7303, 3).
        most_elements: More are refused; None: as many as any document of its size may have.

    Raises:
        XmlError: It is not well-formed, has a DOCTYPE, more elements, attributes or namespaces than it
            may, or an encoding that is not read here.
    """
    xml = _utf8(data, charset)
    prolog = _PROLOG.match(xml)
    at = prolog.end() if prolog else 0
    if xml.startswith(b"<!DOCTYPE", at):
        raise XmlError("has a DOCTYPE; document types and entity declarations are not accepted, leave it out")
    if len(xml) > _HARMLESS or most_elements is not None:
        _bound(xml, at, most_elements)
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(xml, parser)
    except etree.XMLSyntaxError as error:
        raise XmlError(f"is not well-formed XML: {error.msg.rstrip('.')}") from error


def _utf8(data: bytes | str, charset: str) -> bytes:
    """Bring a document to UTF-8 without a byte order mark; what it declares is left as it is."""
    if isinstance(data, str):
        try:
            return data.removeprefix("\ufeff").encode()
        except UnicodeEncodeError:
            raise XmlError("is not well-formed XML: it holds half a character (a lone surrogate)") from None
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "")
    if not encoding:
        declared = _DECLARED.match(data)
        encoding = charset or (declared[1].decode("latin-1") if declared else "utf-8")
    encoding = encoding.strip().lower()
    if not _ENCODING.fullmatch(encoding):
        raise XmlError(f'is in the encoding "{encoding[:40]}", which is not read here; send it as UTF-8')
    if encoding in {"utf-8", "utf8", "us-ascii"}:
        return data.removeprefix(codecs.BOM_UTF8)
    try:
        return data.decode(encoding).removeprefix("\ufeff").encode()
    except (LookupError, UnicodeError):
        raise XmlError(f"is not well-formed XML: its bytes are no {encoding.upper()}") from None


def _bound(xml: bytes, at: int, most_elements: int | None) -> None:
    """Refuse a document that would become a tree many times its size; text alone cannot make it one."""
    elements = _SPARE + len(xml) // _BYTES_AN_ELEMENT if most_elements is None else most_elements
    attributes = _SPARE + len(xml) // _BYTES_AN_ATTRIBUTE if most_elements is None else _SPARE
    namespaces = _NAMESPACES
    if xml.count(b"<") <= elements and xml.count(b"=") <= attributes and xml.count(b"xmlns") <= namespaces:
        return
    # Text may hold any number of these characters, so now exactly.
    for tag in _tags(xml, at):
        elements -= not tag.startswith(b"/")
        if elements < 0:
            raise XmlError("has more elements than any document of its kind and size")
        for attribute in _ATTRIBUTE.finditer(tag):
            attributes -= 1
            namespaces -= attribute[1].startswith(b"xmlns")
            if attributes < 0:
                raise XmlError("has more attributes than any document of its kind and size")
            if namespaces < 0:
                raise XmlError(f"has more than {_NAMESPACES} declarations of namespaces")


def _tags(xml: bytes, at: int) -> Iterator[bytes]:
    """What stands between ``<`` and ``>`` of each tag."""
    for match in _MARKUP.finditer(xml, at):
        if match[1] is not None:
            yield match[1]
