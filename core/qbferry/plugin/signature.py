"""Whether a hookimpl's annotations agree with its spec; pluggy itself compares names only."""

from __future__ import annotations

import collections.abc
import inspect
import types
import typing
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from qbferry import model
from qbferry.plugin.ports import Storage
from qbferry.qbxml.response import Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["disagreements"]


def disagreements(
    impl: Callable[..., object],
    spec: Callable[..., object],
    entities: Sequence[model.Entity],
    *,
    wraps: bool = False,
) -> Iterator[str]:
    """Yield a phrase for each annotation of ``impl`` that does not fit ``spec``.

    An annotation that is absent, or names something that exists for type checkers only, is not judged; one
    that cannot be read at all is a fault of its own.

    Args:
        impl: The plugin's function.
        spec: The hook's specification.
        entities: The plugin's own, whose document and state may be named.
        wraps: It is a wrapper, which returns a generator.
    """
    wanted = _hints(spec)
    try:
        annotations = _annotations(impl)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - whatever evaluating it raises
        yield f"an annotation cannot be read: {type(error).__name__}: {error}"
        return
    for name, given in annotations.items():
        expected = wanted.get(name)
        if expected is None or (wraps and name == "return"):
            continue
        if name == "return":
            if not _covers(expected, given):
                yield f"it returns {_name(given)} instead of {_name(expected)}"
        elif typing.get_origin(expected) is model.Record:
            if not (given is Any or _is_record_of(given, entities)):
                yield f"its argument {name} is {_name(given)}, which is no record of this plugin's"
        elif not (_covers(given, expected) or _is_document_of(given, expected, entities)):
            yield f"its argument {name} is {_name(given)} instead of {_name(expected)}"


@cache
def _hints(spec: Callable[..., object]) -> dict[str, Any]:
    """A spec's annotations; Jinja2, which most commands do without, is loaded for the one that names it."""
    late = {"jinja2": import_module("jinja2")} if "env" in spec.__annotations__ else {}
    return typing.get_type_hints(spec, localns=late)


def _is_record_of(given: Any, entities: Sequence[model.Entity]) -> bool:
    """Whether it is ``Record``, ``AnyRecord``, or a record of one of these entities."""
    if given is model.Record or given == model.AnyRecord:
        return True
    if typing.get_origin(given) is not model.Record:
        return False
    document, state = typing.get_args(given)
    documents = [Any, model.Document, *(entity.document for entity in entities)]
    states = [Any, model.State, *(entity.state for entity in entities)]
    return document in documents and state in states


def _is_document_of(given: Any, expected: Any, entities: Sequence[model.Entity]) -> bool:
    return expected is model.Document and any(given is entity.document for entity in entities)


def _annotations(impl: Callable[..., object]) -> dict[str, Any]:
    """Resolve what can be resolved; names under TYPE_CHECKING are looked up among the public types."""
    found: dict[str, Any] = {}
    function = inspect.unwrap(impl)
    known = {name: getattr(model, name) for name in model.__all__} | {
        "Response": Response,
        "Storage": Storage,
    }
    scope = {**vars(typing), **vars(collections.abc), **known, **getattr(function, "__globals__", {})}
    for name, annotation in inspect.get_annotations(function).items():
        try:
            found[name] = eval(annotation, scope) if isinstance(annotation, str) else annotation  # noqa: S307
        except NameError:
            continue
    return {name: type(None) if value is None else value for name, value in found.items()}


def _covers(wide: Any, narrow: Any) -> bool:
    """Tell whether everything of type ``narrow`` is of type ``wide``."""
    if wide is Any or narrow is Any or wide == narrow or wide is object:
        return True
    if _is_union(narrow):
        return all(_covers(wide, member) for member in typing.get_args(narrow))
    if _is_union(wide):
        return any(_covers(member, narrow) for member in typing.get_args(wide))
    wide_origin, narrow_origin = typing.get_origin(wide) or wide, typing.get_origin(narrow) or narrow
    try:
        related = issubclass(narrow_origin, wide_origin)
    except TypeError:
        return False
    wide_args, narrow_args = typing.get_args(wide), typing.get_args(narrow)
    if not related or not wide_args or not narrow_args:
        return related
    if narrow_origin is tuple:
        narrow_args = tuple(arg for arg in narrow_args if arg is not Ellipsis)
        return all(_covers(wide_args[0], arg) for arg in narrow_args)
    return len(wide_args) == len(narrow_args) and all(map(_covers, wide_args, narrow_args))


def _is_union(annotation: Any) -> bool:
    return typing.get_origin(annotation) in (typing.Union, types.UnionType)


def _name(annotation: Any) -> str:
    return annotation.__name__ if isinstance(annotation, type) else str(annotation).replace("typing.", "")
