"""Records arrive: files are read, checked and weighed, then taken in, all of them or none."""

from __future__ import annotations

from qbferry.intake.array import JsonArray
from qbferry.intake.arrival import ImportReport, bring_in, take_in
from qbferry.intake.change import change
from qbferry.intake.editing import held_back, make_edit
from qbferry.intake.filling import make_row
from qbferry.intake.reading import Arrival, JsonLines, read

__all__ = [
    "Arrival",
    "ImportReport",
    "JsonArray",
    "JsonLines",
    "bring_in",
    "change",
    "held_back",
    "make_edit",
    "make_row",
    "read",
    "take_in",
]
