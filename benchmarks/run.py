"""All measurements, or one of them.

    python benchmarks/run.py [PART] [--quick | --tiny] [--json] [--write]

Prints tables; with --write it puts them into README.md as well, in place of those of an earlier run. What
is compared is measured in the same run and in turns, so compare the ratios: machines differ, and so do
hours. With --tiny nothing is learnt but that everything still runs. Linux only.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from bed import Bed
from programs import measure_program
from scale import Scale

if TYPE_CHECKING:
    from table import Table

PARTS = {
    "throughput": "throughput",
    "backlog": "backlog",
    "import": "imports",
    "api": "coming",
    "connectors": "connectors",
    "logins": "logins",
    "look": "look",
    "changes": "changes",
    "pages": "pages",
}
"""What is asked for, and the module that measures it."""

PROGRAMS = {
    "qbxml": ("qbxml.py", "Microseconds of CPU for one request"),
    "startup": ("startup.py", "CPU seconds of commands, beside importing their libraries"),
}
"""What is asked for, the program that measures it, and what its figures are."""

ALL = (*PARTS, *PROGRAMS)

README = Path(__file__).with_name("README.md")


class Part(Protocol):
    """A module that measures."""

    def measure(self, bed: Bed, *, scale: Scale, rounds: int) -> list[Table]:
        """Measure."""


def main() -> None:
    arguments = _arguments()
    chosen = ALL if arguments.part == "all" else [arguments.part]
    scale: Scale = arguments.scale
    rounds = arguments.rounds or scale.pick(5, 3, 1)
    data = {}
    with tempfile.TemporaryDirectory(prefix="qbferry-bench-", dir=arguments.folder) as folder:
        bed = Bed(Path(folder))
        for name in chosen:
            tables = _measure(name, bed, scale=scale, rounds=rounds)
            data[name] = [table.data() for table in tables]
            if not arguments.json:
                print("\n\n".join(table.text() for table in tables), end="\n\n", flush=True)
            if arguments.write:
                _write(name, tables, quick=scale is Scale.QUICK)
    if arguments.json:
        print(json.dumps(data, indent=2))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("part", nargs="?", choices=[*ALL, "all"], default="all")
    scale = parser.add_mutually_exclusive_group()
    for name, text in (
        (Scale.QUICK, "fewer invoices, and not the longest queue"),
        (Scale.TINY, "next to nothing: to see that all still runs"),
    ):
        scale.add_argument(
            f"--{name}", action="store_const", dest="scale", const=name, default=Scale.WHOLE, help=text
        )
    parser.add_argument(
        "--rounds", type=int, help="how often each is measured; otherwise 5, 3 if quick, 1 if tiny"
    )
    parser.add_argument("--json", action="store_true", help="print figures for programs")
    parser.add_argument("--write", action="store_true", help="put the tables into benchmarks/README.md")
    parser.add_argument("--folder", type=Path, help="where the databases lie while it is measured")
    arguments = parser.parse_args()
    if arguments.write and arguments.scale is Scale.TINY:
        parser.error("what --tiny measures is not worth to be written down")
    return arguments


def _measure(name: str, bed: Bed, *, scale: Scale, rounds: int) -> list[Table]:
    if name in PROGRAMS:
        return [measure_program(bed.folder, *PROGRAMS[name], rounds=1 if scale is Scale.TINY else None)]
    return cast("Part", import_module(PARTS[name])).measure(bed, scale=scale, rounds=rounds)


def _write(name: str, tables: list[Table], *, quick: bool) -> None:
    """Put tables between the marks of their part.

    Raises:
        RuntimeError: The marks are not there.
    """
    text = README.read_text()
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    before, found, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise RuntimeError(f"README.md lacks the marks of {name}.")
    when = f"Measured {datetime.now(UTC):%Y-%m-%d}{', with --quick' if quick else ''}."
    content = "\n\n".join([*(table.markdown() for table in tables), when])
    README.write_text(f"{before}{begin}{content}\n{end}{after}")


if __name__ == "__main__":
    main()
