"""From a record to requests that may leave: eligibility, building, rendering, checking."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from qbferry.errors import HookError, RenderError
from qbferry.model import Skip
from qbferry.transfer.marker import marker

if TYPE_CHECKING:
    from qbferry.model import Connector, Entity, Lists, Record, Request
    from qbferry.plugin.manager import Plugins

__all__ = ["Origin", "Part", "prepare"]

LONGEST = 100
"""Characters of a request's key and label that the history takes."""


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


def prepare(
    plugins: Plugins, entity: Entity, record: Record, connector: Connector, lists: Lists, origin: Origin
) -> Skip | list[Part]:
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
            return veto
        if built is None:
            built = plugins.build_requests(entity, record, connector, lists)
        if isinstance(built, Skip):
            return built
        keys = [request.key for request in built]
        if len(set(keys)) < len(keys):
            return Skip(f"The plugin {plugins.owner(entity.name)} built two requests with one key.")
        if any(len(key) > LONGEST for key in keys):
            owner = plugins.owner(entity.name)
            return Skip(f"The plugin {owner} built a request whose key has more than {LONGEST} characters.")
        parts: list[Part] = []
        problems: list[str] = []
        for request in built:
            if request.key in record.done:
                continue
            marked = replace(
                request,
                label=request.label[:LONGEST],
                marker=marker(
                    origin.owner_id,
                    origin.file_id,
                    entity.name,
                    record.id,
                    request.key,
                    record.transfer_count,
                ),
            )
            xml = plugins.render_request(entity, marked)
            where = f"{request.label}: " if request.label else ""
            problems += [where + problem for problem in plugins.check_request(entity, marked, xml, connector)]
            parts.append(Part(marked, xml))
    except (HookError, RenderError) as error:
        return Skip(str(error))
    return Skip(" ".join(problems)) if problems else parts
