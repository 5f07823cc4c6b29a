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

from .pages import PAGES, ROOT, blocks, listings

if TYPE_CHECKING:
    from pathlib import Path

TUTORIAL = ROOT / "docs/plugins-by-hand.md"
"""It shows files of plugins that are installed and tried elsewhere; here they need only be the same."""

_LINK = re.compile(r"\]\((?!https?:|#|mailto:)(?P<target>[^)#\s]+)(?:#[^)]*)?\)")


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def pages_with(language: str) -> list[Path]:
    return [path for path in PAGES if any(blocks(path.read_text("utf-8"), language)) and path != TUTORIAL]


@pytest.mark.parametrize("page", pages_with("python"), ids=named)
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
            own = {"entities": names["entities"]} if "entities" in names else {}
            vars(plugin).update(own | hooks)  # an example may name the models that were declared above it
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


def test_the_tutorial_shows_the_files_of_the_plugins_that_are_installed_and_tried() -> None:
    text = TUTORIAL.read_text("utf-8")
    shown = listings(text)
    assert len(shown) == sum(1 for language in ("python", "jinja", "toml") for _ in blocks(text, language))
    for path, code in shown.items():
        assert code == (ROOT / "tests/third_party" / path).read_text("utf-8"), path
