"""Fields of their own that applications, and people, give to lists, transactions and lines (DataExt)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qbferry.simulator import status
from qbferry.simulator.status import RefusalError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from qbferry.simulator.books import Books
    from qbferry.simulator.validate import Fields

__all__ = ["COMPANY", "RET", "define", "definition", "definitions", "owned", "read", "same"]

RET = "DataExtRet"
COMPANY = "company_extensions"
"""Where the values of the company itself are kept."""

_KEY = "data_extensions"
_LENGTHS = {"STR255TYPE": 255, "STR1024TYPE": 1024}


def definitions(company: Books) -> list[Fields]:
    """All fields that were defined, as their DataExtDefRet."""
    found: list[Fields] = company.get(_KEY, [])
    return found


def define(company: Books, after: Sequence[Fields]) -> None:
    """Keep the definitions."""
    company.put(_KEY, list(after))


def same(one: Fields, other: Fields) -> bool:
    """Tell whether two speak of the same field: owner and name, without regard to case."""
    return all(str(one[key]).casefold() == str(other[key]).casefold() for key in ("OwnerID", "DataExtName"))


def definition(company: Books, sent: Fields) -> Fields | None:
    """Find the definition of a field by owner and name."""
    return next((each for each in definitions(company) if same(each, sent)), None)


def read(company: Books, sent: Fields) -> Fields:
    """Give a value that was sent as its DataExtRet.

    Raises:
        RefusalError: 3180, nobody defined such a field; 3070, the value is longer than the field.
    """
    found = definition(company, sent)
    if found is None:
        # assumption: facts E - 3180 was seen where a definition was made anew; the cause in its text was not.
        cause = f'There is no data extension named "{sent["DataExtName"]}".'
        raise RefusalError(status.cannot_save("data extension", cause))
    value = sent["DataExtValue"]
    if len(value) > _LENGTHS.get(found["DataExtType"], len(value)):
        raise RefusalError(status.too_long(value, "DataExtValue"))
    known = {name: found[name] for name in ("OwnerID", "DataExtName", "DataExtType")}
    return {**known, "DataExtValue": value}


def owned(value: Any, owners: Collection[str]) -> Any:
    """Give what an answer holds with the fields of these owners alone: those asked for (facts B5)."""
    if isinstance(value, list):
        return [owned(each, owners) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: [each for each in item if each["OwnerID"].lower() in owners]
        if name == RET
        else owned(item, owners)
        for name, item in value.items()
    }
