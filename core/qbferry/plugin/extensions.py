"""Kinds of records with the fields that other plugins add to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pydantic import create_model

from qbferry.errors import PluginError
from qbferry.model import EXTENSION, Extension
from qbferry.plugin.answers import in_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qbferry.model import Entity

__all__ = ["extended", "fault_of_extension"]


def fault_of_extension(extension: Any) -> str | None:
    """What keeps an extension from being used; None: nothing."""
    if not isinstance(extension, Extension):
        return f"{extension!r} is no Extension"
    if not (isinstance(extension.fields, Mapping) and extension.fields):
        return f"an extension of {extension.entity} has no fields"
    for name, shape in extension.fields.items():
        if not (isinstance(name, str) and name.startswith(EXTENSION) and name.isidentifier()):
            return f"{name!r} is no name of a field that is added; it begins with {EXTENSION}"
        if not (isinstance(shape, tuple) and len(shape) == 2):
            return f"{name} is {shape!r}, not its type and its default"
    if unknown := sorted(set(extension.never_sent) - set(extension.fields)):
        return f"{unknown[0]} is never sent and is none of its fields"
    return None


def extended(entity: Entity, added: Iterable[tuple[str, Extension]]) -> Entity:
    """A kind of record with what plugins add to it.

    Args:
        entity: As its owner declares it.
        added: The plugins' names and their extensions.

    Raises:
        PluginError: Two add the same field, or one adds what is no field.
    """
    by: dict[str, str] = {}
    for plugin, extension in added:
        for name in extension.fields:
            if name in by:
                raise PluginError(
                    f"{by[name]} and {plugin} both add {name} to {entity.name}; enable only one of them."
                )
            by[name] = plugin
        fields: Any = dict(extension.fields)
        try:
            document = create_model(
                entity.document.__name__,
                __base__=entity.document,
                __module__=entity.document.__module__,
                __doc__=entity.document.__doc__,
                **fields,
            )
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            raise PluginError(
                f"The plugin {plugin} adds to {entity.name} what is no field: {in_words(error)}."
            ) from error
        entity = replace(
            entity,
            document=document,
            columns=(*entity.columns, *extension.columns),
            never_sent=entity.never_sent | extension.never_sent,
            added=(*entity.added, *extension.fields),
        )
    return entity
