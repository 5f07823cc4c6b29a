"""Whether a client that is made from the API's description is sound, and a program can be written with it.

    python check.py GENERATOR

GENERATOR is the Python of an environment with openapi-python-client. What it makes is checked by mypy, with
the program beside this file, which then works with a real server.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from qbferry import config
from qbferry.app import build
from qbferry.desk import connectors, tokens
from qbferry.desk.tokens import Scope
from qbferry.stage import Stage

PROGRAM = Path(__file__).with_name("program.py")

UNKNOWN = {"application/x-ndjson", "application/jsonl"}
"""Types of bodies that the generator does not know; it says so, and leaves them out."""


def main(generator: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "qbferry.toml"
        file.write_text(f'database_url = "sqlite:///{folder}/q.sqlite3"\n')
        app = build(config.load(file))
        with app.database.write() as tx:
            connectors.add(tx, "office", user="office", password="correct horse battery")
            _, token = tokens.add(tx, "generated", tuple(Scope))
        with Stage(app) as stage:
            address = f"http://{urlsplit(stage.url).netloc}/api/v1"
            (folder / "openapi.json").write_text(httpx.get(f"{address}/openapi.json").text)
            generate(generator, folder)
            mypy = (sys.executable, "-m", "mypy", "--strict", f"--python-executable={generator}")
            run(folder, *mypy, "qbferry_client", str(PROGRAM))
            print(run(folder, generator, str(PROGRAM), address, token), end="")


def generate(generator: str, folder: Path) -> None:
    """Make a client of the description, all of it but what the generator is known not to know."""
    made = "--path", "openapi.json", "--meta", "none", "--output-path", "qbferry_client"
    told = run(folder, generator, "-m", "openapi_python_client", "generate", *made)
    lines = [line for line in told.splitlines() if line and line[0] not in " {}"]
    known = (
        "Generating",
        "Warning(s) encountered",
        "WARNING parsing PUT",
        "Skipping Integration",
        "ruff is not",
        "If you believe",
    )
    told_of = [line for line in lines if not line.startswith(known)]
    if unknown := [line for line in told_of if line.removeprefix("Unsupported content type ") not in UNKNOWN]:
        raise SystemExit("\n".join(["The generator cannot do with the description:", *unknown]))


def run(folder: Path, *command: str) -> str:
    """Run a program there; what it says."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder), "MYPYPATH": str(folder), "NO_COLOR": "1"},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stdout}")
    return done.stdout


if __name__ == "__main__":
    main(sys.argv[1])
