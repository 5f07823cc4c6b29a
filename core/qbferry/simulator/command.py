"""The command ``qbferry simulate``."""

from __future__ import annotations

import os
import ssl
from dataclasses import asdict
from importlib.metadata import entry_points
from pathlib import Path  # noqa: TC003 - Typer reads the annotations
from typing import TYPE_CHECKING, Annotated

import typer

from qbferry.errors import InputError
from qbferry.output import console, notice, say, say_json
from qbferry.simulator.company import CompanyFile
from qbferry.simulator.connector import WebConnector
from qbferry.simulator.faults import Faults
from qbferry.simulator.registration import Registration
from qbferry.simulator.transactions import KINDS
from qbferry.simulator.transactions.kind import TransactionKind
from qbferry.simulator.wire import Wire

if TYPE_CHECKING:
    from qbferry.simulator.report import CallReport, RunReport

__all__ = ["simulate"]

GROUP = "qbferry.simulator_kinds"
"""Entry points, each a ``TransactionKind`` that the simulator is taught."""


def simulate(
    *,
    password: Annotated[
        str,
        typer.Option(
            envvar="QBFERRY_SIMULATE_PASSWORD",
            help="The connector's password. Better in the environment, where no process list shows it.",
        ),
    ],
    company: Annotated[Path, typer.Option(help="The company file; made from the seed if it is not there.")],
    url: Annotated[str, typer.Option(help="The server's address; otherwise that of the .qwc file.")] = "",
    user: Annotated[str, typer.Option(help="The user name; otherwise that of the .qwc file.")] = "",
    qwc: Annotated[
        Path | None,
        typer.Option(help="The .qwc file, added to the Web Connector; ties the company file to it."),
    ] = None,
    runs: Annotated[int, typer.Option(min=1, help="How many sessions to run, one after the other.")] = 1,
    seed: Annotated[
        Path | None,
        typer.Option(help="TOML or JSON with the lists of a new company file; else a sample company."),
    ] = None,
    faults: Annotated[
        Path | None, typer.Option(help="TOML or JSON plan of what goes wrong, and where.")
    ] = None,
    ascii_only: Annotated[
        bool | None,
        typer.Option(
            "--ascii-only/--no-ascii-only",
            help="Refuse letters outside ASCII that are not entities, as QuickBooks does; else as seeded.",
        ),
    ] = None,
    no_keep_alive: Annotated[
        bool, typer.Option("--no-keep-alive", help="One connection for each call.")
    ] = False,
    wait: Annotated[
        float, typer.Option(min=0, help="Seconds to wait for a server that is just starting.")
    ] = 10.0,
    noop_wait: Annotated[
        float, typer.Option(min=0, help="Seconds to wait when the server answers NoOp.")
    ] = 5.0,
    ca_file: Annotated[
        Path | None, typer.Option(help="Certificates to trust for https, instead of the system's.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the runs as JSON.")] = False,
) -> None:
    """Try a server without QuickBooks: play a Web Connector with a company file behind it.

    It logs in, fetches requests, executes them as QuickBooks would, and brings back the answers, over real
    HTTP. The company file is a SQLite file that stays; run it again, and QuickBooks remembers.

    Example: qbferry simulate --url http://localhost:8080/qbwc --user acme --company acme.qbsim

    Or with the file that the bookkeeper gets: qbferry simulate --qwc acme.qwc --company acme.qbsim

    The exit status is 0 when every run ended normally, be it with nothing to do; else one sentence says why
    not.
    """
    progress = console(stderr=True)
    added = Registration.read(qwc) if qwc else None
    url, user = url or (added.url if added else ""), user or (added.user if added else "")
    if not url or not user:
        raise InputError("Say which server: give --url and --user, or the .qwc file with --qwc.")
    plan = Faults.read(faults) if faults else None
    tls = _trust(ca_file)
    with Wire(url) as probe:
        probe.wait(wait)
    reports: list[RunReport] = []
    with CompanyFile.open(company, seed, kinds=_taught()) as opened, progress.status("Starting") as status:

        def watch(call: CallReport) -> None:
            status.update(f"Run {len(reports) + 1}: {call.operation} ({call.seconds:.2f} s)")

        connector = WebConnector(
            url,
            user,
            password,
            opened,
            faults=plan,
            keep_alive=not no_keep_alive,
            noop_wait=noop_wait,
            registration=added,
            ascii_only=ascii_only,
            tls=tls,
            watch=watch,
        )
        for _ in range(runs):
            reports.append(connector.run())
            if not reports[-1].outcome.normal:
                break
        kinds = dict.fromkeys((*KINDS, *opened.kinds()))
        counts = {kind: sum(not txn["deleted"] for txn in opened.transactions(kind)) for kind in kinds}
    if as_json:
        say_json({"runs": [asdict(report) for report in reports], "transactions": counts})
    else:
        for number, report in enumerate(reports, 1):
            say(
                f"Run {number}: {report.message_sets} message sets in {len(report.calls)} calls."
                f" {report.sentence}"
            )
        held = ", ".join(f"{kind} {count}" for kind, count in counts.items() if count)
        say(f"{company} holds: {held or 'no transactions'}.")
    if not reports[-1].outcome.normal:
        notice(f"Run {len(reports)} failed. {reports[-1].sentence}")
        raise typer.Exit(code=1)


def _taught() -> list[TransactionKind]:
    """The kinds that installed distributions teach.

    Raises:
        InputError: One cannot be imported, or is none.
    """
    found: list[TransactionKind] = []
    for point in entry_points(group=GROUP):
        try:
            kind = point.load()
        except Exception as error:
            raise InputError(f"{point.value} ({GROUP}) cannot be imported: {error}.") from error
        if not isinstance(kind, TransactionKind):
            raise InputError(f"{point.value} ({GROUP}) is no TransactionKind of qbferry.simulator.")
        found.append(kind)
    return found


def _trust(ca_file: Path | None) -> ssl.SSLContext | None:
    if ca_file is None:
        return None
    try:
        return ssl.create_default_context(cafile=os.fspath(ca_file))
    except OSError as error:
        raise InputError(f"The certificates in {ca_file} cannot be read: {error}.") from error
