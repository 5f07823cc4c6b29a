"""Registering plugins: who owns what, whether they fit, and who is called for which entity."""

from __future__ import annotations

import inspect
from functools import cache
from operator import itemgetter
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

import pluggy

from qbferry.errors import PluginError
from qbferry.model import Column, Document, Entity, Kind, RecordRow, State, Target
from qbferry.plugin import hookspecs
from qbferry.plugin.answers import UnfitAnswerError, checked, in_words
from qbferry.plugin.defaults import Defaults
from qbferry.plugin.extensions import extended, fault_of_extension
from qbferry.plugin.guard import Guarded, PluginFailure, Speaker
from qbferry.plugin.markers import API_VERSION, PROJECT
from qbferry.plugin.mirror import check_kind
from qbferry.plugin.overrides import overridden, tried
from qbferry.plugin.signature import disagreements
from qbferry.qbxml import schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path
    from typing import TypeAlias

    from qbferry.plugin.clock import Clock
    from qbferry.qbxml.render import Renderer

    Caller: TypeAlias = Callable[..., Any]
    """Calls a hook with its spec's arguments, in their order; gives the first answer, or all of them."""

__all__ = ["DEFAULTS", "HOOKS", "Registry"]

HOOKS = tuple(
    name for name, spec in vars(hookspecs).items() if hasattr(spec, f"{PROJECT}_spec") and callable(spec)
)
"""The names of all hooks."""

LONGEST_NAME = 60
"""Characters of a plugin's name, of an entity's name and labels, of a column's name."""

DEFAULTS = "qbferry"
"""What the framework's own behaviour is called where a plugin would be named."""

_COLLECTIONS: tuple[tuple[str, tuple[type, ...], str], ...] = (
    ("requests", (tuple, list), "tuple of names"),
    ("never_sent", (frozenset, set), "frozenset of names"),
    ("columns", (tuple, list), "tuple"),
)
"""The fields of an entity that hold several things: what they may be, and what they should be, in words."""


