"""One connector: showing it, changing it, and testing its connection."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from qbferry.app import build
from qbferry.config import load
from qbferry.store.rows import RunRow

if TYPE_CHECKING:
    from collections.abc import Callable

    from typer.testing import Result

    Run = Callable[..., Result]

pytestmark = pytest.mark.usefixtures("office")


def shown(qbferry: Run, name: str = "office") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(qbferry("connector", "show", name, "--json").stdout)
    return found


def seen(*, run: dict[str, Any] | None = None, **changes: Any) -> None:
    """Let a connector be as runs leave it."""
    with closing(build(load())) as app, app.database.write() as tx:
        row = tx.connectors.named("office", lock=True)
        now = datetime.now(UTC)
        for name, value in ({"last_seen_at": now} | changes).items():
            setattr(row, name, value)
        tx.connectors.save(row)
        if run is not None:
            tx.runs.add(
                RunRow(connector_id=row.id, ticket=b"x", started_at=now, seen_at=now, ended_at=now, **run)
            )


class TestChange:
    def test_changes_what_is_said_and_nothing_else(self, qbferry: Run) -> None:
        before = shown(qbferry)
        qbferry("connector", "change", "office", "--every", "30", "--quiet", "Sun 00:00-24:00 UTC")
        assert shown(qbferry) == before | {"every_minutes": 30, "quiet": "Sun 00:00-24:00 UTC"}
        qbferry("connector", "change", "office", "--every", "0", "--quiet", "")
        assert shown(qbferry) == before

    def test_gives_another_name_and_user(self, qbferry: Run) -> None:
        qbferry("connector", "change", "office", "--name", "head office", "--user", "hq")
        assert shown(qbferry, "head office")["user"] == "hq"
        assert "<UserName>hq</UserName>" in qbferry("connector", "qwc", "head office", "-o", "-").stdout

    @pytest.mark.parametrize(
        ("words", "sentence"),
        [
            (("--name", "West"), "There is a connector named west already"),
            (("--user", "QBFERRY-WEST"), "The connector west has the user qbferry-west already"),
            (("--name", "a/b"), 'The name of a connector "a/b" does not fit'),
            (("--quiet", "at night"), "do not end in a time zone"),
            (("--quiet", ", ".join(["Mon 08:00-09:00"] * 20) + " UTC"), "longer than 200 characters"),
        ],
    )
    def test_refuses_what_does_not_fit(self, qbferry: Run, words: tuple[str, ...], sentence: str) -> None:
        qbferry("connector", "add", "west")
        before = shown(qbferry)
        assert sentence in qbferry("connector", "change", "office", *words, status=1).stderr
        assert shown(qbferry) == before

    def test_keeps_its_own_name_and_user(self, qbferry: Run) -> None:
        qbferry("connector", "change", "office", "--name", "Office", "--user", "qbferry-office")
        assert shown(qbferry, "Office")["name"] == "Office"

    def test_wants_to_know_what(self, qbferry: Run) -> None:
        assert "Say what to change" in qbferry("connector", "change", "office", status=2).stderr


class TestTest:
    def found(self, qbferry: Run, status: int = 1) -> dict[str, dict[str, str]]:
        findings = json.loads(qbferry("connector", "test", "office", "--json", status=status).stdout)[
            "findings"
        ]
        return {one["about"]: one for one in findings}

    def test_says_that_it_never_came(self, qbferry: Run) -> None:
        assert self.found(qbferry)["connector office"]["seen"] == "its Web Connector has never called"

    def test_says_that_nothing_was_due(self, qbferry: Run) -> None:
        seen()
        assert self.found(qbferry)["QuickBooks"]["seen"] == "no run has begun yet"

    def test_says_why_the_last_run_ended(self, qbferry: Run) -> None:
        seen(run={"last_error": "QuickBooks has another file open."})
        assert self.found(qbferry)["last run"]["seen"] == "QuickBooks has another file open"

    def test_says_what_quickbooks_said_of_itself(self, qbferry: Run) -> None:
        seen(
            run={"greeted": True},
            product="QuickBooks Pro 2014 (24.0)",
            country="US",
            company_name="Acme",
            company_file="C:\\acme.qbw",
        )
        found = self.found(qbferry)
        assert found["QuickBooks"]["seen"] == "QuickBooks Pro 2014 (24.0), US, qbXML 13.0"
        assert found["company file"]["seen"] == "Acme at C:\\acme.qbw, without this connector's mark"
        seen(has_file_id=True)
        assert self.found(qbferry, 0)["company file"]["health"] == "well"
        assert "ok    company file: Acme" in qbferry("connector", "test", "office").stdout

    def test_says_that_quickbooks_was_not_seen(self, qbferry: Run) -> None:
        seen(run={})
        found = self.found(qbferry)
        assert found["QuickBooks"]["seen"] == "it has not said what it is"
        assert found["company file"]["seen"] == "the run ended before it was seen"


def test_show_leaves_out_no_field_a_person_asks_for(qbferry: Run) -> None:
    seen(company_name="Acme", quiet="Sun 00:00-24:00 UTC", every_minutes=60)
    text = qbferry("connector", "show", "office").stdout
    for part in ("Acme", "Sun 00:00-24:00 UTC", "60 minutes", "qbferry-office", "Company file"):
        assert part in text
