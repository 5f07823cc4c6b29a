"""What a document may cost: no shape costs many times what a document of QuickBooks of that size does."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from .shapes import SHAPES, WAYS

SLOWER, LARGER = 8, 4
"""Times the CPU and the memory of a document of the same size that is as it should be."""


def measured(way: str, size: int) -> dict[str, dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.xmldoor.shapes", way, str(size)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=True,
        timeout=120,
    )
    return {line["shape"]: line for line in map(json.loads, done.stdout.splitlines())}


def too_much(found: dict[str, dict[str, Any]]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    right = found["benign"]
    return [
        (one, right)
        for one in found.values()
        if one["seconds"] > SLOWER * one["bytes"] / right["bytes"] * right["seconds"] + 0.01
        or one["memory"] > LARGER * one["bytes"] / right["bytes"] * right["memory"] + 1_000_000
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="a process for each is forked")
@pytest.mark.parametrize("size", [100_000, 1_000_000])
@pytest.mark.parametrize("way", WAYS)
def test_no_shape_costs_many_times_what_a_right_document_does(way: str, size: int) -> None:
    found = measured(way, size)
    assert found.keys() == SHAPES.keys() | {"benign"}
    for _ in range(4):  # others at work make a reading dearer, never cheaper: the cheapest of five counts
        if not too_much(found):
            break
        for shape, one in measured(way, size).items():
            found[shape] |= {kind: min(one[kind], found[shape][kind]) for kind in ("seconds", "memory")}
    assert too_much(found) == []
