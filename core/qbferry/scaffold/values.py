"""What a field of a document is in Python, how a template writes it, and what stands in a sample."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qbferry.qbxml import kinds
from qbferry.qbxml.schema import Element
from qbferry.scaffold.words import label

if TYPE_CHECKING:
    from qbferry.scaffold.parts import Part

__all__ = ["annotation", "entry_name", "in_words", "longest", "sample", "type_name", "written"]

_TYPES = {
    "AMTTYPE": "Money",
    "BOOLTYPE": "bool",
    "DATETYPE": "date",
    "FLOATTYPE": "Quantity",
    "INTTYPE": "int",
    "PERCENTTYPE": "Quantity",
    "PRICETYPE": "Quantity",
    "QUANTYPE": "Quantity",
}
_FILTERS = {
    "AMTTYPE": "amount",
    "FLOATTYPE": "quantity",
    "PERCENTTYPE": "price",
    "PRICETYPE": "price",
    "QUANTYPE": "quantity",
}
_SAMPLES: dict[str, Any] = {
    "AMTTYPE": "12.50",
    "BOOLTYPE": True,
    "DATETIMETYPE": "2024-10-31T14:05:00",
    "DATETYPE": "2024-10-31",
    "FLOATTYPE": "2",
    "GUIDTYPE": "{6A4B0C2E-1D3F-4A5B-8C6D-7E8F90A1B2C3}",
    "IDTYPE": "1-1",
    "INTTYPE": 1,
    "PERCENTTYPE": "5",
    "PRICETYPE": "12.50",
    "QUANTYPE": "2",
    "TIMEINTERVALTYPE": "PT1H30M",
}
_ALWAYS = {"item", "account", "amount", "quantity", "desc"}
"""What every line of a sample has, whether it must or not."""

_PATTERNS = {"TIMEINTERVALTYPE": r"^PT[0-9]+H[0-9]+M$"}


def longest(part: Part) -> int | None:
    """Most characters that every edition takes of a text, or of a reference's full name."""
    element = part.element
    if part.is_reference:
        inner = (one for one in element.children if isinstance(one, Element) and one.name == "FullName")
        element = next(inner, element)
    limits = [kinds.limit(element), *(limit for _, limit in element.lengths)]
    return min((limit for limit in limits if limit is not None), default=None)


def type_name(part: Part) -> str:
    """The Python type of a text's values, without its limits."""
    return "Literal" if part.element.enum else _TYPES.get(part.element.type or "", "str")


def in_words(part: Part) -> str:
    """The same for a person."""
    kind = {
        "Literal": f"one of {', '.join(part.element.enum)}",
        "Money": "money, two decimals",
        "Quantity": "a number, at most five decimals",
        "bool": "true or false",
        "date": "a date",
        "int": "a whole number",
        "str": "text",
    }[type_name(part)]
    most = longest(part)
    limit = f", at most {most} characters" if most and kind == "text" else ""
    return f"{kind}{limit}{'; required' if part.required else ''}"


def annotation(part: Part) -> str:
    """A field's type and its limits as Python: ``str | None = Field(default=None, max_length=41)``."""
    element = part.element
    if element.enum:
        name = f"Literal[{', '.join(map(_quoted, element.enum))}]"
        return name if part.required else f"{name} | None = None"
    name = type_name(part)
    limits: dict[str, Any] = {}
    if name == "str":
        if part.required:
            limits["min_length"] = 1
        if (most := longest(part)) is not None:
            limits["max_length"] = most
        if pattern := _PATTERNS.get(element.type or ""):
            limits["pattern"] = f"r{_quoted(pattern)}"
    if name == "int":
        limits |= {"ge": element.lowest} if element.lowest is not None else {}
        limits |= {"le": element.highest} if element.highest is not None else {}
    if not part.required:
        name, limits = f"{name} | None", {"default": None, **limits}
        if limits == {"default": None}:
            return f"{name} = None"
    written = ", ".join(f"{key}={value}" for key, value in limits.items())
    return f"{name} = Field({written})" if written else name


def written(part: Part, owner: str = "") -> str:
    """How the template writes an element: ``el("Amount", line.amount | amount)``."""
    place = f"{owner}.{part.field}" if owner else part.field
    if part.is_reference:
        return f'ref("{part.element.name}", {place})'
    wanted = _FILTERS.get(part.element.type or "")
    return f'el("{part.element.name}", {place}{f" | {wanted}" if wanted else ""})'


def sample(part: Part, number: int) -> Any:
    """A value for a record to try with.

    Args:
        part: The field.
        number: Which record; names differ by it.
    """
    if part.many:
        return [
            {
                inner.field: sample(inner, number)
                for inner in part.parts
                if inner.field != "marker" and (number == 1 or inner.required or inner.field in _ALWAYS)
            }
        ]
    if part.parts:
        return {inner.field: sample(inner, number) for inner in part.parts}
    if part.is_reference or part.lists:
        return entry_name(part)
    if part.element.enum:
        return part.element.enum[0]
    known = _SAMPLES.get(part.element.type or "")
    if known is not None:
        return part.element.lowest or known if part.element.type == "INTTYPE" else known
    words = f"100{number}" if part.field.endswith("number") else f"{label(part.field)} {number}"
    return words[-(longest(part) or len(words)) :].strip()


ENTRIES = {
    "Account": "Checking",
    "Class": "Projects",
    "Customer": "Acme Corp",
    "Employee": "Ann Smith",
    "Item": "Labor",
    "ItemService": "Labor",
    "PaymentMethod": "Check",
    "Vehicle": "Van",
    "Vendor": "Ingram Micro",
}


def entry_name(part: Part) -> str:
    """The name of the list entry that samples refer to."""
    known = next((ENTRIES[kind] for kind in part.lists if kind in ENTRIES), "Sample")
    return known[: longest(part) or 60]


def _quoted(text: str) -> str:
    return f'"{text}"'
