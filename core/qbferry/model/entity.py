"""A kind of record, as its plugin declares it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

from qbferry.model.document import NoState, State, Summary

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from importlib.resources.abc import Traversable

    from qbferry.model.document import Document
    from qbferry.model.reference import Target

__all__ = ["Column", "Edit", "Entity", "Kind", "Naming"]


class Kind(StrEnum):
    """What a column holds, and so how it is shown, compared and sorted."""

    TEXT = "text"
    DATE = "date"
    MOMENT = "moment"
    MONEY = "money"
    QUANTITY = "quantity"
    FLAG = "flag"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """What lists show of a record beside what every entity has.

    Attributes:
        name: Its key in JSON: ``organization``.
        label: What a person reads above it; empty: the name in words.
        kind: What it holds.
        paths: Where it comes from, the first that has a value: ``document.organization``, ``state.status``,
            ``record.needs_resync``; empty: the document's field of its name.
        filterable: Whether lists can be filtered and sorted by it; its values are then kept beside the
            record, whenever a document arrives. The summary's fields are filterable anyway.
    """

    name: str
    label: str = ""
    kind: Kind = Kind.TEXT
    paths: tuple[str, ...] = ()
    filterable: bool = False

    @property
    def heading(self) -> str:
        """What stands above it."""
        return self.label or self.name.replace("_", " ").capitalize()

    @property
    def sources(self) -> tuple[str, ...]:
        """Where it comes from."""
        return self.paths or (f"document.{self.name}",)

    def value(self, document: Mapping[str, Any], state: Mapping[str, Any], row: object) -> Any:
        """What it shows of a record, as JSON gives it; None where there is nothing.

        Args:
            document: As JSON.
            state: As JSON.
            row: Has the framework's fields as attributes.
        """
        for path in self.sources:
            room, _, name = path.partition(".")
            found = (
                getattr(row, name, None)
                if room == "record"
                else (document if room == "document" else state).get(name)
            )
            if found is not None:
                return found
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What a person may do with one record beside setting it ready: a change of its document, like an import.

    Attributes:
        name: ``receive``; for programs.
        label: What a person clicks: ``Receive goods``.
        fields: What a person fills in: name -> label, in order.
        change: Given the record and what was filled in, its new document as JSON; an ``InputError`` it raises
            is told, and leaves all as it was.
        hold: Given the record, why this cannot be done now, a sentence; None: it can.
    """

    name: str
    label: str
    change: Callable[[Any, Mapping[str, str]], Mapping[str, Any]]
    fields: Mapping[str, str] = field(default_factory=dict)
    hold: Callable[[Any], str | None] = lambda _: None


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """What names in an entity's records may be made of, where a connector has a convention for them.

    Attributes:
        kinds: What may have a convention of its own: ``labor``.
        words: What a name is made of, in braces: ``role``, for ``{role}``.
    """

    kinds: tuple[str, ...]
    words: tuple[str, ...]


def _nothing(_: Document) -> Summary:
    return Summary()


@dataclass(frozen=True, kw_only=True)
class Entity:
    """A kind of record, owned by one plugin. It needs no table.

    Attributes:
        name: What commands and settings call it: ``invoice``.
        label: What a person reads: ``Invoice``.
        plural: The label for several: ``Invoices``.
        document: The record's shape as JSON; ``qbferry schema NAME`` prints it.
        state: The shape of what its plugin remembers of a record.
        summary: What the core may know of a record; called whenever a document arrives.
        requests: All qbXML requests it can make, without ``Rq``: ``("InvoiceAdd",)``.
        templates: The folder with its Jinja2 templates, one a request: ``InvoiceAdd.xml.j2``.
        never_sent: Fields of the document that no request carries; a change in them is none for QuickBooks.
        targets: What names in its records may stand for; the framework reads their lists.
        columns: What lists show beside what every entity has.
        edits: What a person may do with one record beside setting it ready.
        naming: What names in its records may be made of, for each connector in its own way; None: nothing is.
        routed_by: What the summary's party is, ``organization`` or ``resource``, where a person may say which
            company file its records go to; empty: all go to the default connector.
        order: Entities take their turns in a message in this order, lowest first.
        added: Fields of the document that extensions added; the framework's.
    """

    name: str
    label: str
    plural: str
    document: type[Document]
    requests: tuple[str, ...]
    templates: Traversable
    state: type[State] = NoState
    summary: Callable[[Any], Summary] = field(default=_nothing)
    never_sent: frozenset[str] = frozenset()
    targets: tuple[Target, ...] = ()
    columns: tuple[Column, ...] = ()
    edits: tuple[Edit, ...] = ()
    naming: Naming | None = None
    routed_by: str = ""
    order: int = 100
    added: tuple[str, ...] = ()

    @cached_property
    def unsent(self) -> frozenset[str]:
        """The names that fields of ``never_sent`` have in JSON."""
        known = self.document.model_fields
        return frozenset(known[name].serialization_alias or name for name in self.never_sent)

    @cached_property
    def filterable(self) -> tuple[Column, ...]:
        """The columns whose values are kept beside the record."""
        return tuple(column for column in self.columns if column.filterable)

    @cached_property
    def fitting(self) -> set[int]:
        """Hashes of stored documents that fitted: they are read again only when a hook looks at them."""
        return set()
