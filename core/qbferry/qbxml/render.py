"""Requests written from Jinja2 templates: the elements they name, in their order, without the empty ones."""

from __future__ import annotations

import re
import traceback
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from jinja2 import Environment, FunctionLoader, StrictUndefined, TemplateError, TemplateNotFound
from markupsafe import Markup, escape

from qbferry.errors import RenderError
from qbferry.qbxml import values
from qbferry.qbxml.characters import illegal_in_text, illegal_in_xml

if TYPE_CHECKING:
    from collections.abc import Callable
    from importlib.resources.abc import Traversable

    from qbferry.model import Entity, Request

__all__ = ["Renderer", "element", "group", "ref"]

_BETWEEN = re.compile(r">\s+<")
_MACRO = re.compile(r"""\b(?:el|ref|group)\(\s*["'](\w+)["']""")
_FAULTS = (TemplateError, RenderError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def element(tag: str, value: object) -> Markup:
    """Write ``<tag>value</tag>``; nothing for None or blank text. Templates call it ``el``.

    Numbers other than whole ones need a filter, since QuickBooks is strict about their decimals.

    Raises:
        RenderError: The value is of another kind, or holds a character XML cannot carry.
    """
    if value is None:
        return Markup()
    if isinstance(value, bool):
        text = values.boolean(value)
    elif isinstance(value, date):
        text = values.date(value)
    elif isinstance(value, int | str):
        text = str(value)
    else:
        raise RenderError(f"{value} must go through a filter, such as amount or quantity.")
    if not text.strip():
        return Markup()
    if character := illegal_in_text(text):
        raise RenderError(f"the text holds the character {character}, which cannot be sent; remove it.")
    return _tagged(tag, escape(value if isinstance(value, Markup) else text))


def ref(tag: str, full_name: str | None) -> Markup:
    """Write a reference by name, ``<tag><FullName>…</FullName></tag>``; nothing for None or blank text."""
    return _unless_blank(tag, element("FullName", full_name))


def group(tag: str, caller: Callable[[], Markup]) -> Markup:
    """Write the block of ``{% call %}`` inside the tag; nothing when the block is blank."""
    return _unless_blank(tag, caller())


class Renderer:
    """Writes requests. One serves the whole process; templates are read and compiled once.

    Args:
        prepare: Adds filters and globals to the environment, for plugins.
    """

    def __init__(self, prepare: Callable[[Environment], None] | None = None) -> None:
        self._base = Environment(
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._base.filters.update(values.FILTERS)
        self._base.globals.update(el=element, ref=ref, group=group)
        if prepare is not None:
            prepare(self._base)
        self._environments: dict[str, Environment] = {}

    def render(self, entity: Entity, request: Request) -> str:
        """Write the body of a request: what stands between ``<InvoiceAddRq>`` and its end, in ASCII.

        Raises:
            RenderError: A template or field is missing or faulty, or a value does not fit its kind.
        """
        environment = self._environment(entity)
        try:
            template = environment.get_template(f"{request.name}.xml.j2")
            text = template.render({**request.fields, "marker": request.marker})
        except TemplateNotFound as error:
            raise RenderError(
                f"The plugin of {entity.name} has no template {error.name}, so {request.name} cannot be sent."
            ) from error
        except _FAULTS as error:
            raise RenderError(f"{request.name}{_place(error, entity)}: {error}") from error
        if character := illegal_in_xml(text):
            raise RenderError(
                f"{request.name}: its text holds the character {character}, which cannot be sent."
            )
        return _BETWEEN.sub("><", text.strip()).encode("ascii", "xmlcharrefreplace").decode("ascii")

    def _environment(self, entity: Entity) -> Environment:
        environment = self._environments.get(entity.name)
        if environment is None:
            environment = self._base.overlay(loader=FunctionLoader(partial(_source, entity.templates)))
            self._environments[entity.name] = environment
        return environment


def _source(folder: Traversable, name: str) -> tuple[str, str, None] | None:
    file = folder.joinpath(name)
    return (file.read_text(encoding="utf-8"), name, None) if file.is_file() else None


def _place(error: BaseException, entity: Entity) -> str:
    """Name the elements on the template's line that failed, or the line when it writes none."""
    place = ""
    for frame, line in traceback.walk_tb(error.__traceback__):
        name = frame.f_code.co_filename
        if name.endswith(".j2") and (source := _source(entity.templates, name)):
            tags = _MACRO.findall(source[0].splitlines()[line - 1])
            place = f", {' or '.join(tags)}" if tags else f", line {line} of {name}"
    return place


def _unless_blank(tag: str, body: Markup) -> Markup:
    return _tagged(tag, body) if body.strip() else Markup()


def _tagged(tag: str, body: Markup) -> Markup:
    return Markup(f"<{tag}>{body}</{tag}>")  # noqa: S704 - the body is escaped already
