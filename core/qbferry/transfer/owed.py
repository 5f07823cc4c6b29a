"""What happened without a plugin: answers that were booked, and losses; told to it when it is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry.errors import AnswerError, MisfitError
from qbferry.model import Owner, OwnerKind
from qbferry.qbxml import response as responses
from qbferry.transfer import forgetting
from qbferry.transfer.finding import answers_to
from qbferry.transfer.held import Held
from qbferry.transfer.placing import placed
from qbferry.transfer.settle import Settler, grouped

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qbferry.plugin.manager import Plugins
    from qbferry.qbxml.response import Response
    from qbferry.store.rows import MessageRow
    from qbferry.store.transaction import Transaction
    from qbferry.transfer.call import Call

__all__ = ["Owed"]


class Owed:
    """Gives plugins what they are owed, oldest first."""

    def __init__(self, plugins: Plugins, settler: Settler) -> None:
        self._plugins = plugins
        self._settler = settler

    def due(self, tx: Transaction, connector_id: int) -> bool:
        """Tell whether a plugin that runs is owed anything, which is worth a run of its own."""
        return bool(tx.records.unheard(connector_id, self._plugins.entities)) or any(
            owner.entity in self._plugins.entities
            for message in tx.messages.owing(connector_id)
            for owner, indices in grouped(message)
            if not set(indices).isdisjoint(message.owed)
        )

    def deliver(self, call: Call) -> bool:
        """Give what can be given in the time of this call.

        Returns:
            Whether all is given but what waits for plugins that are absent, so that new records may go.
        """
        begun, rest = False, 0
        for message in call.tx.messages.owing(call.row.id):
            answers = self._answers(call, message)
            rows = self._settler.rows(call, message)
            for owner, indices in grouped(message):
                mine = [index for index in indices if index in message.owed]
                if not mine or owner.entity not in self._plugins.entities or owner.pk not in rows:
                    continue
                if begun and call.impatient:
                    call.tx.messages.save(message)
                    return False
                if self._give(call, owner, message, indices, answers):
                    message.owed = [index for index in message.owed if index not in mine]
                    begun = True
            call.tx.messages.save(message)
            rest += len(message.owed)
        known = call.tx.records.unheard(call.row.id, self._plugins.entities)
        rows = call.journal.rows([row.pk for row in known])
        for row in rows.values():
            if begun and call.impatient:
                return False
            begun |= forgetting.hear(self._plugins, call, row)
        call.journal.flush()  # what was booked here must not be found due again
        call.row.owing = rest > 0 or call.tx.records.any_unheard(call.row.id)
        call.remember(owing=None)
        return True

    def _give(
        self,
        call: Call,
        owner: Owner,
        message: MessageRow,
        indices: Sequence[int],
        answers: Mapping[int, Response],
    ) -> bool:
        if owner.kind is not OwnerKind.RECORD:
            return True
        row = call.journal.rows([owner.pk])[owner.pk]
        try:
            held = Held.of(self._plugins.entities[owner.entity], row)
        except MisfitError:
            return False  # told when it is its turn to go; what is owed waits until it fits
        outcomes = [
            self._settler.outcome(held, message.requests[index], answers.get(index)) for index in indices
        ]
        call.ledger.finish(held, outcomes, message.id, booked=True)
        return True

    def _answers(self, call: Call, message: MessageRow) -> Mapping[int, Response]:
        text = call.tx.messages.answer(message.id)
        try:
            return placed(message, answers_to(message, responses.parse(text))) if text else {}
        except AnswerError:
            return {}
