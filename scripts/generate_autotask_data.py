"""Write what the simulated Autotask knows of its entities: ``generate_autotask_data.py FACTS``.

FACTS is a folder with ``entities.json`` (fields with their flags) and ``picklists_known.json`` (labels).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parents[1] / "core/qbferry/simulator/autotask/entities.jsonl"

ENTITIES = (
    *("Invoices", "BillingItems", "BillingCodes", "Companies", "Contacts", "Resources", "TimeEntries"),
    "ExpenseReports",
    *("ExpenseItems", "PurchaseOrders", "PurchaseOrderItems", "PurchaseOrderItemReceiving", "Products"),
    *(
        "ShippingTypes",
        "Roles",
        "OrganizationalLevel1s",
        "OrganizationalLevel2s",
        "OrganizationalLevelAssociations",
    ),
)

BESIDE: dict[str, tuple[str, tuple[str, ...], dict[str, str]]] = {
    "Tickets": ("Ticket", ("companyID",), {"title": "string"}),
    "Tasks": ("Task", ("projectID",), {"title": "string"}),
    "Projects": ("Project", ("companyID",), {"projectName": "string"}),
    "Contracts": ("Contract", ("companyID",), {"contractName": "string"}),
}
"""Entities whose fields are not among the facts; as little of them as leads to a company."""

FLAGS = {"required": "r", "readOnly": "o", "createOnly": "c"}


def main(facts: Path) -> None:
    """Write the file."""
    known = json.loads((facts / "entities.json").read_text("utf-8"))["entities"]
    labels = {
        name: found["labels_in_order"]
        for name, found in json.loads((facts / "picklists_known.json").read_text("utf-8")).items()
        if isinstance(found, dict)
    }
    lines = [_line(name, known[name], labels) for name in ENTITIES]
    for name, (single, references, texts) in BESIDE.items():
        fields: dict[str, Any] = {"id": {"type": "integer", "flags": "ro"}}
        fields |= {each: {"type": "integer"} for each in references}
        fields |= {each: {"type": kind} for each, kind in texts.items()}
        lines.append({"entity": name, "name": single, "update": False, "fields": fields})
    text = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
    TARGET.write_text(text, "utf-8")


def _line(name: str, entity: dict[str, Any], labels: dict[str, list[str]]) -> dict[str, Any]:
    return {
        "entity": name,
        "name": _single(name),
        "update": bool(entity["can"]["update"]),
        "fields": {field["name"]: _field(name, field, labels) for field in entity["fields"]},
    }


def _single(name: str) -> str:
    return name[:-3] + "y" if name.endswith("ies") else name.removesuffix("s")


def _field(entity: str, field: dict[str, Any], labels: dict[str, list[str]]) -> dict[str, Any]:
    flags = "".join(sign for flag, sign in FLAGS.items() if field.get(flag))
    flags += "n" if field.get("queryable") is False else ""
    kind = "date-time" if field.get("format") == "date-time" else field["type"]
    found: dict[str, Any] = {"type": kind}
    if flags:
        found["flags"] = flags
    if field.get("maxLength"):
        found["length"] = field["maxLength"]
    if field.get("picklist"):
        found["labels"] = labels.get(f"{entity}.{field['name']}", [])
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]))
