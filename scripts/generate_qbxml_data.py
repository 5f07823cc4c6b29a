"""Write the schema data of the package from the qbXML 13.0 facts: ``generate_qbxml_data.py FACTS [TARGET]``.

Equal nodes are written once and referred to by number, so 12,000 elements become a small file that loads in
milliseconds. A node only ever refers to nodes before it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parents[1] / "core" / "qbferry" / "qbxml" / "data" / "schema.json"
DESKTOP = {"QBD": "US", "QBCA": "CA", "QBUK": "UK", "QBAU": "AU"}
LENGTHS = {"maxLengthUS": "US", "maxLengthCA": "CA", "maxLengthUK": "UK"}


class Table:
    """The nodes written so far; the same node always gets the same number."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.numbers: dict[str, int] = {}

    def add(self, node: dict[str, Any]) -> int:
        """Number a node, once."""
        line = json.dumps(node, separators=(",", ":"))
        if line not in self.numbers:
            self.numbers[line] = len(self.lines)
            self.lines.append(line)
        return self.numbers[line]


def convert_children(children: list[dict[str, Any]], table: Table) -> list[int]:
    """Number the children any desktop edition has."""
    numbers = (convert(child, table) for child in children)
    return [number for number in numbers if number is not None]


def convert(source: dict[str, Any], table: Table) -> int | None:
    """Number one node and all below it; None when no desktop edition has it."""
    absent = sorted(DESKTOP[edition] for edition in source.get("notIn", ()) if edition in DESKTOP)
    if source.get("notInOpsTemplate") or len(absent) == len(DESKTOP):
        return None
    node: dict[str, Any] = {}
    if source["kind"] == "element":
        node["name"] = source["name"]
    else:
        node["kind"] = source["kind"]
    node |= {key: source[key] for key in ("type", "min", "max") if source.get(key, 1) != 1}
    if "max" in source and source["max"] is None:
        node["max"] = None
    if absent:
        node["absent"] = absent
    if lengths := length_by_country(source):
        node["length"] = lengths
    for key, given in (("enum", "enum"), ("lowest", "minValue"), ("highest", "maxValue")):
        if given in source:
            node[key] = source[given]
    if "attributes" in source:
        node["attributes"] = sorted(source["attributes"])
    if "children" in source:
        node["children"] = convert_children(source["children"], table)
    return table.add(node)


def length_by_country(source: dict[str, Any]) -> int | dict[str, int | None] | None:
    """One number where every country has the same limit, else one for each that differs from the general."""
    general: int | None = source.get("maxLengthUS", source.get("maxLength"))
    by_country = {country: source[key] for key, country in LENGTHS.items() if key in source}
    if all(length == general for length in by_country.values()):
        return general
    return {"": source.get("maxLength", general)} | by_country


def attributes(source: dict[str, Any]) -> dict[str, Any]:
    """Attribute name -> its allowed words (empty: any) of a message."""
    return {name: given.get("enum", []) for name, given in source.get("attributes", {}).items()}


def main(folder: Path, target: Path = TARGET) -> None:
    """Read every message of the folder and write the data file."""
    table = Table()
    messages = []
    for path in sorted((folder / "messages").glob("*.json")):
        source = json.loads(path.read_text(encoding="utf-8"))
        body = {"attributes": attributes(source), "children": convert_children(source["children"], table)}
        messages.append(f"{json.dumps(source['message'])}:{json.dumps(body, separators=(',', ':'))}")
    index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    unchecked = sorted(
        name.removesuffix("Rq") for name in index["all_requests"] if name not in index["messages_converted"]
    )
    parts = ",\n".join(table.lines), ",\n".join(messages), json.dumps(unchecked)
    text = '{{"nodes":[\n{}\n],"messages":{{\n{}\n}},"unchecked":{}}}\n'.format(*parts)
    target.write_text(text, encoding="utf-8", newline="\n")
    print(f"{len(messages)} messages, {len(table.lines)} nodes, {len(text) // 1024} kB -> {target}")


if __name__ == "__main__":
    if len(sys.argv) not in {2, 3}:
        sys.exit("usage: generate_qbxml_data.py FACTS [TARGET] (the folder qbxml-13.0, with messages/ in it)")
    main(*map(Path, sys.argv[1:]))
