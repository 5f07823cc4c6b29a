"""Write the schema data of the package from the qbXML 13.0 facts: ``generate_qbxml_data.py FACTS [TARGET]``.

A node a line, so that whoever needs one message reads its lines alone. Equal nodes are written once and
referred to by their line, counted from 0, so 23,000 elements become a small file; a node only ever refers to
lines before it. The last line says where each message is, and which editions lack one.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parents[1] / "core" / "qbferry" / "qbxml" / "data" / "schema.jsonl"
DESKTOP = {"QBD": "US", "QBCA": "CA", "QBUK": "UK", "QBAU": "AU"}
LENGTHS = {"maxLengthCA": "CA", "maxLengthUK": "UK", "maxLengthAU": "AU"}


class Table:
    """The nodes written so far; the same node always gets the same number."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.numbers: dict[str, int] = {}

    def add(self, node: dict[str, Any]) -> int:
        """Number a node, once."""
        line = compact(node)
        if line not in self.numbers:
            self.numbers[line] = len(self.lines)
            self.lines.append(line)
        return self.numbers[line]


def compact(value: dict[str, Any]) -> str:
    """Write JSON on one line, without spaces."""
    return json.dumps(value, separators=(",", ":"))


def convert_message(source: dict[str, Any], table: Table) -> int:
    """Number one message, its attributes and all below it."""
    words = {name: given.get("enum", []) for name, given in source["attributes"].items()}
    children = convert_children(source["children"], table)
    return table.add({"attributes": table.add(words), "children": children})


def convert_children(children: list[dict[str, Any]], table: Table) -> list[int]:
    """Number the children any desktop edition has."""
    numbers = (convert(child, table) for child in children)
    return [number for number in numbers if number is not None]


def convert(source: dict[str, Any], table: Table) -> int | None:
    """Number one node and all below it; None when no desktop edition has it."""
    absent = absent_from(source)
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


def absent_from(source: dict[str, Any]) -> list[str]:
    """Countries whose desktop edition lacks a node or, from its note, a message."""
    return sorted(DESKTOP[edition] for edition in source.get("notIn", ()) if edition in DESKTOP)


def length_by_country(source: dict[str, Any]) -> int | dict[str, int | None] | None:
    """One number where every country has the same limit, else the general one and each that differs."""
    general: int | None = source.get("maxLengthUS", source.get("maxLength"))
    others = {country: source[key] for key, country in LENGTHS.items() if source.get(key, general) != general}
    return {"": general} | others if others else general


def main(folder: Path, target: Path = TARGET) -> None:
    """Read every message of the folder and write the data file."""
    table = Table()
    messages: dict[str, int] = {}
    for path in sorted((folder / "messages").glob("*.json")):
        source = json.loads(path.read_text(encoding="utf-8"))
        messages[source["message"]] = convert_message(source, table)
    notes = json.loads((folder / "index.json").read_text(encoding="utf-8"))["message_notes"]
    absent = {name: lacking for name, note in sorted(notes.items()) if (lacking := absent_from(note))}
    text = "\n".join([*table.lines, compact({"messages": messages, "absent": absent})]) + "\n"
    target.write_text(text, encoding="utf-8", newline="\n")
    print(f"{len(messages)} messages, {len(table.lines)} nodes, {len(text) // 1024} kB -> {target}")


if __name__ == "__main__":
    if len(sys.argv) not in {2, 3}:
        sys.exit("usage: generate_qbxml_data.py FACTS [TARGET] (the folder qbxml-13.0, with messages/ in it)")
    main(*map(Path, sys.argv[1:]))
