"""A record as hooks see it: typed, and read-only but for the state, which its owner alone changes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar, cast, overload

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from qbferry.errors import MisfitError
from qbferry.model.document import Document, State
from qbferry.model.extension import EXTENSION
from qbferry.model.status import TransferStatus
from qbferry.qbxml.characters import without_illegal
from qbferry.sentences import summary

if TYPE_CHECKING:
    from qbferry.model.entity import Entity
    from qbferry.model.row import RecordRow

__all__ = ["AnyRecord", "Record"]

MOST_FITTING = 10_000
"""Documents of one entity that are known to fit, before it is forgotten which."""

T = TypeVar("T")
D = TypeVar("D", bound=Document, covariant=True)
S = TypeVar("S", bound=State)


class _Framework(Generic[T]):
    """A field that the framework keeps: read from the row, never written through the record."""

    __slots__ = ("_name",)

    def __set_name__(self, owner: type[object], name: str) -> None:
        self._name = name

    @overload
    def __get__(self, record: None, owner: type[object]) -> _Framework[T]: ...
    @overload
    def __get__(self, record: Record[Any, Any], owner: type[object]) -> T: ...
    def __get__(self, record: Record[Any, Any] | None, owner: type[object]) -> T | _Framework[T]:
        if record is None:
            return self
        value = getattr(record._row, self._name)
        # To the bottom: a hook that emptied ``done`` would have it all sent twice.
        if isinstance(value, dict):
            value = MappingProxyType(value)
        elif isinstance(value, list):
            value = tuple(value)
        return cast("T", value)

    def __set__(self, record: Record[Any, Any], value: object) -> None:
        raise AttributeError(
            f"{self._name} is the framework's; a hook answers what is to happen instead of changing it"
        )


class Record(Generic[D, S]):
    """One record. ``D`` is its entity's document, ``S`` its state.

    Attributes:
        pk: The database's own key.
        connector_id: The connector, and so the company file, it belongs to.
        entity: The name of its kind.
        id: The source's identity; what people type and read.
        batch: The batch it was processed in.
        source: Where it came from: ``file``, or the name of a source.
        transfer_status: Where it stands.
        transfer_date: When the last transfer ended in QuickBooks.
        first_transfer_date: When the first one did since QuickBooks has it.
        transfer_count: How many transfers of it have ended in QuickBooks.
        needs_resync: It is transferred, and its plugin has more to send.
        chained: The keys of the transfers that this one went on from.
        done: Request key -> TxnID or ListID of the current transfer's requests that QuickBooks already has.
        reason: Why the last transfer failed, in plain words.
        ref_number: The number a person sees in QuickBooks.
        txn_id: Its TxnID in QuickBooks.
        edit_sequence: QuickBooks' version of it.
        paid_date: When it was paid.
        balance: What is still owed of it; None: that was not asked yet.
        voided: It was voided in QuickBooks.
        deleted: It was deleted in QuickBooks by hand.
        changed_since_transfer: An import changed it after QuickBooks had it.
        in_doubt: Nobody can tell whether QuickBooks has it.
    """

    __slots__ = ("_document", "_entity", "_row", "_source", "_state", "_text", "_writable")

    pk = _Framework[int]()
    connector_id = _Framework[int]()
    entity = _Framework[str]()
    id = _Framework[str]()
    batch = _Framework[str | None]()
    source = _Framework[str]()
    transfer_status = _Framework[TransferStatus]()
    transfer_date = _Framework[datetime | None]()
    first_transfer_date = _Framework[datetime | None]()
    transfer_count = _Framework[int]()
    needs_resync = _Framework[bool]()
    chained = _Framework[tuple[str, ...]]()
    done = _Framework[Mapping[str, str | None]]()
    reason = _Framework[str | None]()
    ref_number = _Framework[str | None]()
    txn_id = _Framework[str | None]()
    edit_sequence = _Framework[str | None]()
    paid_date = _Framework[date | None]()
    voided = _Framework[bool]()
    deleted = _Framework[bool]()
    changed_since_transfer = _Framework[bool]()
    in_doubt = _Framework[bool]()

    @property
    def balance(self) -> Decimal | None:
        """What is still owed of it; None: that was not asked yet."""
        found = self._row.balance
        return None if found is None else Decimal(found) / 100

    def __init__(self, entity: Entity, row: RecordRow) -> None:
        self._entity = entity
        self._row = row
        self._source = row.document_text
        self._document: D | None = None
        self._text = row.state_text
        self._state: S | None = None
        self._writable = False

    @classmethod
    def read(cls, entity: Entity, row: RecordRow, document: Document | None = None) -> AnyRecord:
        """Read what is stored of a record into its entity's models.

        Args:
            entity: Its kind.
            row: The record.
            document: Its document, where it was read already.

        Raises:
            MisfitError: Its document or state no longer fits; the field is named.
        """
        record: AnyRecord = Record(entity, row)
        record._document = document
        text = hash(row.document_text)
        if document is None and text not in entity.fitting:
            record._document = _read_document(entity, row.id, row.document_text)
            if len(entity.fitting) >= MOST_FITTING:
                entity.fitting.clear()
            entity.fitting.add(text)
        if row.state_text:  # that of a new record is made when it is asked for
            record._state = read_state(entity, row)
        return record

    @property
    def document(self) -> D:
        """The record as its source gave it."""
        if self._document is None:
            self._document = cast("D", _read_document(self._entity, self._row.id, self._source))
        return self._document

    @property
    def state(self) -> S:
        """What its plugin remembers of it."""
        if self._state is None:
            self._state = cast("S", _parse(self._entity.state, self._text))
        return self._state

    @state.setter
    def state(self, value: S) -> None:
        if not self._writable:
            raise AttributeError(
                "the state of a record is changed by its owner alone, and not before it is sent: in "
                "handle_response, after_transfer, check_change, forget, clear_number and polls"
            )
        self._state = _checked(cast("type[S]", self._entity.state), value)
        self._text = write_state(self._state)

    def writing(self) -> AbstractContextManager[None]:
        """Let the state be changed for a while; what fails leaves it as it was."""
        return _Whole(self, writable=True)

    def unless_it_fails(self) -> AbstractContextManager[None]:
        """Let what happens to the state count as a whole: what fails leaves it as it was."""
        return _Whole(self, writable=False)

    def mark(self) -> str:
        """What ``back_to`` takes the state back to."""
        return self._text

    def back_to(self, mark: str) -> None:
        """Take back what happened to the state."""
        self._text, self._state = mark, None

    def reread(self) -> None:
        """Let go of what was changed in the state in place, which does not count."""
        self._state = None

    def keep(self) -> bool:
        """Put a changed state back into the row.

        Returns:
            Whether it was changed.
        """
        if self._text == self._row.state_text:
            return False
        self._row.state_text = self._text
        return True


AnyRecord: TypeAlias = Record[Document, State]
"""A record of whatever entity."""


class _Whole(AbstractContextManager[None]):
    """A while in which what happens to a record's state counts as a whole."""

    # A class, as one made of a generator takes several times as long, and there are some for every record.
    __slots__ = ("_mark", "_record", "_writable")

    def __init__(self, record: Record[Any, Any], *, writable: bool) -> None:
        self._record, self._writable = record, writable

    def __enter__(self) -> None:
        self._mark = self._record.mark()
        if self._writable:
            self._record._writable = True

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._writable:
            self._record._writable = False
        if kind is not None:
            self._record.back_to(self._mark)


