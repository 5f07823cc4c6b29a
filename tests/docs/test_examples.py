"""Every Python example of the documentation runs, and what is marked ``@hookimpl`` in it fits the hooks."""

from __future__ import annotations

import json
import re
import tomllib
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from qbferry.config import Settings
from qbferry.plugin.manager import Plugins

from .pages import PAGES, ROOT, blocks

if TYPE_CHECKING:
    from pathlib import Path

_LINK = re.compile(r"\]\((?!https?:|#|mailto:)(?P<target>[^)#\s]+)(?:#[^)]*)?\)")


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def pages_with(language: str) -> list[Path]:
    return [path for path in PAGES if f"```{language}\n" in path.read_text("utf-8")]


@pytest.mark.parametrize(
    "page", [path for path in PAGES if "```python" in path.read_text("utf-8")], ids=named
)
def test_the_examples_run_in_their_order(page: Path) -> None:
    names: dict[str, Any] = {"__name__": f"example_{page.stem}"}
    for number, code in enumerate(blocks(page.read_text("utf-8"), "python"), 1):
        exec(compile(code, f"{named(page)}, example {number}", "exec"), names)
        hooks = {
            name: value
            for name, value in names.items()
            if hasattr(value, "qbferry_impl") and f"def {name}(" in code
        }
        if hooks:
            plugin = ModuleType("example")
            vars(plugin).update(hooks)
            Plugins({"example": plugin})


@pytest.mark.parametrize("page", pages_with("toml"), ids=named)
def test_the_settings_shown_are_settings(page: Path) -> None:
    for shown in blocks(page.read_text("utf-8"), "toml"):
        content = tomllib.loads(shown)
        if content.keys() & Settings.model_fields.keys():
            Settings(**content)


@pytest.mark.parametrize("page", pages_with("json"), ids=named)
def test_the_json_shown_is_json(page: Path) -> None:
    for shown in blocks(page.read_text("utf-8"), "json"):
        assert json.loads(shown)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page: Path) -> None:
    for found in _LINK.finditer(page.read_text("utf-8")):
        assert (page.parent / found["target"]).exists(), found["target"]
