"""What the next records name, learnt before they are prepared: one question to the lists for all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry.errors import HookError, MisfitError
from qbferry.transfer.held import Held
from qbferry.transfer.references import shape_of, wanted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qbferry.model import Connector, Entity, RecordRow, Reference
    from qbferry.plugin.manager import Plugins
    from qbferry.store.lists import StoredLists
    from qbferry.transfer.call import Call
    from qbferry.transfer.references import Remembered, Shape

__all__ = ["Ahead"]


class Ahead:
    """Reads the records of one message ahead.

    Attributes:
        remembered: What names were found to stand for, for ``references.resolve``.
    """

    def __init__(self, plugins: Plugins, call: Call, lists: StoredLists) -> None:
        self._plugins = plugins
        self._call = call
        self._lists = lists
        self._known: dict[int, tuple[Held, list[Reference] | HookError]] = {}
        self._seen: set[Shape] = set()
        self.remembered: Remembered = {}

    def __call__(self, records: Sequence[tuple[Entity, RecordRow]]) -> None:
        """Look up what these records name, as far as the time of the call goes."""
        self._known = {}
        names: list[tuple[str, str]] = []
        for entity, row in records:
            if self._call.impatient:
                break
            try:
                held = Held.of(entity, row)
            except MisfitError:
                continue  # its turn says so
            given = _references(self._plugins, held, self._call.connector)
            self._known[row.pk] = held, given
            if not isinstance(given, HookError):
                for reference in given:
                    shape = shape_of(reference)
                    if shape not in self._seen and not reference.target.record:
                        self._seen.add(shape)
                        names += wanted(reference)
        self._lists.look_up(names)

    def of(self, entity: Entity, row: RecordRow) -> tuple[Held, list[Reference] | HookError]:
        """A record, and what it names or how its plugin failed to say so.

        Raises:
            MisfitError: Its document or state no longer fits.
        """
        known = self._known.pop(row.pk, None)
        if known is None:
            held = Held.of(entity, row)
            known = held, _references(self._plugins, held, self._call.connector)
        return known


def _references(plugins: Plugins, held: Held, connector: Connector) -> list[Reference] | HookError:
    try:
        return plugins.references(held.entity, held.record, connector)
    except HookError as error:
        return error
