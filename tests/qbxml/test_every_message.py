"""Every message of qbXML 13.0 is known whole: what is wrong with any element of any request is said."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from lxml import etree
from typer.testing import CliRunner

from qbferry.cli import cli
from qbferry.qbxml import kinds, schema
from qbferry.qbxml.check import check_request
from qbferry.qbxml.schema import EDITIONS, Element, Group
from qbferry.testing.probes import takes_marker

from .making import VALUES, body

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

REQUESTS = schema.everywhere().names
MESSAGES = [name + ending for name in REQUESTS for ending in ("Rq", "Rs")]


def whole(particles: Sequence[Element | Group], turn: int) -> Iterator[etree._Element]:
    """A content with all there can be, each once; of a choice the branch whose turn it is."""
    for particle in particles:
        if isinstance(particle, Element):
            made = etree.Element(particle.name)
            if particle.children:
                made.extend(whole(particle.children, turn))
            else:
                made.text = (particle.enum or VALUES[particle.type or ""])[0]
            yield made
        elif particle.kind == "choice":
            yield from whole([particle.children[turn % len(particle.children)]], turn)
        else:
            yield from whole(particle.children, turn)


def widest(particles: Sequence[Element | Group]) -> int:
    """How many turns show every branch of every choice."""
    own = [len(each.children) for each in particles if isinstance(each, Group) and each.kind == "choice"]
    return max([1, *own, *(widest(each.children) for each in particles)])


def wholes(name: str, edition: str) -> Iterator[etree._Element]:
    children = schema.load(edition).request(name).children
    for turn in range(widest(children)):
        root = etree.Element("x")
        root.extend(whole(children, turn))
        yield root


def shapes(
    root: etree._Element, particles: Sequence[Element | Group]
) -> Iterator[tuple[etree._Element, Element]]:
    """Each element of a content with what the schema says of it."""
    known: dict[str, Element] = {}

    def learn(parts: Sequence[Element | Group]) -> None:
        for part in parts:
            if isinstance(part, Element):
                known[part.name] = part
            else:
                learn(part.children)

    learn(particles)
    for node in root:
        shape = known[str(node.tag)]
        yield node, shape
        yield from shapes(node, shape.children)


def spoilt(
    name: str, edition: str, change: Callable[[Element], str | None]
) -> Iterator[tuple[set[str], list[str]]]:
    """Spoil every element of a request that can be: their names, and what is said."""
    for root in wholes(name, edition):
        touched = set()
        for node, shape in shapes(root, schema.load(edition).request(name).children):
            if not shape.children and (text := change(shape)) is not None:
                node.text = text
                touched.add(str(node.tag))
        yield touched, check_request(name, body(root), edition)


def said_of(problems: Sequence[str]) -> set[str]:
    """The tags that problems name."""
    return {problem.split(" ")[0].rsplit("/", 1)[-1].partition("[")[0] for problem in problems}


def editions(name: str) -> list[str]:
    return [each for each in EDITIONS if each not in schema.everywhere().absent(f"{name}Rq")]


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_with_all_there_can_be_is_right(name: str) -> None:
    for edition in editions(name):
        for root in wholes(name, edition):
            assert check_request(name, body(root), edition) == []


@pytest.mark.parametrize("name", REQUESTS)
def test_a_text_that_is_too_long_is_named_in_each_edition(name: str) -> None:
    def longer(shape: Element) -> str | None:
        longest = kinds.limit(shape)
        return "x" * (longest + 1) if longest is not None and not shape.enum else None

    for edition in editions(name):
        for touched, problems in spoilt(name, edition, longer):
            assert said_of(problems) == touched
            assert all("is too long" in problem for problem in problems)


@pytest.mark.parametrize("name", REQUESTS)
def test_a_word_that_is_none_and_a_value_of_another_kind_are_named(name: str) -> None:
    def wrong(shape: Element) -> str | None:
        return None if shape.type in {"STRTYPE", "IDTYPE"} else "Nonsense"

    for edition in editions(name):
        for touched, problems in spoilt(name, edition, wrong):
            assert said_of(problems) == touched


@pytest.mark.parametrize("name", REQUESTS)
def test_elements_in_another_order_are_noticed(name: str) -> None:
    for edition in editions(name):
        children = schema.load(edition).request(name).children
        for root in wholes(name, edition):
            aggregates = [
                (root, children),
                *((node, shape.children) for node, shape in shapes(root, children)),
            ]
            for node, model in aggregates:
                if len({child.tag for child in node}) < 2 or any(each.max is None for each in model):
                    continue
                there = list(node)
                for earlier, later in pairwise(there):
                    node[:] = [
                        later if each is earlier else earlier if each is later else each for each in there
                    ]
                    assert check_request(name, body(root), edition), (
                        edition,
                        node.tag,
                        earlier.tag,
                        later.tag,
                    )
                node[:] = there


@pytest.mark.parametrize("name", REQUESTS)
def test_what_an_edition_has_not_is_refused_there(name: str) -> None:
    """Its whole requests, told by all other editions."""
    for other in EDITIONS:
        if other not in editions(name):
            assert "has no" in check_request(name, "", other)[0]
            continue
        for edition in editions(name):
            theirs = {node.tag for root in wholes(name, edition) for node in root.iter()}
            ours = {node.tag for root in wholes(name, other) for node in root.iter()}
            said: set[str] = set()
            for root in wholes(name, edition):
                said |= said_of(check_request(name, body(root), other))
            assert theirs - ours <= said | _inside(name, edition, said)


def _inside(name: str, edition: str, tags: set[str]) -> set[str]:
    """What stands in elements of those tags: one sentence says it of all of an element."""
    return {
        str(inner.tag)
        for root in wholes(name, edition)
        for node in root.iter()
        if node.tag in tags
        for inner in node.iter()
    }


@pytest.mark.parametrize("name", REQUESTS)
def test_a_marker_is_asked_for_wherever_there_is_room(name: str) -> None:
    rooms = [
        f"{name}/ExternalGUID"
        for edition in editions(name)
        for root in wholes(name, edition)
        if root.find(f"{name}/ExternalGUID") is not None
    ]
    assert takes_marker(name) == bool(rooms)


@pytest.mark.parametrize("name", MESSAGES)
def test_each_of_the_464_messages_can_be_shown(name: str) -> None:
    shown = CliRunner().invoke(cli, ["qbxml", "show", name, "--json"], catch_exceptions=False)
    lines = json.loads(shown.stdout)["elements"]
    known = schema.everywhere()
    message = known.request(name[:-2]) if name.endswith("Rq") else known.response(name[:-2])

    def flat(
        particles: Sequence[Element | Group], depth: int
    ) -> Iterator[tuple[int, int, int | None, int | None]]:
        for one in particles:
            yield depth, one.min, one.max, kinds.limit(one) if isinstance(one, Element) else None
            yield from flat(one.children, depth + 1)

    assert [(line["depth"], line["min"], line["max"], line["max_length"]) for line in lines] == [
        *flat(message.children, 0)
    ]


def test_there_are_464_of_them() -> None:
    assert len(MESSAGES) == 464
