"""Reading a JSON array of records, a piece at a time: memory holds no more than a record."""

from __future__ import annotations

import codecs
import json
from typing import IO, TYPE_CHECKING

from qbferry.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qbferry.sentences import Fault

__all__ = ["LONGEST", "JsonArray"]

PIECE = 65_536
"""Bytes that are read at a time, at least."""

LONGEST = 10_000_000
"""Characters of a record."""

LONGEST_SIGN = 16
"""No sign of JSON but a text has more characters: ``-Infinity``, ``\\ud83d\\ude00``."""

BLANK = " \t\n\r"

# Numbers are only looked for their end here: of any length, and as no number.
_decode = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str).raw_decode


class _EndError(Exception):
    """It cannot be read on; says why."""


class JsonArray:
    """A JSON array of objects, counted from 1.

    Args:
        stream: UTF-8, with or without a byte order mark.
    """

    twice = ""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._bytes = codecs.getincrementaldecoder("utf-8-sig")()
        self._text, self._at, self._before, self._more = "", 0, 0, True

    def __iter__(self) -> Iterator[tuple[int, str | bytes | list[Fault]]]:
        """Each record as it is written; where the array breaks off, what is wrong there, and no more."""
        number = 1
        try:
            self._expect("[", "the body is an array of records: […]")
            if self._next() == "]":
                self._at += 1
            else:
                while True:
                    yield number, self._record()
                    number += 1
                    if self._expect(",]", "a comma or a closing bracket belongs here") == "]":
                        break
            if self._next():
                raise self._broken("nothing may come behind the array")
        except _EndError as error:
            yield number, [((), str(error), None)]

    def named(self, number: int) -> str:
        """``record 3``."""
        return f"record {number}"

    def told(self, number: int, fault: Fault) -> str:
        """``record 3, field total: …``."""
        head = f"record {number}"
        return f"{head}, {sentence(fault)}" if fault[0] else head + sentence(fault).removeprefix("the record")

    def _record(self) -> str:
        """The text of the value that begins here; more is read until its end is there."""
        self._next()
        while True:
            try:
                _, end = _decode(self._text, self._at)
            except json.JSONDecodeError as error:
                ahead = error.pos - self._at  # reading moves the text
                if self._cut_off(error) and self._read():
                    continue
                self._at = min(self._at + ahead, len(self._text))
                raise self._broken(f"{error.msg[:1].lower()}{error.msg[1:]}") from None
            except RecursionError:
                raise _EndError("is nested too deeply") from None
            if end <= len(self._text) - LONGEST_SIGN or not self._more:
                text, self._at = self._text[self._at : end], end
                return text
            self._read()  # a number may go on there

    def _cut_off(self, error: json.JSONDecodeError) -> bool:
        """Whether the fault may be only that not all was read."""
        return error.msg.startswith("Unterminated") or error.pos > len(self._text) - LONGEST_SIGN

    def _next(self) -> str:
        """The next character that is not blank; empty: there is none."""
        while True:
            while self._at < len(self._text):
                if self._text[self._at] not in BLANK:
                    return self._text[self._at]
                self._at += 1
            if not self._read():
                return ""

    def _expect(self, signs: str, what: str) -> str:
        found = self._next()
        if not found or found not in signs:
            raise self._broken(what)
        self._at += 1
        return found

    def _read(self) -> bool:
        """Read on, as much again as is there, and forget what lies behind; whether there was more."""
        if not self._more:
            return False
        left = len(self._text) - self._at
        if left > LONGEST:
            raise _EndError(f"has more than {LONGEST:,} characters")
        piece = self._stream.read(max(PIECE, left))
        self._more = bool(piece)
        try:
            more = self._bytes.decode(piece, final=not piece)
        except UnicodeDecodeError as error:
            raise _EndError(f"is not UTF-8: {error.reason}") from error
        self._before += self._at
        self._text, self._at = self._text[self._at :] + more, 0
        return bool(piece)

    def _broken(self, what: str) -> _EndError:
        there = self._at < len(self._text)
        place = f"character {self._before + self._at + 1}" if there else "the end"
        return _EndError(f"is not JSON at {place} of the body: {what}")
