"""A request's content as one regular expression, which costs a tenth of parsing a request and walking it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from qbferry.qbxml import kinds
from qbferry.qbxml.content import first, may_be_absent
from qbferry.qbxml.schema import Element, Group

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["expression"]

_KEPT = "+" if sys.version_info >= (3, 11, 5) else ""
"""What was repeated is not tried otherwise: there is no other way, and matching takes a third less. Older
releases of Python lose their place where the last repetition fails midway."""


def expression(model: Sequence[Element | Group]) -> str:
    """Write an expression that matches, as a whole, only right content of the model, and nearly all of it.

    It matches no attribute, no empty element, no white space between tags, and nothing but ASCII. As in the
    schemas, no tag fits two places, so that matching and failing take time in proportion to the text.
    """
    return "".join(map(_particle, model))


def _particle(particle: Element | Group) -> str:
    if isinstance(particle, Element):
        inner = f"(?!</){expression(particle.children)}" if particle.children else kinds.expression(particle)
        return _times(f"<{particle.name}>{inner}</{particle.name}>", particle.min, particle.max)
    if particle.kind == "sequence":
        return _times(expression(particle.children), particle.min, particle.max)
    # A branch that may be absent is looked for by its tags, so that there are no two ways to match nothing
    branches = [f"(?=<(?:{'|'.join(first(branch))})>){_particle(branch)}" for branch in particle.children]
    return _times("|".join(branches), 0 if may_be_absent(particle) else particle.min, particle.max)


def _times(text: str, least: int, most: int | None) -> str:
    once = least == most == 1
    return f"(?:{text})" + ("" if once else f"{{{least},{'' if most is None else most}}}{_KEPT}")