class Registry:
    """The plugins that run, registered and found to fit.

    Attributes:
        entities: The entities by name, in the order they take their turns.
        owners: Entity -> the name of the plugin that owns it.
        speaker: Who answered last.
    """

    def __init__(self, plugins: Mapping[str, object], clock: Clock, templates: Mapping[str, Path]) -> None:
        """Register.

        Args:
            plugins: The plugins by name, in the order of the settings.
            clock: Measures their hooks.
            templates: Plugin -> a folder of templates that are found before its own.

        Raises:
            ConfigError: Such a template is not fit to be sent.
            PluginError: A plugin does not fit; nothing runs.
        """
        self._manager = pluggy.PluginManager(PROJECT)
        self._manager.add_hookspecs(hookspecs)
        self._clock = clock
        self.speaker = Speaker()
        self.owners: dict[str, str] = {}
        for name in plugins:
            if name == DEFAULTS or not _is_label(name):
                raise PluginError(
                    f"A plugin is called {name!r}, which is the framework's own name or none of 1 to "
                    f"{LONGEST_NAME} characters; give its entry point another name."
                )
        for name, plugin in plugins.items():
            _check_version(name, plugin)
        declared = {name: _declared(self._manager, name, plugin) for name, plugin in plugins.items()}
        for name, own in declared.items():
            for entity in own:
                if entity.name in self.owners:
                    raise PluginError(
                        f"Two plugins declare the entity {entity.name}; enable only one of them."
                    )
                self.owners[entity.name] = name
        # Among those of one rank pluggy calls the one registered last first: owners come before policies.
        for name in sorted(plugins, key=lambda name: bool(declared[name])):
            self._register(name, plugins[name], declared[name])
        try:
            self._manager.check_pending()
        except pluggy.PluginValidationError as error:
            raise PluginError(f"A plugin has a hook of no known name: {_one_line(error)}.") from error
        final = self._extended(plugins, declared)
        final |= {name: overridden(name, final[name], folder) for name, folder in templates.items()}
        everything = [entity for own in final.values() for entity in own]
        self.entities = {
            entity.name: entity
            for entity in sorted(everything, key=lambda entity: (entity.order, entity.name))
        }
        renderer = cache(self._renderer)
        self._register(DEFAULTS, Defaults(renderer), ())
        if self._manager.hook.prepare_environment.get_hookimpls():
            renderer()  # a plugin that fails at it is to stop the start, not a run
        self._check_templates()
        for entity in self.entities.values():
            tried(entity, lambda: renderer().base)

    def caller(self, hook: str, entity: str | None = None, *, only: str | None = None) -> Caller:
        """What calls all concerned with an entity, or one plugin and every wrapper around it.

        Args:
            hook: The hook's name.
            entity: Leaves out the owners of other entities.
            only: Leaves out all others but their wrappers.
        """
        return _straight(self._chosen(hook, entity, only=only))

    def _chosen(self, hook: str, entity: str | None = None, *, only: str | None = None) -> pluggy.HookCaller:
        everyone = cast("pluggy.HookCaller", getattr(self._manager.hook, hook))
        out = {name for name in self.owners.values() if entity is not None and name != self.owners[entity]}
        if only is not None:
            out |= {
                impl.plugin_name
                for impl in everyone.get_hookimpls()
                if impl.plugin_name != only and not impl.wrapper
            }
        return self._manager.subset_hook_caller(hook, [self._manager.get_plugin(name) for name in out])

    def implementers(self, hook: str, entity: str | None = None) -> tuple[str, ...]:
        """The plugins that answer a hook themselves, in the order they are called, wrappers left out."""
        impls = self._chosen(hook, entity).get_hookimpls()
        return tuple(impl.plugin_name for impl in reversed(impls) if not impl.wrapper)

    # -- Registering

    def _extended(
        self, plugins: Mapping[str, object], declared: Mapping[str, tuple[Entity, ...]]
    ) -> dict[str, tuple[Entity, ...]]:
        """The entities, with what other plugins add to them."""
        added = [
            (name, extension)
            for name, plugin in plugins.items()
            for extension in _answered(self._manager, name, plugin, "extensions", fault_of_extension)
        ]
        return {
            name: tuple(
                extended(entity, [one for one in added if one[1].entity == entity.name]) for entity in own
            )
            for name, own in declared.items()
        }

    def _register(self, name: str, plugin: object, own: Sequence[Entity]) -> None:
        _check_markers(name, plugin)
        found: dict[str, tuple[str, Callable[..., Any], bool]] = {}
        for attribute in dir(plugin):
            options = self._manager.parse_hookimpl_opts(plugin, attribute)
            if options is None:
                continue
            hook, function = options["specname"] or attribute, getattr(plugin, attribute)
            spec = getattr(hookspecs, hook, None)
            wraps = bool(options["wrapper"])
            found[attribute] = hook, function, wraps
            if options["hookwrapper"] or (wraps and not inspect.isgeneratorfunction(function)):
                raise PluginError(
                    f"The plugin {name} does not wrap the hook {hook} rightly: a wrapper is marked "
                    "@hookimpl(wrapper=True) and has one yield, which gives the answer it must return."
                )
            for fault in disagreements(function, spec, own, wraps=wraps) if spec else ():
                raise PluginError(f"The plugin {name} does not fit the hook {hook}: {fault}.")
        try:
            self._manager.register(Guarded(found, name, self._clock, self.speaker, owns=bool(own)), name=name)
        except pluggy.PluginValidationError as error:
            raise PluginError(f"The plugin {name} does not fit the hooks: {_one_line(error)}.") from error

    def _renderer(self) -> Renderer:
        """What renders qbXML, with the filters and globals that plugins add; many commands render nothing."""
        from qbferry.qbxml.render import Renderer

        try:
            return Renderer(lambda env: self._manager.hook.prepare_environment(env=env))
        except PluginFailure as error:
            raise PluginError(
                f"The plugin {error.plugin} failed in prepare_environment: {error.fault}."
            ) from error

    def _check_templates(self) -> None:
        """Hold every request an entity declares against the schema."""
        known = schema.load().names
        for entity in self.entities.values():
            for request in entity.requests:
                if request not in known:
                    raise PluginError(
                        f"The plugin {self.owners[entity.name]} declares the request {request} for "
                        f"{entity.name}, which qbXML does not have."
                    )


