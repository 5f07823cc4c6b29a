"""What strangers may send: XML of shapes that cost a parser more than they cost the sender.

Run as a program, it reads every shape by one of the ways in, each in a process of its own, and prints a line
of JSON for it: CPU seconds, and bytes of memory at the highest.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from typing import TYPE_CHECKING, Any

from qbferry.errors import AnswerError, ProtocolError
from qbferry.qbxml import host, response
from qbferry.simulator import soap as client
from qbferry.webconnector import soap

if TYPE_CHECKING:
    from collections.abc import Callable

BENIGN = """<InvoiceRet>
<TxnID>C5-1417118624</TxnID>
<TimeCreated>2026-11-26T08:00:00+01:00</TimeCreated>
<CustomerRef>
<ListID>80000012-1417118624</ListID>
<FullName>Smith &amp; Sons &quot;Hardware&quot;</FullName>
</CustomerRef>
<Memo>1 = 1, "a" = "b"</Memo>
</InvoiceRet>
"""


def filled(unit: str, size: int) -> str:
    return unit * (size // len(unit))


def counted(unit: str, size: int) -> str:
    """Repeat a unit with another number each time."""
    return "".join(unit.replace("#", f"{number:x}") for number in range(size // (len(unit) + 4)))


def within(unit: str, size: int) -> str:
    return "<a>" + filled(unit, size) + "</a>"


def declared(declarations: str, root: str = "<a/>") -> str:
    return f"<!DOCTYPE a [{declarations}]>{root}"


SHAPES: dict[str, Callable[[int], str]] = {
    "attribute declarations": lambda size: declared("<!ATTLIST a " + counted('a# CDATA "x" ', size) + ">"),
    "attribute lists": lambda size: declared(counted('<!ATTLIST a b# CDATA "x">', size)),
    "entities": lambda size: declared(counted('<!ENTITY e# "x">', size)),
    "parameter entities": lambda size: declared(counted('<!ENTITY % e# "x">', size)),
    "elements declared": lambda size: declared(counted("<!ELEMENT e# (a|b)*>", size)),
    "a wide content model": lambda size: declared("<!ELEMENT a (" + counted("e#|", size) + "b)*>"),
    "notations": lambda size: declared(counted('<!NOTATION n# SYSTEM "x">', size)),
    "comments in a subset": lambda size: declared(filled("<!---->", size)),
    "blanks before a doctype": lambda size: filled("\n", size) + declared(""),
    "comments before a doctype": lambda size: filled("<!---->", size) + declared(""),
    "an instruction before a doctype": lambda size: "<?a " + filled("x", size) + "?>" + declared(""),
    "attributes of one element": lambda size: "<a " + counted('a#="" ', size) + "/>",
    "attributes of many elements": lambda size: within("<b a='' b='' c='' d=''/>", size),
    "a long attribute": lambda size: "<a b='" + filled("&lt;", size) + "'/>",
    "namespaces of one element": lambda size: "<a " + counted('xmlns:a#="u" ', size) + "/>",
    "namespaces of many elements": lambda size: "<a>" + counted('<b xmlns:a#="u#"/>', size) + "</a>",
    "prefixes of many namespaces": lambda size: (
        "<a " + counted('xmlns:a#="u" ', 14_000) + ">" + filled("<a1:b/>", size) + "</a>"
    ),
    "undeclared prefixes": lambda size: within("<p:b/>", size),
    "elements": lambda size: within("<a/>", size),
    "elements between texts": lambda size: within("<a/>x", size),
    "elements of many names": lambda size: "<a>" + counted("<a#/>", size) + "</a>",
    "elements without an end": lambda size: filled("<a>", size),
    "levels": lambda size: filled("<a>", size // 2) + filled("</a>", size // 2),
    "a long name": lambda size: "<" + filled("a", size) + "/>",
    "comments": lambda size: within("<!---->", size),
    "comments without an end": lambda size: within("<!--", size),
    "sections": lambda size: within("<![CDATA[a]]>", size),
    "sections without an end": lambda size: within("<![CDATA[", size),
    "instructions": lambda size: "<a>" + counted("<?a#?>", size) + "</a>",
    "instructions without an end": lambda size: within("<?a ", size),
    "quotes without an end": lambda size: within('<a b="', size),
    "references": lambda size: within("&#65;", size),
    "unknown references": lambda size: within("&u;", size),
    "signs": lambda size: within("=", size),
    "line ends": lambda size: within("\r\n", size),
    "a character XML has not": lambda size: within(BENIGN, size) + "\x01",
    "many characters XML has not": lambda size: within("\x01", size),
    "many references XML has not": lambda size: within("&#1;", size),
    "a broken end": lambda size: within(BENIGN, size) + "<",
}


def in_a_call(xml: str) -> str:
    """What a call carries, as the Web Connector writes it."""
    escaped = xml.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
        '<getLastErrorResponse xmlns="http://developer.intuit.com/">'
        f"<getLastErrorResult>{escaped}</getLastErrorResult>"
        "</getLastErrorResponse></e:Body></e:Envelope>"
    )


def benign(size: int) -> str:
    return f"<QBXML><QBXMLMsgsRs>{filled(BENIGN, size)}</QBXMLMsgsRs></QBXML>"


WAYS: dict[str, Callable[[str], object]] = {
    "a request": lambda xml: soap.parse(xml.encode()),
    "a request in UTF-16": lambda xml: soap.parse(xml.encode("utf-16")),
    "an answer of QuickBooks": response.parse,
    "what QuickBooks says of itself": host.parse,
    "an answer to the simulator": lambda xml: client.read("getLastError", xml.encode()),
}


def measure(read: Callable[[str], object], xml: str) -> dict[str, Any]:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    try:
        read(xml)
    except (ProtocolError, AnswerError, client.SoapError) as error:
        refused = str(error)
    else:
        refused = ""
    seconds = time.process_time() - started
    memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    return {"seconds": seconds, "memory": memory, "refused": refused[:300]}


def main(way: str, size: int) -> None:
    sizes = {"benign": in_a_call(benign(size)) if "request" in way or "simulator" in way else benign(size)}
    for name, xml in (sizes | {name: shape(size) for name, shape in SHAPES.items()}).items():
        if os.fork() == 0:
            sys.stdout.write(json.dumps({"shape": name, "bytes": len(xml), **measure(WAYS[way], xml)}) + "\n")
            sys.stdout.flush()
            os._exit(0)
        os.wait()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
