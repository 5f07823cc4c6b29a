"""A template of somebody else's is tried before it is used, with everything it can hold.

Every name in it stands for something that is there, is true and comes once, so that it writes each element
it ever writes; what comes out is held against the schema, but for the values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FunctionLoader, TemplateError, Undefined, meta

from qbferry.qbxml.check import check_structure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from qbferry.qbxml.compiler import Templates

__all__ = ["faults"]

MARKER = "marker"


class _Anything(Undefined):
    """Is there, is true, comes once, and has everything."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __iter__(self) -> Iterator[Any]:
        yield self

    def __bool__(self) -> bool:
        return True

    def __str__(self) -> str:
        return ""

    def __len__(self) -> int:
        return 1

    def _same(self, *_: Any, **__: Any) -> Any:
        return self

    def _true(self, *_: Any) -> bool:
        return True

    __call__ = __getitem__ = _same
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _same
    __truediv__ = __rtruediv__ = __mod__ = __neg__ = _same
    __lt__ = __le__ = __gt__ = __ge__ = __contains__ = _true  # type: ignore[assignment]


def faults(
    base: Templates, name: str, text: str, shipped: str | None, load: Callable[[str], str | None]
) -> list[str]:
    """What is wrong with a template, a sentence each; what is so of the shipped one as well is not told.

    Args:
        base: The environment of all templates, with what plugins added.
        name: The request without ``Rq``.
        text: The template.
        shipped: The one in whose place it is to be; None: there is none.
        load: Gives the text of a template that one of them includes.
    """
    known = [] if shipped is None else _structure(base, name, shipped, load)
    found = [fault for fault in _structure(base, name, text, load) if fault not in known]
    if not found and shipped is not None and MARKER in _names(base, shipped) - _names(base, text):
        why = f"by which {name} is found again when its answer is lost; write it where the shipped one does."
        found = [f"It leaves out {MARKER}, {why}"]
    return found


def _structure(base: Templates, name: str, text: str, load: Callable[[str], str | None]) -> list[str]:
    loader = FunctionLoader(load)
    environment = Environment(loader=loader, undefined=_Anything)  # noqa: S701 - nothing of it is shown
    environment.globals.update(base.globals)
    environment.globals.update(el=_element, ref=_reference, group=_group)
    environment.filters = dict.fromkeys(base.filters, _as_is)
    environment.tests.update(base.tests)
    try:
        written = environment.from_string(text).render()
    except TemplateError as error:
        where = getattr(error, "lineno", None)
        return [f"{f'Line {where}: ' if where else ''}{error}."]
    except Exception as error:  # noqa: BLE001 - whatever a template does with what it is given
        return [f"It fails: {type(error).__name__}: {error}."]
    return check_structure(name, written)


def _names(base: Templates, text: str) -> set[str]:
    return set(meta.find_undeclared_variables(base.parse(text)))


def _as_is(value: Any, *_: Any, **__: Any) -> Any:
    return value


def _element(tag: str, _: object) -> str:
    return f"<{tag}/>"


def _reference(tag: str, _: object) -> str:
    return f"<{tag}><FullName/></{tag}>"


def _group(tag: str, caller: Callable[[], str]) -> str:
    return f"<{tag}>{caller()}</{tag}>"
