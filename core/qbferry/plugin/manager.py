"""The typed facade over the hooks. Nobody else calls pluggy, whose relay is untyped."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, TypeVar, cast

import pluggy

from qbferry.errors import HookError, PluginError, RenderError
from qbferry.model import Skip
from qbferry.plugin import discovery, hookspecs
from qbferry.plugin.defaults import Defaults
from qbferry.plugin.markers import PROJECT
from qbferry.plugin.signature import disagreements
from qbferry.qbxml.render import Renderer

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from types import TracebackType

    import typer

    from qbferry.config import PluginSettings
    from qbferry.model import (
        Connector,
        Continue,
        Entity,
        Event,
        Lists,
        Outcome,
        Poll,
        Record,
        Rejected,
        Request,
        Retry,
        Sent,
    )
    from qbferry.qbxml.response import Response

__all__ = ["Plugins", "assemble"]

T = TypeVar("T")

log = logging.getLogger("qbferry.plugins")


def assemble(settings: PluginSettings) -> Plugins:
    """Discover, load, check and register the plugins the settings enable.

    Raises:
        ConfigError: A plugin's name or settings are wrong.
        PluginError: A plugin does not load or does not fit the hooks.
    """
    chosen = discovery.choose(settings, discovery.installed())
    return Plugins({plugin.name: discovery.load(plugin, settings.table(plugin.name)) for plugin in chosen})


class Plugins:
    """The plugins that run, one typed method a hook.

    Attributes:
        entities: The entities by name, in the order they take their turns.
    """

    def __init__(self, plugins: Mapping[str, object]) -> None:
        self._manager = pluggy.PluginManager(PROJECT)
        self._manager.add_hookspecs(hookspecs)
        renderer = Renderer(lambda env: self._manager.hook.prepare_environment(env=env))
        self._manager.register(Defaults(renderer), name="defaults")
        self._names = tuple(plugins)
        self._owners: dict[str, object] = {}
        declared: list[Entity] = []
        for name, plugin in plugins.items():
            try:
                self._manager.register(plugin, name=name)
                own = [*(self._own(plugin, "entities") or ())]
            except pluggy.PluginValidationError as error:
                raise PluginError(f"The plugin {name} does not fit the hooks: {_one_line(error)}.") from error
            except Exception as error:
                raise PluginError(
                    f"The plugin {name} fails to declare its entities: {type(error).__name__}: {error}."
                ) from error
            for entity in own:
                if entity.name in self._owners:
                    raise PluginError(
                        f"Two plugins declare the entity {entity.name}; enable only one of them."
                    )
                self._owners[entity.name] = plugin
            declared += own
            self._check_types(name, plugin, tuple(entity.record for entity in own))
        try:
            self._manager.check_pending()
        except pluggy.PluginValidationError as error:
            raise PluginError(f"A plugin has a hook of no known name: {_one_line(error)}.") from error
        self.entities: dict[str, Entity] = {
            entity.name: entity for entity in sorted(declared, key=lambda entity: (entity.order, entity.name))
        }
        self._callers: dict[tuple[str, str], pluggy.HookCaller] = {
            (hook, entity): self._manager.subset_hook_caller(
                hook, [other for other in self._owners.values() if other is not owner]
            )
            for hook in vars(hookspecs)
            if hasattr(getattr(hookspecs, hook), f"{PROJECT}_spec")
            for entity, owner in self._owners.items()
        }
        self._source_updaters = {
            entity: tuple(impl.plugin_name for impl in self._callers["update_source", entity].get_hookimpls())
            for entity in self._owners
        }

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the plugins that run."""
        return self._names

    def owner(self, entity: str) -> str:
        """The name of the plugin that owns an entity."""
        return cast("str", self._manager.get_name(self._owners[entity]))

    # -- Application hooks

    def polls(self, connector: Connector, entities: Collection[str]) -> list[Poll]:
        """The polls that matter to a run with records of certain entities.

        Those that only go along are left out where none of their plugin's own entities is among them; a
        plugin that raises is passed over.
        """
        found: list[Poll] = []
        for impl in self._manager.hook.polls.get_hookimpls():
            owned = {name for name, owner in self._owners.items() if owner is impl.plugin}
            needed = not owned or not owned.isdisjoint(entities)
            try:
                answer = impl.function(*(connector for _ in impl.argnames))
                polls = [*cast("Iterable[Poll]", answer or ())]
            except Exception:
                log.exception("The plugin %s failed to say what it polls.", impl.plugin_name)
            else:
                found += [poll for poll in polls if needed or poll.interval]
        return found

    def register_commands(self, cli: typer.Typer) -> None:
        """Let plugins add commands."""
        self._manager.hook.register_commands(cli=cli)

    def startup(self) -> None:
        """Tell plugins that the server starts."""
        self._manager.hook.startup()

    def shutdown(self) -> None:
        """Tell plugins that the server ends."""
        self._manager.hook.shutdown()

    def observe(self, event: Event) -> None:
        """Tell each plugin what happened; one that raises does not keep the others from learning it."""
        for impl in self._manager.hook.observe.get_hookimpls():
            try:
                impl.function(*(event for _ in impl.argnames))
            except Exception:
                log.exception("The plugin %s failed to observe %s.", impl.plugin_name, event.name)

    # -- Entity hooks

    def check_eligibility(self, entity: Entity, record: Record, connector: Connector) -> Skip | None:
        """The first veto, if there is one."""
        answers = self._call("check_eligibility", entity, record=record, connector=connector)
        return cast("list[Skip]", answers)[0] if answers else None

    def check_retransfer(self, entity: Entity, record: Record) -> Skip | str | None:
        """A veto or a warning before a transferred record is set ready again."""
        return cast("Skip | str | None", self._call("check_retransfer", entity, record=record))

    def clear_number(self, entity: Entity, record: Record) -> Skip | None:
        """Why a record keeps its number; None: its plugin has let go of it."""
        answer = self._call("clear_number", entity, record=record)
        return answer if isinstance(answer, Skip) else None

    def check_change(self, entity: Entity, record: Record, previous: Mapping[str, Any]) -> bool:
        """Whether a change of a transferred record must itself go to QuickBooks."""
        return bool(self._call("check_change", entity, record=record, previous=previous))

    def build_requests(
        self, entity: Entity, record: Record, connector: Connector, lists: Lists
    ) -> Skip | list[Request]:
        """The record's requests, or why there are none."""
        built = self._call("build_requests", entity, record=record, connector=connector, lists=lists)
        if isinstance(built, Skip):
            return built
        if built is None:
            return Skip(f"No plugin builds requests for {entity.plural.lower()}.")
        with _Guard("build_requests", entity):
            return [*cast("Iterable[Request]", built)]

    def render_request(self, entity: Entity, request: Request) -> str:
        """The request as qbXML."""
        return cast("str", self._call("render_request", entity, request=request))

    def check_request(self, entity: Entity, request: Request, xml: str, connector: Connector) -> list[str]:
        """All problems of a rendered request."""
        answers = cast(
            "list[Iterable[str]]",
            self._call("check_request", entity, request=request, xml=xml, connector=connector),
        )
        with _Guard("check_request", entity):
            return [problem for problems in answers for problem in problems]

    def handle_response(
        self, entity: Entity, record: Record, request: Request, response: Response
    ) -> Sent | Rejected | Retry | Continue:
        """What an answer means."""
        answer = self._call("handle_response", entity, record=record, request=request, response=response)
        return cast("Sent | Rejected | Retry | Continue", answer)

    def after_transfer(self, entity: Entity, record: Record, outcomes: Sequence[Outcome]) -> None:
        """Let plugins change the transferred record."""
        self._call("after_transfer", entity, record=record, outcomes=outcomes)

    def forget(self, entity: Entity, record: Record, lost: Mapping[str, str]) -> Skip | None:
        """Why a record cannot go again by itself; None: its plugin has let go of what QuickBooks lost."""
        return cast("Skip | None", self._call("forget", entity, record=record, lost=lost))

    def source_updaters(self, entity: str) -> tuple[str, ...]:
        """The names of the plugins that tell the outside world about this entity."""
        return self._source_updaters[entity]

    def update_source(self, plugin: str, entity: Entity, record: Record, outcome: Outcome) -> None:
        """Let one plugin tell the outside world."""
        for impl in self._callers["update_source", entity.name].get_hookimpls():
            if impl.plugin_name == plugin:
                arguments = {"entity": entity, "record": record, "outcome": outcome}
                with _Guard("update_source", entity):
                    impl.function(*(arguments[name] for name in impl.argnames))

    # -- Calling and checking

    def _call(self, hook: str, entity: Entity, **arguments: object) -> object:
        with _Guard(hook, entity):
            return self._callers[hook, entity.name](entity=entity, **arguments)

    def _own(self, plugin: object, hook: str) -> Any:
        """Call an application hook of one plugin."""
        others = [other for other in self._manager.get_plugins() if other is not plugin]
        answers = self._manager.subset_hook_caller(hook, others)()
        return answers[0] if answers else None

    def _check_types(self, name: str, plugin: object, records: tuple[type, ...]) -> None:
        for caller in self._manager.get_hookcallers(plugin) or ():
            spec = getattr(hookspecs, caller.name, None)
            if spec is None:
                continue  # a name no spec has; check_pending tells of it
            for impl in caller.get_hookimpls():
                if impl.plugin is plugin:
                    for fault in disagreements(impl.function, spec, records):
                        raise PluginError(f"The plugin {name} does not fit the hook {caller.name}: {fault}.")


class _Guard:
    """Turns what a plugin raises into a HookError that names the hook and the place."""

    __slots__ = ("_entity", "_hook")

    def __init__(self, hook: str, entity: Entity) -> None:
        self._hook = hook
        self._entity = entity

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None or not isinstance(error, Exception) or isinstance(error, HookError):
            return
        if isinstance(error, RenderError):
            return
        log.error("%s of a plugin raised.", self._hook, exc_info=error)
        place = next(_modules(trace), "a plugin")
        raise HookError(
            f"{place} failed in {self._hook} for this {self._entity.label.lower()}: "
            f"{type(error).__name__}: {error}. This is a fault of the plugin; tell its author."
        ) from error


def _modules(trace: TracebackType | None) -> Iterator[str]:
    """The modules on the way to an error, those of pluggy and of the framework left out."""
    while trace:
        module: str = trace.tb_frame.f_globals.get("__name__", "?")
        if not module.startswith(("pluggy", "qbferry.")):
            yield f"The plugin module {module}"
        trace = trace.tb_next


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
