"""``target-qbferry``: takes in what a Singer tap writes, and gives its STATE on once the records are kept."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from qbferry import output
from qbferry.cli.context import CommandDesk
from qbferry.errors import ConfigError, InputError, QbferryError
from qbferry.output import notice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = ["Target", "TargetSettings", "main", "target"]

SINGERS = "_sdc_"
"""What the columns begin with that taps and other targets add for themselves."""

KINDS = ("ACTIVATE_VERSION", "RECORD", "SCHEMA", "STATE")


class TargetSettings(BaseModel):
    """The file that ``--config`` names, as Singer has it.

    Attributes:
        qbferry_config: The settings file of qbferry; None: as for its commands.
        connector: Whose records they are; None: each goes to that of its organization or resource.
        streams: Stream -> kind of record, for streams that are not called like one.
        ready: Whether those are set ready that were never transferred and are eligible.
        batch_records: So many are taken in at once, if no STATE comes before.
    """

    model_config = ConfigDict(extra="forbid")

    qbferry_config: Path | None = None
    connector: str | None = None
    streams: dict[str, str] = {}
    ready: bool = False
    batch_records: int = Field(default=10_000, ge=1, le=100_000)


class Target:
    """Gathers records until they are to be kept.

    Args:
        settings: How.
        take: Keeps the records of a kind, given as JSON by their ids: all, or none and raises.
        known: The kinds of records there are.
        give: Writes a STATE.
    """

    def __init__(
        self,
        settings: TargetSettings,
        take: Callable[[str, Iterable[str]], None],
        known: Iterable[str],
        give: Callable[[str], None],
    ) -> None:
        self._settings, self._take, self._known, self._give = settings, take, sorted(known), give
        self._waiting: dict[str, dict[str, str]] = {}
        self._count = 0
        self._described: set[str] = set()

    def read(self, lines: Iterable[str]) -> None:
        """Work through a stream to its end.

        Raises:
            InputError: A message is none, or a record does not fit; what came before the last STATE that was
                given on is kept.
        """
        for number, line in enumerate(lines, 1):
            if line.strip():
                self._one(number, line)
        self._keep()

    def _one(self, number: int, line: str) -> None:
        try:
            message = json.loads(line)
        except ValueError as error:
            raise InputError(
                f"Line {number} of the stream is not JSON: {error}. Give it what a Singer tap writes."
            ) from error
        kind = message.get("type") if isinstance(message, dict) else None
        match kind:
            case "SCHEMA":
                self._entity(number, message)
                self._described.add(str(message["stream"]))
            case "RECORD":
                self._record(number, message)
            case "STATE":
                self._keep()
                self._give(json.dumps(message.get("value")))
            case "ACTIVATE_VERSION":
                notice("Nothing is deleted here: what a tap no longer gives stays as it is.")
            case _:
                raise InputError(
                    f"Line {number} of the stream is of the type {kind}; there are {', '.join(KINDS)}."
                )

    def _record(self, number: int, message: Mapping[str, Any]) -> None:
        entity = self._entity(number, message)
        if message["stream"] not in self._described:
            raise InputError(f"Line {number}: a RECORD of {message['stream']} comes before its SCHEMA.")
        given = message.get("record")
        if not isinstance(given, dict) or not isinstance(given.get("id"), str | int):
            raise InputError(f"Line {number}: a record of {message['stream']} has no id.")
        document = {name: value for name, value in given.items() if not name.startswith(SINGERS)}
        document["id"] = str(document["id"])
        # What comes again replaces what came before, as it would if each were kept by itself.
        waiting = self._waiting.setdefault(entity, {})
        waiting.pop(document["id"], None)
        waiting[document["id"]] = json.dumps(document)
        self._count += 1
        if self._count >= self._settings.batch_records:
            self._keep()

    def _entity(self, number: int, message: Mapping[str, Any]) -> str:
        stream = message.get("stream")
        name = self._settings.streams.get(str(stream), str(stream))
        if name not in self._known:
            raise InputError(
                f"Line {number}: the stream {stream} is no kind of record; there are "
                f"{', '.join(self._known)}. Say in streams which it is."
            )
        return name

    def _keep(self) -> None:
        waiting, self._waiting, self._count = self._waiting, {}, 0
        for entity, documents in waiting.items():
            self._take(entity, documents.values())


def target(
    config: Annotated[
        Path | None, typer.Option("--config", "-c", metavar="FILE", help="JSON, as Singer has it.")
    ] = None,
) -> None:
    """Take in the records that a Singer tap writes, and write its STATE once they are kept.

    Streams are called like kinds of records, such as invoice, or the setting streams says which they are.
    Records have the fields that qbferry schema prints. A record that comes again is changed, never doubled.

    Example: tap-shop --config shop.json | target-qbferry --config qbferry.json > state.jsonl
    """
    from qbferry.intake import JsonLines, bring_in

    settings = _settings(config)
    desk = CommandDesk(settings.qbferry_config)
    with desk.application() as app:

        def take(entity: str, lines: Iterable[str]) -> None:
            report = bring_in(
                app.database,
                desk.opener(app, entity, settings.connector),
                lambda _: JsonLines(lines),
                ready=settings.ready,
                anywhere=settings.connector is None,
            )
            kind = app.plugins.entities[entity]
            notice(
                f"{kind.plural}: {report.created} new, {report.changed} changed, "
                f"{report.unchanged} unchanged; {report.ready} set ready."
            )

        Target(settings, take, app.plugins.entities, _give(sys.stdout)).read(sys.stdin)


def main() -> None:
    """What ``target-qbferry`` calls."""
    alone = typer.Typer(add_completion=False)
    alone.command()(target)
    try:
        alone(prog_name="target-qbferry")
    except QbferryError as error:
        output.tell(error)
        raise SystemExit(1) from error


def _give(stream: IO[str]) -> Callable[[str], None]:
    def give(state: str) -> None:
        stream.write(state + "\n")
        stream.flush()

    return give


def _settings(file: Path | None) -> TargetSettings:
    if file is None:
        return TargetSettings()
    try:
        return TargetSettings.model_validate_json(file.read_bytes())
    except OSError as error:
        raise ConfigError(
            f"The file {file} cannot be read: {error.strerror}. Correct its name, or its rights."
        ) from error
    except ValidationError as error:
        from qbferry.config import describe_faults

        raise ConfigError(f"A setting in {file} does not fit: {describe_faults(error)}.") from error
