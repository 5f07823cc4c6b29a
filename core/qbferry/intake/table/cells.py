"""What is written in a cell, as JSON has it."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from qbferry.intake.table.shape import Fill

__all__ = ["convert", "plain", "protect"]

_DATES = {
    "us": re.compile(r"(?P<month>\d{1,2})[/-](?P<day>\d{1,2})[/-](?P<year>\d{4}|\d{2})"),
    "eu": re.compile(r"(?P<day>\d{1,2})[./-](?P<month>\d{1,2})[./-](?P<year>\d{4}|\d{2})"),
}
_LIKE = {"iso": "2026-10-31", "us": "10/31/2026", "eu": "31.10.2026"}
_NUMBER = re.compile(r"-?(\d{1,3}(,\d{3})+|\d+)?(\.\d+)?")
_AROUND = re.compile(r"[\s$€£¥\u00a0\u202f]")
FORMULA = frozenset("=+-@")
YES, NO = {"yes", "y", "true", "1", "x"}, {"no", "n", "false", "0"}


def plain(cell: object) -> str:
    """A cell as text; blanks around it count for nothing."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, float | int | Decimal):
        return f"{Decimal(repr(cell)):f}".removesuffix(".0")
    text = str(cell).strip()
    return text[1:] if text[:1] == "'" and text[1:2] in FORMULA else text


def protect(value: object) -> object:
    """A value for a cell, with a mark that ``plain`` takes off where a spreadsheet would see a formula."""
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, str) or value[:1] not in FORMULA or _NUMBER.fullmatch(value):
        return value
    return "'" + value


def convert(cell: object, fill: Fill, dates: str, numbers: str) -> Any:
    """What a cell says, as JSON has it.

    Args:
        cell: As a CSV file or a workbook gives it; not blank.
        fill: What the field takes.
        dates: How dates are written.
        numbers: How numbers are written.

    Raises:
        ValueError: It says something else; the text goes on after the name of the column.
    """
    text = plain(cell)
    match fill:
        case Fill.DATE:
            return text[:10] if isinstance(cell, date) else _date(text, dates).isoformat()
        case Fill.NUMBER | Fill.WHOLE:
            found = text if isinstance(cell, int | float) else _number(text, numbers)
            return int(found) if fill is Fill.WHOLE and "." not in found else found
        case Fill.FLAG:
            return _flag(text)
        case Fill.JSON:
            try:
                return json.loads(text)
            except ValueError as error:
                raise ValueError("is not JSON") from error
    return text


def _date(text: str, dates: str) -> date:
    try:
        if dates == "iso":
            return date.fromisoformat(text)
        if "%" in dates:
            return datetime.strptime(text, dates).date()  # noqa: DTZ007 - a day has no zone
        if found := _DATES[dates].fullmatch(text):
            year = int(found["year"])
            return date(year if year > 99 else 2000 + year, int(found["month"]), int(found["day"]))
    except ValueError:
        pass
    like = _LIKE.get(dates, datetime(2026, 10, 31).strftime(dates))  # noqa: DTZ001
    others = ", ".join(name for name in _LIKE if name != dates)
    raise ValueError(f"is no date such as {like}; if dates are written otherwise, say how ({others})")


def _number(text: str, numbers: str) -> str:
    bare = _AROUND.sub("", text)
    if bare.startswith("(") and bare.endswith(")"):  # as bookkeepers write what is negative
        bare = f"-{bare[1:-1]}"
    if numbers != "1,234.56":
        bare = bare.translate(str.maketrans(",.", ".,"))
    if not bare.strip("-") or not _NUMBER.fullmatch(bare):
        raise ValueError(f"is no number such as {numbers}")
    return f"{Decimal(bare.replace(',', '')):f}"


def _flag(text: str) -> bool:
    if (word := text.casefold()) not in YES | NO:
        raise ValueError("is neither yes nor no")
    return word in YES
