"""Reading records: each is checked as it passes, and all faults are told at once."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import ValidationError

from qbferry.errors import InputError, Spot
from qbferry.intake.foreign import recognize
from qbferry.intake.written import misprints, misspellings
from qbferry.model.record import write_document
from qbferry.qbxml.characters import illegal_in_text
from qbferry.sentences import LONGEST_VALUE, faults_of, is_null, sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from qbferry.model import Document, Entity
    from qbferry.sentences import Fault, Place

__all__ = ["Arrival", "JsonLines", "Lines", "Reading", "read"]

RESULTS = "quickbooks"
"""What an export adds to a document, and an import leaves alone."""

SHOWN = 20
"""Faults told in words; the rest is counted."""


@dataclass(slots=True)
class Arrival:
    """A record as it came, checked.

    Attributes:
        id: Its id.
        batch: Its batch.
        text: Its document as compact JSON, a fraction of the size of the document itself.
        line: Its line of the file; what arrives together is told apart by it.
        checked: Its document, as long as it is at hand.
    """

    id: str
    batch: str | None
    text: str
    line: int = 1
    checked: Document | None = field(default=None, compare=False, repr=False)

    @property
    def document(self) -> dict[str, Any]:
        """The document, made anew each time."""
        found: dict[str, Any] = json.loads(self.text)
        return found


class Reading(Protocol):
    """A file of records, however it is written.

    Attributes:
        twice: What is said more when a record comes again.
    """

    twice: str

    def __iter__(self) -> Iterator[tuple[int, str | bytes | list[Fault]]]:
        """Number and JSON object of each record, or what is wrong with it."""

    def named(self, number: int) -> str:
        """What a person calls the place with a number."""

    def told(self, number: int, fault: Fault) -> str:
        """Say what is wrong with the record that was given last."""


class JsonLines:
    """A file with a JSON object on each line.

    Args:
        lines: UTF-8, with or without a byte order mark; blank ones are skipped.
    """

    twice = ""

    def __init__(self, lines: Iterable[str | bytes]) -> None:
        self._lines = lines

    def __iter__(self) -> Iterator[tuple[int, str | bytes]]:
        """Each line with its number.

        Raises:
            InputError: They are no JSON Lines at all; it says what they are.
        """
        begun = False
        for number, line in enumerate(self._lines, 1):
            if not begun and (begun := bool(line.strip())):
                _refuse_others(line)
            yield number, line

    def named(self, number: int) -> str:
        """``line 3``."""
        return f"line {number}"

    def told(self, number: int, fault: Fault) -> str:
        """``line 3, field total: …``."""
        return f"line {number}, {sentence(fault)}"


class Lines:
    """The records of a file; iterating gives those that fit, and gathers what is wrong with the others."""

    def __init__(self, entity: Entity, reading: Reading) -> None:
        """Begin.

        Null is taken for absent where a field may be absent and not null.

        Args:
            entity: Whose records they are.
            reading: The file.
        """
        self._entity = entity
        self._reading = reading
        self._faults: list[tuple[Spot, str]] = []
        self._count = 0

    @property
    def faulty(self) -> bool:
        """Whether a line was found that does not fit."""
        return self._count > 0

    def __iter__(self) -> Iterator[Arrival]:
        """Check line by line."""
        for number, line in self._reading:
            if isinstance(line, list):
                self._tell(number, line, None)
                continue
            try:
                text = _decode(line, first=number == 1)
                if not text or text.isspace():
                    continue
                document = _checked(self._entity, text)
            except _MisfitsError as error:
                self._tell(number, error.faults, text)
            except (ValueError, RecursionError) as error:
                self._note(Spot(number), f"{self._reading.named(number)}: {_explain(error)}")
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # noqa: BLE001 - whatever a validator of a plugin's raises
                fault = f"its plugin fails to read it: {type(error).__name__}: {error}"
                self._note(Spot(number, (), _id(text)), f"{self._reading.named(number)}: {fault}")
            else:
                if unseen := _unseen(document):
                    what = "has a character in it that cannot be shown"
                    self._tell(number, [((unseen,), what, None)], text)
                else:
                    yield Arrival(document.id, document.batch, write_document(document), number, document)

    def check(self, doubles: Iterable[tuple[int, str, int]]) -> None:
        """Tell of all faults, if there are any.

        Args:
            doubles: Ids that are there twice: the later line, the id, the first line.

        Raises:
            InputError: Lines do not fit. It names each line, up to twenty, its field, and what is wrong.
        """
        for number, name, earlier in doubles:
            fault = f"{name} is in {self._reading.named(earlier)} already{self._reading.twice}"
            spot = Spot(number, ("id",), name)
            self._note(spot, f"{self._reading.named(number)}, field id: {fault}", late=True)
        if self._count:
            raise _sum_up(self._faults, self._count)

    def _tell(self, number: int, faults: Iterable[Fault], text: str | None) -> None:
        name = _id(text) if self._count < SHOWN else None
        for fault in faults:
            self._note(Spot(number, fault[0], name), self._reading.told(number, fault))

    def _note(self, spot: Spot, fault: str, *, late: bool = False) -> None:
        self._count += 1
        if late or self._count <= SHOWN:
            self._faults.append((spot, fault))


def read(entity: Entity, lines: Iterable[str | bytes]) -> list[Arrival]:
    """Check all lines of a small file of records, one JSON object a line.

    Args:
        entity: Whose records they are.
        lines: UTF-8, with or without a byte order mark; blank ones are skipped.

    Raises:
        InputError: Lines do not fit. It names each line, up to twenty, its field, and what is wrong. Or they
            are no JSON Lines at all; it says what they are.
    """
    checked = Lines(entity, JsonLines(lines))
    arrivals = list(checked)
    first: dict[str, int] = {}
    checked.check(
        (arrival.line, arrival.id, earlier)
        for arrival in arrivals
        if (earlier := first.setdefault(arrival.id, arrival.line)) != arrival.line
    )
    return arrivals


class _MisfitsError(Exception):
    """What is wrong with one record."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        super().__init__()
        self.faults = [*faults]