def _straight(caller: pluggy.HookCaller) -> Caller:
    """What calls the same implementations, chosen once; pluggy itself where one wraps the others."""
    assert caller.spec  # noqa: S101
    names, one_is_enough = caller.spec.argnames, bool(caller.spec.opts.get("firstresult"))
    impls = [*reversed(caller.get_hookimpls())]
    if any(impl.wrapper for impl in impls):
        return lambda *arguments: caller(**dict(zip(names, arguments, strict=True)))
    functions = [(impl.function, _picking([names.index(name) for name in impl.argnames])) for impl in impls]

    def call(*arguments: Any) -> Any:
        answers = []
        for function, pick in functions:
            answer = function(*pick(arguments))
            if answer is not None:
                if one_is_enough:
                    return answer
                answers.append(answer)
        return None if one_is_enough else answers

    return call


def _picking(places: Sequence[int]) -> Callable[[Sequence[Any]], Sequence[Any]]:
    """What takes the arguments at these places out of all there are."""
    if len(places) < 2:
        return lambda arguments: [arguments[place] for place in places]
    return itemgetter(*places)


def _declared(manager: pluggy.PluginManager, name: str, plugin: object) -> tuple[Entity, ...]:
    """The entities a plugin declares, each found to be one."""
    return tuple(_answered(manager, name, plugin, "entities", _fault_of))


def _answered(
    manager: pluggy.PluginManager,
    name: str,
    plugin: object,
    hook: str,
    fault_of: Callable[[Any], str | None],
) -> list[Any]:
    """What a plugin declares in a hook, each found to be right."""
    own: list[Any] = []
    try:
        for attribute in dir(plugin):
            options = manager.parse_hookimpl_opts(plugin, attribute)
            if options and (options["specname"] or attribute) == hook:
                own += checked(hook, getattr(plugin, attribute)()) or ()
    except UnfitAnswerError as error:
        raise PluginError(f"The plugin {name} fails to declare its {hook}: it {error}.") from error
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise PluginError(f"The plugin {name} fails to declare its {hook}: {in_words(error)}.") from error
    for one in own:
        if fault := fault_of(one):
            raise PluginError(f"The plugin {name} does not declare its {hook} rightly: {fault}.")
    return own


def _fault_of(entity: Any) -> str | None:
    """What keeps an entity from being used; None: nothing."""
    if not isinstance(entity, Entity):
        return f"{entity!r} is no Entity"
    name = entity.name
    if not (isinstance(name, str) and name.isidentifier() and len(name) <= LONGEST_NAME):
        return f"{name!r} is no name: it has 1 to {LONGEST_NAME} letters, digits and _"
    for text in (entity.label, entity.plural):
        if not _is_label(text):
            return f"{name} is labelled {text!r}, which is no text of 1 to {LONGEST_NAME} characters"
    for field, kinds, what in _COLLECTIONS:
        found = getattr(entity, field)
        if not (isinstance(found, kinds) and (field == "columns" or _are_texts(found))):
            return f"{name} declares its {field} as {found!r}, not as a {what}"
    if not isinstance(entity.order, int):
        return f"{name} takes its turn in the order {entity.order!r}, which is no whole number"
    if not callable(getattr(entity.templates, "joinpath", None)):
        return f"the templates of {name} are {entity.templates!r}, which is no folder"
    if not entity.requests:
        return f"{name} declares no request it can make"
    if not (inspect.isclass(entity.document) and issubclass(entity.document, Document)):
        return f"the document of {name} is no Document"
    if not callable(entity.summary):
        return f"the summary of {name} is no function"
    return _fault_of_targets(entity) or _fault_of_state(entity) or _fault_of_columns(entity)


