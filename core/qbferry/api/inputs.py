"""The shapes in which records come in, from the models of their kinds, for the description."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qbferry.model import Entity
    from qbferry.store.catalog import KnownKind

__all__ = ["definitions", "reference"]

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
    whole = entity.document.model_json_schema(ref_template=f"{WHERE}{_name(kind)}.{{model}}")
    parts = whole.pop("$defs", {})
    return {_name(kind): whole} | {f"{_name(kind)}.{name}": part for name, part in parts.items()}


def _name(kind: KnownKind) -> str:
    return f"{''.join(part.capitalize() for part in kind.name.split('_'))}Input"
