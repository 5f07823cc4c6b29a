"""``qbferry prove``: that every record is in QuickBooks once, whatever dies."""

from __future__ import annotations

import json
import os
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from qbferry.cli.context import desk
from qbferry.cli.options import AsJson
from qbferry.errors import InputError
from qbferry.output import console as output_to
from qbferry.output import say_json

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from qbferry.proof.scenario import Wish

__all__ = ["register"]

DATABASES = {"sqlite": ("sqlite",), "postgresql": ("postgresql",), "both": ("sqlite", "postgresql")}


def register(cli: typer.Typer) -> None:
    """Add this command."""
    cli.command()(prove)


def prove(
    ctx: typer.Context,
    database: Annotated[
        Literal["sqlite", "postgresql", "both"],
        typer.Option(
            help="On which databases. A PostgreSQL is started from the programs on this machine, unless "
            "QBFERRY_TEST_POSTGRES_URL names one."
        ),
    ] = "both",
    per_message: Annotated[tuple[int, int], typer.Option(help="Two numbers of requests in a message.")] = (
        1,
        25,
    ),
    records: Annotated[
        list[str] | None,
        typer.Option(metavar="ENTITY=FILE", help="Records of your own that go along, as for import."),
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(metavar="GLOB", help="Only these points: server.*, wire.sent:3.")
    ] = None,
    sample: Annotated[int | None, typer.Option(min=1, help="Only so many, chosen at random.")] = None,
    pairs: Annotated[
        bool,
        typer.Option(
            "--pairs", help="Play planned sequences of troubles instead: every one after every other."
        ),
    ] = False,
    plan: Annotated[
        str | None,
        typer.Option(metavar="TROUBLES", help='Play this sequence alone: "lost answer, edit by hand".'),
    ] = None,
    soak: Annotated[
        float | None, typer.Option(metavar="MINUTES", help="Crash at random for so long instead.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Of what is random; otherwise a new one, shown.")] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="Processes; otherwise one a processor.")] = None,
    listing: Annotated[bool, typer.Option("--list", help="Name the points, and crash nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Crash server, Web Connector, QuickBooks and database at every point of a run, and compare the books.

    Servers are real processes that are killed, databases are real, and only QuickBooks is simulated. Nothing
    but temporary folders and databases is touched. The built-in kinds of records that run here are proven,
    together with the policies that run, and with --records what other plugins bring: records that the sample
    company takes. What the records need and QuickBooks has not got is created, whatever the settings say:
    that must be there once as well. The exit status is 0 only if after every crash every record was in
    QuickBooks once and said so.

    With --pairs or --plan nothing is killed: server, Web Connector and QuickBooks play sequences of two or
    three troubles in this process, many a second. A failure is told with the line that plays it again.

    Example: qbferry prove --database sqlite --only "server.*"
    """
    import random

    from rich.progress import Progress

    from qbferry.cli.sequences import chosen_plans, play
    from qbferry.proof import proof, report
    from qbferry.proof.soak import soak as work

    plugins = desk(ctx).settings.plugins
    more = [wish for named in records or () for wish in _wishes(named, desk(ctx).kinds)]
    sizes = tuple(dict.fromkeys(per_message))
    console = output_to(stderr=as_json)
    seed = random.SystemRandom().randrange(2**32) if seed is None else seed
    workers = jobs or os.cpu_count() or 1
    with ExitStack() as stack:
        planned = chosen_plans(plan, seed, only or (), sample) if pairs or plan is not None else []
        if planned and listing:
            for each in planned:
                console.print(str(each), soft_wrap=True)
            return
        kinds = proof.databases(DATABASES[database], stack)
        if planned:
            play(kinds, plugins, planned, workers, console, stack, more=more, as_json=as_json)
            return
        templates = []
        for template in proof.templates(kinds, sizes, plugins, stack, more):
            console.print(f"{template.name}: {len(template.points)} points")
            templates.append(template)
        if sample is not None or soak is not None:
            console.print(f"seed {seed}")
        if soak is not None:
            results = work(templates, soak, seed, workers)
        else:
            chosen = proof.Plan(tuple(only or ()), sample, seed).choose(templates)
            if listing:
                for template, point in chosen:
                    console.print(f"{template.name}: {point}")
                if as_json:
                    say_json([{"template": template.name, "point": str(point)} for template, point in chosen])
                return
            with Progress(console=output_to(stderr=True), transient=True) as progress:
                task = progress.add_task("Crashes", total=len(chosen))
                results = proof.prove(chosen, workers, lambda _: progress.advance(task))
    if as_json:
        say_json(report.as_json(results))
    else:
        report.show(results, console)
    if any(result.problems for result in results):
        raise typer.Exit(1)


def _wishes(named: str, kinds: Collection[str]) -> Iterator[Wish]:
    """The records of a file, which must all be transferred.

    Raises:
        InputError: It is not there, or not what an import takes.
    """
    from qbferry.proof.scenario import Wish

    entity, _, name = named.partition("=")
    try:
        if entity not in kinds:
            raise ValueError(f"There is no entity named {entity}; there are: {', '.join(kinds)}")
        for line in filter(str.strip, Path(name).read_text("utf-8").splitlines()):
            yield Wish(entity=entity, document=dict(json.loads(line)), there=None)
    except (OSError, ValueError, TypeError) as error:
        raise InputError(
            f"--records {named}: {error}. Give an entity and a file of JSON Lines: check=checks.jsonl."
        ) from error
