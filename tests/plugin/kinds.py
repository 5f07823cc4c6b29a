"""Two kinds of records and the plugins that own them, small enough to see through."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from qbferry import (
    AnyRecord,
    Connector,
    Document,
    Entity,
    Event,
    News,
    NewsKind,
    NoState,
    Request,
    State,
    Target,
    TransferStatus,
    hookimpl,
    mirror,
)
from qbferry.testing.probes import accepted
from qbferry.testing.records import FixedLists, make_record

if TYPE_CHECKING:
    from qbferry.plugin.manager import Plugins

NORTH = Connector(id=1, name="north")
REQUEST = Request(key="a", name="ClassAdd", fields={})
TOLD = News(kind=NewsKind.SENT, at=datetime(2026, 10, 31, tzinfo=UTC))
VENDORS = mirror("Vendor")
APPLES = Target(label="kind", kinds=("Class",), remedy="Plant it.")


class Kept(State):
    """What a plugin may remember: a number, and things by name."""

    count: int = 0
    names: Mapping[str, int] = {}


def kind(
    name: str, order: int = 100, templates: Path | None = None, state: type[State] = NoState, **changes: Any
) -> Entity:
    """An entity called ``name``."""
    declared: dict[str, Any] = {
        "name": name,
        "label": name.capitalize(),
        "plural": f"{name.capitalize()}s",
        "document": Document,
        "state": state,
        "requests": ("ClassAdd",),
        "targets": (APPLES,),
        "templates": templates or Path(__file__).parent,
        "order": order,
    }
    return Entity(**declared | changes)


def record(entity: Entity, **fields: Any) -> AnyRecord:
    """A record that waits to go."""
    return make_record(entity, {"id": "A-1"}, **{"transfer_status": TransferStatus.PENDING} | fields)


class Owner:
    """A plugin that owns one kind of record, and nothing else."""

    def __init__(
        self,
        name: str,
        order: int = 100,
        templates: Path | None = None,
        state: type[State] = NoState,
        **changes: Any,
    ) -> None:
        self.entity = kind(name, order, templates, state, **changes)

    @hookimpl
    def entities(self) -> list[Entity]:
        return [self.entity]


class Nowhere:
    """A database that nobody uses."""

    def reading(self) -> Any:
        raise NotImplementedError

    writing = reading


NOWHERE = Nowhere()

ASKING: Mapping[str, Callable[[Plugins, Entity, AnyRecord], object]] = {
    "polls": lambda plugins, entity, record: plugins.polls(NORTH, [entity.name]),
    "register_commands": lambda plugins, entity, record: plugins.register_commands(typer.Typer()),
    "observe": lambda plugins, entity, record: plugins.observe(Event(name="run.ended", connector="north")),
    "startup": lambda plugins, entity, record: plugins.startup(NOWHERE),
    "shutdown": lambda plugins, entity, record: plugins.shutdown(),
    "check_eligibility": lambda plugins, entity, record: plugins.check_eligibility(entity, record, NORTH),
    "check_retransfer": lambda plugins, entity, record: plugins.check_retransfer(entity, record),
    "clear_number": lambda plugins, entity, record: plugins.clear_number(entity, record),
    "check_change": lambda plugins, entity, record: plugins.check_change(entity, record, record.document),
    "references": lambda plugins, entity, record: plugins.references(entity, record, NORTH),
    "build_requests": lambda plugins, entity, record: plugins.build_requests(
        entity, record, NORTH, FixedLists()
    ),
    "possible_keys": lambda plugins, entity, record: plugins.possible_keys(entity, record),
    "render_request": lambda plugins, entity, record: plugins.render_request(entity, REQUEST),
    "check_request": lambda plugins, entity, record: plugins.check_request(entity, REQUEST, "<x/>", NORTH),
    "handle_response": lambda plugins, entity, record: plugins.handle_response(
        entity, record, REQUEST, accepted("ClassAdd")
    ),
    "after_transfer": lambda plugins, entity, record: plugins.after_transfer(entity, record, ()),
    "forget": lambda plugins, entity, record: plugins.forget(entity, record, {"a": "1-1"}),
    "update_source": lambda plugins, entity, record: plugins.update_source(
        "apples", entity, record, TOLD, NOWHERE
    ),
}
"""Hook -> how it is called through the facade, but for those that are called while plugins are registered."""
