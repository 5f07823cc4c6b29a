"""docs/names.md explains every exported name once, and no other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

import qbferry
import qbferry.testing

from .pages import ROOT

if TYPE_CHECKING:
    from types import ModuleType

PAGE = (ROOT / "docs/names.md").read_text("utf-8")
_ROW = re.compile(r"^\| `(?P<name>\w+)` \| (?P<text>.+) \|$", re.MULTILINE)


@pytest.mark.parametrize("module", [qbferry, qbferry.testing])
def test_each_name_is_explained_once(module: ModuleType) -> None:
    _, _, part = PAGE.partition(f"## From {module.__name__}\n")
    rows = _ROW.findall(part.partition("\n## ")[0])
    assert [name for name, _ in rows] == sorted(module.__all__)
    assert all(len(text.split()) > 3 and text.endswith(".") for _, text in rows)
