"""What plugin authors get for their tests."""

from __future__ import annotations

from qbferry.testing.entity import EntityContract
from qbferry.testing.records import FixedLists, build, make_record, row_of

__all__ = ["EntityContract", "FixedLists", "build", "make_record", "row_of"]
