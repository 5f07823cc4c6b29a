"""From a record to requests that may leave: eligibility, building, rendering, checking."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from qbferry.errors import HookError, RenderError
from qbferry.model import Owner, OwnerKind, Request, Skip
from qbferry.transfer.currencies import foreign
from qbferry.transfer.marker import marker
from qbferry.transfer.references import resolve

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qbferry.model import AnyRecord, Connector, Entity, Lists, NewEntry, Reference
    from qbferry.plugin.manager import Plugins
    from qbferry.transfer.references import Remembered

__all__ = ["MADE", "Awaiting", "Origin", "Part", "Refusal", "Waiting", "prepare"]

MADE = "made"
"""The key of the one request of a list entry."""

NOTHING: Mapping[str, str] = MappingProxyType({})

LONGEST = 100
"""Characters of a label that the history takes."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What a connector's markers are made from: the installation's OwnerID and the connector's FileID."""

    owner_id: str
    file_id: str


@dataclass(frozen=True, slots=True)
class Part:
    """A request and its qbXML, ready to leave."""

    request: Request
    xml: str


@dataclass(frozen=True, slots=True)
class Refusal(Skip):
    """Why a record does not leave.

    Attributes:
        code: What kind of reason it is: ``rule``, ``name``, ``plugin``, ``qbxml``, ``misfit``.
    """

    code: str = "rule"


@dataclass(frozen=True, slots=True)
class Awaiting(Refusal):
    """Why a record does not leave yet: one that it refers to goes first."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Why a record does not leave yet: entries of QuickBooks' lists must be made first.

    Attributes:
        entries: Whose each is, and its request, by ``references.entry_key``.
    """

    entries: Mapping[str, tuple[Owner, Part]]


def prepare(
    plugins: Plugins,
    entity: Entity,
    record: AnyRecord,
    connector: Connector,
    lists: Lists,
    origin: Origin,
    refused: Mapping[str, str] = NOTHING,
    given: Sequence[Reference] | HookError | None = None,
    remembered: Remembered | None = None,
) -> Refusal | Waiting | list[Part]:
    """Ask the plugins for the requests of a record that QuickBooks does not have yet.

    A record of which QuickBooks has everything is at its end, whatever has become of its eligibility.

    Args:
        plugins: The plugins.
        entity: The kind of record.
        record: The record.
        connector: Whose it is.
        lists: QuickBooks' lists.
        origin: What markers are made from.
        refused: Why list entries could not be made in this run, by ``references.entry_key``.
        given: What the record names, where its plugin was asked already, or how that failed.
        remembered: What names were found to stand for, as ``references.resolve`` has it.

    Returns:
        The requests, none when QuickBooks has them all; or why the record cannot go, or not yet.
    """
    try:
        if isinstance(given, HookError):
            raise given
        references = plugins.references(entity, record, connector) if given is None else given
        resolution = resolve(references, lists, refused, remembered)
        names = resolution.names(references)
        built = plugins.build_requests(entity, record, connector, lists, names) if record.done else None
        if isinstance(built, list) and all(request.key in record.done for request in built):
            return []
        veto = plugins.check_eligibility(entity, record, connector)
        if veto:
            return Refusal(veto.reason)
        problems = resolution.problems or foreign(resolution.found.values(), connector)
        if problems:
            return Refusal(" ".join(problems), "name")
        if resolution.awaited:
            return Awaiting(" ".join(resolution.awaited), "name")
        if resolution.missing:
            return _entries(plugins, entity, connector, origin, resolution.missing)
        if built is None:
            built = plugins.build_requests(entity, record, connector, lists, names)
        if isinstance(built, Skip):
            return Refusal(built.reason)
        if fault := _untrue(record, built):
            raise plugins.fault(entity, "build_requests", fault)
        return _render(plugins, entity, record, connector, origin, built)
    except HookError as error:
        return Refusal(str(error), "plugin")
    except RenderError as error:
        return Refusal(str(error), "qbxml")


def _untrue(record: AnyRecord, built: list[Request]) -> str | None:
    """What the requests of a record cannot be, by what has happened to it."""
    if not (built or record.transfer_date):
        return "built no request, though QuickBooks has nothing of it yet"
    again = [each.key for each in built if each.key in record.chained and not each.name.endswith("Query")]
    if again:
        return f"built the request {again[0]} once more, though QuickBooks has just done it; nothing was sent"
    return None


def _entries(
    plugins: Plugins, entity: Entity, connector: Connector, origin: Origin, missing: Mapping[str, NewEntry]
) -> Refusal | Waiting:
    """The requests that make entries, in their order."""
    entries: dict[str, tuple[Owner, Part]] = {}
    problems: list[str] = []
    for entry, new in missing.items():
        owner = Owner(OwnerKind.ENTRY, new.kind, 0, new.full_name)
        request = Request(
            key=MADE,
            name=new.request,
            fields=new.fields,
            label=f"{new.kind} {new.full_name}"[:LONGEST],
            marker=marker(origin.owner_id, origin.file_id, owner, MADE, 0),
        )
        xml = plugins.render_request(entity, request)
        faults = plugins.check_request(entity, request, xml, connector)
        problems += [f"{request.label}: {fault}" for fault in faults]
        entries[entry] = (owner, Part(request, xml))
    return Refusal(" ".join(problems), "qbxml") if problems else Waiting(entries)


def _render(
    plugins: Plugins,
    entity: Entity,
    record: AnyRecord,
    connector: Connector,
    origin: Origin,
    built: list[Request],
) -> Refusal | list[Part]:
    owner = Owner(OwnerKind.RECORD, entity.name, record.pk, record.id)
    parts: list[Part] = []
    problems: list[str] = []
    for request in built:
        if request.key in record.done:
            continue
        marked = Request(
            key=request.key,
            name=request.name,
            fields=request.fields,
            label=request.label[:LONGEST],
            marker=marker(origin.owner_id, origin.file_id, owner, request.key, record.transfer_count),
        )
        xml = plugins.render_request(entity, marked)
        where = f"{request.label}: " if request.label else ""
        problems += [where + problem for problem in plugins.check_request(entity, marked, xml, connector)]
        parts.append(Part(marked, xml))
    return Refusal(" ".join(problems), "qbxml") if problems else parts
