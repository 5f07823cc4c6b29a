"""Requests made up from the schema data: right ones, and ones with a fault of structure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from qbferry.qbxml.schema import Element, Group

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from random import Random

VALUES = {
    "AMTTYPE": ["1.00", "-12.50", "7"],
    "BOOLTYPE": ["true", "false"],
    "DATETIMETYPE": ["2026-10-31T14:05:00", "2026-10-31"],
    "DATETYPE": ["2026-10-31"],
    "FLOATTYPE": ["1.25"],
    "GUIDTYPE": ["{00000000-0000-0000-0000-00000000000a}", "0"],
    "IDTYPE": ["80000001-1234567890"],
    "INTTYPE": ["1"],
    "PERCENTTYPE": ["5.5"],
    "PRICETYPE": ["0.12345"],
    "QUANTYPE": ["2.5"],
    "STRTYPE": ["a", "&é"],
    "TIMEINTERVALTYPE": ["PT7H30M"],
}


def build(particles: Sequence[Element | Group], random: Random) -> Iterator[etree._Element]:
    """Make a right content: every optional part comes or stays away by chance."""
    for particle in particles:
        for _ in range(random.randint(particle.min, min(particle.max or 3, 3))):
            if isinstance(particle, Element):
                yield element(particle, random)
            elif particle.kind == "choice":
                yield from build([random.choice(particle.children)], random)
            else:
                yield from build(particle.children, random)


def element(shape: Element, random: Random) -> etree._Element:
    made = etree.Element(shape.name)
    if shape.children:
        made.extend(build(shape.children, random))
        if shape.name.endswith("Ref") and not len(made):
            etree.SubElement(made, "FullName").text = "a"
    else:
        made.text = random.choice(shape.enum or VALUES[shape.type or ""])
    return made


def damage(root: etree._Element, random: Random) -> None:
    """Move, double or remove one element, wherever it is."""
    victim = random.choice(list(root.iterdescendants()))
    parent = victim.getparent()
    assert parent is not None
    match random.choice(["double", "move", "remove"]):
        case "double":
            parent.insert(random.randint(0, len(parent)), etree.fromstring(etree.tostring(victim)))
        case "move":
            parent.insert(random.randint(0, len(parent)), victim)
        case _:
            parent.remove(victim)


def body(root: etree._Element) -> str:
    return "".join(etree.tostring(child, encoding="unicode") for child in root)
