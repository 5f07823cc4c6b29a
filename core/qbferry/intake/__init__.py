"""Records arrive: JSON Lines are read and checked, then taken in, all of them or none."""

from __future__ import annotations

from qbferry.intake.arrival import ImportReport, take_in
from qbferry.intake.change import change
from qbferry.intake.filling import make_row
from qbferry.intake.reading import Arrival, read

__all__ = ["Arrival", "ImportReport", "change", "make_row", "read", "take_in"]
