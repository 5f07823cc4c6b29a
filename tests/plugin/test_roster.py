"""The lists that must agree: what is built in, and what plugin authors may import."""

from __future__ import annotations

import ast
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

import qbferry

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PACKAGES = [Path(package) for package in PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]]
POINTS: dict[str, str] = PROJECT["project"]["entry-points"]["qbferry.plugins"]


def test_every_plugin_folder_is_packaged_and_offered_under_its_own_name() -> None:
    folders = {folder.name for folder in (ROOT / "plugins").iterdir() if folder.is_dir()}
    packaged = {package.parts[1] for package in PACKAGES if package.parts[0] == "plugins"}
    assert folders == packaged == set(POINTS)
    for name, value in POINTS.items():
        module, _, target = value.removesuffix(f" [{name}]").partition(":")
        package = f"qbferry_{name}"
        assert module == f"{package}.plugin"
        assert target.isidentifier()
        assert (ROOT / "plugins" / name / package / "plugin.py").is_file()


def test_every_package_is_there_and_linted_from_its_own_root() -> None:
    roots = {package.parent.as_posix() for package in PACKAGES}
    assert all((ROOT / package / "__init__.py").is_file() for package in PACKAGES)
    assert roots <= set(PROJECT["tool"]["ruff"]["src"])
    assert {package.name for package in PACKAGES} == set(PROJECT["tool"]["importlinter"]["root_packages"])


def test_every_built_in_entity_has_its_templates_folder() -> None:
    templates = ROOT / "templates" / "qbxml" / "qbferry_qbxml"
    folders = {folder.name for folder in templates.iterdir() if folder.is_dir() and any(folder.glob("*.j2"))}
    assert folders == set(POINTS) - {"autotask"}, "a source owns no records"


def test_the_public_door_lists_exactly_what_type_checkers_see_and_gives_the_same() -> None:
    tree = ast.parse((ROOT / "core/qbferry/__init__.py").read_text("utf-8"))
    [checked] = [
        node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    ]
    imported = {
        alias.asname or alias.name: getattr(import_module(node.module), alias.name)
        for node in checked.body
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }
    assert sorted(imported) == sorted(qbferry.__all__)
    assert all(getattr(qbferry, name) is found for name, found in imported.items())
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        getattr(qbferry, "nothing")  # noqa: B009
