"""What one request costs in the room of qbXML: written, checked, and its answer read.

    python benchmarks/qbxml.py [--rounds 15] [--json]

In one process, for requests that the built-in plugins build. Medians of the rounds, in microseconds of
CPU; the machine is noisy, so compare ratios, not runs.
"""

from __future__ import annotations

import argparse
import json
import statistics
from dataclasses import replace
from time import process_time
from typing import TYPE_CHECKING, Any

from qbferry import Connector, Request, Skip
from qbferry.config import PluginSettings
from qbferry.plugin.manager import assemble
from qbferry.qbxml.check import check_request
from qbferry.qbxml.render import Renderer
from qbferry.qbxml.response import parse
from qbferry.testing import FixedLists, build, make_record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from qbferry import Entity

MARKER = "{6A4B0C2E-1D3F-4A5B-8C6D-7E8F90A1B2C3}"
CALLS = 100


def invoice(lines: int) -> dict[str, Any]:
    line = {
        "item": "Labor~Remote",
        "description": "Remote support",
        "service_date": "2026-10-03",
        "quantity": "2.5",
        "rate": "120.00",
        "amount": "300.00",
        "taxable": True,
    }
    return {
        "id": "INV-1",
        "organization": "Acme Corp",
        "invoice_date": "2026-10-31",
        "total": f"{300 * lines}.00",
        "tax_total": "0.00",
        "status": "processed",
        "bill_to": {"address1": "1 Main St", "city": "Troy", "state": "NY", "postal_code": "12180"},
        "lines": [line | {"id": str(number)} for number in range(lines)],
    }


EXPENSES = {
    "id": "ER-1",
    "resource": "Smith, Ann",
    "name": "October on the road",
    "week_ending": "2026-10-31",
    "status": "Approved for Payment",
    "items": [
        {"date": "2026-10-03", "category": "Travel", "description": "Train", "amount": "48.20"},
        {"date": "2026-10-04", "category": "Meals", "amount": "17.50", "organization": "Acme Corp"},
        {"date": "2026-10-05", "category": "Travel", "description": "Taxi", "amount": "22.00"},
    ],
}
TIMESHEET = {
    "id": "TS-1",
    "resource": "Smith, Ann",
    "period_start": "2026-10-25",
    "period_end": "2026-10-31",
    "status": "Approved",
    "entries": [
        {
            "id": "1",
            "date": "2026-10-26",
            "hours": "7.50",
            "organization": "Acme Corp",
            "item": "Labor~Remote",
            "notes": "Remote support",
            "billable": True,
        }
    ],
}
ORDER = {
    "id": "PO-1",
    "vendor": "Parts & More",
    "status": "New",
    "purchase_for": "Acme Corp",
    "ship_to": {"name": "Acme Corp", "address1": "1 Main St", "city": "Troy", "postal_code": "12180"},
    "general_memo": "Deliver in the morning",
    "lines": [
        {"id": str(number), "product": "Cable~Cat 6", "quantity": "2.5", "unit_cost": "12.40"}
        for number in range(3)
    ],
}
SUBJECTS: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
    ("InvoiceAdd, 3 lines", "invoice", invoice(3)),
    ("InvoiceAdd, 40 lines", "invoice", invoice(40)),
    ("BillAdd, 3 lines", "expense_report", EXPENSES),
    ("TimeTrackingAdd", "timesheet", TIMESHEET),
    ("PurchaseOrderAdd, 3 lines", "purchase_order", ORDER),
)
"""What a line of the table is called, the entity, and the record as its source gives it."""


def microseconds(work: Callable[[], object], rounds: int) -> float:
    """The median CPU time of one call."""
    found = []
    for _ in range(rounds):
        begun = process_time()
        for _ in range(CALLS):
            work()
        found.append((process_time() - begun) / CALLS * 1e6)
    return statistics.median(found)


def answer(name: str, xml: str) -> str:
    """What QuickBooks says to an add: the object, much like it was sent."""
    kind = name.removesuffix("Add")
    ret = xml.replace(f"<{name}>", f"<{kind}Ret><TxnID>1-1</TxnID>").replace(f"</{name}>", f"</{kind}Ret>")
    return (
        '<?xml version="1.0" ?><QBXML><QBXMLMsgsRs>'
        f'<{name}Rs requestID="1" statusCode="0" statusSeverity="Info" statusMessage="Status OK">'
        f"{ret}</{name}Rs></QBXMLMsgsRs></QBXML>"
    )


def measure(entity: Entity, request: Request, rounds: int) -> dict[str, float]:
    """Render, check and parse one request, each often."""
    renderer = Renderer()
    fields = {**request.fields, "marker": request.marker}

    def render() -> str:
        return renderer.render(entity.name, entity.templates, request.name, fields)

    xml = render()
    assert not check_request(request.name, xml)
    text = answer(request.name, xml)
    return {
        "render": microseconds(render, rounds),
        "check": microseconds(lambda: check_request(request.name, xml), rounds),
        "parse": microseconds(lambda: parse(text), rounds),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    plugins = assemble(PluginSettings())
    connector = Connector(id=1, name="benchmark", country="US")
    found = {}
    for title, name, document in SUBJECTS:
        entity = plugins.entities[name]
        built = build(plugins, entity, make_record(entity, document), connector, FixedLists())
        assert not isinstance(built, Skip), built.reason
        found[title] = measure(entity, replace(built[-1], marker=MARKER), arguments.rounds)
    if arguments.json:
        print(json.dumps(found, indent=2))
        return
    print(f"{'microseconds':28}{'render':>8}{'check':>8}{'parse':>8}")
    for title, figures in found.items():
        print(f"{title:28}" + "".join(f"{figure:8.1f}" for figure in figures.values()))


if __name__ == "__main__":
    main()
