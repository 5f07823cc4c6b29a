"""Autotask's REST API: its zone, queries page by page, and writes that are never repeated blindly."""

from __future__ import annotations

import re
import threading
import time
from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import httpx

from qbferry import QbferryError, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from qbferry_autotask.settings import Settings

    Row = Mapping[str, Any]

__all__ = ["Api", "AutotaskError", "RefusedError", "both", "either", "where"]

HOST = re.compile(r"webservices[0-9a-z]{0,6}\.autotask\.net")
"""Where credentials are sent to, and nowhere else."""

SECONDS = 320.0
"""A query may take five minutes."""

MOST_ROWS = 500
MOST_VALUES = 400
"""Of a page, and of one list in a filter; Autotask takes 500 alternatives in all."""

TRIES = 4
ZONE_HOURS = 12
LOOK_AFTER = 100
"""Calls after which Autotask is asked again how many there were in this hour."""

LAST_RESERVE = 0.95
"""The share of the calls above which nothing is written either."""

THREADS = re.compile(r"thread threshold|itgenatr005", re.IGNORECASE)
THRESHOLD = re.compile(r"request threshold|threshold.*exceeded", re.IGNORECASE)


class AutotaskError(QbferryError):
    """Autotask cannot do it now; tried again later."""


class RefusedError(AutotaskError):
    """Autotask refuses it, and why."""


def where(op: str, field: str, value: Any = None) -> Row:
    """One condition."""
    return {"op": op, "field": field} | ({} if value is None else {"value": value})


def both(*conditions: Row) -> Row:
    """All of them."""
    return {"op": "and", "items": [*conditions]}


def either(*conditions: Row) -> Row:
    """One of them at least."""
    return {"op": "or", "items": [*conditions]}