def _refuse_others(line: str | bytes) -> None:
    if told := recognize(line.encode(errors="replace") if isinstance(line, str) else line):
        raise InputError(f"Nothing was imported. {told}")


def _checked(entity: Entity, text: str) -> Document:
    raw = _parse(text)
    if RESULTS in text and isinstance(raw, dict) and RESULTS not in entity.document.model_fields:
        raw.pop(RESULTS, None)  # what an export says of QuickBooks
        text = json.dumps(raw, ensure_ascii=False)
    _refuse(_unsendable(entity, raw, text))
    document = _document(entity, raw, text)
    _refuse(misspellings(entity.document, raw))
    return document


def _document(entity: Entity, raw: Any, text: str) -> Document:
    """The document; without its nulls if they are in its way."""
    try:
        return entity.document.model_validate_json(text)
    except ValidationError as error:
        nulls = [one["loc"] for one in error.errors(include_url=False) if is_null(one)]
        if not nulls or not _taken_out(raw, nulls):
            raise _MisfitsError(faults_of(error)) from error
    try:
        return entity.document.model_validate_json(json.dumps(raw))
    except ValidationError as error:
        raise _MisfitsError(faults_of(error, nulls)) from error


def _taken_out(raw: Any, places: Iterable[Place]) -> bool:
    """Take nulls out of objects, if all are where the models say."""
    for loc in places:
        there = raw
        for part in loc[:-1]:
            try:
                there = there[part]
            except (LookupError, TypeError):
                return False
        if not (isinstance(there, dict) and loc[-1] in there):
            return False
        del there[loc[-1]]
    return True


def _unsendable(entity: Entity, raw: Any, text: str) -> Iterable[Fault]:
    # What JSON takes and ASCII has is legal in XML, unless it is escaped: by its number, or as \b or \f.
    escaped = "\\" in text and any(sign in text for sign in ("\\u", "\\b", "\\f"))
    if not (isinstance(raw, dict) and (escaped or (not text.isascii() and illegal_in_text(text)))):
        return ()
    return misprints({name: value for name, value in raw.items() if name not in entity.unsent})


def _refuse(faults: Iterable[Fault]) -> None:
    if faults and (found := [*faults]):
        raise _MisfitsError(found)


def _whole(digits: str) -> int | float:
    """A whole number as JSON writes it; one that is too long for any use, and minus zero, as a float."""
    return float(digits) if digits == "-0" or len(digits) > LONGEST_VALUE else int(digits)


def _unseen(document: Document) -> str | None:
    """The name of a field that a person could not type, nor every database keep."""
    if not document.id.isprintable():
        return "id"
    return None if document.batch is None or document.batch.isprintable() else "batch"


def _id(text: str | None) -> str | None:
    """The id of a record that does not fit, if it has one."""
    try:
        raw = json.loads(text or "null")
    except (ValueError, RecursionError):
        return None
    name = raw.get("id") if isinstance(raw, dict) else None
    return name if isinstance(name, str) else None


def _decode(line: str | bytes, *, first: bool) -> str:
    text = line.decode("utf-8") if isinstance(line, bytes) else line
    return text.removeprefix("\ufeff") if first else text


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse what JSON's readers silently drop: the first of two values of one key."""
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in found if keys.count(key) > 1)
        raise ValueError(f"the key {twice} is there twice in one object")
    return found


_parse = json.JSONDecoder(object_pairs_hook=_unique, parse_int=_whole).decode


def _explain(error: Exception) -> str:
    match error:
        case UnicodeDecodeError():
            return f"is not UTF-8 at byte {error.start + 1}; save the file as UTF-8"
        case json.JSONDecodeError():
            return f"is not JSON at column {error.colno}: {error.msg}; write one JSON object a line"
        case RecursionError():
            return "is nested too deeply"
        case _:
            return str(error)


def _sum_up(faults: list[tuple[Spot, str]], number: int) -> InputError:
    told = sorted(faults, key=lambda fault: (fault[0].number, fault[1]))[:SHOWN]
    lines = [*(text for _, text in told), *([f"and {number - SHOWN} more faults"] if number > SHOWN else [])]
    count = "1 fault" if number == 1 else f"{number} faults"
    return InputError(f"Nothing was imported, because of {count}:", lines, [spot for spot, _ in told])
