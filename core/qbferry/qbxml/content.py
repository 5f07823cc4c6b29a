"""The order of elements: whether children follow their content model, and what to say when they do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry.qbxml.schema import Element, Group

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Content", "first", "may_be_absent"]

_ENOUGH = 10


class Content:
    """What one element may hold; made once, used for every request.

    The schemas are deterministic: a child never fits two places of a model, and no tag occurs twice in one.
    So a single pass decides, without going back.

    Args:
        model: The element's children, in the required order.

    Attributes:
        elements: Tag -> element, in the required order.
    """

    def __init__(self, model: tuple[Element | Group, ...]) -> None:
        self.elements = {element.name: element for element in _elements(model)}
        self._model = model
        self._groups = [(group, _names(group)) for group in _groups(model)]
        self._starts = {id(group): frozenset(first(group)) for group, _ in self._groups}
        self._inner: dict[str, Content] = {}

    def inner(self, tag: str) -> Content:
        """Give what the element of that tag may hold."""
        content = self._inner.get(tag)
        if content is None:
            content = self._inner[tag] = Content(self.elements[tag].children)
        return content

    def problems(self, tags: Sequence[str]) -> list[str]:
        """Say what is wrong with the order and number of children, all of known tags; at most ten faults."""
        found: list[str] = []
        left = list(tags)
        while True:
            missing: list[list[str]] = []
            position = 0
            for particle in self._model:
                position = self._match(particle, left, position, missing)
            if position == len(left) or len(found) == _ENOUGH:
                break
            found.append(self._misplaced(left, position))
            del left[position]
        return found + [_missing(names) for names in missing if not set(names) & set(tags)]

    def _match(
        self, particle: Element | Group, tags: Sequence[str], position: int, missing: list[list[str]]
    ) -> int:
        """Pass over the children that belong to the particle; note what it lacks."""
        most = len(tags) if particle.max is None else particle.max
        count = 0
        while count < most and position < len(tags) and self._begins(particle, tags[position]):
            count += 1
            if isinstance(particle, Element):
                position += 1
            elif particle.kind == "choice":
                tag = tags[position]
                branch = next(branch for branch in particle.children if self._begins(branch, tag))
                position = self._match(branch, tags, position, missing)
            else:
                for child in particle.children:
                    position = self._match(child, tags, position, missing)
        if count < particle.min and not may_be_absent(particle):
            missing.append(first(particle))
        return position

    def _begins(self, particle: Element | Group, tag: str) -> bool:
        return particle.name == tag if isinstance(particle, Element) else tag in self._starts[id(particle)]

    def _misplaced(self, tags: list[str], position: int) -> str:
        tag, before = tags[position], tags[:position]
        most = [self.elements[tag].max, *(group.max for group, names in self._groups if tag in names)]
        if tag in before and None not in most:
            return f"{tag} may occur only {_times(self.elements[tag].max)}"
        if rival := self._rival(tag, before):
            return f"{tag} and {rival} exclude each other"
        order = list(self.elements)
        later = [other for other in before if order.index(other) > order.index(tag)]
        return f"{tag} must come before {later[0]}" if later else f"{tag} is out of place"

    def _rival(self, tag: str, before: list[str]) -> str | None:
        """Find an earlier child that stands for another branch of a choice the tag belongs to."""
        for choice, names in self._groups:
            if choice.kind == "choice" and choice.max is not None and tag in names:
                own = next(branch for branch in map(_names, choice.children) if tag in branch)
                rivals = [name for name in before if name in names - own]
                if rivals:
                    return rivals[0]
        return None


def _elements(particles: Sequence[Element | Group]) -> Iterator[Element]:
    for particle in particles:
        if isinstance(particle, Element):
            yield particle
        else:
            yield from _elements(particle.children)


def _groups(particles: Sequence[Element | Group]) -> Iterator[Group]:
    for particle in particles:
        if isinstance(particle, Group):
            yield particle
            yield from _groups(particle.children)


def _names(particle: Element | Group) -> frozenset[str]:
    return frozenset(element.name for element in _elements((particle,)))


def first(particle: Element | Group) -> list[str]:
    """Give the tags a particle can begin with."""
    if isinstance(particle, Element):
        return [particle.name]
    found: list[str] = []
    for child in particle.children:
        found += first(child)
        if particle.kind == "sequence" and not may_be_absent(child):
            break
    return found


def may_be_absent(particle: Element | Group) -> bool:
    """Tell whether nothing at all is enough of a particle."""
    if particle.min == 0:
        return True
    if isinstance(particle, Element):
        return False
    absent = (may_be_absent(child) for child in particle.children)
    return any(absent) if particle.kind == "choice" else all(absent)


def _missing(names: list[str]) -> str:
    return f"{names[0]} is missing" if len(names) == 1 else f"one of {', '.join(names)} is missing"


def _times(count: int | None) -> str:
    return "once" if count == 1 else f"{count} times"
