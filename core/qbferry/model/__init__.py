"""The vocabulary: values that travel between the rooms, without I/O."""

from __future__ import annotations

from qbferry.model.connector import Connector, Event
from qbferry.model.document import Document, NoState, State, Summary, Unit
from qbferry.model.entity import Column, Edit, Entity, Kind, Naming
from qbferry.model.extension import EXTENSION, Extension
from qbferry.model.lists import LIST_POLL, ListEntry, Lists, Peer, fold
from qbferry.model.news import News, NewsKind, Outcome
from qbferry.model.poll import Occasion, Poll, Records
from qbferry.model.quiet import QuietHours
from qbferry.model.record import AnyRecord, Record
from qbferry.model.reference import NONE, SHARED, Name, Names, NewEntry, Reference, Target
from qbferry.model.request import Owner, OwnerKind, Request
from qbferry.model.results import (
    Already,
    Cleared,
    Continue,
    Gone,
    Ignore,
    More,
    Noted,
    Nothing,
    Rejected,
    Result,
    Retry,
    SendAgain,
    Sent,
    Skip,
    Withdraw,
)
from qbferry.model.row import Counted, RecordRow
from qbferry.model.rules import first_reason
from qbferry.model.source import Fetched, Source
from qbferry.model.status import OnError, TransferStatus

__all__ = [
    "EXTENSION",
    "LIST_POLL",
    "NONE",
    "SHARED",
    "Already",
    "AnyRecord",
    "Cleared",
    "Column",
    "Connector",
    "Continue",
    "Counted",
    "Document",
    "Edit",
    "Entity",
    "Event",
    "Extension",
    "Fetched",
    "Gone",
    "Ignore",
    "Kind",
    "ListEntry",
    "Lists",
    "More",
    "Name",
    "Names",
    "Naming",
    "NewEntry",
    "News",
    "NewsKind",
    "NoState",
    "Noted",
    "Nothing",
    "Occasion",
    "OnError",
    "Outcome",
    "Owner",
    "OwnerKind",
    "Peer",
    "Poll",
    "QuietHours",
    "Record",
    "RecordRow",
    "Records",
    "Reference",
    "Rejected",
    "Request",
    "Result",
    "Retry",
    "SendAgain",
    "Sent",
    "Skip",
    "Source",
    "State",
    "Summary",
    "Target",
    "TransferStatus",
    "Unit",
    "Withdraw",
    "first_reason",
    "fold",
]
