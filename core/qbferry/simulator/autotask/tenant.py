"""One customer's Autotask: rows, queries in pages, and writes that fit."""

from __future__ import annotations

import base64
import json
import random
import threading
from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from qbferry.simulator.autotask.entities import EntityInfo, FieldInfo, RefusedError, load
from qbferry.simulator.autotask.filters import compiled

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Tenant"]

MOST_ROWS = 500


class Tenant:
    """Rows by entity, and how this Autotask behaves where the facts know of two ways.

    Attributes:
        rows: Entity -> id -> row.
        page: At most so many rows on a page, whatever was asked for; the real one has 500.
        missing_is_404: A row that is not there is answered by 404; otherwise by ``{"item": null}``.
        read_only_is_refused: A write to a read-only field is refused; otherwise it is ignored.
        writable: Fields, as ``ExpenseReports.status``, that can be written here though they are read-only.
        empty_exists: An empty text counts as a value for ``exist``.
        locked: Invoices whose paid date is that of Autotask's payment processing.
        thread_status: What a fourth simultaneous call is answered with, 429 or 500.
        threshold: Calls an hour of the database.
        used: Calls so far in this hour.
        fault: Given the number of a call, its verb and its path, what happens to it: ``502``, ``html``,
            ``reset`` (nothing was done), ``lost`` (it was done, and the answer is lost), ``threads``,
            ``401``, ``slow``; an empty text: nothing.
        calls: What was called: verb, path, body.
        wrote: How often each field of each row was written: ``Invoices 7 invoiceNumber``.
    """

    def __init__(self, seed: int = 0) -> None:
        """Begin empty; the numbers of picklists are chosen by chance."""
        self.lock = threading.RLock()
        self.entities = load(random.Random(seed))  # noqa: S311 - no secret
        self.rows: dict[str, dict[int, dict[str, Any]]] = {each.plural: {} for each in self.entities.values()}
        self.page = MOST_ROWS
        self.missing_is_404 = False
        self.read_only_is_refused = False
        self.writable: set[str] = set()
        self.empty_exists = True
        self.locked: set[int] = set()
        self.thread_status = 429
        self.threshold = 10_000
        self.used = 0
        self.fault: Callable[[int, str, str], str] = lambda *_: ""
        self.calls: list[tuple[str, str, Any]] = []
        self.wrote: Counter[str] = Counter()
        self._next = 1000

    # -- The control side

    def add(self, entity: str, **fields: Any) -> int:
        """Add a row, read-only fields and all; words are taken for labels of picklists. Its id."""
        with self.lock:
            info = self.entities[entity.casefold()]
            self._next += 1
            row: dict[str, Any] = {field.name: None for field in info.fields.values()}
            row["id"] = fields.pop("id", self._next)
            for name, value in fields.items():
                field = info.field(name)
                row[field.name] = _written(
                    self.number(entity, name, value) if _named(field, value) else value
                )
            self.rows[info.plural][row["id"]] = row
            return int(row["id"])

    def set(self, entity: str, key: int, **fields: Any) -> None:
        """Change a row as its users do."""
        with self.lock:
            info = self.entities[entity.casefold()]
            for name, value in fields.items():
                field = info.field(name)
                found = self.number(entity, name, value) if _named(field, value) else value
                self.rows[info.plural][key][field.name] = _written(found)

    def number(self, entity: str, name: str, label: str) -> int:
        """The number of a label, which is made if the picklist has none of that name."""
        labels = self.entities[entity.casefold()].field(name).labels
        if labels is None:
            raise KeyError(f"{entity}.{name} is no picklist")
        return labels.setdefault(label, max(labels.values(), default=0) + 1)

    # -- What the API does

    def info(self, entity: str) -> EntityInfo:
        """An entity.

        Raises:
            RefusedError: There is none.
        """
        found = self.entities.get(entity.casefold())
        if found is None:
            raise RefusedError(status=404, message=f"No HTTP resource was found that is {entity}.")
        return found

    def query(self, entity: str, search: Any, paging: str | None) -> tuple[dict[str, Any], str | None]:
        """A page of rows, and the token of the next one."""
        info = self.info(entity)
        given = _folded(search)
        most = given.get("maxrecords", MOST_ROWS)
        if not (isinstance(most, int) and 1 <= most <= MOST_ROWS):
            raise RefusedError(f"maxCountOfRecordsToReturn must be between 1 and {MOST_ROWS}")
        test = compiled(info, given.get("filter"), empty_exists=self.empty_exists)
        wanted = [info.field(name).name for name in given.get("includefields") or []]
        after = json.loads(base64.urlsafe_b64decode(paging))["after"] if paging else 0
        size = min(most, self.page)
        rows = self.rows[info.plural]
        found = [rows[key] for key in sorted(rows) if key > after and test(rows[key])]
        shown = found[:size]
        names = wanted or [field.name for field in info.fields.values()]
        items = [{name: row[name] for name in names} for row in shown]
        token = None
        if len(found) > size and "id" in names:  # without the id, what is behind the first page is lost
            token = base64.urlsafe_b64encode(json.dumps({"after": shown[-1]["id"]}).encode()).decode()
        return {"items": items, "pageDetails": {"count": len(items), "requestCount": most}}, token

    def count(self, entity: str, search: Any) -> dict[str, int]:
        """How many rows a query finds."""
        info = self.info(entity)
        test = compiled(info, _folded(search).get("filter"), empty_exists=self.empty_exists)
        return {"queryCount": sum(map(test, self.rows[info.plural].values()))}

    def get(self, entity: str, key: int) -> dict[str, Any]:
        """One row."""
        row = self.rows[self.info(entity).plural].get(key)
        if row is None and self.missing_is_404:
            raise RefusedError(status=404, message="The item was not found.")
        return {"item": row}

    def patch(self, entity: str, body: Any) -> dict[str, Any]:
        """Change what is named of a row."""
        info = self.info(entity)
        if not info.can_update:
            raise RefusedError(
                status=405, message="The requested resource does not support http method 'PATCH'."
            )
        row = self.rows[info.plural].get(body.get("id", 0)) if isinstance(body, dict) else None
        if row is None:
            raise RefusedError("No message. No matching records found.")
        changes = {}
        for name, value in body.items():
            field = info.field(name)
            if field.name == "id":
                continue
            if field.read_only and f"{info.plural}.{field.name}" not in self.writable:
                if self.read_only_is_refused:
                    raise RefusedError(f"The field {field.name} is read only.")
                continue
            _fits(info, field, value)
            changes[field.name] = value
        if "paidDate" in changes and row["id"] in self.locked:
            raise RefusedError("The paid date of an invoice that was paid here cannot be changed.")
        row |= changes
        for name in changes:
            self.wrote[f"{info.plural} {row['id']} {name}"] += 1
        return {"itemId": row["id"]}

    def described(self, entity: str) -> dict[str, Any]:
        """What ``entityInformation/fields`` says; numbers of picklists are texts there."""
        info = self.info(entity)
        return {"fields": [self._field(info, field) for field in info.fields.values()]}

    def _field(self, info: EntityInfo, field: FieldInfo) -> dict[str, Any]:
        values = [
            {"value": str(number), "label": label, "isActive": True, "sortOrder": order}
            for order, (label, number) in enumerate((field.labels or {}).items(), 1)
        ]
        return {
            "name": field.name,
            "dataType": field.type,
            "length": field.length or 0,
            "isRequired": field.required,
            "isReadOnly": field.read_only and f"{info.plural}.{field.name}" not in self.writable,
            "isQueryable": field.queryable,
            "isPickList": field.labels is not None,
            "picklistValues": values if field.labels is not None else None,
        }


