"""docs/hooks.md is the contract: every hook with its heading and exact signature, and nothing else."""

from __future__ import annotations

import ast
import inspect
import re

import pytest

from qbferry import API_VERSION
from qbferry.plugin import hookspecs

from .pages import ROOT, blocks, sections

SECTIONS = sections((ROOT / "docs/hooks.md").read_text("utf-8"))
SPECS = {
    node.name: node
    for node in ast.parse(inspect.getsource(hookspecs)).body
    if isinstance(node, ast.FunctionDef)
}


def signature(function: ast.FunctionDef) -> str:
    """``(entity: Entity) -> str | None``."""
    return f"({ast.unparse(function.args)}) -> {ast.unparse(function.returns) if function.returns else '?'}"


def test_every_hook_is_on_the_page_once_in_the_order_of_the_specs() -> None:
    assert list(SECTIONS) == list(SPECS)


@pytest.mark.parametrize("hook", SPECS)
def test_the_signature_is_exactly_the_specs(hook: str) -> None:
    (documented,) = ast.parse(next(blocks(SECTIONS[hook], "python"))).body
    assert isinstance(documented, ast.FunctionDef)
    assert documented.name == hook
    assert signature(documented) == signature(SPECS[hook])


@pytest.mark.parametrize("hook", SPECS)
def test_the_page_says_whom_it_reaches_and_whose_answer_counts(hook: str) -> None:
    options = getattr(hookspecs, hook).qbferry_spec
    kind = (
        "Entity" if SPECS[hook].args.args[:1] and SPECS[hook].args.args[0].arg == "entity" else "Application"
    )
    counts = "The first answer counts" if options["firstresult"] else "All are asked"
    since = re.search(
        re.escape(f"*{kind} hook. {counts}. Since ") + r"(?P<since>[0-9]+\.[0-9]+)\.\*", SECTIONS[hook]
    )
    assert since
    assert [*map(int, since["since"].split("."))] <= [*map(int, API_VERSION.split("."))]


@pytest.mark.parametrize("hook", SPECS)
def test_every_hook_has_an_example(hook: str) -> None:
    _, example = blocks(SECTIONS[hook], "python")
    assert f"@hookimpl\ndef {hook}(" in example
