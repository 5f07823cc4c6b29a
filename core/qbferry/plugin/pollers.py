"""What plugins ask of QuickBooks that belongs to no record."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from qbferry.errors import PluginError
from qbferry.plugin.answers import fault_of_poll
from qbferry.plugin.guard import PluginFailure
from qbferry.plugin.mirror import Mirror, mirror

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from qbferry.model import Connector, Entity, Poll
    from qbferry.plugin.registry import Caller

__all__ = ["Pollers"]

log = logging.getLogger("qbferry.plugins")

FRAMEWORK = "qbferry"
"""Who polls where no plugin is to be named."""


class Pollers:
    """The plugins that poll, each by what calls it."""

    def __init__(
        self, callers: Mapping[str, Caller], entities: Mapping[str, Entity], owners: Mapping[str, str]
    ) -> None:
        self._callers = callers
        self._entities = entities
        self._owners = owners
        self._polled: dict[str, str] = {}

    def of(self, connector: Connector, entities: Collection[str]) -> list[Poll]:
        """The polls that matter to a run with records of certain entities.

        Those that only go along are left out where none of their plugin's own entities is among them. A
        plugin that fails is passed over, and so is a poll that is none, or another of a name that is taken.
        """
        found: list[Poll] = [
            mirror(kind)
            for kind in dict.fromkeys(
                kind
                for entity in entities
                if entity in self._entities
                for target in self._entities[entity].targets
                for kind in target.lists
            )
        ]
        declared: dict[str, tuple[str, Poll]] = {poll.name: (FRAMEWORK, poll) for poll in found}
        for name, caller in self._callers.items():
            owned = {entity for entity, owner in self._owners.items() if owner == name}
            needed = not owned or not owned.isdisjoint(entities)
            try:
                polls = [poll for answer in caller(connector) for poll in answer]
            except Exception as error:  # noqa: BLE001 - a plugin's
                log.error("The plugin %s failed to say what it polls: %s.", name, error)  # noqa: TRY400
                continue
            for poll in polls:
                if fault := fault_of_poll(poll):
                    log.error("The plugin %s %s in polls; it is passed over.", name, fault)
                    continue
                first, same = declared.setdefault(poll.name, (name, poll))
                if poll != same:
                    log.error(
                        "The plugin %s declares another poll %s than the plugin %s does; it is passed over.",
                        name,
                        poll.name,
                        first,
                    )
                elif (needed or poll.interval or poll.about) and first != FRAMEWORK:
                    self._polled[poll.name] = name
                    found.append(poll)
        return found

    def poller(self, poll: Poll) -> str:
        """The name of the plugin that declared a poll."""
        return self._polled.get(poll.name, FRAMEWORK)

    def check(self, connector: Connector) -> None:
        """Make sure that plugins ask for lists that QuickBooks has; what else is wrong is told in a run.

        Raises:
            PluginError: One asks for another.
        """
        for name, caller in self._callers.items():
            try:
                caller(connector)
            except PluginFailure as failure:
                if isinstance(failure.__cause__, PluginError):
                    raise PluginError(f"The plugin {name} fails in polls: {failure.__cause__}") from failure
            except Exception:
                log.debug("The plugin %s failed to say what it polls.", name, exc_info=True)

    def wanted_by(self, poll: Poll) -> tuple[str, ...]:
        """The names of the plugins a poll is asked for: whose it is, and who names entries of its list."""
        kind = poll.kind if isinstance(poll, Mirror) else None
        needing = (
            owner
            for entity, owner in self._owners.items()
            if any(kind in target.lists for target in self._entities[entity].targets)
        )
        return tuple(
            dict.fromkeys([*([self._polled[poll.name]] if poll.name in self._polled else []), *needing])
        )
