"""A message of qbXML as rows for a reader: what it holds, in its order, and how much of it (facts C)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qbferry.errors import InputError
from qbferry.qbxml import kinds, schema
from qbferry.qbxml.schema import EDITIONS, Group

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qbferry.qbxml.schema import Element

__all__ = ["ENDINGS", "Line", "edition_of", "outline"]

ENDINGS = ("Rq", "Rs")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An element of a message, or a group of them.

    Attributes:
        depth: How deep it is nested, from 0.
        name: Its tag; ``(choice)`` for a group of which one is sent, ``(together)`` for one of all.
        type: Its kind, such as ``STRTYPE``; None for what holds elements.
        min: How often it must occur.
        max: How often it may; None for any number.
        max_length: Most characters it holds; None for no limit of its own.
        lengths: Edition -> most characters, where it differs.
        enum: The only words it may hold; empty for any.
        lowest: Smallest whole number.
        highest: Largest whole number.
        editions: The editions that have it, among those of what it stands in.
    """

    depth: int
    name: str
    type: str | None
    min: int
    max: int | None
    max_length: int | None
    lengths: dict[str, int | None]
    enum: tuple[str, ...]
    lowest: int | None
    highest: int | None
    editions: tuple[str, ...]


def edition_of(word: str | None) -> str | None:
    """Read an edition as a person writes it; None for all.

    Raises:
        InputError: There is no such edition.
    """
    if word is None:
        return None
    if word.upper() not in EDITIONS:
        raise InputError(
            f"There is no edition {word} of QuickBooks Desktop; there are {', '.join(EDITIONS)}."
        )
    return word.upper()


def outline(name: str, edition: str | None = None) -> tuple[tuple[str, ...], list[Line]]:
    """Give the editions that have a message, and what it holds.

    Args:
        name: ``InvoiceAdd`` or ``InvoiceAddRq`` for the request, ``InvoiceAddRs`` for its answer.
        edition: ``US``, ``CA``, ``UK`` or ``AU``; None for all of them.

    Raises:
        NotFoundError: qbXML 13.0 has no such message, or this edition has not.
    """
    bare, ending = (name[:-2], name[-2:]) if name.endswith(ENDINGS) else (name, "Rq")
    known = schema.load(edition) if edition else schema.everywhere()
    message = known.response(bare) if ending == "Rs" else known.request(bare)
    absent = schema.everywhere().absent(message.name)
    editions = (edition,) if edition else tuple(each for each in EDITIONS if each not in absent)
    return editions, [*_lines(message.children, 0, editions)]


def _lines(particles: Sequence[Element | Group], depth: int, editions: tuple[str, ...]) -> Iterator[Line]:
    for particle in particles:
        there = tuple(each for each in editions if each not in particle.absent)
        if isinstance(particle, Group):
            name = "(choice)" if particle.kind == "choice" else "(together)"
            yield _line(name, particle, depth, there)
        else:
            yield _line(particle.name, particle, depth, there)
        yield from _lines(particle.children, depth + 1, there)


def _line(name: str, particle: Element | Group, depth: int, editions: tuple[str, ...]) -> Line:
    element = None if isinstance(particle, Group) else particle
    return Line(
        depth=depth,
        name=name,
        type=element.type if element else None,
        min=particle.min,
        max=particle.max,
        max_length=kinds.limit(element) if element else None,
        lengths=dict(element.lengths) if element else {},
        enum=element.enum if element else (),
        lowest=element.lowest if element else None,
        highest=element.highest if element else None,
        editions=editions,
    )