def read_state(entity: Entity, row: RecordRow) -> State:
    """The state of a record, brought to its present version.

    Raises:
        MisfitError: It does not fit, or the plugin fails to upgrade it.
    """
    try:
        return _parse(entity.state, row.state_text)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        name = f"{entity.label} {row.id}"
        remedy = "Its plugin is of another version; install the one that wrote it, or tell its author"
        raise MisfitError(_misfit(name, "state", remedy, error)) from error


def _without_added(error: ValidationError, text: str) -> str | None:
    """A document without what extensions added whose plugins do not run; None: something else is wrong."""
    faults = error.errors(include_url=False, include_context=False)
    names = [str(fault["loc"][0]) for fault in faults if fault["type"] == "extra_forbidden"]
    if len(names) < len(faults) or not all(name.startswith(EXTENSION) for name in names):
        return None
    document = json.loads(text)
    return json.dumps({name: value for name, value in document.items() if name not in names})


def _read_document(entity: Entity, record_id: str, text: str) -> Document:
    """A document as its model.

    Raises:
        MisfitError: It does not fit.
    """
    try:
        try:
            return entity.document.model_validate_json(text)
        except ValidationError as error:
            if left := _without_added(error, text):
                return entity.document.model_validate_json(left)
            raise
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        remedy = "Import it again in the present shape"
        raise MisfitError(_misfit(f"{entity.label} {record_id}", "document", remedy, error)) from error


def write_document(document: Document) -> str:
    """A document as it is stored, without what its model computes and would not read again."""
    return document.model_dump_json(by_alias=True, round_trip=True)


def write_state(state: State) -> str:
    """A state as it is stored; empty for one that is as new."""
    if state == type(state)():
        return ""
    # Whole, since a default left out may be what tells the kinds of a union apart.
    return f'{{"version":{state.VERSION},"state":{state.model_dump_json(round_trip=True)}}}'


def _parse(model: type[S], text: str) -> S:
    """A state from what ``write_state`` made; raises what the model and its ``upgrade`` raise."""
    if not text:
        return model()
    stored = json.loads(text)
    values: Mapping[str, Any] = stored["state"]
    if stored["version"] != model.VERSION:
        values = model.upgrade(values, stored["version"])
    return model.model_validate_json(json.dumps(values))


def _checked(model: type[S], value: S) -> S:
    """A value of the model whose every field fits, however it was made."""
    if type(value) is not model:
        raise TypeError(f"the state is {type(value).__name__}, not {model.__name__}")
    try:
        return model.model_validate_json(value.model_dump_json(warnings="error", round_trip=True))
    except PydanticSerializationError as error:
        raise ValueError(f"the state does not fit its model: {error}") from error


def _misfit(name: str, what: str, remedy: str, error: BaseException) -> str:
    """What is told of a model that does not take what is stored, or that fails at it."""
    if not isinstance(error, ValidationError):
        fault = f"The stored {what} of {name} cannot be read: {type(error).__name__}: {error}. {remedy}."
    else:
        faults = summary(error, what)
        fault = f"The stored {what} of {name} no longer fits its shape ({faults}). {remedy}."
    return without_illegal(fault)
