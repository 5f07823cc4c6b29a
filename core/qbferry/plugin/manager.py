"""The typed facade over the hooks. Nobody else calls pluggy, whose relay is untyped."""

from __future__ import annotations

import logging
from dataclasses import replace
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from qbferry.errors import HookError, PluginError
from qbferry.model import NONE, Names, Noted, Reference, Skip
from qbferry.plugin import discovery
from qbferry.plugin.answers import (
    asked,
    contradiction,
    fault_of_references,
    fault_of_requests,
    handled,
    summed_up,
)
from qbferry.plugin.clock import Clock
from qbferry.plugin.guard import Border, PluginFailure
from qbferry.plugin.pollers import Pollers
from qbferry.plugin.registry import DEFAULTS, HOOKS, Registry
from qbferry.plugin.sources import Supply
from qbferry.qbxml import check
from qbferry.qbxml.characters import without_illegal

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    import typer

    from qbferry.config import PluginSettings
    from qbferry.model import (
        AnyRecord,
        Connector,
        Document,
        Entity,
        Event,
        Gone,
        Ignore,
        Lists,
        More,
        News,
        Nothing,
        Occasion,
        Outcome,
        Poll,
        Records,
        Request,
        Result,
        SendAgain,
        Summary,
        Target,
        Withdraw,
    )
    from qbferry.plugin.ports import Storage
    from qbferry.plugin.registry import Caller
    from qbferry.qbxml.response import Response

__all__ = ["Plugins", "assemble"]

log = logging.getLogger("qbferry.plugins")

NO_NAMES = Names({})

AUTHOR = "This is a fault of the plugin; tell its author."
MISLED = "What a plugin built, or added to the templates, may be the cause."


def assemble(settings: PluginSettings) -> Plugins:
    """Discover, load, check and register the plugins the settings enable.

    Raises:
        ConfigError: A plugin's name or settings are wrong.
        PluginError: A plugin does not load or does not fit the hooks.
    """
    chosen = discovery.choose(settings, discovery.installed())
    return Plugins(
        {plugin.name: discovery.load(plugin, settings.table(plugin.name)) for plugin in chosen},
        {plugin.name: folder for plugin in chosen if (folder := settings.templates(plugin.name))},
    )


