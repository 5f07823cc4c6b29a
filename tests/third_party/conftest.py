"""A virtual environment with qbferry as it is here, and three plugins installed into it by pip."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
collect_ignore = [
    "checks",
    "freeze",
    "ledgerbook",
]  # distributions of their own, whose tests need them installed
CLI = "from qbferry.cli import main; main()"
ENABLED = """
public_url = "http://localhost:8080"
[plugins]
enabled = ["invoices", "checks", "freeze", "ledgerbook"]
[plugins.freeze]
until = 2026-09-30
"""


@dataclass(frozen=True)
class Office:
    """A folder in which somebody runs qbferry."""

    python: Path
    folder: Path

    def settings(self, text: str) -> None:
        (self.folder / "qbferry.toml").write_text(text, "utf-8")

    def run(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.python, "-c", CLI, *arguments],
            cwd=self.folder,
            env=self._environment(),
            input=stdin,
            text=True,
            encoding="utf-8",
            capture_output=True,
            check=False,
            timeout=600,
        )

    def json(self, *arguments: str, stdin: str = "") -> Any:
        done = self.run(*arguments, "--json", stdin=stdin)
        assert done.stdout, done.stderr
        return json.loads(done.stdout)

    @contextmanager
    def served(self) -> Iterator[str]:
        """``qbferry serve`` on a free port, and the address of its service."""
        with subprocess.Popen(
            [self.python, "-c", CLI, "serve", "--port", "0"],
            cwd=self.folder,
            env=self._environment(),
            text=True,
            encoding="utf-8",
            stdout=subprocess.PIPE,
        ) as process:
            assert process.stdout
            try:
                yield process.stdout.readline().split()[2].rstrip(",")
            finally:
                process.terminate()

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("QBFERRY_")}
        return kept | {"PYTHONUTF8": "1"}


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment that sees the one the tests run in, and has the plugins besides."""
    home = tmp_path_factory.mktemp("third-party") / "venv"
    venv.create(home, with_pip=False)
    paths = sysconfig.get_paths(vars={"base": str(home), "platbase": str(home)})
    ours = sorted({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})
    lines = [f"import site; site.addsitedir({path!r})" for path in ours]
    (Path(paths["purelib"]) / "outer.pth").write_text("\n".join(lines), "utf-8")
    interpreter = Path(paths["scripts"]) / ("python.exe" if os.name == "nt" else "python")
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "--python", interpreter, "install", "--quiet"),
            *("--disable-pip-version-check", "--no-index", "--no-deps", "--no-build-isolation"),
            *(HERE / name for name in ("checks", "freeze", "ledgerbook")),
        ],
        check=True,
        timeout=600,
    )
    return interpreter


@pytest.fixture(scope="session")
def prepared(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an office that nobody has used yet."""
    office = Office(python, tmp_path_factory.mktemp("office"))
    office.settings(ENABLED)
    made = office.run("connector", "add", "office", "--password-stdin", stdin="open sesame\n")
    assert made.returncode == 0, made.stderr
    return office.folder


@pytest.fixture
def office(python: Path, prepared: Path, tmp_path: Path) -> Office:
    """An office whose settings enable all three plugins, with a connector."""
    return Office(python, Path(shutil.copytree(prepared, tmp_path / "office")))
