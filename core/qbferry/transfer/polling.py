"""Polls: queries that belong to no record, asked before a run's records."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

from qbferry.errors import HookError
from qbferry.model import Occasion, OnError
from qbferry.plugin.mirror import Mirror
from qbferry.qbxml import envelope
from qbferry.transfer import occasions
from qbferry.transfer.polled import PolledRecords

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

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

PAGE = 500
"""Objects in one part of a long list; an answer stays well below the 10 MB the Web Connector carries."""


class Polling:
    """Asks what is due to be asked: all short answers in one message, long ones part by part.

    What polls were given to ask about comes last, so that it is asked once for all of them.

    ``run.memory`` holds ``{"entities": [those with due records when the run began], "over": [names that are
    through in this run], "iterator": ID of what is read in parts, "tops": {its name: the latest time of
    change so far}}``, and the question is about ``{"polls": [names in the message], "about": {name: what it
    asks about}}``. An iterator lives as long as its run (facts B5).
    """

    def __init__(self, plugins: Plugins) -> None:
        self._plugins = plugins

    def due(self, tx: Transaction, row: ConnectorRow, connector: Connector, now: datetime) -> bool:
        """Tell whether a poll alone is worth a run. Those without an interval only go along with one."""
        polls = [poll for poll in self._plugins.polls(connector, ()) if poll.interval or poll.about]
        return bool(polls and self._due(tx, row, polls, now)[0])

    def question(self, call: Call) -> str | None:
        """The next message of polls; None: all is fresh."""
        memory = call.run.memory
        if memory.get("polled"):
            return None
        over = [*memory.get("over", ())]
        iterator = memory.get("iterator")
        while True:
            polls = [poll for poll in self._polls(call) if poll.name not in over]
            due, stands = self._due(call.tx, call.row, polls, call.now)
            if not due:
                break
            batch = [due[0]] if iterator else [poll for poll in due if not poll.iterated] or [due[0]]
            asked = [
                (poll, occasion, query)
                for poll in batch
                for occasion in [self._occasion(call, poll, stands)]
                if (query := self._plugins.ask(poll, occasion, call.connector))
            ]
            if asked:
                return self._ask(call, asked, iterator)
            over += [poll.name for poll in batch]
            call.remember(over=over)
        call.remember(polled=True)
        return None

    def _ask(
        self, call: Call, asked: Sequence[tuple[Poll, Occasion, tuple[str, str]]], iterator: str | None
    ) -> str:
        about = {poll.name: [*occasion.about] for poll, occasion, _ in asked if occasion.about}
        names = [poll.name for poll, _, _ in asked]
        question_id = call.ask("poll", {"polls": names, "about": about})
        triples: list[tuple[str, str, str]] = []
        attributes: dict[str, str] = {}
        for number, (poll, _, (name, xml)) in enumerate(asked):
            request_id = f"{question_id}.{number}"
            body = xml
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
            answer: None: QuickBooks did not understand the message.
        """
        question_id = call.run.question_id
        question = call.close_question()
        polls = {poll.name: poll for poll in self._polls(call)}
        by_id = {response.request_id: response for response in answer.responses} if answer else {}
        over, iterator = [*call.run.memory.get("over", ())], None
        tops: dict[str, str] = dict(call.run.memory.get("tops", {}))
        for number, name in enumerate(question["polls"]):
            response, poll = by_id.get(f"{question_id}.{number}"), polls.get(name)
            if response is None or response.is_error or poll is None:
                log.warning(
                    "QuickBooks did not answer %s: %s", name, response.message if response else "nothing"
                )
                over.append(name)
                continue
            about = question["about"].get(name)
            if about:
                call.tx.polls.asked(call.row.id, name, about)  # before it can be given the same again
            if not self._handle(call, poll, response):
                over.append(name)
                if about:
                    call.tx.polls.inquire(call.row.id, name, about)
                continue
            if about:
                continue
            if top := occasions.latest(poll, response, tops.get(name)):
                tops[name] = top
            if response.iterator_remaining:
                iterator = response.iterator_id
            else:
                over.append(name)
                call.tx.polls.note(call.row.id, name, call.now, tops.pop(name, None))
        call.remember(over=over, iterator=iterator, tops=tops)
        left = [poll for name, poll in polls.items() if name not in over]
        if not self._due(call.tx, call.row, left, call.now)[0]:
            call.remember(polled=True)

    def _handle(self, call: Call, poll: Poll, response: Response) -> bool:
        """Let an answer be handled; what a plugin does is kept only when it comes to its end."""
        if isinstance(poll, Mirror):
            call.tx.lists.keep(call.row.id, poll.kind, poll.entries(response))
            return True
        try:
            with PolledRecords(self._plugins, self._plugins.poller(poll), call) as records:
                self._plugins.take(poll, response, records)
        except HookError as error:
            log.error("%s", error)  # noqa: TRY400 - the failure is logged where it was caught
            return False
        return True

    def _polls(self, call: Call) -> list[Poll]:
        return self._plugins.polls(call.connector, call.run.memory.get("entities", ()))

    def _occasion(self, call: Call, poll: Poll, stands: Mapping[str, Stand]) -> Occasion:
        if poll.about:
            return Occasion(about=tuple(call.tx.polls.inquiries(call.row.id, poll.name, poll.about)))
        return occasions.occasion(poll, stands.get(poll.name), call.row, call.now)

    def _due(
        self, tx: Transaction, row: ConnectorRow, polls: Sequence[Poll], now: datetime
    ) -> tuple[list[Poll], Mapping[str, Stand]]:
        """What is to be asked, and how all polls stand: what is given to ask about, once nothing else is."""
        if not polls:
            return [], {}
        stands = tx.polls.stands(row.id)
        unique = {poll.name: poll for poll in polls}
        by_time = [
            poll
            for poll in unique.values()
            if not poll.about and occasions.due(poll, stands.get(poll.name), row, now)
        ]
        inquiring = [
            poll
            for poll in unique.values()
            if poll.about and (stand := stands.get(poll.name)) and stand.inquires
        ]
        return by_time or inquiring, stands


def _continued(xml: str) -> str:
    """What of a query its iterator goes on with: what objects hold, as it takes no filters (facts B5)."""
    return "".join(_HOLDING.findall(xml))