def _folded(search: Any) -> dict[str, Any]:
    """What a query says; its names may be in capital or small letters."""
    return {key.casefold(): value for key, value in search.items()} if isinstance(search, dict) else {}


def _fits(info: EntityInfo, field: FieldInfo, value: Any) -> None:
    """Refuse a value that a field does not take."""
    if value is None:
        if field.required:
            raise RefusedError(f"Missing Required Field: {field.name}")
        return
    kinds: Mapping[str, tuple[type, ...]] = {
        "integer": (int,),
        "number": (int, float),
        "boolean": (bool,),
        "date-time": (str,),
        "string": (str,),
    }
    right = isinstance(value, kinds[field.type]) and isinstance(value, bool) is (field.type == "boolean")
    if not right:
        raise RefusedError(f"The value of {field.name} is no {field.type}.")
    if field.length and len(value) > field.length:
        raise RefusedError(f"{info.name}.{field.name} has more than {field.length} characters.")
    if field.labels and value not in field.labels.values():
        raise RefusedError(f"{value} is no value of the picklist {field.name}.")
    if field.type == "date-time":
        try:
            datetime.fromisoformat(value)
        except ValueError:
            raise RefusedError(f"The value of {field.name} is no date.") from None


def _named(field: FieldInfo, value: Any) -> bool:
    return field.labels is not None and field.type == "integer" and isinstance(value, str)


def _written(value: Any) -> Any:
    """A value as the API gives it."""
    match value:
        case datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-4] + "Z"
        case date():
            return f"{value.isoformat()}T00:00:00Z"
        case Decimal():
            return float(value)
        case _:
            return value
