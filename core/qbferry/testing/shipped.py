"""The contract: what is installed is what was tested, and its tables are its own."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from qbferry.store import tables
from qbferry.testing.contract import Contract, require

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Shipped", "faults_of_migrations"]


class Shipped(Contract):
    """The distribution has what the plugin needs."""

    def test_the_wheel_has_its_templates(self) -> None:
        """A template that is beside the code, and not in the wheel, is missing where it is installed."""
        _, entity = self._ready()
        folder = Path(str(entity.templates))
        project = _project(self._file())
        if project is None:
            return
        if find_spec("hatchling") is None or find_spec("pip") is None:
            pytest.skip(
                "pip and the build backend are not here: install hatchling to have the wheel looked at"
            )
        with tempfile.TemporaryDirectory() as place:
            options = (
                "--quiet",
                "--disable-pip-version-check",
                "--no-deps",
                "--no-build-isolation",
                "--no-index",
            )
            command = [sys.executable, "-m", "pip", "wheel", *options, "--wheel-dir", place, str(project)]
            done = subprocess.run(command, text=True, capture_output=True, check=False)  # noqa: S603 - our own
            require(done.returncode == 0, f"Its wheel cannot be built: {done.stderr[-1000:]}")
            (wheel,) = Path(place).glob("*.whl")
            names = zipfile.ZipFile(wheel).namelist()
        for file in sorted(folder.glob("*.j2")):
            there = any(name.endswith(f"{folder.parent.name}/{folder.name}/{file.name}") for name in names)
            require(
                there,
                f"The wheel has no {folder.name}/{file.name}. Let the build backend pack it: with "
                f"hatchling, the folder lies "
                "inside a package that [tool.hatch.build.targets.wheel] packages names.",
            )

    def test_its_migrations_are_a_branch_of_its_own(self) -> None:
        """What hangs on the core's revisions is broken by the next release, and cannot be taken out."""
        folder = self._file().parent / "migrations"
        found = [*faults_of_migrations(folder)]
        require(not found, " ".join(found))

    def _file(self) -> Path:
        return Path(inspect.getfile(self.plugin))


def faults_of_migrations(folder: Path) -> Iterator[str]:
    """Say what is wrong with a plugin's folder of migrations; nothing where there is none."""
    own = {name.lower() for name in tables.metadata.tables}
    for file in sorted(folder.glob("*.py")):
        tree = ast.parse(file.read_text("utf-8"))
        said = {
            target.id: ast.literal_eval(node.value)
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant | ast.Tuple | ast.List)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        revision = str(said.get("revision", ""))
        if not revision:
            continue
        if revision.startswith("core"):
            yield f"{file.name}: revisions that begin with core are the framework's; name it for the plugin."
        for word in ("down_revision", "depends_on"):
            if any(str(one).startswith("core") for one in _each(said.get(word))):
                yield f"{file.name}: its {word} is the framework's; a plugin's branch hangs on nothing: None."
        if said.get("down_revision") is None and not said.get("branch_labels"):
            label = revision.rpartition("_")[0]
            yield f'{file.name}: the first revision names its branch: branch_labels = ("{label}",).'
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in {
                "create_table",
                "drop_table",
                "add_column",
            }:
                name = str(node.args[0].value) if node.args and isinstance(node.args[0], ast.Constant) else ""
                if name.lower() in own:
                    yield (
                        f"{file.name}: the table {name} is the framework's; begin the names of tables with "
                        "the plugin's."
                    )


def _each(value: object) -> tuple[object, ...]:
    return tuple(value) if isinstance(value, tuple | list) else (value,)


def _project(file: Path) -> Path | None:
    """The folder of the distribution a file is of, where its source is at hand."""
    for folder in file.resolve().parents:
        if folder.name in {"site-packages", "dist-packages"}:
            return None
        settings = folder / "pyproject.toml"
        if settings.is_file():
            points = tomllib.loads(settings.read_text("utf-8")).get("project", {}).get("entry-points", {})
            return folder if points.get("qbferry.plugins") else None
    return None