def _fault_of_targets(entity: Entity) -> str | None:
    for target in entity.targets:
        if not (isinstance(target, Target) and bool(target.kinds) != bool(target.record)):
            what = f"{target!r} among its targets, which stands for neither a list nor a record"
            return f"{entity.name} has {what}"
        try:
            for kind in target.lists:
                check_kind(kind)
        except PluginError as error:
            return f"a {target.label} of {entity.name} may be what is not there: {str(error).rstrip('.')}"
    return None


def _fault_of_state(entity: Entity) -> str | None:
    if not (inspect.isclass(entity.state) and issubclass(entity.state, State)):
        return f"the state of {entity.name} is no State"
    try:
        entity.state()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - a plugin's
        return f"the state of {entity.name} cannot be made anew: {in_words(error)}"
    return None


def _fault_of_columns(entity: Entity) -> str | None:
    known = entity.document.model_fields
    rooms: Mapping[str, Iterable[str]] = {
        "document": [*known, *(field.alias or "" for field in known.values())],
        "state": entity.state.model_fields,
        "record": RecordRow.names(),
    }
    for column in entity.columns:
        if not isinstance(column, Column):
            return f"{entity.name} has {column!r} among its columns, which is no Column"
        if not _is_label(column.name):
            return f"{entity.name} has a column whose name is {column.name!r}"
        where = f"the column {column.name} of {entity.name}"
        if column.kind not in [*Kind]:
            return f"{where} is of the kind {column.kind!r}, which there is not"
        if not (isinstance(column.paths, tuple | list) and _are_texts(column.paths)):
            return f"{where} has {column.paths!r} for its paths, not a tuple of texts"
        for path in column.sources:
            room, _, field = path.partition(".")
            if field not in rooms.get(room, ()):
                return f"{where} comes from {path}, which there is not"
            if column.filterable and room != "document":
                return f"{where} is filterable, and not of the document"
    if strange := sorted(entity.never_sent - {*known}):
        return f"{entity.name} never sends {', '.join(strange)}, which its document does not have"
    return None


def _is_label(text: object) -> bool:
    """Whether it is a text that people can read and a database keeps."""
    return isinstance(text, str) and text.isprintable() and bool(text.strip()) and len(text) <= LONGEST_NAME


def _are_texts(found: Any) -> bool:
    return all(isinstance(each, str) for each in found)


def _check_version(name: str, plugin: object) -> None:
    """Hold the version of the contract that a plugin needs, ``1`` or ``1.2``, against that of this one."""
    wanted = getattr(plugin, "requires_api", None)
    if wanted is None:
        return
    parts = wanted.split(".") if isinstance(wanted, str) else []
    if not (1 <= len(parts) <= 2 and all(part.isdecimal() for part in parts)):
        raise PluginError(
            f'The plugin {name} says requires_api = {wanted!r}; it is a text such as "{API_VERSION}".'
        )
    here, needed = [int(part) for part in API_VERSION.split(".")], [int(part) for part in parts]
    if needed[0] != here[0] or needed[1:] > here[1:]:
        older = needed < here
        raise PluginError(
            f"The plugin {name} needs version {wanted} of qbferry's contract with plugins, and this one has "
            f"{API_VERSION}: install {'a newer release of the plugin' if older else 'a newer qbferry'}."
        )


def _check_markers(name: str, plugin: object) -> None:
    """Find what bears a hook's name and was not marked as one: it would silently never be called."""
    for hook in HOOKS:
        found = inspect.getattr_static(plugin, hook, None)
        if not (inspect.isfunction(found) or isinstance(found, staticmethod | classmethod)):
            continue
        if isinstance(plugin, ModuleType) and getattr(found, "__module__", "") != plugin.__name__:
            continue
        if not hasattr(getattr(plugin, hook), f"{PROJECT}_impl"):
            raise PluginError(
                f"The plugin {name} has a function {hook} that is not marked as a hook and would never be "
                "called; put @hookimpl above it, or give it another name."
            )


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
