"""The first call of a run: which QuickBooks, which company file, and whether it is the right one."""

from __future__ import annotations

from pathlib import PureWindowsPath
from typing import TYPE_CHECKING

from qbferry.errors import AnswerError
from qbferry.qbxml import envelope, host
from qbferry.transfer.call import new_id

if TYPE_CHECKING:
    from collections.abc import Collection

    from qbferry.qbxml.host import Host
    from qbferry.store.rows import ConnectorRow

__all__ = ["PREFERRED", "greet", "harmless"]

PREFERRED = (13, 0)
"""What is declared where QuickBooks has it: our messages are the same from 13.0 to 16.0 (facts B7)."""

COUNTRY, NAME, PATH = 10, 200, 500
"""So many characters of what QuickBooks says of itself are kept; PostgreSQL refuses more."""

FIRST = (2, 0)
"""The oldest version that is declared: QuickBooks 2003."""

OLDEST = (12, 0)
"""ExternalGUID on transactions came with 9.0, bills' and names' newer elements with 12.0 (facts B7)."""


def greet(
    row: ConnectorRow,
    marks: Collection[str],
    owner_id: str,
    hcp: str,
    company_file: str,
    country: str,
    major: int,
    minor: int,
) -> str | None:
    """Keep what QuickBooks says of itself; compare the company file with the one on record.

    Args:
        row: The connector.
        marks: The FileIDs of its further users; each may be the mark of the company file.
        owner_id: The installation's OwnerID, under which the company file keeps our FileID.
        hcp: The strHCPResponse.
        company_file: The path of the company file that is open.
        country: Of the QuickBooks.
        major: Of the highest qbXML version it has.
        minor: Of the same.

    Returns:
        Why the run cannot go on, in words for a bookkeeper; None: it can.
    """
    try:
        known = host.parse(hcp)
    except AnswerError as error:
        return f"QuickBooks did not say which company file is open. {error}"
    ours = {row.file_id.lower(), *(mark.lower() for mark in marks)}
    wrong = _wrong_file(row, ours, owner_id, known, company_file)
    if wrong:
        return wrong
    version = _version(known, major, minor)
    if version < OLDEST:
        return (
            f"This QuickBooks understands qbXML {version[0]}.{version[1]} at most; "
            f"{OLDEST[0]}.{OLDEST[1]} (QuickBooks 2013) or newer is needed."
        )
    row.has_file_id = bool(known and known.file_ids.get(owner_id.lower()) in ours)
    if row.has_file_id:
        row.elsewhere = 0
    row.qbxml_version = f"{version[0]}.{version[1]}"
    row.country = ((known and known.country) or country)[:COUNTRY]
    row.company_file = row.company_file or company_file[:PATH] or None
    if known:
        row.product = f"{known.product} ({known.major}.{known.minor})"[:NAME]
        row.company_name = known.company_name and known.company_name[:NAME]
        row.features = dict(known.features)
    return None


def harmless(hcp: str, major: int, minor: int) -> str:
    """Ask something that changes nothing in whatever company file is open, in a version its QuickBooks has.

    It is handed out in place of what is refused. An empty reply would do by the protocol, but as the first
    of a run it makes some Web Connectors fail with QBWC1041, and the reason is never shown (facts A3). The
    answer to this one is told to stop, and then the Web Connector asks for the reason.
    """
    try:
        known = host.parse(hcp)
    except AnswerError:
        known = None
    version = max(_version(known, major, minor), FIRST)
    return envelope.farewell(f"{version[0]}.{version[1]}", None, new_id())


def _wrong_file(
    row: ConnectorRow, ours: Collection[str], owner_id: str, known: Host | None, company_file: str
) -> str | None:
    theirs = known.file_ids.get(owner_id.lower()) if known else None
    if theirs and theirs not in ours:
        return (
            f"The company file {company_file} belongs to another connector than {row.name}. Open the right "
            "company file in QuickBooks, or use the other connector's entry in the Web Connector. "
            "Nothing was transferred."
        )
    if row.company_file and company_file and row.company_file.casefold() != company_file[:PATH].casefold():
        return (
            f"QuickBooks has {company_file} open, but the connector {row.name} belongs to "
            f"{row.company_file}. {_way_out(row, company_file)} Nothing was transferred."
        )
    return None


def _way_out(row: ConnectorRow, company_file: str) -> str:
    """What to do about a company file at another place."""
    clear = f"qbferry connector clear-location {row.name}"
    if how := _reached_otherwise(row.company_file or "", company_file):
        return (
            f"The two differ only by {how}, so it may be one file, reached in two ways, or a copy of it. If "
            "it is one, open it in QuickBooks the way it was opened before: with the same drive letter, or "
            "the same \\\\server\\share; map the drive on this computer as it is mapped on the other. If it "
            f"is always opened this way from now on, clear its location with: {clear}."
        )
    return f"Open that file; if it was moved or renamed, clear its location with: {clear}."


def _reached_otherwise(first: str, second: str) -> str:
    """By what two paths differ that may lead to one file; empty: they lead to two."""
    one, other = PureWindowsPath(first.casefold()), PureWindowsPath(second.casefold())
    tails = sorted((one.parts[1:], other.parts[1:]), key=len)
    if not tails[0] or tails[1][-len(tails[0]) :] != tails[0]:
        return ""
    shared = [path.drive.startswith("\\\\") for path in (one, other)]
    if any(shared):
        return "the server and the share" if all(shared) else "drive letter and network name"
    return "the drive letter" if tails[0] == tails[1] and one.drive and other.drive else ""


def _version(known: Host | None, major: int, minor: int) -> tuple[int, int]:
    """13.0 where QuickBooks has it, else the highest it has."""
    offered = {(major, minor)}
    for text in known.qbxml_versions if known else ():
        first, _, second = text.removeprefix("CA").removeprefix("UK").partition(".")
        if first.isdecimal() and second.isdecimal():
            offered.add((int(first), int(second)))
    return PREFERRED if max(offered) >= PREFERRED else max(offered)
