"""The filters of queries: thirteen operators, in groups."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from qbferry.simulator.autotask.entities import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from qbferry.simulator.autotask.entities import EntityInfo, FieldInfo

    Row = Mapping[str, Any]
    Test = Callable[[Row], bool]

__all__ = ["compiled"]

MOST_CONDITIONS = 500

_COMPARING: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": lambda have, want: have == want,
    "noteq": lambda have, want: have != want,
    "gt": lambda have, want: have is not None and have > want,
    "gte": lambda have, want: have is not None and have >= want,
    "lt": lambda have, want: have is not None and have < want,
    "lte": lambda have, want: have is not None and have <= want,
    "beginswith": lambda have, want: str(have or "").startswith(want),
    "endswith": lambda have, want: str(have or "").endswith(want),
    "contains": lambda have, want: want in str(have or ""),
}


def compiled(entity: EntityInfo, given: Any, *, empty_exists: bool) -> Test:
    """Read a filter.

    Args:
        entity: Whose rows are asked for.
        given: The list of conditions; all must hold.
        empty_exists: Whether an empty text counts as a value.

    Raises:
        RefusedError: It is none, or asks more than Autotask answers.
    """
    if not (isinstance(given, list) and given):
        raise RefusedError("A filter must be given.")
    if _alternatives(given) > MOST_CONDITIONS:
        raise RefusedError(f"Queries are limited to {MOST_CONDITIONS} or fewer 'OR' conditions")
    tests = [_one(entity, each, empty_exists=empty_exists) for each in given]
    return lambda row: all(test(row) for test in tests)


def _one(entity: EntityInfo, given: Any, *, empty_exists: bool) -> Test:
    if not isinstance(given, dict):
        raise RefusedError("A condition of a filter is no object.")
    condition = {key.casefold(): value for key, value in given.items()}
    op = str(condition.get("op", "")).casefold()
    if op in ("and", "or"):
        tests = [_one(entity, each, empty_exists=empty_exists) for each in condition.get("items", [])]
        which = all if op == "and" else any
        return lambda row: which(test(row) for test in tests)
    field = entity.field(str(condition.get("field", "")))
    if not field.queryable:
        raise RefusedError(f"The field {field.name} of the {entity.name} Entity cannot be queried.")
    name = field.name
    if op in ("exist", "notexist"):
        blank = (None,) if empty_exists else (None, "")
        return lambda row: (row[name] in blank) is (op == "notexist")
    if op in ("in", "notin"):
        values = condition.get("value")
        if not isinstance(values, list):
            raise RefusedError(f"The operator {op} needs a list.")
        wanted = {_value(field, each) for each in values}
        return lambda row: (_stored(field, row[name]) in wanted) is (op == "in")
    if op not in _COMPARING:
        raise RefusedError(f"The operator {op} is unknown.")
    compare, want = _COMPARING[op], _value(field, condition.get("value"))
    return lambda row: compare(_stored(field, row[name]), want)


def _alternatives(given: Sequence[Any]) -> int:
    """How many OR conditions there are; what a list names counts as well."""
    count = 0
    for each in given:
        if isinstance(each, dict):
            items, value = each.get("items"), each.get("value")
            if isinstance(items, list):
                count += len(items) * (each.get("op") == "or") + _alternatives(items)
            count += len(value) if isinstance(value, list) else 0
    return count


def _value(field: FieldInfo, value: Any) -> Any:
    """A value as it is compared; Autotask says what its database says of one that does not fit."""
    try:
        return _stored(field, value)
    except (TypeError, ValueError):
        raise RefusedError(
            f"Conversion failed when converting the varchar value '{value}' to data type {field.type}."
        ) from None


def _stored(field: FieldInfo, value: Any) -> Any:
    if value is None:
        return None
    match field.type:
        case "integer":
            if isinstance(value, bool):
                raise TypeError
            return int(value)
        case "number":
            return float(value)
        case "boolean":
            if not isinstance(value, bool):
                raise TypeError
            return value
        case "date-time":
            moment = datetime.fromisoformat(str(value))
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        case _:
            return str(value).casefold()
