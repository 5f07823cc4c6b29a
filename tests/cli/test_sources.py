"""``qbferry sources``: what there is, reading it now, and from its beginning."""

from __future__ import annotations

import json
from importlib.metadata import EntryPoint
from typing import TYPE_CHECKING, Any

import pytest

from qbferry import Fetched, QbferryError, Source, hookimpl
from qbferry.plugin import discovery

if TYPE_CHECKING:
    from collections.abc import Callable

    from typer.testing import Result

    Run = Callable[..., Result]

LINES: list[dict[str, Any]] = [
    {"id": name, "organization": "Acme", "invoice_date": "2026-10-31", "lines": [{"amount": "1.00"}]}
    for name in ("A", "B", "C")
]


class Paper:
    away = False

    @hookimpl
    def sources(self) -> list[Source]:
        return [Source(name="paper", entity="invoice", fetch=self.fetch)]

    def fetch(self, cursor: str | None) -> Fetched:
        if self.away:
            raise QbferryError("The office is closed.")
        begin = int(cursor or 0)
        end = min(begin + 2, len(LINES))
        return Fetched(documents=LINES[begin:end], cursor=str(end), more=end < len(LINES))


@pytest.fixture
def paper(qbferry: Run, monkeypatch: pytest.MonkeyPatch) -> Paper:
    paper, real, load = Paper(), discovery.installed(), discovery.load
    point = EntryPoint("paper", f"{__name__}:Paper", discovery.GROUP)
    mine = discovery.Installed(name="paper", distribution="test", version="1", point=point)
    monkeypatch.setattr(discovery, "installed", lambda: real | {"paper": mine})
    monkeypatch.setattr(
        discovery,
        "load",
        lambda plugin, settings: paper if plugin.name == "paper" else load(plugin, settings),
    )
    monkeypatch.setenv("QBFERRY_PLUGINS__ENABLED", '["invoices", "paper"]')
    qbferry("connector", "add", "office")
    return paper


def test_a_source_is_listed_read_and_read_anew(qbferry: Run, paper: Paper) -> None:
    assert "paper   invoice  0:15:00" in qbferry("sources", "list").stdout
    ran = qbferry("sources", "run")
    assert "paper: 2 so far." in ran.stderr
    assert ran.stdout == "paper: 3 new, 0 changed, 0 unchanged.\n"
    (told,) = json.loads(qbferry("sources", "run", "paper", "--json").stdout)
    assert told == {
        "source": "paper",
        "created": 0,
        "changed": 0,
        "unchanged": 0,
        "refused": 0,
        "more": False,
    }
    (listed,) = json.loads(qbferry("sources", "list", "--json").stdout)
    assert (listed["taken"], listed["error"], listed["refused"]) == (3, None, 0)
    assert "is read from its beginning" in qbferry("sources", "reset", "paper").stdout
    assert qbferry("sources", "run", "paper").stdout == "paper: 0 new, 0 changed, 3 unchanged.\n"


def test_the_doctor_looks_at_sources(qbferry: Run, paper: Paper, monkeypatch: pytest.MonkeyPatch) -> None:
    def seen(status: int = 0) -> str:
        found = json.loads(qbferry("doctor", "--json", status=status).stdout)
        (mine,) = [one for one in found if one["about"] == "source paper"]
        return f"{mine['health']}: {mine['seen']}"

    assert "it was never read" in seen(1)
    qbferry("sources", "run")
    assert "it was read at 20" in seen(1)
    monkeypatch.setitem(LINES[0], "invoice_date", "soon")
    qbferry("sources", "reset", "paper")
    qbferry("sources", "run")
    assert "1 of its documents could not be taken in" in seen(1)
    monkeypatch.setattr(paper, "away", True)
    qbferry("sources", "run", status=1)
    assert "The office is closed" in seen(1)


def test_what_is_wrong_is_one_sentence(qbferry: Run, paper: Paper, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (
        "There is no source named ink; there are: paper." in qbferry("sources", "run", "ink", status=1).stderr
    )
    monkeypatch.setattr(paper, "away", True)
    assert qbferry("sources", "run", status=1).stderr == "The office is closed.\n"
    (told,) = json.loads(qbferry("sources", "run", "--json", status=1).stdout)
    assert told == {"source": "paper", "error": "The office is closed."}
    assert "The office is closed." in qbferry("sources", "list").stdout
    monkeypatch.setattr(paper, "away", False)
    monkeypatch.setitem(LINES[0], "invoice_date", "soon")
    assert "1 could not be taken in; see qbferry sources list." in qbferry("sources", "run").stdout
    assert "paper A: field invoice_date" in qbferry("sources", "list").stderr