class Plugins:
    """The plugins that run, one typed method a hook.

    Whatever a plugin does in an entity hook arrives as a HookError that names it, or as an answer that fits.

    Attributes:
        names: The names of the plugins that run.
        entities: The entities by name, in the order they take their turns.
        clock: How long plugins take.
        supply: The sources they declare.
        pollers: The polls they declare.
    """

    def __init__(
        self, plugins: Mapping[str, object], templates: Mapping[str, Path] = MappingProxyType({})
    ) -> None:
        """Register the plugins.

        Args:
            plugins: The plugins by name, in the order of the settings.
            templates: Plugin -> a folder of templates that are found before its own.

        Raises:
            ConfigError: Such a template is not fit to be sent.
            PluginError: A plugin does not fit.
        """
        self.names = tuple(plugins)
        self.clock = Clock()
        self._registry = registry = Registry(plugins, self.clock, templates)
        self.entities = registry.entities
        self._callers: dict[str, dict[str, Caller]] = {
            hook: {entity: registry.caller(hook, entity) for entity in registry.entities} for hook in HOOKS
        }
        self._summaries = {
            entity: Border(owner, "summary", self.clock) for entity, owner in registry.owners.items()
        }
        self._updaters: dict[str, dict[str, Caller]] = {
            entity: {
                name: registry.caller("update_source", entity, only=name)
                for name in registry.implementers("update_source", entity)
            }
            for entity in registry.entities
        }
        self._observers = self._one_by_one("observe")
        self.supply = Supply(self._one_by_one("sources"), self.clock)
        pollers = self._one_by_one("polls")
        self.pollers = Pollers(
            {name: pollers[name] for name in plugins if name in pollers}, self.entities, registry.owners
        )

    def owner(self, entity: str) -> str:
        """The name of the plugin that owns an entity."""
        return self._registry.owners[entity]

    def fault(self, entity: Entity, hook: str, fault: str) -> HookError:
        """What is told of an answer that cannot be true, of the plugin that gave it last.

        Args:
            entity: The kind of record it is about.
            hook: The hook that was answered.
            fault: A phrase that goes on from "the plugin …".
        """
        return self._failed(PluginFailure(self._registry.speaker.plugin, hook, fault), entity)

    # -- Application hooks

    def polls(self, connector: Connector, entities: Collection[str]) -> list[Poll]:
        """The polls that matter to a run with records of certain entities."""
        return self.pollers.of(connector, entities)

    def poller(self, poll: Poll) -> str:
        """The name of the plugin that declared a poll."""
        return self.pollers.poller(poll)

    def ask(self, poll: Poll, occasion: Occasion, connector: Connector) -> tuple[str, str] | None:
        """The query of a poll, found to be one; None: it fails, or asks what QuickBooks does not know."""
        try:
            name, xml = self._border(poll)(asked, poll, occasion)
            problems = check.check_request(name, xml, connector.country or "US")
        except PluginFailure as error:
            problems = [f"{error.fault}."]
        if problems:
            text = " ".join(problems)
            log.error("The poll %s of the plugin %s is passed over: %s", poll.name, self.poller(poll), text)
            return None
        return name, xml

    def take(self, poll: Poll, response: Response, records: Records) -> None:
        """Let a poll handle an answer.

        Raises:
            HookError: It fails; nothing of what it did may be kept.
        """
        try:
            self._border(poll)(handled, poll, response, records)
        except PluginFailure as error:
            raise HookError(f"The plugin {error.plugin} failed in {error.hook}: {error.fault}.") from error

    @property
    def commanders(self) -> tuple[str, ...]:
        """The names of the plugins that add commands."""
        return self._registry.implementers("register_commands")

    def register_commands(self, cli: typer.Typer, only: str | None = None) -> None:
        """Let plugins, or the one of that name, add commands; raises a PluginError if one fails to."""
        self._broadcast("register_commands", cli, only=only)

    def startup(self, storage: Storage) -> None:
        """Tell plugins that the server starts.

        Raises:
            PluginError: One cannot.
        """
        self._broadcast("startup", storage)

    def shutdown(self) -> None:
        """Tell plugins that the server ends."""
        try:
            self._broadcast("shutdown")
        except PluginError as error:
            log.error("%s", error)  # noqa: TRY400 - the failure is logged where it was caught

    def observe(self, event: Event) -> None:
        """Tell each plugin what happened; one that fails does not keep the others from learning it."""
        self.clock.happened(event.name)
        for name, caller in self._observers.items():
            try:
                caller(event)
            except Exception as error:  # noqa: BLE001 - a plugin's
                log.error("The plugin %s failed to observe %s: %s.", name, event.name, error)  # noqa: TRY400

    # -- Entity hooks

    def summary(self, entity: Entity, document: Document) -> Summary:
        """What the core may know of a record.

        Raises:
            HookError: The plugin fails to tell.
        """
        try:
            found: Summary = self._summaries[entity.name](summed_up, entity, document)
        except PluginFailure as error:
            raise self._failed(error, entity) from error
        return found

    def check_eligibility(self, entity: Entity, record: AnyRecord, connector: Connector) -> Skip | None:
        """The first veto, if there is one."""
        answers: list[Skip] = self._call("check_eligibility", entity, record, connector)
        return answers[0] if answers else None

    def check_retransfer(self, entity: Entity, record: AnyRecord) -> Skip | str | None:
        """A veto or a warning before a transferred record is set ready again."""
        answer: Skip | str | None = self._call("check_retransfer", entity, record)
        return answer

    def clear_number(self, entity: Entity, record: AnyRecord) -> Skip | None:
        """Why a record keeps its number; None: its plugin has let go of it."""
        answer = self._call("clear_number", entity, record)
        return answer if isinstance(answer, Skip) else None

    def check_change(
        self, entity: Entity, record: AnyRecord, previous: Document
    ) -> SendAgain | Noted | Ignore | Withdraw:
        """What a change of a record at its source is."""
        answer: SendAgain | Noted | Ignore | Withdraw | None
        answer = self._call("check_change", entity, record, previous)
        return answer or Noted()

    def references(self, entity: Entity, record: AnyRecord, connector: Connector) -> list[Reference]:
        """What in a record stands for entries of QuickBooks' lists."""
        given: list[Reference] = self._call("references", entity, record, connector) or []
        if fault := fault_of_references(entity, given):
            raise self.fault(entity, "references", fault)
        return [each if each.name else _unnamed(each) for each in given]

    def build_requests(
        self, entity: Entity, record: AnyRecord, connector: Connector, lists: Lists, names: Names = NO_NAMES
    ) -> Skip | list[Request]:
        """The record's requests, or why there are none."""
        built = self._call("build_requests", entity, record, connector, lists, names)
        if isinstance(built, Skip):
            return built
        if built is None:
            return Skip(f"No plugin builds requests for {entity.plural.lower()}.")
        requests = cast("list[Request]", built)
        if fault := fault_of_requests(entity, requests):
            raise self.fault(entity, "build_requests", fault)
        if entity.added:
            more = {name: getattr(record.document, name) for name in entity.added}
            requests = [replace(each, fields={**more, **each.fields}) for each in requests]
        return requests

    def possible_keys(self, entity: Entity, record: AnyRecord) -> list[str]:
        """Keys of requests a record may have been sent with and does not build now."""
        answer: list[str] | None = self._call("possible_keys", entity, record)
        return answer or []

    def render_request(self, entity: Entity, request: Request) -> str:
        """The request as qbXML."""
        return cast("str", self._relay("render_request", entity, request))

    def check_request(self, entity: Entity, request: Request, xml: str, connector: Connector) -> list[str]:
        """All problems of a rendered request."""
        answers: list[list[str]]
        answers = self._relay("check_request", entity, request, xml, connector)
        return [problem for problems in answers for problem in problems]

    def handle_response(
        self, entity: Entity, record: AnyRecord, request: Request, response: Response
    ) -> Result:
        """What an answer means.

        Raises:
            HookError: A plugin fails, or reads out of the answer what it does not say; the state of the
                record is what it was.
        """
        mark = record.mark()
        result: Result
        result = self._call("handle_response", entity, record, request, response)
        if fault := contradiction(request.name, response, result):
            record.back_to(mark)
            raise self.fault(entity, "handle_response", fault)
        return result

    def after_transfer(
        self, entity: Entity, record: AnyRecord, outcomes: Sequence[Outcome]
    ) -> list[More | Gone | Noted]:
        """What is to happen after a transfer."""
        answers: list[More | Gone | Noted]
        answers = self._call("after_transfer", entity, record, outcomes)
        return answers

    def forget(self, entity: Entity, record: AnyRecord, lost: Mapping[str, str]) -> Nothing | Skip | None:
        """Let the owner go back to before what QuickBooks lost."""
        answer: Nothing | Skip | None = self._call("forget", entity, record, lost)
        return answer

    def source_updaters(self, entity: str) -> tuple[str, ...]:
        """The names of the plugins that tell the outside world about this entity."""
        return tuple(self._updaters[entity])

    def update_source(
        self, plugin: str, entity: Entity, record: AnyRecord, news: News, storage: Storage
    ) -> None:
        """Let one plugin tell the outside world."""
        caller = self._updaters[entity.name].get(plugin)
        if caller is not None:
            self._tell(caller, entity, record, news, storage)

    # -- Calling

    def _call(self, hook: str, entity: Entity, record: AnyRecord, *arguments: object) -> Any:
        mark = record.mark()
        try:
            answer = self._callers[hook][entity.name](entity, record, *arguments)
        except PluginFailure as error:
            record.back_to(mark)
            raise self._failed(error, entity) from error
        except BaseException:
            record.back_to(mark)
            raise
        record.reread()
        return answer

    def _relay(self, hook: str, entity: Entity, *arguments: object) -> Any:
        return self._tell(self._callers[hook][entity.name], entity, *arguments)

    def _tell(self, caller: Caller, entity: Entity, *arguments: object) -> Any:
        try:
            return caller(entity, *arguments)
        except PluginFailure as error:
            raise self._failed(error, entity) from error

    def _failed(self, failure: PluginFailure, entity: Entity) -> HookError:
        who, advice = f"The plugin {failure.plugin}", AUTHOR
        if failure.plugin == DEFAULTS:
            who, advice = "The framework", MISLED
        what = f"{who} failed in {failure.hook} for this {entity.label.lower()}: {failure.fault}. {advice}"
        return HookError(without_illegal(what))

    def _border(self, poll: Poll) -> Border:
        return Border(self.poller(poll), f"the poll {poll.name}", self.clock)

    def _broadcast(self, hook: str, *arguments: object, only: str | None = None) -> None:
        try:
            self._registry.caller(hook, only=only)(*arguments)
        except PluginFailure as error:
            raise PluginError(f"The plugin {error.plugin} failed in {hook}: {error.fault}.") from error

    def _one_by_one(self, hook: str) -> dict[str, Caller]:
        return {name: self._registry.caller(hook, only=name) for name in self._registry.implementers(hook)}


def _unnamed(reference: Reference) -> Reference:
    """Where a record names nothing: left out, unless a person has said what holds there."""
    return Reference(
        at=reference.at,
        target=_optional(reference.target),
        name=NONE,
        where=reference.where,
        spellings=reference.spellings,
        uses=reference.uses,
        new=reference.new,
    )


@cache
def _optional(target: Target) -> Target:
    return replace(target, optional=True)
