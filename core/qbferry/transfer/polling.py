"""Polls: queries that belong to no record, asked before a run's records."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from sqlalchemy import select

from qbferry.model import OnError
from qbferry.qbxml import envelope
from qbferry.store.tables import PollRow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from qbferry.model import Connector, Poll
    from qbferry.plugin.manager import Plugins
    from qbferry.qbxml.response import Answer
    from qbferry.store.tables import RunRow

__all__ = ["Polling"]

log = logging.getLogger("qbferry.polls")

_START = 'iterator="Start"'

PAGE = 500
"""Objects in one part of a long list; an answer stays well below the 10 MB the Web Connector carries."""


class Polling:
    """Asks what is due to be asked: all short lists in one message, long ones part by part.

    ``run.asked`` holds ``{"entities": [those with due records when the run began], "polls": [names in the
    message], "over": [names that are through in this run], "iterator": ID of the list that is read in
    parts}``. An iterator lives as long as its run (facts B5).
    """

    def __init__(self, plugins: Plugins) -> None:
        self._plugins = plugins

    def due(self, session: Session, connector: Connector, now: datetime) -> bool:
        """Tell whether a poll alone is worth a run. Those without an interval only go along with one."""
        polls = [poll for poll in self._plugins.polls(connector, ()) if poll.interval]
        return bool(polls and self._due(session, connector, polls, now)[0])

    def question(self, session: Session, run: RunRow, connector: Connector, now: datetime) -> str | None:
        """The next message of polls; None: all is fresh."""
        over = run.asked.get("over", ())
        polls = [poll for poll in self._polls(run, connector) if poll.name not in over]
        due, answered = self._due(session, connector, polls, now)
        if not due:
            return None
        iterator = run.asked.get("iterator")
        asked = [due[0]] if iterator else [poll for poll in due if not poll.iterated] or [due[0]]
        run.asked = {**run.asked, "polls": [poll.name for poll in asked]}
        triples: list[tuple[str, str, str]] = []
        attributes: dict[str, str] = {}
        for number, poll in enumerate(asked):
            request_id = f"poll.{number}"
            name, xml = poll.query(answered.get(poll.name))
            if poll.iterated:
                attributes[request_id] = (
                    f'iterator="Continue" iteratorID="{iterator}"' if iterator else _START
                )
                xml = f"<MaxReturned>{PAGE}</MaxReturned>" + ("" if iterator else xml)
            triples.append((name, request_id, xml))
        return envelope.message(
            triples, version=connector.qbxml_version, on_error=OnError.CONTINUE, attributes=attributes
        )

    def answer(
        self, session: Session, run: RunRow, connector: Connector, answer: Answer | None, now: datetime
    ) -> None:
        """Handle the answers; a query QuickBooks refuses is left for the next run.

        Args:
            session: The transaction.
            run: The run.
            connector: Its connector.
            answer: None: QuickBooks did not understand the message.
            now: The moment noted as the answer's.
        """
        polls = {poll.name: poll for poll in self._polls(run, connector)}
        by_id = {response.request_id: response for response in answer.responses} if answer else {}
        over, iterator = [*run.asked.get("over", ())], None
        for number, name in enumerate(run.asked.get("polls", ())):
            response = by_id.get(f"poll.{number}")
            if response is None or response.is_error or name not in polls:
                log.warning(
                    "QuickBooks did not answer %s: %s", name, response.message if response else "nothing"
                )
                over.append(name)
                continue
            try:
                with session.begin_nested():
                    polls[name].handle(session, connector, response)
            except Exception:
                log.exception("A plugin failed to handle the answer to %s.", name)
                over.append(name)
                continue
            if response.iterator_remaining:
                iterator = response.iterator_id
            else:
                over.append(name)
                self._note(session, connector, name, now)
        run.asked = {**run.asked, "over": over, "iterator": iterator}

    def _polls(self, run: RunRow, connector: Connector) -> list[Poll]:
        return self._plugins.polls(connector, run.asked.get("entities", ()))

    def _due(
        self, session: Session, connector: Connector, polls: Sequence[Poll], now: datetime
    ) -> tuple[list[Poll], dict[str, datetime]]:
        if not polls:
            return [], {}
        rows = select(PollRow.name, PollRow.answered_at).where(PollRow.connector_id == connector.id)
        answered = {row.name: row.answered_at for row in session.execute(rows)}
        unique = {poll.name: poll for poll in polls}
        return [
            poll
            for poll in unique.values()
            if poll.name not in answered or answered[poll.name] + poll.interval <= now
        ], answered

    def _note(self, session: Session, connector: Connector, name: str, now: datetime) -> None:
        row = session.scalar(
            select(PollRow).where(PollRow.connector_id == connector.id, PollRow.name == name)
        )
        if row:
            row.answered_at = now
        else:
            session.add(PollRow(connector_id=connector.id, name=name, answered_at=now))
