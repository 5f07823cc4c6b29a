"""Connectors on the command line."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from qbferry.store.database import Database
from qbferry.transfer.passwords import Passwords

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from typer.testing import Result

    Run = Callable[..., Result]


def password_hash(name: str) -> str:
    with closing(Database("sqlite:///qbferry.sqlite3")) as database, database.read() as tx:
        return tx.connectors.named(name).password_hash


def test_a_password_is_made_up_and_shown_once(qbferry: Run) -> None:
    made = json.loads(qbferry("connector", "add", "office", "--every", "60", "--json").stdout)
    assert made["default"]
    assert (made["user"], made["every_minutes"]) == ("qbferry-office", 60)
    assert Passwords().verify(password_hash("office"), made["password"])
    assert made["password"] not in qbferry("connector", "list", "--json").stdout


def test_a_password_given_is_not_shown(qbferry: Run) -> None:
    result = qbferry("connector", "add", "office", "--password-stdin", stdin="correct horse\r\n")
    assert "correct horse" not in result.output
    assert Passwords().verify(password_hash("office"), "correct horse")


def test_people_are_told_what_to_do_next(qbferry: Run) -> None:
    result = qbferry("connector", "add", "Head office", "--user", "head")
    assert "Made the connector Head office, the default one. Its user: head" in result.stdout
    assert "Its password: " in result.stdout
    assert 'Next: qbferry connector qwc "Head office"' in result.stdout
    assert "It is not shown again." in result.stderr


@pytest.mark.usefixtures("office")
def test_a_password_can_be_changed(qbferry: Run) -> None:
    before = password_hash("office")
    result = qbferry("connector", "password", "office")
    made = result.stdout.split("Its password: ")[1].split()[0]
    assert password_hash("office") != before
    assert Passwords().verify(password_hash("office"), made)


@pytest.mark.usefixtures("office")
def test_the_qwc_file_is_written_here_and_its_path_is_said(qbferry: Run, folder: Path) -> None:
    assert qbferry("connector", "qwc", "office").stdout == "office.qwc\n"
    written = ET.parse(folder / "office.qwc").getroot()
    assert written.findtext("UserName") == "qbferry-office"
    assert written.findtext("AppURL") == "http://localhost:8080/qbwc"
    again = ET.fromstring(qbferry("connector", "qwc", "office", "--output", "-").stdout)
    assert again.findtext("OwnerID") == written.findtext("OwnerID")
    assert again.findtext("FileID") == written.findtext("FileID")
    assert qbferry("connector", "qwc", "office", "-o", "other.qwc").stdout == "other.qwc\n"


def test_connectors_share_the_owner_and_each_has_its_own_file_id(qbferry: Run) -> None:
    files = []
    for name in ("one", "two"):
        qbferry("connector", "add", name)
        files.append(ET.fromstring(qbferry("connector", "qwc", name, "-o", "-").stdout))
    assert files[0].findtext("OwnerID") == files[1].findtext("OwnerID")
    assert files[0].findtext("FileID") != files[1].findtext("FileID")
    listed = json.loads(qbferry("connector", "list", "--json").stdout)
    assert [one["default"] for one in listed] == [True, False]


@pytest.mark.usefixtures("office")
def test_a_connector_is_paused_and_resumed_and_forgets_its_place(qbferry: Run) -> None:
    def seen() -> bool:
        return bool(json.loads(qbferry("connector", "list", "--json").stdout)[0]["paused"])

    qbferry("connector", "pause", "office")
    assert seen()
    assert "yes" in qbferry("connector", "list").stdout
    qbferry("connector", "resume", "office")
    assert not seen()
    qbferry("connector", "clear-location", "office")


def test_who_clears_a_location_is_told_what_it_risks(qbferry: Run, office: None) -> None:
    risk = " ".join(qbferry("connector", "clear-location", "--help").stdout.split())
    assert "The risk: with a wrong file open, records would go into the books of another company." in risk
    careful = qbferry("connector", "clear-location", "office").stdout
    assert "goes into it if it shows the connector's mark, or something that was sent before" in careful
    sure = qbferry("connector", "clear-location", "office", "--sure").stdout
    assert "what is due goes into that file, whatever it is" in sure


def test_there_is_no_way_to_delete_one(qbferry: Run) -> None:
    assert "delete" not in qbferry("connector", "--help").stdout
    qbferry("migrate")
    assert "There is no connector yet" in qbferry("connector", "list").stdout
