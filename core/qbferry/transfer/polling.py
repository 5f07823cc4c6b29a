"""Polls: queries that belong to no record, asked before a run's records."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, TypeAlias

from qbferry.errors import HookError
from qbferry.model import Occasion, OnError
from qbferry.plugin.mirror import Deletions, Mirror
from qbferry.qbxml import envelope
from qbferry.transfer import occasions
from qbferry.transfer.mirroring import PAGE, Mirroring, wishes
from qbferry.transfer.polled import PolledRecords

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from qbferry.config import TransferSettings
    from qbferry.model import Connector, Poll
    from qbferry.plugin.manager import Plugins
    from qbferry.qbxml.response import Answer, Response
    from qbferry.store.polls import Stand
    from qbferry.store.rows import ConnectorRow
    from qbferry.store.transaction import Transaction
    from qbferry.transfer.call import Call

__all__ = ["Polling"]

log = logging.getLogger("qbferry.polls")

_START = 'iterator="Start"'

_HOLDING = re.compile(r"<(?:Include\w+|OwnerID)>[^<]*</\w+>")

Asked: TypeAlias = "tuple[Poll, Occasion, tuple[str, str]]"
"""A poll, what it is asked for, and its query: name and qbXML."""


class Polling:
    """Asks what is due to be asked: all short answers in one message, long ones part by part.

    What polls were given to ask about comes last, so that it is asked once for all of them.

    ``run.memory`` holds ``{"entities": [those with due records when the run began], "over": [names that are
    through in this run], "iterator": ID of what is read in parts, "tops": {its name: the latest time of
    change so far}, "parts": [how many were read, how many of this list are left], "singly": whether each
    travels by itself, "unread": {name: why it was not answered}}``, and the question is about ``{"polls":
    [names in the message], "about": {name: what it asks about}}``. An iterator lives as long as its run
    (facts B5).
    """

    def __init__(self, plugins: Plugins, settings: TransferSettings) -> None:
        """Begin.

        Raises:
            ConfigError: A setting names a list that QuickBooks does not have.
        """
        self._plugins = plugins
        self._mirroring = Mirroring(settings)

    def due(self, tx: Transaction, row: ConnectorRow, connector: Connector, now: datetime) -> bool:
        """Tell whether a poll alone is worth a run. Those without an interval only go along with one."""
        stands = tx.polls.stands(row.id)
        polls = [poll for poll in self._plugins.polls(connector, ()) if poll.interval or poll.about]
        return any(_is_due(poll, stands, row, now) for poll in polls) or bool(wishes(stands))

    def question(self, call: Call) -> str | None:
        """The next message of polls; None: all is fresh."""
        memory = call.run.memory
        if memory.get("polled"):
            return None
        over = [*memory.get("over", ())]
        iterator = memory.get("iterator")
        while True:
            due, stands = self._due(call, over)
            if not due:
                break
            if iterator:
                batch = [poll for poll in due if poll.iterated][:1]
            else:
                batch = due[:1] if memory.get("singly") else _together(due)
            asked: list[Asked] = []
            for poll in batch:
                occasion = self._occasion(call, poll, stands)
                if query := self._plugins.ask(poll, occasion, call.connector):
                    asked.append((poll, occasion, query))
                else:
                    self._pass_over(call, poll, "the question does not fit QuickBooks; the log says why")
            if asked:
                return self._ask(call, asked, iterator)
            over += [poll.name for poll in batch]
            call.remember(over=over, iterator=None)
            iterator = None
        call.remember(polled=True)
        return None

    def _ask(self, call: Call, asked: Sequence[Asked], iterator: str | None) -> str:
        about = {poll.name: [*occasion.about] for poll, occasion, _ in asked if occasion.about}
        names = [poll.name for poll, _, _ in asked]
        question_id = call.ask("poll", {"polls": names, "about": about})
        triples: list[tuple[str, str, str]] = []
        attributes: dict[str, str] = {}
        for number, (poll, occasion, (name, xml)) in enumerate(asked):
            request_id = f"{question_id}.{number}"
            body = xml
            if not iterator:
                self._mirroring.begin(call, poll, occasion)
            if poll.iterated:
                attributes[request_id] = (
                    f'iterator="Continue" iteratorID="{iterator}"' if iterator else _START
                )
                limit = f"<MaxReturned>{PAGE}</MaxReturned>"
                body = limit + (_continued(xml) if iterator else xml)
            triples.append((name, request_id, body))
        return envelope.message(
            triples, version=call.connector.qbxml_version, on_error=OnError.CONTINUE, attributes=attributes
        )

    def answer(self, call: Call, answer: Answer | None) -> None:
        """Handle the answers; a query QuickBooks refuses is left for the next run.

        Args:
            call: The call, whose open question this is.
            answer: None: QuickBooks did not understand the message. Where it held several queries each is
                asked by itself, so that one spoils no other.
        """
        question_id = call.run.question_id
        question = call.close_question()
        if answer is None and len(question["polls"]) > 1:
            call.remember(singly=True, iterator=None)
            return
        stands = call.tx.polls.stands(call.row.id)
        polls = {poll.name: poll for poll in self._polls(call, stands)}
        by_id = {response.request_id: response for response in answer.responses} if answer else {}
        over, iterator = [*call.run.memory.get("over", ())], None
        for number, name in enumerate(question["polls"]):
            response, poll = by_id.get(f"{question_id}.{number}"), polls.get(name)
            about = question["about"].get(name)
            if response is None or response.is_error or poll is None:
                said = "QuickBooks could not read the question" if answer is None else "there was no answer"
                if response is not None:
                    said = f"{' '.join(response.message.split()).rstrip('.')} ({response.status_code})"
                self._pass_over(call, poll or name, said)
                over.append(name)
            elif not self._handle(call, poll, response, about):
                over.append(name)
            elif not about and response.iterator_remaining:
                self._go_on(call, poll, response)
                iterator = response.iterator_id
            elif not about:
                self._end(call, poll, response)
                over.append(name)
        call.remember(over=over, iterator=iterator)
        if not self._due(call, over)[0]:
            call.remember(polled=True)

    def _handle(self, call: Call, poll: Poll, response: Response, about: Sequence[str] | None) -> bool:
        """Let an answer be handled; what a plugin does is kept only when it comes to its end."""
        if isinstance(poll, Mirror | Deletions):
            self._mirroring.keep(call, poll, response)
            return True
        if about:
            call.tx.polls.asked(call.row.id, poll.name, about)  # before it can be given the same again
        try:
            with PolledRecords(self._plugins, self._plugins.poller(poll), call) as records:
                self._plugins.take(poll, response, records)
        except HookError as error:
            log.error("%s", error)  # noqa: TRY400 - the failure is logged where it was caught
            if about:
                call.tx.polls.inquire(call.row.id, poll.name, about)
            return False
        return True

    def _go_on(self, call: Call, poll: Poll, response: Response) -> None:
        """Note one part of a long answer, and how many are left."""
        memory = call.run.memory
        done, _ = memory.get("parts", (0, 0))
        left = -(-(response.iterator_remaining or 0) // PAGE)
        tops = memory.get("tops", {})
        top = occasions.latest(poll, response, tops.get(poll.name))
        call.remember(parts=[done + 1, left], tops=tops | {poll.name: top} if top else tops)

    def _end(self, call: Call, poll: Poll, response: Response) -> None:
        """Note that a poll is answered to its end."""
        memory = call.run.memory
        tops = {**memory.get("tops", {})}
        top = occasions.latest(poll, response, tops.pop(poll.name, None))
        done, left = memory.get("parts", (0, 0))
        call.remember(tops=tops, parts=[done + 1, 0] if left else memory.get("parts"))
        whole = self._mirroring.end(call, poll)
        call.tx.polls.note(call.row.id, poll.name, call.now, top, whole=whole)

    def _pass_over(self, call: Call, poll: Poll | str, why: str) -> None:
        """Note with the run that QuickBooks did not answer a poll, and who wanted it."""
        name = poll if isinstance(poll, str) else poll.name
        plugins = () if isinstance(poll, str) else self._plugins.pollers.wanted_by(poll)
        what = f"list {poll.kind}" if isinstance(poll, Mirror) else f"poll {name}"
        by = f" of {', '.join(plugins)}" if plugins else ""
        text = f"QuickBooks did not answer the {what}{by}: {why}."
        log.warning("%s", text)
        if isinstance(poll, Mirror):
            self._mirroring.end(call, poll, refused=True)
        call.remember(unread=call.run.memory.get("unread", {}) | {name: text})

    def _polls(self, call: Call, stands: Mapping[str, Stand]) -> list[Poll]:
        wanted = self._plugins.polls(call.connector, call.run.memory.get("entities", ()))
        found = self._mirroring.polls(wanted, stands)
        return [*found, *(poll.deletions for poll in found if isinstance(poll, Mirror) and poll.deletions)]

    def _occasion(self, call: Call, poll: Poll, stands: Mapping[str, Stand]) -> Occasion:
        if poll.about:
            return Occasion(about=tuple(call.tx.polls.inquiries(call.row.id, poll.name, poll.about)))
        return self._mirroring.occasion(call, poll, stands.get(poll.name))

    def _due(self, call: Call, over: Sequence[str]) -> tuple[list[Poll], Mapping[str, Stand]]:
        """What is to be asked, and how all polls stand: what is given to ask about, once nothing else is."""
        stands = call.tx.polls.stands(call.row.id)
        polls = self._polls(call, stands)
        due = [
            *self._mirroring.due(call, [poll for poll in polls if poll.name not in over], stands),
            *(
                poll
                for poll in polls
                if not (poll.about or isinstance(poll, Mirror | Deletions))
                and _is_due(poll, stands, call.row, call.now)
            ),
        ]
        left = [poll for poll in due if poll.name not in over]
        inquiring = (poll for poll in polls if poll.about and _is_due(poll, stands, call.row, call.now))
        return left or [poll for poll in inquiring if poll.name not in over], stands


def _together(due: Sequence[Poll]) -> list[Poll]:
    """What goes into one message: all short polls; or one list in parts, and what was deleted of lists."""
    long = [poll for poll in due if poll.iterated]
    short = [poll for poll in due if not poll.iterated]
    return short + (long[:1] if all(isinstance(poll, Deletions) for poll in short) else [])


def _is_due(poll: Poll, stands: Mapping[str, Stand], row: ConnectorRow, now: datetime) -> bool:
    """Whether it is time to ask a poll."""
    stand = stands.get(poll.name)
    if poll.about:
        return bool(stand and stand.inquires)
    return occasions.due(poll, stand, row, now)


def _continued(xml: str) -> str:
    """What of a query its iterator goes on with: what objects hold, as it takes no filters (facts B5)."""
    return "".join(_HOLDING.findall(xml))
