"""Mappings: what names of the source are called in QuickBooks, said by a person, kept by identity."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from qbferry.app import build
from qbferry.config import load
from qbferry.model import ListEntry

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from typer.testing import Result

    Run = Callable[..., Result]

VENDORS = ("Ingram Micro", "Ingram Industries", "Tech Data", "Dell")


@pytest.fixture(autouse=True)
def read(qbferry: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connector whose lists of vendors and accounts were read."""
    monkeypatch.setenv("QBFERRY_PLUGINS__ENABLED", '["expenses"]')
    qbferry("connector", "add", "office")
    keep("Vendor", *VENDORS)
    keep("Account", "Overhead:Travel", "Meals")


def keep(kind: str, *names: str) -> None:
    with closing(build(load())) as app, app.database.write() as tx:
        tx.polls.note(1, f"lists.{kind}", datetime.now(UTC))
        entries = [
            ListEntry(kind=kind, list_id=f"{kind}-{n}", full_name=name) for n, name in enumerate(names)
        ]
        tx.lists.keep(1, kind, entries)


def mapped(qbferry: Run) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(qbferry("map", "list", "--json").stdout)
    return found


def report(name: str, resource: str, *categories: str) -> dict[str, Any]:
    items = [
        {"date": "2026-10-12", "category": category, "amount": "1.00", "reimbursable": True}
        for category in categories
    ]
    return {
        "id": name,
        "resource": resource,
        "name": "October",
        "week_ending": "2026-10-31",
        "status": "Approved for Payment",
        "items": items,
    }


def test_a_name_stands_for_an_entry_however_that_is_renamed(qbferry: Run) -> None:
    qbferry("map", "set", "Vendor", "Ingram Micro Ltd", "INGRAM micro")
    keep("Vendor", "Ingram Micro Inc.", *VENDORS[1:])
    assert mapped(qbferry) == [
        {"list": "Vendor", "name": "Ingram Micro Ltd", "entry": "Ingram Micro Inc.", "origin": "person"}
    ]
    assert "Ingram Micro Inc." in qbferry("map", "list").stdout


def test_it_can_be_said_otherwise_and_unsaid(qbferry: Run) -> None:
    qbferry("map", "set", "Vendor", "Ingram", "Ingram Micro")
    qbferry("map", "set", "Vendor", "INGRAM", "Ingram Industries")
    assert [one["entry"] for one in mapped(qbferry)] == ["Ingram Industries"]
    qbferry("map", "unset", "Vendor", "ingram")
    assert mapped(qbferry) == []
    assert 'The name "ingram" is not mapped' in qbferry("map", "unset", "Vendor", "ingram", status=1).stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ("Vendor", "x", "Ingram Micr"),
            'has no "Ingram Micr" in its list Vendor. Did you mean Ingram Micro',
        ),
        (("Vendor", "x", "Zzz"), 'QuickBooks has no "Zzz" in its list Vendor. Nothing was changed.'),
        (("Vendr", "x", "Dell"), "The list Vendr of office was not read yet; there are: Account, Vendor."),
        (("Vendor", " ", "Dell"), 'The name " " is blank'),
    ],
)
def test_what_does_not_fit_is_told(qbferry: Run, words: tuple[str, ...], sentence: str) -> None:
    assert sentence in qbferry("map", "set", *words, status=1).stderr
    assert mapped(qbferry) == []


