"""The sources that plugins declare: found to be some, and read behind the border."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from qbferry.errors import HookError, PluginError
from qbferry.model import Fetched, Source
from qbferry.plugin.answers import UnfitAnswerError
from qbferry.plugin.guard import OUTSIDE, Border, PluginFailure

if TYPE_CHECKING:
    from collections.abc import Callable

    from qbferry.plugin.clock import Clock

__all__ = ["Draught", "Supply"]

LONGEST_NAME = 50
"""Characters of a source's name; a lease has some more."""

LONGEST_ID = 100


class Draught(NamedTuple):
    """What a source gave, checked: documents as JSON by id, the next cursor, and whether there is more."""

    documents: Mapping[str, str]
    cursor: str
    more: bool


class Supply:
    """All sources.

    Attributes:
        declared: The sources by name.
    """

    def __init__(self, callers: Mapping[str, Callable[[], Any]], clock: Clock) -> None:
        """Ask the plugins.

        Raises:
            PluginError: One declares what is no source, or one of a name that is taken.
        """
        self.declared: dict[str, Source] = {}
        self._borders: dict[str, Border] = {}
        for plugin, caller in callers.items():
            try:
                found = [source for answer in caller() for source in answer]
            except PluginFailure as error:
                raise PluginError(f"The plugin {error.plugin} failed in sources: {error.fault}.") from error
            for source in found:
                if fault := _fault_of(source):
                    raise PluginError(f"The plugin {plugin} does not declare its sources rightly: {fault}.")
                if source.name in self.declared:
                    raise PluginError(f"Two sources are called {source.name}; enable only one of them.")
                self.declared[source.name] = source
                self._borders[source.name] = Border(plugin, OUTSIDE[0], clock)

    def fetch(self, name: str, cursor: str | None) -> Draught:
        """Read a source from a cursor on.

        Raises:
            HookError: It cannot be read, and why.
        """
        source = self.declared[name]
        try:
            draught: Draught = self._borders[name](_fetched, source, cursor)
        except PluginFailure as error:
            raise HookError(
                f"The source {name} of the plugin {error.plugin} fails: {error.fault}. "
                "This is a fault of the plugin; tell its author."
            ) from error
        return draught


def _fault_of(source: Any) -> str | None:
    if not isinstance(source, Source):
        return f"{source!r} is no Source"
    name = source.name
    if not (isinstance(name, str) and 0 < len(name) <= LONGEST_NAME and name.isprintable() and name.strip()):
        return f"{name!r} is no name of 1 to {LONGEST_NAME} characters"
    if not (isinstance(source.every, timedelta) and source.every > timedelta()):
        return f"{name} is read every {source.every!r}, which is no time"
    if not (callable(source.fetch) and isinstance(source.entity, str)):
        return f"{name} lacks an entity, or a function fetch"
    return None


def _fetched(source: Source, cursor: str | None) -> Draught:
    found: object = source.fetch(cursor)
    if not isinstance(found, Fetched):
        raise UnfitAnswerError(f"answered {type(found).__name__}, not Fetched")
    if not isinstance(found.cursor, str):
        raise UnfitAnswerError(f"answered the cursor {found.cursor!r}, which is no text")
    documents: dict[str, str] = {}
    for document in found.documents:
        name = document.get("id") if isinstance(document, Mapping) else None
        if not (isinstance(name, str) and 0 < len(name) <= LONGEST_ID):
            raise UnfitAnswerError(f"answered a document without an id of 1 to {LONGEST_ID} characters")
        documents[name] = json.dumps(dict(document), default=str, ensure_ascii=False)
    return Draught(documents, found.cursor, bool(found.more))
