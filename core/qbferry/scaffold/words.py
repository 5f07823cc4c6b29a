"""Names for people and for Python, from those of qbXML."""

from __future__ import annotations

import keyword
import re

__all__ = ["class_name", "field_name", "label", "plural", "snake"]

_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_TAKEN = {"id", "batch", "copy", "json", "dict", "schema", "construct", "validate"}
"""What every document has already, under a meaning of its own."""


def snake(name: str) -> str:
    """``SalesReceipt`` -> ``sales_receipt``; ``PONumber`` -> ``po_number``."""
    return "_".join(word.lower() for word in _WORD.findall(name))


def field_name(tag: str, subject: str = "") -> str:
    """What an element is called in a document: ``CustomerRef`` -> ``customer``."""
    bare = tag.removesuffix("Add").removesuffix("Ref").removeprefix(subject) or tag
    name = snake(bare)
    return f"{name}_" if keyword.iskeyword(name) or name in _TAKEN else name


def label(name: str) -> str:
    """What a person calls a kind: ``sales_receipt`` -> ``Sales receipt``."""
    return name.replace("_", " ").capitalize()


def plural(name: str) -> str:
    """``Journal entry`` -> ``Journal entries``; English has its exceptions, which an author mends."""
    if name.endswith("y") and name[-2:-1] not in "aeiou":
        return f"{name[:-1]}ies"
    return f"{name}es" if name.endswith(("s", "x", "ch", "sh")) else f"{name}s"


def class_name(name: str) -> str:
    """``sales_receipts`` -> ``SalesReceipts``."""
    return "".join(word.capitalize() for word in name.split("_"))
