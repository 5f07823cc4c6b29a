"""Writing the files of a new plugin."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from qbferry.errors import InputError, NotFoundError
from qbferry.qbxml import schema
from qbferry.qbxml.schema import Element
from qbferry.scaffold import values, words
from qbferry.scaffold.parts import MARKER, Part, parts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

__all__ = ["Wanted", "write"]

_PARTIES = ("customer", "vendor", "payee_entity", "entity", "employee", "name", "full_name")
_LONGEST = 40

FILES = {
    "pyproject.toml": "pyproject.toml",
    "README.md": "README.md",
    "company.toml": "company.toml",
    "{package}/__init__.py": "init.py",
    "{package}/plugin.py": "plugin.py",
    "{package}/document.py": "document.py",
    "{package}/eligibility.py": "eligibility.py",
    "{package}/mapping.py": "mapping.py",
    "{package}/references.py": "references.py",
    "{package}/settings.py": "settings.py",
    "{package}/templates/{request}.xml.j2": "request.xml",
    "tests/test_{plugin}.py": "test_plugin.py",
}
"""File of the distribution -> what it is made from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be written.

    Attributes:
        plugin: The plugin's name, ``sales_receipts``; its folder is called so.
        request: The request it makes: ``SalesReceiptAdd``.
        entity: The kind of record; empty: as the request says, ``sales_receipt``.
    """

    plugin: str
    request: str
    entity: str = ""


def write(wanted: Wanted, into: Path) -> list[Path]:
    """Write a distribution.

    Args:
        wanted: What.
        into: The folder that its folder is made in.

    Returns:
        The files.

    Raises:
        InputError: A name does not serve, the request adds nothing, the folder is there, or cannot be made.
    """
    about = _about(wanted)
    folder = into / wanted.plugin
    if folder.exists():
        raise InputError(f"There is a folder {folder} already; give another name, or remove it.")
    environment = Environment(  # noqa: S701 - what is written is Python
        loader=PackageLoader("qbferry.scaffold", "files"),
        block_start_string="[%",
        block_end_string="%]",
        variable_start_string="[[",
        variable_end_string="]]",
        comment_start_string="[#",
        comment_end_string="#]",
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["one"] = _one
    texts = {
        place.format(**about): environment.get_template(f"{source}.j2").render(about)
        for place, source in FILES.items()
    }
    texts["records.jsonl"] = "".join(json.dumps(record) + "\n" for record in about["samples"])
    written = []
    try:
        for place, text in texts.items():
            file = folder / place
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8", newline="\n")
            written.append(file)
    except OSError as error:
        raise InputError(f"{folder} cannot be written: {error.strerror}. Choose another folder.") from error
    return written


def _about(wanted: Wanted) -> dict[str, Any]:
    """All that the files say."""
    subject, request = _request(wanted.request)
    entity = wanted.entity or words.snake(subject)
    for name, what in ((wanted.plugin, "plugin"), (entity, "kind of record")):
        if not (name.isidentifier() and name.isascii() and name.islower() and len(name) <= _LONGEST):
            raise InputError(
                f'"{name}" does not serve as the name of a {what}: take small letters, digits and _, such as '
                "sales_receipts."
            )
    chosen = parts(request, subject)
    fields = [part for part in chosen if part.element.name != MARKER]
    models = [*_models(chosen)]
    names = {part.field for part in fields}
    lines = [part for part in fields if part.many]
    amounts = [part for part in lines if any(inner.field == "amount" for inner in part.parts)]
    references = [*_references(fields)]
    dated = next((part.field for part in fields if part.element.type == "DATETYPE"), "")
    balanced = {"journal_debit_lines", "journal_credit_lines"} <= names
    types = {values.type_name(part) for part in _texts(fields)}
    return {
        "plugin": wanted.plugin,
        "package": f"qbferry_{wanted.plugin}",
        "distribution": f"qbferry-{wanted.plugin.replace('_', '-')}",
        "request": wanted.request,
        "entity": entity,
        "label": words.label(entity),
        "plural": words.plural(words.label(entity)),
        "class_name": words.class_name(wanted.plugin),
        "document": f"{words.class_name(entity)}Document",
        "parts": chosen,
        "fields": fields,
        "models": models,
        "model_name": _model_name,
        "annotation": values.annotation,
        "written": values.written,
        "mapped": _mapped,
        "lines": lines,
        "rules": [*_rules(dated, lines, own_amount="amount" in names, balanced=balanced)],
        "amounts": amounts[:1],
        "own_amount": "amount" in names,
        "party": next((name for name in _PARTIES if name in names), ""),
        "dated": dated,
        "numbered": "ref_number" in names,
        "balanced": balanced,
        "references": references,
        "targets": _targets(references),
        "seed": _seed(references, subject),
        "marked": any(part.element.name == MARKER for part in chosen),
        "types": types,
        "limited": any("Field(" in values.annotation(part) for part in _texts(fields)),
        "in_words": values.in_words,
        "samples": _samples(entity, fields),
    }


def _rules(dated: str, lines: list[Part], *, own_amount: bool, balanced: bool) -> Iterator[str]:
    """What the rules ask, in words."""
    if dated:
        yield "is not dated more than `days_ahead` days ahead"
    if lines and not own_amount:
        yield "has lines"
    if balanced:
        yield "has debits that are as much as its credits"


def _request(name: str) -> tuple[str, Element]:
    try:
        message = schema.load().request(name)
    except NotFoundError as error:
        raise InputError(f"{error} What there is: qbferry qbxml list Add") from error
    body = message.children[0] if message.children else None
    if not (name.endswith("Add") and isinstance(body, Element) and body.name == name):
        raise InputError(f"{name} adds nothing; a plugin begins with a request such as SalesReceiptAdd.")
    return name.removesuffix("Add"), body


def _models(chosen: Iterable[Part]) -> Iterator[Part]:
    """The parts that are models of their own, inner ones first."""
    for part in chosen:
        yield from _models(part.parts)
        if part.parts:
            yield part


def _texts(fields: Iterable[Part]) -> Iterator[Part]:
    """The parts that hold a text or a name, however deep."""
    for part in fields:
        if part.parts:
            yield from _texts(inner for inner in part.parts if inner.element.name != MARKER)
        else:
            yield part


def _model_name(part: Part) -> str:
    return words.class_name(words.snake(part.element.name.removesuffix("Add")))


def _references(fields: Iterable[Part]) -> Iterator[tuple[Part, Part | None]]:
    """Each reference whose lists are known, with the lines it is in."""
    for part in fields:
        if part.is_reference and part.lists:
            yield part, None
        for inner in part.parts if part.many else ():
            if inner.lists:
                yield inner, part


def _mapped(part: Part, inner: Part | None = None) -> str:
    """Where ``build_requests`` takes a field from."""
    one = inner or part
    owner = "line" if inner else "document"
    if one.lists:
        return f'names.get(f"{part.field}[{{place}}].{one.field}")' if inner else f'names.get("{one.field}")'
    return f"{owner}.{one.field}"


def _targets(references: Iterable[tuple[Part, Part | None]]) -> Mapping[str, Part]:
    """The name of a target -> a reference that has it."""
    return {part.field.upper().rstrip("_"): part for part, _ in references}


def _seed(references: Iterable[tuple[Part, Part | None]], subject: str) -> dict[str, list[str]]:
    """The lists of a company file in which every name of the samples is, as the simulator takes them."""
    found: dict[str, list[str]] = {}
    # Only what is counted can be adjusted.
    item = "ItemInventory" if subject == "InventoryAdjustment" else "ItemService"
    for part, _ in references:
        kind = {"Item": item, "Terms": "StandardTerms"}.get(part.lists[0], part.lists[0])
        entry = values.entry_name(part)
        own = f'{{ Name = "{entry}", AccountType = "Bank" }}' if kind == "Account" else f'"{entry}"'
        if own not in found.setdefault(kind, []):
            found[kind].append(own)
    return found


def _samples(entity: str, fields: Iterable[Part]) -> list[dict[str, Any]]:
    """A record with all there can be, and one with what must be there."""
    prefix = "".join(word[0] for word in entity.split("_")).upper()
    whole: dict[str, Any] = {"id": f"{prefix}-1", "batch": "2026-10"}
    bare: dict[str, Any] = {"id": f"{prefix}-2"}
    for part in fields:
        whole[part.field] = values.sample(part, 1)
        if part.required or part.many or part.field == "customer":
            bare[part.field] = values.sample(part, 2)
    return [whole, bare]


def _one(label: str) -> str:
    """``an invoice``, ``a bill``."""
    return f"{'an' if label[:1].lower() in 'aeiou' else 'a'} {label.lower()}"
