"""Faults at will: what goes wrong, where, and when; docs/simulator.md explains the plan's format.

Points, as ``at``: ``before CALL``, ``sent CALL``, ``reply CALL`` and ``after CALL`` for each call of the
server (``any`` for all); ``open`` when QuickBooks is opened; ``before process`` and ``after process`` around
QuickBooks' work; ``request`` before each request of a message set is executed.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qbferry.errors import InputError
from qbferry.simulator import status
from qbferry.simulator.status import Status

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["CALLS", "Fault", "Faults"]

CALLS = (
    *("serverVersion", "clientVersion", "authenticate", "sendRequestXML", "receiveResponseXML"),
    *("connectionError", "getLastError", "closeConnection"),
)
_AROUND_CALLS = frozenset({"cut", "kill", "stop", "wait", "close", "backup", "restore", "duplicate"})
_ON_THE_WAY = {"sent": frozenset({"cut", "repeat"}), "reply": frozenset({"cut"})}
_AT_WORK = frozenset({"kill", "stop", "wait", "backup", "restore"})
_ACTIONS = {
    "open": _AT_WORK | {"hresult"},
    "before process": _AT_WORK | {"hresult", "close"},
    "after process": _AT_WORK | {"hresult"},
    "request": frozenset({"status", "die", "kill", "wait"}),
}
_STATUSES = {
    500: status.partly_found("X"),
    1: status.no_match(),
    570: Status(570, "Warn", 'Unable to link to transaction "X" because it has already been closed.'),
    3140: status.bad_reference("Customer", "X", "Invoice"),
    3170: Status(
        3170,
        "Error",
        'There was an error when modifying a data extension named "X".  '
        "QuickBooks error message: This list has been modified by another user.",
    ),
    3175: status.locked("1C5D12-1780069371"),
    3176: Status(
        3176,
        "Error",
        "There was an error adding, modifying or deleting X because it is already in use.  "
        "QuickBooks error message: The application failed to acquire the lock.",
    ),
    3180: status.cannot_save("Invoice", "This record has an error in it."),
    3200: status.stale("1"),
    3231: status.not_processed(),
    3250: status.feature_off(),
    3260: Status(3260, "Error", "Insufficient permission level to perform this action."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault.

    Attributes:
        at: The point, see the module.
        do: ``cut`` the connection (at ``sent`` the server has the call, at ``reply`` it did its work),
            ``repeat`` the call (what is between delivers it twice, and the first reply is lost),
            ``kill`` this process, ``stop`` the Web Connector as if its computer was switched off, ``wait``
            some seconds, answer with an ``hresult``, ``close`` QuickBooks, ``die`` inside a message set with
            no answer kept, give one request a ``status``, ``backup`` the company file, ``restore`` it,
            ``duplicate`` the session.
        nth: At which occurrence of the point, from 1.
        times: At how many occurrences in a row; 0 for all later ones.
        seconds: How long to wait.
        hresult: The code, for ``hresult`` and ``die``.
        code: The status code, for ``status``.
        message: Its text, or the hresult's, instead of the usual one.
        request: At ``request``: only requests of that name count, such as ``InvoiceAdd``.
        path: The backup's file.

    Raises:
        InputError: The point or the action does not exist, or they do not go together.
    """

    at: str
    do: str
    nth: int = 1
    times: int = 1
    seconds: float = 1.0
    hresult: str = "0x80040402"
    code: int = 3175
    message: str = ""
    request: str = ""
    path: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot happen."""
        moment, _, call = self.at.partition(" ")
        if moment in {"before", "sent", "reply", "after"} and call in {*CALLS, "any"}:
            allowed = _ON_THE_WAY.get(moment, _AROUND_CALLS)
        else:
            allowed = _ACTIONS.get(self.at, frozenset())
        if not allowed:
            raise InputError(f'There is no point "{self.at}" for a fault; docs/simulator.md lists them.')
        if self.do not in allowed:
            raise InputError(f'A fault at "{self.at}" cannot {self.do}; it can {", ".join(sorted(allowed))}.')
        if self.do in {"backup", "restore"} and not self.path:
            raise InputError(f'A fault that does "{self.do}" needs a path.')
        if self.nth < 1 or self.times < 0:
            raise InputError(f'The fault at "{self.at}" needs nth from 1 and times from 0.')

    @property
    def answer(self) -> Status:
        """The status a request gets."""
        usual = _STATUSES.get(self.code)
        severity = usual.severity if usual else "Error" if self.code >= 1000 else "Warn"
        return Status(
            self.code, severity, self.message or (usual.message if usual else "Injected by a plan of faults.")
        )


class Faults:
    """A plan of faults, and how often each point was passed; one plan serves several runs."""

    def __init__(self, plan: Iterable[Fault] = ()) -> None:
        self._plan = tuple(plan)
        self._passed = [0] * len(self._plan)

    @classmethod
    def read(cls, path: str | Path) -> Faults:
        """Read a plan: a JSON list, or TOML with ``[[fault]]`` tables.

        Raises:
            InputError: The file is missing, not well-formed, or a fault in it makes no sense.
        """
        path = Path(path)
        try:
            text = path.read_text(encoding="utf-8-sig")
            data = (
                json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text).get("fault", [])
            )
        except OSError as error:
            raise InputError(f"The plan of faults {path} cannot be read: {error.strerror}.") from error
        except ValueError as error:
            raise InputError(f"The plan of faults {path} is not well-formed: {error}.") from error
        if not isinstance(data, list):
            raise InputError(f"The plan of faults {path} must be a list of faults.")
        return cls([_fault(item, path) for item in data])

    def hit(self, point: str, request: str = "") -> list[Fault]:
        """Pass a point, and give the faults that are due there now."""
        moment, _, call = point.partition(" ")
        due: list[Fault] = []
        for place, fault in enumerate(self._plan):
            if fault.at != point and not (call in CALLS and fault.at == f"{moment} any"):
                continue
            if fault.request and fault.request != request:
                continue
            self._passed[place] += 1
            passed = self._passed[place]
            if passed >= fault.nth and (fault.times == 0 or passed < fault.nth + fault.times):
                due.append(fault)
        return due


def _fault(item: Any, path: Path) -> Fault:
    known = {field.name for field in fields(Fault)}
    if not isinstance(item, dict) or not {"at", "do"} <= item.keys():
        raise InputError(f'Each fault in {path} is a table with at least "at" and "do".')
    if unknown := sorted(item.keys() - known):
        raise InputError(f"A fault in {path} has unknown members: {', '.join(unknown)}.")
    return Fault(**item)
