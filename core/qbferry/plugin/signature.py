"""Whether a hookimpl's annotations agree with its spec; pluggy itself compares names only."""

from __future__ import annotations

import collections.abc
import inspect
import types
import typing
from typing import TYPE_CHECKING, Any

from qbferry import model
from qbferry.qbxml.response import Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["disagreements"]


def disagreements(
    impl: Callable[..., object], spec: Callable[..., object], records: tuple[type, ...]
) -> Iterator[str]:
    """Yield a phrase for each annotation of ``impl`` that does not fit ``spec``.

    An annotation that is absent, or names something that exists for type checkers only, is not judged.

    Args:
        impl: The plugin's function.
        spec: The hook's specification.
        records: The plugin's record classes, which may stand for ``Record``.
    """
    wanted = typing.get_type_hints(spec)
    for name, given in _annotations(impl).items():
        expected = wanted.get(name)
        if expected is None:
            continue
        if name == "return":
            if not _covers(expected, given):
                yield f"it returns {_name(given)} instead of {_name(expected)}"
        elif expected is model.Record:
            if not (_covers(given, expected) or given in records):
                yield f"its argument {name} is {_name(given)}, which is no record class of this plugin"
        elif not _covers(given, expected):
            yield f"its argument {name} is {_name(given)} instead of {_name(expected)}"


def _annotations(impl: Callable[..., object]) -> dict[str, Any]:
    """Resolve what can be resolved; names under TYPE_CHECKING are looked up among the public types."""
    found: dict[str, Any] = {}
    function = inspect.unwrap(impl)
    known = {name: getattr(model, name) for name in model.__all__} | {"Response": Response}
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
