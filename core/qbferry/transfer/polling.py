"""Polls: queries that belong to no record, asked before a run's records."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from qbferry.errors import HookError
from qbferry.model import OnError
from qbferry.plugin.mirror import Mirror
from qbferry.qbxml import envelope
from qbferry.transfer.polled import PolledRecords

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from qbferry.model import Connector, Poll
    from qbferry.plugin.manager import Plugins
    from qbferry.qbxml.response import Answer, Response
    from qbferry.store.transaction import Transaction
    from qbferry.transfer.call import Call

__all__ = ["Polling"]

log = logging.getLogger("qbferry.polls")

_START = 'iterator="Start"'

PAGE = 500
"""Objects in one part of a long list; an answer stays well below the 10 MB the Web Connector carries."""


class Polling:
    """Asks what is due to be asked: all short lists in one message, long ones part by part.

    ``run.memory`` holds ``{"entities": [those with due records when the run began], "over": [names that are
    through in this run], "iterator": ID of the list that is read in parts}``, and the question is about
    ``{"polls": [names in the message]}``. An iterator lives as long as its run (facts B5).
    """

    def __init__(self, plugins: Plugins) -> None:
        self._plugins = plugins

    def due(self, tx: Transaction, connector: Connector, now: datetime) -> bool:
        """Tell whether a poll alone is worth a run. Those without an interval only go along with one."""
        polls = [poll for poll in self._plugins.polls(connector, ()) if poll.interval]
        return bool(polls and self._due(tx, connector, polls, now)[0])

    def question(self, call: Call) -> str | None:
        """The next message of polls; None: all is fresh."""
        memory = call.run.memory
        if memory.get("polled"):
            return None
        over = [*memory.get("over", ())]
        polls = [poll for poll in self._polls(call) if poll.name not in over]
        due, answered = self._due(call.tx, call.connector, polls, call.now)
        iterator = memory.get("iterator")
        while due:
            batch = [due[0]] if iterator else [poll for poll in due if not poll.iterated] or [due[0]]
            asked = [
                (poll, query)
                for poll in batch
                if (query := self._plugins.ask(poll, answered.get(poll.name), call.connector))
            ]
            if asked:
                return self._ask(call, asked, iterator)
            over += [poll.name for poll in batch]
            due = [poll for poll in due if poll not in batch]
            call.remember(over=over)
        call.remember(polled=True)
        return None

    def _ask(self, call: Call, asked: Sequence[tuple[Poll, tuple[str, str]]], iterator: str | None) -> str:
        question_id = call.ask("poll", {"polls": [poll.name for poll, _ in asked]})
        triples: list[tuple[str, str, str]] = []
        attributes: dict[str, str] = {}
        for number, (poll, (name, xml)) in enumerate(asked):
            request_id = f"{question_id}.{number}"
            body = xml
            if poll.iterated:
                attributes[request_id] = (
                    f'iterator="Continue" iteratorID="{iterator}"' if iterator else _START
                )
                body = f"<MaxReturned>{PAGE}</MaxReturned>" + ("" if iterator else xml)
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
        asked = call.close_question()["polls"]
        polls = {poll.name: poll for poll in self._polls(call)}
        by_id = {response.request_id: response for response in answer.responses} if answer else {}
        over, iterator = [*call.run.memory.get("over", ())], None
        for number, name in enumerate(asked):
            response = by_id.get(f"{question_id}.{number}")
            if response is None or response.is_error or name not in polls:
                log.warning(
                    "QuickBooks did not answer %s: %s", name, response.message if response else "nothing"
                )
                over.append(name)
            elif not self._handle(call, polls[name], response):
                over.append(name)
            elif response.iterator_remaining:
                iterator = response.iterator_id
            else:
                over.append(name)
                call.tx.lists.note(call.row.id, name, call.now)
        call.remember(over=over, iterator=iterator)
        if not self._due(
            call.tx, call.connector, [poll for name, poll in polls.items() if name not in over], call.now
        )[0]:
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

    def _due(
        self, tx: Transaction, connector: Connector, polls: Sequence[Poll], now: datetime
    ) -> tuple[list[Poll], dict[str, datetime]]:
        if not polls:
            return [], {}
        answered = tx.lists.answered(connector.id)
        unique = {poll.name: poll for poll in polls}
        return [
            poll
            for poll in unique.values()
            if poll.name not in answered or not _lately(answered[poll.name], now, poll.interval)
        ], answered


def _lately(moment: datetime, now: datetime, interval: timedelta) -> bool:
    """Whether less than an interval has passed; a moment in the future says that the clock was set back."""
    return timedelta(0) <= now - moment < interval
