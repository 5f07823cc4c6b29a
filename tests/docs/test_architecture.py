"""docs/architecture.md names the rooms and layers there are."""

from __future__ import annotations

import re
import tomllib

from .pages import ROOT

TEXT = (ROOT / "docs/architecture.md").read_text("utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
CONTRACTS = {one["name"]: one for one in PROJECT["tool"]["importlinter"]["contracts"]}


def rooms(layer: str) -> list[str]:
    """``(demo) | (proof)`` are two rooms, not yet made perhaps."""
    names = re.findall(r"\w+", layer)
    return [name for name in names if any((ROOT / "core/qbferry").glob(f"{name}*"))]


LAYERS = [found for layer in CONTRACTS["The core is layered"]["layers"] if (found := rooms(layer))]


def test_every_room_is_in_the_table() -> None:
    table = TEXT[TEXT.index("## Rooms") : TEXT.index("An upper layer may import")]
    listed = [
        name
        for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
        for name in re.findall(r"`(\w+)`", row)
    ]
    assert sorted(listed) == sorted(room for layer in LAYERS for room in layer if room != "__main__")


def test_the_layers_shown_are_those_that_are_held() -> None:
    shown = TEXT[TEXT.index("An upper layer may import") :].split("```")[1]
    assert [re.findall(r"\w+", layer) for layer in shown.split(">")] == [
        layer for layer in LAYERS if layer != ["__main__"]
    ]


def test_every_word_is_one_of_the_code() -> None:
    table = TEXT[TEXT.index("## Words") : TEXT.index("## Rooms")]
    rows = re.findall(r"^\| ([^|]+?) \| ", table, re.MULTILINE)
    words = [word for row in rows if row != "word" for word in row.split(", ")]
    code = "".join(path.read_text("utf-8").casefold() for path in (ROOT / "core").rglob("*.py"))
    assert len(words) > 50
    assert [word for word in words if word.casefold() not in code] == []


def test_every_part_of_the_largest_rooms_is_named() -> None:
    for room in ("transfer", "plugin"):
        table = TEXT[TEXT.index(f"| in `{room}` | |") :].split("\n\n")[0]
        named = [name for row in table.splitlines()[2:] for name in re.findall(r"`(\w+)`", row)]
        there = [path.stem for path in (ROOT / "core/qbferry" / room).glob("*.py")]
        assert sorted(named) == sorted(name for name in there if name != "__init__")


def test_every_folder_in_a_room_is_named() -> None:
    core = ROOT / "core/qbferry"
    within = [path.parent.name for path in core.glob("*/**/__init__.py") if path.parent.parent != core]
    assert within
    assert [name for name in within if f"{name}/" not in TEXT] == []
