"""SOAP 1.1 as the Web Connector speaks it: requests in, replies and faults out (facts A1, A2).

Replies are written by hand, byte for byte in the shape the Web Connector's .NET client is used to, without
white space between elements: pretty-printed answers were seen to be rejected.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from qbferry import xmldoor
from qbferry.errors import ProtocolError
from qbferry.webconnector.operations import NAMESPACE, OPERATIONS, Operation, Type

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Call", "escape", "fault", "parse", "reply"]

_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_ENVELOPE = f"{{{_SOAP}}}Envelope"
_BODY = f"{{{_SOAP}}}Body"
_PREFIX = f"{{{NAMESPACE}}}"

_HEAD = (
    '<?xml version="1.0" encoding="utf-8"?>'
    f'<soap:Envelope xmlns:soap="{_SOAP}"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xmlns:xsd="http://www.w3.org/2001/XMLSchema"><soap:Body>'
)
_TAIL = "</soap:Body></soap:Envelope>"

_MOST_ELEMENTS = 200  # A call has at most nine; the rest is room for headers a proxy may add.
_LONGEST_QUOTE = 100  # Of a name that is repeated to the caller in a fault.

_INT = re.compile(r"[ \t\r\n]*([+-]?0*[0-9]{1,10})[ \t\r\n]*")
_ASCII = bytes([*b"\t\n\r", *range(0x20, 0x80)])
"""What XML can hold of ASCII: that a text has nothing else is found much faster than what it has."""

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Call:
    """One call, checked against the table of operations.

    Attributes:
        operation: Its name, a key of ``OPERATIONS``.
        arguments: Every declared parameter in the declared order, by name. One that is declared an int holds
            the digits of an int of 32 bits.
    """

    operation: str
    arguments: dict[str, str]


def parse(body: bytes, action: str | None = None, charset: str = "") -> Call:
    """Read a request.

    Parameters that are not declared are passed over: a widely copied service description gives
    ``serverVersion`` one (facts A1). So are SOAP headers.

    Args:
        body: The XML.
        action: The SOAPAction header, quoted or not; None or empty when there is none.
        charset: That of the Content-Type header; empty: the encoding is the one the XML declares.

    Raises:
        ProtocolError: It cannot be served, and why.
    """
    try:
        envelope = xmldoor.parse(body, charset=charset, most_elements=_MOST_ELEMENTS)
    except xmldoor.XmlError as error:
        raise ProtocolError(f"The request {error}.") from error
    element = _operation_element(envelope)
    name = _local(element)
    operation = OPERATIONS.get(name) if name else None
    if operation is None:
        raise ProtocolError(
            f"The service has no operation {_quote(element)}; it has {', '.join(OPERATIONS)}, "
            f"all in the namespace {NAMESPACE}."
        )
    wanted = (action or "").strip().strip('"')
    if wanted and wanted != NAMESPACE + operation.name:
        raise ProtocolError(
            f'The SOAPAction header names "{wanted[:_LONGEST_QUOTE]}", but the body calls {operation.name}; '
            f'send "{NAMESPACE}{operation.name}".'
        )
    return Call(operation.name, _arguments(operation, element))


def reply(operation: str, result: str | int | Sequence[str]) -> bytes:
    """Write the answer to a call.

    Args:
        operation: The name of the operation that was called.
        result: What it answers; a sequence becomes an ``ArrayOfString``, whose empty members are written
            ``<string></string>``, since the Web Connector fails to sign in without them (facts A1).
    """
    if isinstance(result, str | int):
        content = escape(str(result))
    else:
        content = "".join(f"<string>{escape(member)}</string>" for member in result)
    tag = f"{operation}Result"
    element = f"<{tag}>{content}</{tag}>" if content else f"<{tag} />"
    answer = f'{_HEAD}<{operation}Response xmlns="{NAMESPACE}">{element}</{operation}Response>{_TAIL}'
    return answer.encode()


def fault(code: str, sentence: str) -> bytes:
    """Write a fault.

    Args:
        code: ``Client`` when the call must be changed, ``Server`` when the same call may succeed later.
        sentence: What is wrong and what to do.
    """
    content = f"<faultcode>soap:{code}</faultcode><faultstring>{escape(sentence)}</faultstring><detail />"
    return f"{_HEAD}<soap:Fault>{content}</soap:Fault>{_TAIL}".encode()


def escape(text: str) -> str:
    """Write text as XML content; a character XML cannot hold becomes U+FFFD."""
    plain = text.isascii() and not text.encode().translate(None, _ASCII)
    safe = text if plain else _NOT_XML.sub("\ufffd", text)
    # A bare carriage return would be read back as a line feed.
    return safe.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")


def _operation_element(root: etree._Element) -> etree._Element:
    if root.tag != _ENVELOPE:
        raise ProtocolError(
            f"The request's root element is {_quote(root)}; send a SOAP 1.1 Envelope, namespace {_SOAP}."
        )
    bodies = root.findall(_BODY)
    if len(bodies) != 1:
        raise ProtocolError(
            f"The envelope has {len(bodies)} Body elements in the namespace {_SOAP}; it must have one."
        )
    calls = len(bodies[0])
    if calls != 1:
        raise ProtocolError(f"The SOAP Body holds {calls} elements; it must hold one, the operation called.")
    return bodies[0][0]


def _arguments(operation: Operation, element: etree._Element) -> dict[str, str]:
    given: dict[str, str] = {}
    for child in element:
        name = _local(child)
        if name is None or name not in operation.parameters:
            continue
        if name in given:
            raise ProtocolError(f"{operation.name} has its parameter {name} more than once; send it once.")
        if len(child):
            raise ProtocolError(
                f"The parameter {name} of {operation.name} has elements; send them as escaped text or CDATA."
            )
        given[name] = child.text or ""
    for name, kind in operation.parameters.items():
        given.setdefault(name, "")  # Intuit's own description has minOccurs 0
        if kind is Type.INT:
            given[name] = _int(operation, name, given[name])
    return {name: given[name] for name in operation.parameters}


def _int(operation: Operation, name: str, text: str) -> str:
    found = _INT.fullmatch(text)
    if found is None or not -(2**31) <= int(found[1]) < 2**31:
        raise ProtocolError(
            f"The parameter {name} of {operation.name} is no whole number of 32 bits; send one, such as 13."
        )
    return found[1]


def _local(element: etree._Element) -> str | None:
    """Return the name of an element of the service's namespace."""
    return element.tag.removeprefix(_PREFIX) if element.tag.startswith(_PREFIX) else None


def _quote(element: etree._Element) -> str:
    name = etree.QName(element)
    where = f"in the namespace {name.namespace[:_LONGEST_QUOTE]}" if name.namespace else "without a namespace"
    return f'"{name.localname[:_LONGEST_QUOTE]}" {where}'