class Api:
    """Calls Autotask, one call at a time to each entity.

    Args:
        settings: Who calls.
        sleep: Waits so many seconds.
    """

    def __init__(self, settings: Settings, sleep: Callable[[float], None] = time.sleep) -> None:
        self._settings, self._sleep = settings, sleep
        self._http = httpx.Client(timeout=httpx.Timeout(SECONDS, connect=20.0), follow_redirects=False)
        self._headers = {
            "UserName": settings.user,
            "Secret": settings.password,
            "ApiIntegrationCode": settings.integration_code.get_secret_value(),
        }
        self._base, self._asked_at = "", 0.0
        self._locks: dict[str, threading.Lock] = defaultdict(threading.Lock)
        self._fields: dict[str, dict[str, Row]] = {}
        self._since_look, self._share = LOOK_AFTER, 0.0

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    # -- Reading

    def page(self, entity: str, conditions: Iterable[Row], fields: Collection[str], most: int) -> list[Row]:
        """The first rows that fit, in the order of their ids."""
        body = {"MaxRecords": most, "IncludeFields": _with_id(fields), "filter": [*conditions]}
        rows: list[Row] = self._call(entity, "POST", f"{entity}/query", body)["items"]
        return rows

    def rows(self, entity: str, conditions: Iterable[Row], fields: Collection[str]) -> Iterator[Row]:
        """All rows that fit, page by page: the next one by the same verb and body."""
        body = {"MaxRecords": MOST_ROWS, "IncludeFields": _with_id(fields), "filter": [*conditions]}
        url, seen = f"{entity}/query", set()
        while url:
            answer = self._call(entity, "POST", url, body)
            yield from answer["items"]
            url = answer["pageDetails"].get("nextPageUrl") or ""
            if url in seen or (url and not answer["items"]):
                raise AutotaskError(f"Autotask gives the same page of {entity} again; it is read later.")
            seen.add(url)

    def named(
        self, entity: str, field: str, values: Iterable[Any], fields: Collection[str], *more: Row
    ) -> list[Row]:
        """All rows whose field is one of these."""
        wanted = sorted({value for value in values if value is not None})
        parts = [wanted[at : at + MOST_VALUES] for at in range(0, len(wanted), MOST_VALUES)]
        return [row for part in parts for row in self.rows(entity, [where("in", field, part), *more], fields)]

    def row(self, entity: str, key: int, fields: Collection[str]) -> Row | None:
        """One row; None: there is none, or the API user may not see it."""
        return next(self.rows(entity, [where("eq", "id", key)], fields), None)

    def number(self, entity: str, field: str, label: str) -> int:
        """The number of a label of a picklist, in English; it is another in each Autotask.

        Raises:
            RefusedError: There is no such label.
        """
        label = self._settings.labels.get(label, label)
        for one in self._field(entity, field).get("picklistValues") or ():
            if str(one["label"]).casefold() == label.casefold():
                return int(one["value"])
        raise RefusedError(
            f"Autotask's list {entity}.{field} has no entry {label}; "
            "if it was renamed or translated, name it in labels of [plugins.autotask]."
        )

    def label(self, entity: str, field: str, number: Any) -> str | None:
        """The label of a number of a picklist, in English where the settings translate it."""
        for one in self._field(entity, field).get("picklistValues") or ():
            if str(one["value"]) == str(number):
                own = {theirs: ours for ours, theirs in self._settings.labels.items()}
                return own.get(str(one["label"]), str(one["label"]))
        return None

    def writable(self, entity: str, field: str) -> bool:
        """Whether a field may be written in this Autotask."""
        return not self._field(entity, field).get("isReadOnly", True)

    def _field(self, entity: str, field: str) -> Row:
        if entity not in self._fields:
            found = self._call(entity, "GET", f"{entity}/entityInformation/fields", None)["fields"]
            self._fields[entity] = {one["name"]: one for one in found}
        return self._fields[entity].get(field, {})

    # -- Writing

    def write(self, entity: str, key: int, changes: Row) -> None:
        """Change fields of one row. When the answer is lost, nobody knows whether it was done: look first.

        Raises:
            RefusedError: Autotask refuses it.
            AutotaskError: It is not known to be done.
        """
        self._call(entity, "PATCH", entity, {"id": key, **changes})

    # -- Calling

    def _call(self, entity: str, verb: str, url: str, body: Row | None) -> Any:
        with self._locks[entity]:
            self._mind_usage(writes=verb == "PATCH")
            return self._tried(verb, url, body)

    def _tried(self, verb: str, url: str, body: Row | None) -> Any:
        repeatable, moved, pause = verb != "PATCH", False, 1.0
        for attempt in range(1, TRIES + 1):
            last = attempt == TRIES
            try:
                answer = self._http.request(verb, self._address(url), json=body, headers=self._headers)
            except httpx.TransportError as error:
                if last or not repeatable:
                    raise AutotaskError(f"Autotask cannot be reached: {_said(error)}.") from error
            else:
                self._since_look += 1
                errors = _errors(answer)
                if answer.status_code == httpx.codes.OK and errors is None:
                    return answer.json(parse_float=Decimal)
                if answer.status_code == httpx.codes.UNAUTHORIZED:
                    if moved:
                        raise AutotaskError(
                            "Autotask does not know the API user or its password; correct user and secret in "
                            "[plugins.autotask]. The password may have expired."
                        )
                    moved, self._base = True, ""
                    continue
                text = " ".join(errors or ())
                if not self._comes_right(answer, text) or (errors is None and not repeatable) or last:
                    raise _refusal(answer, text)
            self._sleep(pause)
            pause *= 2
        raise AutotaskError("Autotask does not answer; it is asked again later.")

    @staticmethod
    def _comes_right(answer: httpx.Response, text: str) -> bool:
        """Whether it is worth another try: too many calls at once, or an outage."""
        if THREADS.search(text):
            return True
        return answer.status_code in (502, 503, 504) or (answer.status_code >= 500 and not text)

    def _address(self, url: str) -> str:
        """An address in the tenant's zone, which is where credentials go."""
        if not self._base or time.monotonic() - self._asked_at > ZONE_HOURS * 3600:
            self._base, self._asked_at = self._zone(), time.monotonic()
        if "://" not in url:
            return f"{self._base}V1.0/{url}"
        if httpx.URL(url).host != httpx.URL(self._base).host:
            raise AutotaskError("Autotask names a next page on another host; it is not followed.")
        return url

    def _zone(self) -> str:
        asked = f"{self._settings.url}v1.0/zoneInformation"
        answer: httpx.Response | None = None
        for pause in (1.0, 2.0, 4.0, 0.0):
            try:
                answer = self._http.get(asked, params={"user": self._settings.user})
            except httpx.TransportError as error:
                if not pause:
                    raise AutotaskError(f"Autotask cannot be reached: {_said(error)}.") from error
            else:
                if not pause or not self._comes_right(answer, " ".join(_errors(answer) or ())):
                    break
            self._sleep(pause)
        if answer is None or answer.status_code != httpx.codes.OK or _errors(answer) is not None:
            text = " ".join((_errors(answer) if answer else None) or ())
            raise AutotaskError(
                f"Autotask does not tell the zone of the API user {self._settings.user}: "
                f"{text or 'no answer'}. Correct user in [plugins.autotask]; a new user takes some minutes."
            )
        url = str(answer.json().get("url") or "")
        host, own = httpx.URL(url).host, httpx.URL(self._settings.url).host
        if not (HOST.fullmatch(host) if HOST.fullmatch(own) else host == own):
            raise AutotaskError(f"Autotask's zone is said to be at {visible(host)}, which is not Autotask's.")
        return url if url.endswith("/") else f"{url}/"

    def _mind_usage(self, *, writes: bool) -> None:
        """Leave others their share of the calls an hour, which are counted for the whole database."""
        if self._since_look >= LOOK_AFTER or self._share >= self._settings.calls_share:
            self._since_look = 0
            told = self._tried("GET", "ThresholdInformation", None)
            limit = max(1, int(told["externalRequestThreshold"]))
            self._share = int(told["currentTimeframeRequestCount"]) / limit
        if self._share >= (LAST_RESERVE if writes else self._settings.calls_share):
            raise AutotaskError(
                f"{self._share:.0%} of the calls that Autotask allows all integrations an hour are used up; "
                "qbferry goes on later."
            )


def _with_id(fields: Collection[str]) -> list[str]:
    return ["id", *(field for field in fields if field != "id")]


def _errors(answer: httpx.Response) -> list[str] | None:
    """The texts of an answer that is a refusal; None: it is none, or one that says nothing."""
    try:
        body = answer.json()
    except ValueError:
        return None if answer.status_code != httpx.codes.OK else [""]
    if not isinstance(body, dict):
        return [""]
    if "errors" in body:
        return [str(one) for one in body["errors"] or [""]]
    return [str(body["Message"])] if "Message" in body and answer.status_code != httpx.codes.OK else None


def _refusal(answer: httpx.Response, text: str) -> AutotaskError:
    if THREADS.search(text):
        return AutotaskError(
            "Autotask is asked too much at once by this integration; it is asked again later."
        )
    if THRESHOLD.search(text) or answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
        return AutotaskError("The calls that Autotask allows an hour are used up; qbferry goes on later.")
    if not text:
        return AutotaskError(f"Autotask answers with HTTP {answer.status_code}; it is asked again later.")
    return RefusedError(f"Autotask refuses: {visible(' '.join(text.split()))[:500]}")


def _said(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__
