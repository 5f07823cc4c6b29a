"""What scripts/mutations.toml names is there."""

from __future__ import annotations

import tomllib

from .pages import ROOT


def test_the_modules_to_be_mutated_and_the_tests_that_cover_them_are_there() -> None:
    tests = tomllib.loads((ROOT / "scripts/mutations.toml").read_text("utf-8"))["tests"]
    named = [f"core/qbferry/{module}" for module in tests] + [
        file for files in tests.values() for file in files
    ]
    assert [name for name in named if not (ROOT / name).is_file()] == []
