"""What the search for an unanswered message leads to: it is settled, goes again, is asked about, or waits.

Nothing is concluded from there being nothing unless the company file is the one the message was meant for,
nor from there being a part while a run that was taken over may still be executing it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from qbferry.model import OnError
from qbferry.store.rows import AlertRow
from qbferry.transfer import doubles, elapsed
from qbferry.transfer.finding import Finding, requests_of
from qbferry.transfer.settle import grouped

if TYPE_CHECKING:
    from datetime import datetime

    from qbferry.config import TransferSettings
    from qbferry.store.rows import MessageRow
    from qbferry.transfer.call import Call
    from qbferry.transfer.settle import Settler

__all__ = ["LONGEST", "RESEND", "SEARCH", "Conclusion", "waiting"]

SEARCH, RESEND = "search", "resend"

MOST_ATTEMPTS = 3
"""How often a message that QuickBooks never executed is given to it at once before its records go alone; and
how often a record alone may kill QuickBooks before a person must look at it."""

MOST_SEARCHES = 2
"""How often QuickBooks is asked in one run what it has executed, if it does not say."""

ALERT_AFTER = 3 * MOST_SEARCHES

LONGEST = timedelta(hours=1)
"""The longest pause before a message goes again."""

HOPELESS = (
    "QuickBooks was given this record {times} times by itself and never got to the end of it. "
    "Look at the record and at QuickBooks, then set it ready again."
)
MUTE = (
    "QuickBooks did not say whether it has executed the last message, and is asked again in the next run. "
    "{why}"
)
MUTE_FOR_LONG = (
    "{mute} It did not say {times} times now. If it never will, decide yourself: "
    "qbferry doubt raise --connector {connector} puts the records of that message in doubt."
)
STILL_EXECUTING = (
    "The last message was taken over from another Web Connector, and QuickBooks may still be executing it; "
    "it is asked again in {seconds} seconds."
)
LOST = (
    "What the last message asks for did not reach QuickBooks {times} times; the replies of this server seem "
    "to get lost on their way to the Web Connector. It goes again by itself, in {seconds} seconds."
)
OTHER_FILE = (
    "The last message may have been executed in another company file: it was meant for {path}, and the file "
    "that is open has neither the mark of the connector {connector} nor anything that was sent before. "
    "Nothing was transferred. Open the file it was meant for, and run again; or, if this is the right file, "
    "put its records in doubt with: qbferry doubt raise --connector {connector}, and say of each whether it "
    "is there."
)


class Conclusion:
    """Acts on what a search has shown."""

    def __init__(self, settler: Settler, settings: TransferSettings) -> None:
        self._settler = settler
        self._quiet = timedelta(seconds=settings.quiet_after_takeover)
        self._pause = timedelta(seconds=settings.resend_after)

    def settle(self, call: Call, message: MessageRow, finding: Finding, text: str | None) -> None:
        """Book what became of a message."""
        refused = self._settler.settle(call, message, finding, text)
        for index, double in finding.doubles:
            part = message.requests[index]
            row = call.journal.rows([part["pk"]]).get(part["pk"]) if part["owner"] == "record" else None
            if row is not None:
                doubles.note(call, message, part, row, finding.answers[index], double)
        if message.found.get("alerted"):
            call.tx.alerts.resolve(call.row.id, message.message_set_id, call.now)
        call.message = None
        call.remember(next=None, settled=message.message_set_id)
        if refused and call.connector.on_error is OnError.STOP:
            call.run.halted = True

    def draw(self, call: Call, message: MessageRow, finding: Finding) -> str:
        """Act on what was found.

        Returns:
            Why the run must stop; empty: it goes on, or is over.
        """
        if finding.unanswered:
            return self.ask_again(call, message, finding.unanswered)
        asked = requests_of(message)
        if asked and not self._is_its_file(call, message, finding):
            text = OTHER_FILE.format(path=message.company_file or "another", connector=call.row.name)
            _alert(call, message, "file.other", text)
            return text
        done = bool(finding.answers or finding.doubtful)
        whole = finding.answers.keys() >= {*asked}
        if not whole and message.holders and (done or message.attempts >= MOST_ATTEMPTS):
            left = self._still_executing(call, message, finding)
            if left > timedelta(0):
                seconds = max(1, int(left.total_seconds()))
                call.wait(STILL_EXECUTING.format(seconds=seconds), call.now + left)
                return ""
        if done:
            self.settle(call, message, finding, None)
            self._settler.rewind(call, message, "first", finding.answers)
        else:
            self._again(call, message)
        return ""

    def ask_again(self, call: Call, message: MessageRow, why: str) -> str:
        """Ask once more, in this run or in the next; why the run must stop, empty: it goes on."""
        message.unanswered += 1
        searches = call.run.memory.get("searches", 0) + 1
        call.remember(searches=searches)
        text = MUTE.format(why=why)
        if message.unanswered >= ALERT_AFTER:
            text = MUTE_FOR_LONG.format(mute=text, times=message.unanswered, connector=call.row.name)
            _alert(call, message, "search.unanswered", text)
        if searches < MOST_SEARCHES:
            call.remember(next=SEARCH)
            return ""
        return text

    def drop(self, call: Call, message: MessageRow) -> None:
        """Let go of a message of which nothing was executed."""
        message.settled_at = call.now
        call.tx.messages.settle(message, None)
        if message.found.get("alerted"):
            call.tx.alerts.resolve(call.row.id, message.message_set_id, call.now)
        call.message = None
        call.remember(next=None)

    def suspect(self, call: Call, message: MessageRow, reason: str, *, hold: bool = False) -> None:
        """Find the culprit: a record by itself is one, several go again one by one."""
        if _alone(message):
            self._settler.blame(call, message, reason, hold=hold)
        else:
            self._settler.rewind(call, message, "all")

    # -- Parts

    def _again(self, call: Call, message: MessageRow) -> None:
        """Let a message of which nothing was executed go again, ever less often, at last record by record.

        Unchanged and under the same message set ID: should the first copy still be on its way, QuickBooks
        executes only one of the two (facts B3).
        """
        if message.attempts >= MOST_ATTEMPTS:
            if message.deaths >= MOST_ATTEMPTS or not _alone(message):
                self.drop(call, message)
                text = HOPELESS.format(times=message.deaths)
                self.suspect(call, message, text, hold=True)
                return
            pause = min(LONGEST, self._pause * 2 ** min(message.attempts - MOST_ATTEMPTS, 20))
            if message.due_at is None and pause > timedelta(0):
                text = LOST.format(times=message.attempts, seconds=int(pause.total_seconds()))
                _alert(call, message, "message.lost", text)
                call.wait(text, call.now + pause)
                return
        message.attempts += 1
        message.due_at = None
        call.remember(next=RESEND)

    def _is_its_file(self, call: Call, message: MessageRow, finding: Finding) -> bool:
        """Whether the company file that is open is the one a message was meant for.

        It carries the mark, or has something of ours. A file that never carried the mark is told by its path.
        """
        if call.row.has_file_id or finding.witnessed:
            return True
        same_run = message.run_id == call.run.id  # and one session has one file
        same_place = bool(message.company_file) and message.company_file == call.row.company_file
        return not message.marked and (same_run or same_place)

    def _still_executing(self, call: Call, message: MessageRow, finding: Finding) -> timedelta:
        """How long what was found must stay as it is before a run that was taken over counts as over."""
        seen = sorted(finding.answers)
        if message.found.get("requests") != seen:
            message.found = message.found | {"requests": seen, "since": elapsed.mark(call.now)}
        return self._quiet - elapsed.since(message.found["since"], call.now)


def waiting(message: MessageRow | None, now: datetime) -> bool:
    """Whether a message is not to be asked about yet."""
    return message is not None and elapsed.lies_ahead(message.due_at, now, LONGEST)


def _alone(message: MessageRow) -> bool:
    return len([*grouped(message)]) == 1


def _alert(call: Call, message: MessageRow, kind: str, text: str) -> None:
    row = AlertRow(
        at=call.now,
        connector_id=call.row.id,
        run_id=call.run.id,
        kind=kind,
        about=message.message_set_id,
        text=text,
    )
    call.tx.alerts.alert(row)
    message.found = message.found | {"alerted": True}
