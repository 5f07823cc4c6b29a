"""Reading JSON Lines: every line is checked, and all faults are told at once."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from qbferry.errors import InputError
from qbferry.model.record import write_document

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from qbferry.model import Document, Entity

__all__ = ["Arrival", "read"]

SHOWN = 20
"""Faults told in words; the rest is counted."""

LONGEST_VALUE = 60


@dataclass(frozen=True, slots=True)
class Arrival:
    """A record as it came, checked.

    Attributes:
        id: Its id.
        batch: Its batch.
        text: Its document as compact JSON, a fraction of the size of the document itself.
    """

    id: str
    batch: str | None
    text: str

    @property
    def document(self) -> dict[str, Any]:
        """The document, made anew each time."""
        found: dict[str, Any] = json.loads(self.text)
        return found


def read(entity: Entity, lines: Iterable[str | bytes]) -> list[Arrival]:
    """Check all lines of a file of records, one JSON object a line.

    Args:
        entity: Whose records they are.
        lines: UTF-8, with or without a byte order mark; blank ones are skipped.

    Raises:
        InputError: Lines do not fit. It names each line, up to twenty, its field, and what is wrong.
    """
    arrivals: list[Arrival] = []
    seen: dict[str, int] = {}
    faults: list[str] = []
    for number, line in enumerate(lines, 1):
        try:
            text = _decode(line, first=number == 1)
            if not text.strip():
                continue
            json.loads(text, object_pairs_hook=_unique)
            document = entity.document.model_validate_json(text)
        except ValidationError as error:
            faults += [f"line {number}, {fault}" for fault in _describe(error)]
        except (ValueError, RecursionError) as error:
            faults.append(f"line {number}: {_explain(error, line)}")
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - whatever a validator of a plugin's raises
            faults.append(f"line {number}: its plugin fails to read it: {type(error).__name__}: {error}")
        else:
            earlier = seen.setdefault(document.id, number)
            if earlier != number:
                faults.append(f"line {number}, field id: {document.id} is in line {earlier} already")
            elif unseen := _unseen(document):
                faults.append(f"line {number}, field {unseen}: has a character in it that cannot be shown")
            else:
                arrivals.append(Arrival(document.id, document.batch, write_document(document)))
    if faults:
        raise _sum_up(faults)
    return arrivals


def _unseen(document: Document) -> str | None:
    """The name of a field that a person could not type, nor every database keep."""
    found = {"id": document.id, "batch": document.batch or ""}
    return next((name for name, text in found.items() if not text.isprintable()), None)


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


def _describe(error: ValidationError) -> Iterator[str]:
    for fault in error.errors(include_url=False):
        place = ".".join(str(part) for part in fault["loc"])
        text = fault["msg"][:1].lower() + fault["msg"][1:]
        given = fault["input"]
        shown = ""
        if isinstance(given, str | int | float) and fault["type"] != "missing":
            shown = json.dumps(given, ensure_ascii=False)
            shown = f" (it is {shown if len(shown) <= LONGEST_VALUE else shown[:LONGEST_VALUE] + '…'})"
        yield f"field {place}: {text}{shown}" if place else f"the record: {text}{shown}"


def _explain(error: Exception, line: str | bytes) -> str:
    match error:
        case UnicodeDecodeError():
            if isinstance(line, bytes) and line[:2] in (b"\xff\xfe", b"\xfe\xff"):
                return "the file is UTF-16; save it as UTF-8"
            return f"is not UTF-8 at byte {error.start + 1}; save the file as UTF-8"
        case json.JSONDecodeError():
            return f"is not JSON at column {error.colno}: {error.msg}; write one JSON object a line"
        case RecursionError():
            return "is nested too deeply"
        case _:
            return str(error)


def _sum_up(faults: list[str]) -> InputError:
    more = len(faults) - SHOWN
    lines = [*faults[:SHOWN], *([f"and {more} more faults"] if more > 0 else [])]
    count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
    return InputError(f"Nothing was imported, because of {count}:", lines)
