"""The Web Connector's SOAP messages, byte by byte as .NET writes them (facts A2), and its strict reading."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from qbferry import xmldoor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lxml import etree

__all__ = ["NAMESPACE", "SoapError", "SoapFaultError", "read", "write"]

NAMESPACE = "http://developer.intuit.com/"
_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_HEAD = (
    f'<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="{_ENVELOPE}" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema"><soap:Body>'
)
_TAIL = "</soap:Body></soap:Envelope>"
_MOST_ELEMENTS = 200


class SoapError(Exception):
    """An answer that a .NET client could not use; the text says what is wrong with it."""


class SoapFaultError(SoapError):
    """The server answered with a SOAP fault."""


def write(operation: str, parameters: Mapping[str, str]) -> bytes:
    """Write a call: empty texts as ``<x />``, no blank between elements."""
    inner = "".join(
        f"<{name}>{escape(text)}</{name}>" if text else f"<{name} />" for name, text in parameters.items()
    )
    start = f'{operation} xmlns="{NAMESPACE}"'
    return (
        f"{_HEAD}<{start}>{inner}</{operation}>{_TAIL}".encode()
        if inner
        else f"{_HEAD}<{start} />{_TAIL}".encode()
    )


def read(operation: str, body: bytes) -> str | list[str]:
    """Read the answer to a call, strictly: names, namespace and form must be exact (facts A1).

    Returns:
        The result's text; for authenticate, its list of strings.

    Raises:
        SoapFaultError: The answer is a fault.
        SoapError: It is not the answer to this call.
    """
    try:
        root = xmldoor.parse(body, most_elements=_MOST_ELEMENTS)
    except xmldoor.XmlError as error:
        raise SoapError(f"the answer to {operation} {error}") from error
    if root.tag != f"{{{_ENVELOPE}}}Envelope":
        raise SoapError(f"the answer to {operation} is no SOAP 1.1 envelope but {root.tag}")
    content = root.find(f"{{{_ENVELOPE}}}Body")
    if content is None or len(content) != 1:
        raise SoapError(f"the answer to {operation} needs exactly one element in its SOAP body")
    answer = content[0]
    if answer.tag == f"{{{_ENVELOPE}}}Fault":
        raise SoapFaultError((answer.findtext("faultstring") or "no text").strip())
    _named(answer, f"{operation}Response", operation)
    if len(answer) != 1:
        raise SoapError(f"{operation}Response needs exactly one element, {operation}Result")
    result = answer[0]
    _named(result, f"{operation}Result", operation)
    if operation != "authenticate":
        if len(result):
            raise SoapError(f"{operation}Result holds elements; its text must be escaped")
        return result.text or ""
    for item in result:
        _named(item, "string", operation)
    strings = [item.text or "" for item in result]
    if len(strings) < 2:
        # Left out, the second string made the Web Connector say "Authentication failed" (facts A1).
        raise SoapError(
            "authenticateResult needs two strings, an empty one for the open company file as well"
        )
    return strings


def _named(element: etree._Element, name: str, operation: str) -> None:
    if element.tag != f"{{{NAMESPACE}}}{name}":
        raise SoapError(f"the answer to {operation} has {element.tag} where {{{NAMESPACE}}}{name} belongs")
