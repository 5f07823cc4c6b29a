"""What hooks answer. They say what is to happen, and the framework does it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "Already",
    "Cleared",
    "Continue",
    "Gone",
    "Ignore",
    "More",
    "Noted",
    "Nothing",
    "Rejected",
    "Result",
    "Retry",
    "SendAgain",
    "Sent",
    "Skip",
    "Withdraw",
]


@dataclass(frozen=True, slots=True)
class Skip:
    """A veto: the record does not go, and why, in a sentence for a person."""

    reason: str


# -- handle_response -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """QuickBooks has it.

    Attributes:
        txn_id: TxnID or ListID of the object, None where the answer has none; never another one's.
        ref_number: The number a person sees in QuickBooks.
        edit_sequence: QuickBooks' version of the object, needed to change it later.
        note: A warning of QuickBooks worth keeping in the history.
    """

    txn_id: str | None = None
    ref_number: str | None = None
    edit_sequence: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """QuickBooks refused it, and why, in plain words. It goes again in the next run.

    Attributes:
        reason: A sentence for a person.
        executed: Whether QuickBooks did it all the same; None: as the status of its answer says. False is
            for a warning that saved nothing (570 without the object, facts E).
    """

    reason: str
    executed: bool | None = None


@dataclass(frozen=True, slots=True)
class Retry:
    """It was not refused, but not done either (a lock, a request not reached). It stays Pending."""

    reason: str


@dataclass(frozen=True, slots=True)
class Continue:
    """QuickBooks answered, and the record has more to send: it is built again in this run.

    For a record that must ask QuickBooks something before it knows what to send; ``handle_response`` keeps
    the answer in the record's state.
    """


@dataclass(frozen=True, slots=True)
class Already:
    """The list entry that was to be added is there: QuickBooks says that its name is in use (3100).

    Attributes:
        list_id: Its ListID, where the lists at hand know it.
        note: A word for the history.
    """

    list_id: str | None = None
    note: str | None = None


Result = Sent | Rejected | Retry | Continue | Already
"""What an answer of QuickBooks means for a record."""


# -- after_transfer ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class More:
    """There is more to send, in the same run: what was received on an order, its deletion."""


@dataclass(frozen=True, slots=True)
class Gone:
    """QuickBooks has nothing of the record any more: it is as if it had never been transferred."""


# -- check_change (and Noted also from after_transfer) ------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SendAgain:
    """The change itself goes to QuickBooks: the transferred record becomes Pending."""


@dataclass(frozen=True, slots=True)
class Noted:
    """It is different from what QuickBooks has, and nothing is sent by itself.

    Attributes:
        more: Whether there is something to send once a person sets it ready.
    """

    more: bool = False


@dataclass(frozen=True, slots=True)
class Ignore:
    """It is no change: the record keeps its old document."""


@dataclass(frozen=True, slots=True)
class Withdraw:
    """A record that waits to go must not go any more: it becomes Not Transferred."""


# -- forget, clear_number ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Nothing:
    """Of what a restored backup lost nothing is left to send: the record becomes Not Transferred."""


@dataclass(frozen=True, slots=True)
class Cleared:
    """The plugin has let go of what the record became in QuickBooks."""
