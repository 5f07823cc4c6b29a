"""Change a module in one small way after another, and see whether the tests that cover it notice.

    python scripts/mutate.py [MODULE …] [--list]

A module is named as in ``scripts/mutations.toml``, which says what tests cover it and which changes are not
worth a try; without a name all of them are tried, which takes hours. The work is cosmic-ray's, in a copy of
what is committed, so that nothing here is touched. What no test has noticed is shown as a difference: each is
a test that is missing, or a change that means nothing.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PLACES = ("core", *(f"plugins/{path.name}" for path in (ROOT / "plugins").iterdir()), "templates/qbxml")

CONFIG = """
[cosmic-ray]
module-path = {module!r}
timeout = {seconds}.0
excluded-modules = []
test-command = {command!r}

[cosmic-ray.distributor]
name = "local"

[cosmic-ray.filters.operators-filter]
exclude-operators = {excluded!r}
"""


def main() -> None:
    """Read the words of the call, and do it."""
    chosen: dict[str, Any] = tomllib.loads(Path(__file__).with_name("mutations.toml").read_text("utf-8"))
    tests: dict[str, list[str]] = chosen["tests"]
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="transfer/compose.py")
    parser.add_argument("--list", action="store_true", help="name them with their tests, and try nothing")
    arguments = parser.parse_args()
    if arguments.list:
        for module, covering in tests.items():
            print(module, *covering)
        return
    if unknown := [module for module in arguments.modules if module not in tests]:
        parser.error(f"mutations.toml has no {', '.join(unknown)}; --list names those it has")
    with tempfile.TemporaryDirectory(prefix="qbferry-mutations-") as folder:
        copy = Path(folder) / "copy"
        subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", ROOT, copy], check=True)
        for module in arguments.modules or tests:
            print(f"== {module}", flush=True)
            _try(copy, module, tests[module], chosen["seconds"], chosen["excluded"])


def _try(copy: Path, module: str, tests: list[str], seconds: int, excluded: list[str]) -> None:
    """Try all changes of one module, and show those that nothing has noticed."""
    config, session = copy.parent / "config.toml", copy.parent / "session.sqlite"
    session.unlink(missing_ok=True)
    # PostgreSQL is the same code behind one dialect, and each trial would start one.
    # A folder of its own: in the common one pytest keeps three, so that other runs' would push this one out.
    folder = f"--basetemp={copy.parent / 'tests'}"
    pytest = f"{sys.executable} -m pytest -q -x -p no:cacheprovider {folder} -k 'not postgresql'"
    config.write_text(
        CONFIG.format(
            module=f"core/qbferry/{module}",
            command=" ".join([pytest, *tests]),
            seconds=seconds,
            excluded=excluded,
        ),
        "utf-8",
    )
    given = os.environ | {"PYTHONPATH": os.pathsep.join(str(copy / place) for place in PLACES)}
    programs = Path(sys.executable).parent
    for words in (
        ["cosmic-ray", "baseline", config],
        ["cosmic-ray", "init", config, session],
        ["cr-filter-operators", session, config],
        ["cosmic-ray", "exec", config, session],
        ["cr-report", session, "--show-diff", "--surviving-only"],
    ):
        subprocess.run([programs / words[0], *words[1:]], cwd=copy, env=given, check=True)


if __name__ == "__main__":
    main()
