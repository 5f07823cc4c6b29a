"""Requests written from Jinja2 templates: the elements they name, in their order, without the empty ones."""

from __future__ import annotations

import re
import traceback
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from jinja2 import FunctionLoader, TemplateError, TemplateNotFound

from qbferry.errors import RenderError
from qbferry.qbxml.characters import illegal_in_xml
from qbferry.qbxml.compiler import Templates, without_layout

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from importlib.resources.abc import Traversable

    from jinja2 import Environment, Template

__all__ = ["Renderer"]

_MACRO = re.compile(r"""\b(?:el|ref|group)\(\s*["'](\w+)["']""")
_FAULTS = (TemplateError, RenderError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


class Renderer:
    """Writes requests. One serves the whole process; templates are read and compiled once.

    Args:
        prepare: Adds filters and globals to the environment, for plugins.

    Attributes:
        base: The environment of all templates.
    """

    def __init__(self, prepare: Callable[[Environment], None] | None = None) -> None:
        self.base = Templates()
        if prepare is not None:
            prepare(self.base)
        self._environments: dict[str, Environment] = {}
        self._known: dict[tuple[str, str], Template] = {}

    def render(self, owner: str, templates: Traversable, name: str, fields: Mapping[str, object]) -> str:
        """Write the body of a request: what stands between ``<InvoiceAddRq>`` and its end, in ASCII.

        Args:
            owner: Whose templates these are; the same name must always come with the same folder.
            templates: The folder.
            name: The request without ``Rq``.
            fields: What its template needs, the marker among it.

        Raises:
            RenderError: A template or field is missing or faulty, or a value does not fit its kind.
        """
        try:
            text = self._template(owner, templates, name).render(fields)
        except TemplateNotFound as error:
            raise RenderError(
                f"The plugin of {owner} has no template {error.name}, so {name} cannot be sent."
            ) from error
        except _FAULTS as error:
            raise RenderError(f"{name}{_place(error, templates, fields)}: {error}") from error
        if character := illegal_in_xml(text):
            raise RenderError(f"{name}: its text holds the character {character}, which cannot be sent.")
        written = without_layout(text.strip())
        return written if written.isascii() else written.encode("ascii", "xmlcharrefreplace").decode("ascii")

    def _template(self, owner: str, templates: Traversable, name: str) -> Template:
        """A template; Jinja itself remembers it too, and takes as long to find it as for some elements."""
        template = self._known.get((owner, name))
        if template is None:
            template = self._environment(owner, templates).get_template(f"{name}.xml.j2")
            self._known[owner, name] = template
        return template

    def _environment(self, owner: str, templates: Traversable) -> Environment:
        environment = self._environments.get(owner)
        if environment is None:
            environment = self.base.overlay(loader=FunctionLoader(partial(_source, templates)))
            self._environments[owner] = environment
        return environment


def _source(folder: Traversable, name: str) -> tuple[str, str, None] | None:
    file = folder.joinpath(name)
    return (file.read_text(encoding="utf-8"), name, None) if file.is_file() else None


def _place(error: BaseException, templates: Traversable, fields: Mapping[str, object]) -> str:
    """Name the elements on the template's line that failed, or that line; and the line of the record."""
    place = within = ""
    for frame, line in traceback.walk_tb(error.__traceback__):
        name = frame.f_code.co_filename
        if name.endswith(".j2") and (source := _source(templates, name)):
            tags = _MACRO.findall(source[0].splitlines()[line - 1])
            place = f", {' or '.join(tags)}" if tags else f", line {line} of {name}"
            within = _within(frame.f_locals.values(), fields) or within
    return place + within


def _within(known: Iterable[object], fields: Mapping[str, object]) -> str:
    """Which line of the record a template was at, by what its variables held."""
    held = {id(value) for value in known}
    for lines in fields.values():
        for number, line in enumerate(lines if isinstance(lines, list | tuple) else (), 1):
            if id(line) in held and isinstance(line, Mapping):
                named = (getattr(value, "full_name", "") for value in line.values())
                return ", ".join([f" in line {number}", *filter(None, named)][:2])
    return ""
