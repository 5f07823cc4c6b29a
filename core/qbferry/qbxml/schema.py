"""The shape of every qbXML 13.0 message: which elements, in which order, how many, how long (facts C).

The data comes from ``scripts/generate_qbxml_data.py``. Messages and elements that a country's edition of
QuickBooks does not have are left out. A message is read from the data when it is first asked for.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from qbferry.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["EDITIONS", "Element", "Group", "Message", "Schema", "everywhere", "load"]

EDITIONS = ("US", "CA", "UK", "AU")
"""The editions of QuickBooks Desktop, by country."""


@dataclass(frozen=True, slots=True)
class Element:
    """One element and what it may hold.

    Attributes:
        name: Its tag.
        type: ``STRTYPE``, ``AMTTYPE``, ``ENUMTYPE`` … (facts B2); None for an aggregate, which has children.
        min: How often it must occur at least.
        max: How often at most; None for any number.
        max_length: Most characters it holds; None for no limit of its own.
        enum: The only words it may hold; empty for any.
        children: What an aggregate holds, in the required order.
        lowest: Smallest number allowed, for INTTYPE.
        highest: Largest number allowed, for INTTYPE.
        attributes: Names of the attributes it may carry: ``defMacro``, ``useMacro``.
        absent: Editions that do not have it.
        lengths: Edition -> most characters, where it differs from ``max_length``.
    """

    name: str
    type: str | None
    min: int
    max: int | None
    max_length: int | None
    enum: tuple[str, ...]
    children: tuple[Element | Group, ...]
    lowest: int | None = None
    highest: int | None = None
    attributes: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    lengths: tuple[tuple[str, int | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Elements that belong together without an element around them.

    Attributes:
        kind: ``choice``: one of the children; ``sequence``: all of them in order.
        min: How often it must occur at least.
        max: How often at most; None for any number.
        children: Its branches or its members.
        absent: Editions that do not have it.
    """

    kind: str
    min: int
    max: int | None
    children: tuple[Element | Group, ...]
    absent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """One request or response.

    Attributes:
        name: With its ending: ``InvoiceAddRq``.
        attributes: Attribute name -> its allowed words; empty for any text.
        children: What it holds, in the required order.
    """

    name: str
    attributes: Mapping[str, tuple[str, ...]]
    children: tuple[Element | Group, ...]


class Schema:
    """The messages as one country's edition of QuickBooks Desktop has them, each read when first asked for.

    Args:
        edition: ``US``, ``CA``, ``UK`` or ``AU``; empty for what any of them has.
        lines: The data: a node a line, the last one tells where the messages are.

    Attributes:
        names: Names of all requests the edition has, without ``Rq``, sorted.
    """

    def __init__(self, edition: str, lines: Sequence[str]) -> None:
        self._edition = edition
        self._lines = lines
        head = json.loads(lines[-1])
        self._places: dict[str, int] = head["messages"]
        self._absent: dict[str, list[str]] = head["absent"]
        self._nodes: dict[int, Element | Group | None] = {}
        self._messages: dict[str, Message] = {}
        self.names = tuple(
            sorted(
                name[:-2]
                for name in self._places
                if name.endswith("Rq") and edition not in self._absent.get(name, ())
            )
        )

    def request(self, name: str) -> Message:
        """Give the request of that name, without ``Rq``: ``InvoiceAdd``.

        Raises:
            NotFoundError: qbXML 13.0 has no such request, or this edition has not.
        """
        return self._message(name, "Rq")

    def response(self, name: str) -> Message:
        """Give the response of that name, without ``Rs``; raises like ``request``."""
        return self._message(name, "Rs")

    def absent(self, name: str) -> tuple[str, ...]:
        """Name the editions that have no message of that name, given with its ending: ``InvoiceAddRq``."""
        return tuple(self._absent.get(name, ()))

    def _message(self, name: str, ending: str) -> Message:
        message = self._messages.get(name + ending)
        if message is None:
            self._must_have(name, ending)
            message = self._messages[name + ending] = self._read(name + ending)
        return message

    def _must_have(self, name: str, ending: str) -> None:
        if name + ending not in self._places:
            raise NotFoundError(
                f"qbferry knows no qbXML message named {name + ending}; check the name's spelling."
            )
        absent = self._absent.get(name + ending, ())
        if self._edition in absent:
            others = ", ".join(edition for edition in EDITIONS if edition not in absent)
            raise NotFoundError(
                f"The {self._edition} edition of QuickBooks Desktop has no {name}; "
                f"editions that have it: {others or 'none'}."
            )

    def _read(self, name: str) -> Message:
        message = json.loads(self._lines[self._places[name]])
        attributes = json.loads(self._lines[message["attributes"]])
        return Message(
            name,
            {attribute: tuple(words) for attribute, words in attributes.items()},
            self._children(message["children"]),
        )

    def _children(self, numbers: Sequence[int]) -> tuple[Element | Group, ...]:
        return tuple(child for child in map(self._node, numbers) if child is not None)

    def _node(self, number: int) -> Element | Group | None:
        """Read a node and all below it, once; None when the edition has not got it."""
        if number not in self._nodes:
            node = json.loads(self._lines[number])
            self._nodes[number] = None if self._edition in node.get("absent", ()) else self._made(node)
        return self._nodes[number]

    def _made(self, node: dict[str, Any]) -> Element | Group | None:
        children = self._children(node.get("children", ()))
        least, most = node.get("min", 1), node.get("max", 1)
        if kind := node.get("kind"):
            return Group(kind, least, most, children, self._lacking(node)) if children else None
        length = node.get("length")
        lengths: tuple[tuple[str, int | None], ...] = ()
        if isinstance(length, dict):
            if not self._edition:
                lengths = tuple((edition, longest) for edition, longest in length.items() if edition)
            length = length.get(self._edition, length[""])
        return Element(
            node["name"],
            node.get("type"),
            least,
            most,
            length,
            tuple(node.get("enum", ())),
            children,
            node.get("lowest"),
            node.get("highest"),
            tuple(node.get("attributes", ())),
            self._lacking(node),
            lengths,
        )

    def _lacking(self, node: dict[str, Any]) -> tuple[str, ...]:
        """The editions without a node; of no interest to who looks at one edition only."""
        return () if self._edition else tuple(node.get("absent", ()))


@cache
def load(country: str = "US") -> Schema:
    """Open the data; once a country, then at no cost.

    Args:
        country: The edition of QuickBooks Desktop: ``US``, ``CA``, ``UK``, ``AU``; any other is ``US``.
    """
    return Schema(country if country in EDITIONS else "US", _lines())


@cache
def everywhere() -> Schema:
    """Open the data of all editions at once: elements say which of them lack it."""
    return Schema("", _lines())


@cache
def _lines() -> list[str]:
    return files(__package__).joinpath("data", "schema.jsonl").read_text(encoding="utf-8").splitlines()
