"""In which lines of a request a reference is that QuickBooks refused: it says the name alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qbferry import xmldoor
from qbferry.qbxml import envelope
from qbferry.qbxml.check import LINE
from qbferry.qbxml.status import referred_in_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from qbferry.qbxml.response import Response
    from qbferry.store.rows import MessageRow

__all__ = ["placed"]


def placed(message: MessageRow, answers: Mapping[int, Response]) -> Mapping[int, Response]:
    """Give each refusal of a name in a line the numbers of the lines that bear it.

    Args:
        message: What was sent.
        answers: The answers by the index of their request.
    """
    names = {
        index: name
        for index, answer in answers.items()
        if (name := referred_in_line(answer.status_code, answer.message))
    }
    if not names:
        return answers
    sent = envelope.requests(message.body)
    found = {index: tuple(_lines(sent[index][2], name)) for index, name in names.items()}
    return {**answers} | {index: replace(answers[index], lines=lines) for index, lines in found.items()}


def _lines(xml: str, name: str) -> Iterator[int]:
    """The lines in which something is called so, by its full name or its identity."""
    root = xmldoor.parse(f"<x>{xml}</x>")
    lines = [node for node in root.iter() if LINE.search(str(node.tag))]
    for number, line in enumerate(lines, 1):
        named = {node.text for node in line.iter("FullName", "ListID")}
        if name in named:
            yield number
