"""A QuickBooks to test against: a company file in SQLite, and a Web Connector that drives any server.

Nothing of the server imports it, and of the server it uses only the qbXML schema data and the exceptions.
"""

from qbferry.simulator import bookkeeper
from qbferry.simulator.company import CompanyFile
from qbferry.simulator.connector import WebConnector
from qbferry.simulator.execute import Session
from qbferry.simulator.faults import Fault, Faults
from qbferry.simulator.registration import Registration
from qbferry.simulator.report import RunEnd, RunReport
from qbferry.simulator.seed import Seed
from qbferry.simulator.status import HResultError, RefusalError, Status
from qbferry.simulator.transactions.kind import Draft, LineKind, TransactionKind

__all__ = [
    "CompanyFile",
    "Draft",
    "Fault",
    "Faults",
    "HResultError",
    "LineKind",
    "RefusalError",
    "Registration",
    "RunEnd",
    "RunReport",
    "Seed",
    "Session",
    "Status",
    "TransactionKind",
    "WebConnector",
    "bookkeeper",
]
