"""One qbXML document around its requests (facts B1, B3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import escape

from qbferry.qbxml.response import Node

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["FRAME", "farewell", "message", "requests", "size", "status_check"]

_ON_ERROR = {"continue": "continueOnError", "stop": "stopOnError"}


def message(
    requests: Sequence[tuple[str, str, str]],
    *,
    version: str,
    on_error: str,
    new_id: str | None = None,
    old_id: str | None = None,
    attributes: Mapping[str, str] | None = None,
) -> str:
    """Write a message set, in ASCII with numeric entities for all other characters.

    Args:
        requests: Name without ``Rq``, requestID (at most 50 characters) and qbXML body of each, in order.
        version: The qbXML version to declare: ``13.0``.
        on_error: ``continue`` or ``stop``: what QuickBooks does with the rest after a request that fails.
        new_id: The message set ID (at most 24 characters) QuickBooks stores the answer under.
        old_id: The message set ID whose answer has been dealt with, so that QuickBooks may forget it.
        attributes: requestID -> further attributes of that request, as XML: ``iterator="Start"`` (facts B5).
    """
    ids = "".join(
        f' {name}="{escape(value)}"'
        for name, value in (("newMessageSetID", new_id), ("oldMessageSetID", old_id))
        if value is not None
    )
    extra = {request_id: " " + text for request_id, text in (attributes or {}).items()}
    body = "".join(
        f'<{name}Rq requestID="{escape(request_id)}"{extra.get(request_id, "")}>{xml}</{name}Rq>'
        for name, request_id, xml in requests
    )
    text = (
        f'<?xml version="1.0" encoding="utf-8"?><?qbxml version="{version}"?>'
        f'<QBXML><QBXMLMsgsRq onError="{_ON_ERROR[on_error]}"{ids}>{body}</QBXMLMsgsRq></QBXML>'
    )
    return text.encode("ascii", "xmlcharrefreplace").decode("ascii")


FRAME = len(message([], version="13.0", on_error="continue", new_id="0" * 24, old_id="0" * 24))
"""Bytes of a message without its requests, at most."""

_TAGS = len('<Rq requestID=""></Rq>') + 50  # of a requestID there are at most 50 characters


def size(name: str, xml: str) -> int:
    """Bytes that a request takes in a message, at most: its tags, and its qbXML in ASCII."""
    content = len(xml) if xml.isascii() else len(xml.encode("ascii", "xmlcharrefreplace"))
    return _TAGS + 2 * len(name) + content


def status_check(message_set_id: str, version: str) -> str:
    """Ask for the stored answer of an earlier message set; executes nothing (facts B3)."""
    return message([], version=version, on_error="stop", new_id=message_set_id, old_id=message_set_id)


def farewell(version: str, old_id: str | None, question_id: str) -> str:
    """Ask something that changes nothing, and let QuickBooks forget the last stored answer (facts B3)."""
    return message([("HostQuery", f"{question_id}.0", "")], version=version, on_error="stop", old_id=old_id)


def requests(text: str) -> list[tuple[str, str, str]]:
    """Take one of our own messages apart again: name without ``Rq``, requestID and body of each request."""
    document = Node.of(text[text.index("<QBXML>") :])
    return [
        (node.name.removesuffix("Rq"), node.attribute("requestID") or "", node.inner())
        for node in document.each("QBXML/QBXMLMsgsRq/*")
    ]