class TestSuggest:
    @pytest.fixture(autouse=True)
    def waiting(self, qbferry: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("QBFERRY_PLUGINS__EXPENSES__CREATE_VENDOR", "false")
        reports = [
            report("A", "Micro Ingram Ltd", "Travel", "Travel"),
            report("B", "micro ingram ltd", "Meals"),
            report("C", "Dell", "Nothing at all"),
        ]
        (folder / "reports.jsonl").write_text("".join(json.dumps(one) + "\n" for one in reports))
        qbferry("import", "expense_report", "reports.jsonl", "--ready")

    def test_names_what_is_missing_and_what_is_like_it(self, qbferry: Run) -> None:
        found = json.loads(qbferry("map", "suggest", "--json").stdout)
        assert [(one["label"], one["name"], one["records"]) for one in found] == [
            ("vendor", "Micro Ingram Ltd", 2),
            ("account", "Travel", 2),
            ("account", "Nothing at all", 1),
        ]
        assert found[0]["suggestions"][0] == {"list": "Vendor", "entry": "Ingram Micro"}
        assert found[1]["suggestions"] == [{"list": "Account", "entry": "Overhead:Travel"}]
        assert found[2]["suggestions"] == []
        assert "Overhead:Travel" in qbferry("map", "suggest").stdout

    def test_a_mapping_is_what_the_record_needs(self, qbferry: Run) -> None:
        assert "QuickBooks has no vendor" in qbferry("preview", "expense_report", "B", status=1).stderr
        qbferry("map", "set", "Vendor", "Micro Ingram Ltd", "Ingram Micro")
        assert (
            "<VendorRef>\n          <ListID>Vendor-0</ListID>"
            in qbferry("preview", "expense_report", "B").stdout
        )
        names = [one["name"] for one in json.loads(qbferry("map", "suggest", "--json").stdout)]
        assert names == ["Travel", "Nothing at all"]


@pytest.mark.parametrize("name", ["mappings.csv", "mappings.json"])
def test_mappings_go_out_to_a_file_and_come_in_again(qbferry: Run, folder: Path, name: str) -> None:
    qbferry("map", "set", "Vendor", 'Ingram, "Ltd"', "Ingram Micro")
    qbferry("map", "set", "Account", "Travel", "Overhead:Travel")
    qbferry("map", "export", name)
    before = mapped(qbferry)
    qbferry("map", "unset", "Vendor", 'Ingram, "Ltd"')
    assert "2 mappings were taken" in qbferry("map", "import", name).stdout
    assert mapped(qbferry) == before
    assert json.loads(qbferry("map", "export", "-").stdout)[0] == {
        "list": "Account",
        "name": "Travel",
        "entry": "Overhead:Travel",
    }


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        (
            "a.csv",
            "list,name,entry\nVendor,A,Dell\nVendor,B,Nobody\nX,C,D\n",
            'has no "Nobody" in its list Vendor',
        ),
        ("a.csv", "list,name\nVendor,A\n", "The mapping 1 of a.csv has no list, name, entry"),
        ("a.json", "[1]", "The mapping 1 of a.json"),
        ("a.json", '{"list": 1}', "is no list of mappings"),
        ("a.json", "nothing", "The file a.json cannot be read"),
        ("none.json", None, "The file none.json cannot be read: No such file"),
    ],
)
def test_a_file_is_taken_whole_or_not_at_all(
    qbferry: Run, folder: Path, name: str, content: str | None, sentence: str
) -> None:
    if content is not None:
        (folder / name).write_text(content)
    assert sentence in qbferry("map", "import", name, status=1).stderr
    assert mapped(qbferry) == []


def test_the_names_of_items_are_made_of_words_for_each_connector(
    qbferry: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QBFERRY_PLUGINS__ENABLED", '["invoices", "expenses"]')
    qbferry("connector", "add", "north")
    told = qbferry(
        "naming", "set", "invoice", "labor", "{role}~{billing_code}", "--connector", "north"
    ).stdout
    assert "Names of invoice, labor, are {role}~{billing_code} from now on." in told

    def made(connector: str) -> dict[str, str]:
        rows = json.loads(qbferry("naming", "list", "--json", "--connector", connector).stdout)
        assert {row["entity"] for row in rows} == {"invoice"}
        return {row["kind"]: row["convention"] for row in rows if row["convention"]}

    assert (made("north"), made("office")) == ({"labor": "{role}~{billing_code}"}, {})
    assert "{item}" in qbferry("naming", "list").stdout
    qbferry("naming", "unset", "invoice", "labor", "--connector", "north")
    assert made("north") == {}
    again = qbferry("naming", "unset", "invoice", "labor", "--connector", "north", status=1)
    assert 'There is no convention for "labor"' in again.stderr


@pytest.mark.parametrize("name", ["mappings.csv", "mappings.json"])
def test_conventions_go_out_with_the_mappings_and_come_in_to_another_company_file(
    qbferry: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("QBFERRY_PLUGINS__ENABLED", '["invoices", "expenses"]')
    qbferry("connector", "add", "north")
    qbferry("naming", "set", "invoice", "labor", "{role}~{billing_code}, {name}")
    qbferry("naming", "set", "invoice", "any", "{billing_code}")
    qbferry("map", "export", name)
    assert "2 mappings were taken" in qbferry("map", "import", name, "--connector", "north").stdout
    office, north = (
        json.loads(qbferry("naming", "list", "--json", "--connector", connector).stdout)
        for connector in ("office", "north")
    )
    assert office == north
    assert {row["convention"] for row in north} > {"{role}~{billing_code}, {name}", "{billing_code}"}


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("naming.timesheet,labor,{role}", "No names are made in records of the kind timesheet"),
        ("naming.invoice,labour,{role}", 'There is no kind "labour" in invoice'),
        ("naming.invoice,labor,{rol}", "No name can be made of {rol}"),
    ],
)
def test_a_convention_that_cannot_be_leaves_the_whole_file_out(
    qbferry: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, row: str, sentence: str
) -> None:
    monkeypatch.setenv("QBFERRY_PLUGINS__ENABLED", '["invoices", "expenses"]')
    (folder / "a.csv").write_text(f"list,name,entry\nVendor,A,Dell\nnaming.invoice,any,{{item}}\n{row}\n")
    assert sentence in qbferry("map", "import", "a.csv", status=1).stderr
    assert mapped(qbferry) == []
    assert not any(row["convention"] for row in json.loads(qbferry("naming", "list", "--json").stdout))
