"""Texts that would steer a terminal: they are shown written out, whatever command shows them."""

from __future__ import annotations

import json
import logging
import re
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from qbferry import logs
from qbferry.app import build
from qbferry.config import load
from qbferry.desk.drawer import Act, Drawer
from qbferry.model import TransferStatus
from qbferry.texts import visible, visible_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from typer.testing import Result

    Run = Callable[..., Result]
    Put = Callable[..., str]

NASTY = "\x1b]0;owned\x07 \x9b2J \x7f\r\nerror: all is lost\u202e\u2028\ufeff\U000e0041"
"""Sets the window's title, wipes the screen, begins a line of its own, turns what follows around."""

STEERING = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\U000e0041]"
)


def harmless(text: str) -> bool:
    return not STEERING.search(text) and not any(
        line.startswith("error: all is lost") for line in text.split("\n")
    )


@pytest.fixture
def nasty(qbferry: Run, office: None, put: Put) -> None:
    """A connector, a run and a record that came to such texts, wherever the database takes them."""
    qbferry("import", "invoice", put("A"), "--ready")
    with (
        closing(build(load())) as app,
        app.database.write() as tx,
        Drawer.open(tx, app.plugins, "invoice", None, "continue", actor=NASTY, lock=True) as drawer,
    ):
        [row] = drawer.find(["A"])
        row.transfer_status, row.in_doubt = TransferStatus.FAILED, True
        row.reason = row.reason_about = row.not_ready_reason = row.ref_number = NASTY
        row.doubtful = {"InvoiceAdd": NASTY}
        document = row.document | {"organization": NASTY, "batch": NASTY}
        row.batch = row.party = NASTY
        row.document_text = json.dumps(document)
        drawer.touch(row, text=True)
        drawer.note(row, Act.THERE, NASTY)
        drawer.row.company_file = drawer.row.company_name = NASTY
        tx.connectors.save(drawer.row)


@pytest.mark.usefixtures("nasty")
@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("list", "invoice"), 0),
        (("list", "invoice", "--json"), 0),
        (("show", "invoice", "A"), 0),
        (("show", "invoice", "A", "--json"), 0),
        (("history",), 0),
        (("history", "--json"), 0),
        (("connector", "list"), 0),
        (("doubt", "list"), 0),
        (("show", "invoice", NASTY), 1),
        (("list", "invoice", "--status", NASTY), 1),
        (("list", NASTY), 1),
        (("import", "invoice", "none" + NASTY.replace("\x00", "")), 1),
        (("connector", "pause", NASTY), 1),
        (("--config", NASTY, "runs"), 1),
        ((NASTY,), 2),
        (("runs", f"--{NASTY}"), 2),
    ],
)
def test_no_command_writes_it_raw(qbferry: Run, words: tuple[str, ...], status: int) -> None:
    result = qbferry(*words, status=status)
    assert harmless(result.stdout)
    assert harmless(result.stderr)
    assert "owned" in result.output


@pytest.mark.usefixtures("office")
def test_what_a_file_holds_is_not_written_raw_when_it_is_refused(qbferry: Run, put: Put) -> None:
    nasty = ("A", {"total": NASTY, NASTY: 1, "transmission": NASTY})
    result = qbferry("import", "invoice", put(nasty, (NASTY, {}), ("\x9b", {"batch": NASTY})), status=1)
    assert harmless(result.output)
    assert result.stderr.count("\n") == 1 + result.stderr.count("\n  line ")


def test_people_read_what_was_there_and_programs_get_it() -> None:
    assert visible(NASTY) == (
        r"\x1b]0;owned\x07 \x9b2J \x7f\r\nerror: all is lost\u202e\u2028\ufeff\U000e0041"
    )
    assert visible("Łódź, 東京 - Müller & Söhne") == "Łódź, 東京 - Müller & Söhne"
    written = visible_json(json.dumps([NASTY, "\ud800"], ensure_ascii=False))
    assert harmless(written)
    assert json.loads(written) == [NASTY, "\ud800"]


@pytest.mark.parametrize("style", ["console", "json"])
def test_no_log_line_is_begun_or_coloured_by_a_text(
    capsys: pytest.CaptureFixture[str], style: logs.LogFormat
) -> None:
    logger = logging.getLogger("qbferry")
    before = logger.handlers[:], logger.level, logger.propagate
    try:
        logs.configure("INFO", style)
        log = logging.getLogger("qbferry.runs")
        log.warning("The run of %s ends: %s", "office", NASTY)
        logging.getLogger("a_plugin").warning("It says: %s", NASTY)
        try:
            raise ValueError(NASTY)
        except ValueError:
            log.exception("It failed.")
    finally:
        logger.handlers[:], logger.level, logger.propagate = before
    text = capsys.readouterr().err
    assert harmless(text)
    if style == "json":
        first, stranger, second = map(json.loads, text.splitlines())
        assert first["message"].endswith(NASTY)
        assert stranger["message"].endswith(NASTY)
        assert NASTY in second["traceback"]
    else:
        begun = [line for line in text.splitlines() if not line.startswith("    ")]
        assert len(begun) == 3
        stamp = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d\d:\d\d (WARNING|ERROR)")
        assert all(map(stamp.match, begun))
