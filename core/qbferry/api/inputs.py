"""The shapes of bodies, from the models of the kinds of record, for the description."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qbferry.api.shapes import title

if TYPE_CHECKING:
    from pydantic import BaseModel

    from qbferry.model import Entity
    from qbferry.store.catalog import KnownKind

__all__ = ["WHERE", "definitions", "reference", "shaped"]

WHERE = "#/components/schemas/"


def reference(kind: KnownKind) -> dict[str, Any]:
    """What names the shape of a kind."""
    return {"$ref": f"{WHERE}{_name(kind)}"}


def definitions(kind: KnownKind, entity: Entity | None) -> dict[str, Any]:
    """The shapes of one kind by their names, which no other kind has.

    Args:
        kind: The kind.
        entity: The same as its plugin declares it; None: that does not run, and nobody knows its shape.
    """
    if entity is None:
        return {_name(kind): {"type": "object"}}
    return shaped(_name(kind), entity.document)


def shaped(name: str, model: type[BaseModel]) -> dict[str, Any]:
    """A model by a name, and its parts by names below it."""
    whole = model.model_json_schema(ref_template=f"{WHERE}{name}.{{model}}")
    parts = whole.pop("$defs", {})
    return {name: whole} | {f"{name}.{part}": shape for part, shape in parts.items()}


def _name(kind: KnownKind) -> str:
    return f"{title(kind.name)}Input"
