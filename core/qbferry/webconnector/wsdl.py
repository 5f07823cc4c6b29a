"""The service description, written from the table of operations.

The Web Connector does not read it (facts A1); people and SOAP libraries do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry.webconnector.operations import NAMESPACE, OPERATIONS, Operation, Type
from qbferry.webconnector.soap import escape

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["wsdl"]

_SERVICE = "QBWebConnectorSvc"
_PORT = f"{_SERVICE}Soap"


def wsdl(address: str) -> bytes:
    """Describe the service: SOAP 1.1, document/literal wrapped.

    Args:
        address: The URL it is called at.
    """
    operations = OPERATIONS.values()
    location = escape(address).replace('"', "&quot;")
    return f"""<?xml version="1.0" encoding="utf-8"?>
<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"
    xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:tns="{NAMESPACE}" targetNamespace="{NAMESPACE}">
  <wsdl:types>
    <xs:schema elementFormDefault="qualified" targetNamespace="{NAMESPACE}">
      <xs:complexType name="{Type.STRINGS}">
        <xs:sequence>
          <xs:element name="string" type="xs:string" nillable="true" minOccurs="0" maxOccurs="unbounded"/>
        </xs:sequence>
      </xs:complexType>
{_join(_elements(operation) for operation in operations)}
    </xs:schema>
  </wsdl:types>
{_join(_messages(operation) for operation in operations)}
  <wsdl:portType name="{_PORT}">
{_join(_interface(operation) for operation in operations)}
  </wsdl:portType>
  <wsdl:binding name="{_PORT}" type="tns:{_PORT}">
    <soap:binding transport="http://schemas.xmlsoap.org/soap/http" style="document"/>
{_join(_binding(operation) for operation in operations)}
  </wsdl:binding>
  <wsdl:service name="{_SERVICE}">
    <wsdl:port name="{_PORT}" binding="tns:{_PORT}">
      <soap:address location="{location}"/>
    </wsdl:port>
  </wsdl:service>
</wsdl:definitions>
""".encode()


def _join(parts: Iterable[str]) -> str:
    return "\n".join(parts)


def _elements(operation: Operation) -> str:
    """Declare what goes in and out. No parameter may be left out; a string may be nil, read as empty."""
    parameters = "".join(
        f'<xs:element name="{name}" type="xs:{kind}" nillable="{"false" if kind is Type.INT else "true"}"/>'
        for name, kind in operation.parameters.items()
    )
    result = f"tns:{operation.result}" if operation.result is Type.STRINGS else f"xs:{operation.result}"
    name = operation.name
    return (
        f'      <xs:element name="{name}"><xs:complexType><xs:sequence>{parameters}'
        f"</xs:sequence></xs:complexType></xs:element>\n"
        f'      <xs:element name="{name}Response"><xs:complexType><xs:sequence>'
        f'<xs:element name="{name}Result" type="{result}"/>'
        f"</xs:sequence></xs:complexType></xs:element>"
    )


def _messages(operation: Operation) -> str:
    name = operation.name
    return (
        f'  <wsdl:message name="{name}In">'
        f'<wsdl:part name="parameters" element="tns:{name}"/></wsdl:message>\n'
        f'  <wsdl:message name="{name}Out">'
        f'<wsdl:part name="parameters" element="tns:{name}Response"/></wsdl:message>'
    )


def _interface(operation: Operation) -> str:
    name = operation.name
    return (
        f'    <wsdl:operation name="{name}"><wsdl:input message="tns:{name}In"/>'
        f'<wsdl:output message="tns:{name}Out"/></wsdl:operation>'
    )


def _binding(operation: Operation) -> str:
    name = operation.name
    return (
        f'    <wsdl:operation name="{name}">'
        f'<soap:operation soapAction="{NAMESPACE}{name}" style="document"/>'
        f'<wsdl:input><soap:body use="literal"/></wsdl:input>'
        f'<wsdl:output><soap:body use="literal"/></wsdl:output></wsdl:operation>'
    )
