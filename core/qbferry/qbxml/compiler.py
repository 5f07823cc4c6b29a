"""How templates are compiled: what lays them out is dropped, and their elements become plain calls.

Where a template writes an element and does nothing else with it, as they all do, the element's text is
taken as it is, instead of being marked as escaped and then escaped once more. All else is left to Jinja.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, StrictUndefined, nodes
from jinja2.compiler import CodeGenerator
from jinja2.idtracking import VAR_LOAD_RESOLVE

from qbferry.qbxml import elements, values

if TYPE_CHECKING:
    from collections.abc import Iterator, MutableMapping, Sequence

    from jinja2.compiler import Frame

__all__ = ["Templates", "without_layout"]

_LAYOUT = re.compile(r">\s+<")
_OF_DICT = frozenset(dir(dict))


def without_layout(xml: str) -> str:
    """Leave out the white space between tags."""
    return _LAYOUT.sub("><", xml)


class _Generator(CodeGenerator):
    def write_commons(self) -> None:
        """Name the framework's functions, as they are called for every element."""
        super().write_commons()
        for name in elements.FUNCTIONS:
            self.writeline(f"write_{name} = environment.{name}")

    def visit_Output(self, node: nodes.Output, frame: Frame) -> None:  # noqa: N802 - Jinja's name for it
        if frame.require_output_check:  # it may extend another template, and then writes nothing here
            super().visit_Output(node, frame)
            return
        known = [self._knows(child, frame, "el") or self._knows(child, frame, "ref") for child in node.nodes]
        for are_elements, run in groupby(_compact(node.nodes, known), lambda part: part[0]):
            children = [child for _, child in run]
            if are_elements:
                for child in children:
                    self._write(child, child, frame)
            else:
                super().visit_Output(nodes.Output(children, lineno=node.lineno), frame)

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:  # noqa: N802 - Jinja's name for it
        """An item of a dict by its name, where it is a plain name's; otherwise what Jinja does."""
        if not isinstance(node.node, nodes.Name) or node.attr in _OF_DICT or self.environment.is_async:
            super().visit_Getattr(node, frame)
            return
        name = frame.symbols.ref(node.node.name)
        self.write(f"({name}[{node.attr!r}] if type({name}) is dict and {node.attr!r} in {name} else ")
        super().visit_Getattr(node, frame)
        self.write(")")

    def visit_CallBlock(self, node: nodes.CallBlock, frame: Frame) -> None:  # noqa: N802 - Jinja's name for it
        if node.args or not self._knows(node.call, frame, "group"):
            super().visit_CallBlock(node, frame)
            return
        inner = frame.inner()
        inner.symbols.analyze_node(node)
        self.enter_frame(inner)
        self.buffer(inner)
        self.blockvisit(node.body, inner)
        self._write(node, node.call, frame, f"concat({inner.buffer})")
        self.leave_frame(inner)

    def _knows(self, node: nodes.Node, frame: Frame, name: str) -> bool:
        """Tell whether it calls the framework's function of that name, with a tag and what goes inside."""
        if not (isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name)):
            return False
        return (
            node.node.name == name
            and frame.symbols.find_load(frame.symbols.ref(name)) == (VAR_LOAD_RESOLVE, name)
            and self.environment.globals.get(name) is elements.FUNCTIONS[name]
            and not self.environment.finalize
            and len(node.args) == (1 if name == "group" else 2)
            and not (node.kwargs or node.dyn_args or node.dyn_kwargs)
        )

    def _write(self, node: nodes.Node, call: Any, frame: Frame, body: str = "") -> None:
        self.start_write(frame, node)
        self.write(f"write_{call.node.name}(")
        self.visit(call.args[0], frame)
        self.write(f", {body}")
        for argument in call.args[1:]:
            self.visit(argument, frame)
        self.write(")")
        self.end_write(frame)


class Templates(Environment):
    """The environment of all templates; its overlays are compiled in the same way."""

    code_generator_class: type[CodeGenerator] = _Generator
    el = staticmethod(elements.element_text)
    ref = staticmethod(elements.ref_text)
    group = staticmethod(elements.group_text)

    def __init__(self) -> None:
        super().__init__(
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self.filters.update(values.FILTERS)
        self.globals.update(elements.FUNCTIONS)

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Give a template's globals as Jinja does, in a plain dict, since each rendering copies them."""
        return {**self.globals, **(d or {})}

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Get an attribute or item as Jinja does, a dict's item without first failing to get an attribute."""
        if type(obj) is dict and attribute in obj and attribute not in _OF_DICT:
            return obj[attribute]
        return super().getattr(obj, attribute)


def _compact(children: Sequence[nodes.Expr], known: Sequence[bool]) -> Iterator[tuple[bool, nodes.Expr]]:
    """Drop the white space between a tag, or what writes one, and the next, or the end of the block."""
    last = len(children) - 1
    for position, child in enumerate(children):
        if isinstance(child, nodes.TemplateData) and (last or not child.data.isspace()):
            before = not position or known[position - 1]
            after = position == last or known[position + 1]
            text = without_layout(">" * before + child.data + "<" * after)
            text = text[before : len(text) - after]
            if text:
                yield False, nodes.TemplateData(text, lineno=child.lineno)
        else:
            yield known[position], child
