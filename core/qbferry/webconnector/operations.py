"""The operations of the Web Connector's service, as data (facts A1).

What is read, what is answered and what the service description says all come from this one table.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["NAMESPACE", "OPERATIONS", "Operation", "Type"]

NAMESPACE = "http://developer.intuit.com/"
"""Namespace of every operation and parameter; a SOAPAction is this followed by the operation's name."""


class Type(StrEnum):
    """The schema types the service uses."""

    STRING = "string"
    INT = "int"
    STRINGS = "ArrayOfString"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation.

    Attributes:
        name: As on the wire.
        parameters: Its parameters and their types, in the order of the wire.
        result: The type of its one result.
    """

    name: str
    parameters: Mapping[str, Type]
    result: Type = Type.STRING


def _operation(name: str, *strings: str, ints: tuple[str, ...] = (), result: Type = Type.STRING) -> Operation:
    parameters = dict.fromkeys(strings, Type.STRING) | dict.fromkeys(ints, Type.INT)
    return Operation(name, MappingProxyType(parameters), result)


OPERATIONS: Mapping[str, Operation] = MappingProxyType(
    {
        operation.name: operation
        for operation in (
            _operation("serverVersion"),
            _operation("clientVersion", "strVersion"),
            _operation("authenticate", "strUserName", "strPassword", result=Type.STRINGS),
            _operation(
                "sendRequestXML",
                "ticket",
                "strHCPResponse",
                "strCompanyFileName",
                "qbXMLCountry",
                ints=("qbXMLMajorVers", "qbXMLMinorVers"),
            ),
            _operation("receiveResponseXML", "ticket", "response", "hresult", "message", result=Type.INT),
            _operation("connectionError", "ticket", "hresult", "message"),
            _operation("getLastError", "ticket"),
            _operation("closeConnection", "ticket"),
            _operation("getInteractiveURL", "wcTicket", "sessionID"),
            _operation("interactiveRejected", "wcTicket", "reason"),
            _operation("interactiveDone", "wcTicket"),
        )
    }
)
"""By name."""
