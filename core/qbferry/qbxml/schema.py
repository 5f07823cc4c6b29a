"""The shape of every qbXML 13.0 message: which elements, in which order, how many, how long (facts C).

The data comes from ``scripts/generate_qbxml_data.py``. Elements that a country's edition of QuickBooks
does not have are left out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from qbferry.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Element", "Group", "Message", "Schema", "load"]


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


@dataclass(frozen=True, slots=True)
class Group:
    """Elements that belong together without an element around them.

    Attributes:
        kind: ``choice``: one of the children; ``sequence``: all of them in order.
        min: How often it must occur at least.
        max: How often at most; None for any number.
        children: Its branches or its members.
    """

    kind: str
    min: int
    max: int | None
    children: tuple[Element | Group, ...]


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
    """All messages as one country's edition of QuickBooks Desktop has them.

    Attributes:
        unchecked: Names of the requests qbXML 13.0 has beyond these, whose shape is not among the data.
    """

    def __init__(self, messages: Mapping[str, Message], unchecked: frozenset[str]) -> None:
        self._messages = messages
        self.unchecked = unchecked

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all requests, without ``Rq``, sorted."""
        return tuple(sorted(name[:-2] for name in self._messages if name.endswith("Rq")))

    def request(self, name: str) -> Message:
        """Give the request of that name, without ``Rq``: ``InvoiceAdd``.

        Raises:
            NotFoundError: qbXML 13.0 has no such request, or it is not among the data.
        """
        return self._message(name, "Rq")

    def response(self, name: str) -> Message:
        """Give the response of that name, without ``Rs``; raises like ``request``."""
        return self._message(name, "Rs")

    def _message(self, name: str, ending: str) -> Message:
        message = self._messages.get(name + ending)
        if message is None:
            raise NotFoundError(
                f"qbferry knows no qbXML message named {name + ending}; check the name's spelling."
            )
        return message


@cache
def load(country: str = "US") -> Schema:
    """Read the data; once a country, then at no cost.

    Args:
        country: The edition of QuickBooks Desktop: ``US``, ``CA``, ``UK``, ``AU``; any other is ``US``.
    """
    edition = country if country in {"CA", "UK", "AU"} else "US"
    text = files(__package__).joinpath("data", "schema.json").read_text(encoding="utf-8")
    data = json.loads(text)
    nodes: list[Element | Group | None] = []
    for node in data["nodes"]:
        nodes.append(None if edition in node.get("absent", ()) else _node(node, nodes, edition))
    return Schema(
        {
            name: Message(
                name,
                {attribute: tuple(words) for attribute, words in body["attributes"].items()},
                _children(body["children"], nodes),
            )
            for name, body in data["messages"].items()
        },
        frozenset(data["unchecked"]),
    )


def _children(numbers: list[int], nodes: list[Element | Group | None]) -> tuple[Element | Group, ...]:
    return tuple(child for child in map(nodes.__getitem__, numbers) if child is not None)


def _node(node: dict[str, Any], nodes: list[Element | Group | None], edition: str) -> Element | Group | None:
    children = _children(node.get("children", ()), nodes)
    least, most = node.get("min", 1), node.get("max", 1)
    if kind := node.get("kind"):
        return Group(kind, least, most, children) if children else None
    length = node.get("length")
    if isinstance(length, dict):
        length = length.get(edition, length[""])
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
    )
