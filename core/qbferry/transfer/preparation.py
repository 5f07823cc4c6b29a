"""From a record to requests that may leave: eligibility, building, rendering, checking."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from qbferry.errors import HookError, RenderError
from qbferry.model import Owner, OwnerKind, Skip
from qbferry.transfer.marker import marker

if TYPE_CHECKING:
    from qbferry.model import AnyRecord, Connector, Entity, Lists, Request
    from qbferry.plugin.manager import Plugins

__all__ = ["Origin", "Part", "Refusal", "prepare"]

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
        code: What kind of reason it is: ``rule``, ``plugin`` or ``qbxml``.
    """

    code: str = "rule"


def prepare(
    plugins: Plugins, entity: Entity, record: AnyRecord, connector: Connector, lists: Lists, origin: Origin
) -> Refusal | list[Part]:
    """Ask the plugins for the requests of a record that QuickBooks does not have yet.

    A record of which QuickBooks has everything is at its end, whatever has become of its eligibility.

    Returns:
        The requests, none when QuickBooks has them all; or why the record cannot go.
    """
    try:
        built = plugins.build_requests(entity, record, connector, lists) if record.done else None
        if isinstance(built, list) and all(request.key in record.done for request in built):
            return []
        veto = plugins.check_eligibility(entity, record, connector)
        if veto:
            return Refusal(veto.reason)
        if built is None:
            built = plugins.build_requests(entity, record, connector, lists)
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
        marked = replace(
            request,
            label=request.label[:LONGEST],
            marker=marker(origin.owner_id, origin.file_id, owner, request.key, record.transfer_count),
        )
        xml = plugins.render_request(entity, marked)
        where = f"{request.label}: " if request.label else ""
        problems += [where + problem for problem in plugins.check_request(entity, marked, xml, connector)]
        parts.append(Part(marked, xml))
    return Refusal(" ".join(problems), "qbxml") if problems else parts
