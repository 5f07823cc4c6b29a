"""What ``qbferry plugin new`` writes works at once: installed by pip, by its own tests, and to QuickBooks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest
import tomlkit

from qbferry.simulator import CompanyFile, WebConnector

from .conftest import Office

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

PLUGINS = {
    "sales_receipts": ("SalesReceiptAdd", "SalesReceipt"),
    "journal_entries": ("JournalEntryAdd", "JournalEntry"),
    "our_customers": ("CustomerAdd", "Customer"),
    "credits": ("VendorCreditAdd", "VendorCredit"),
    "deposits": ("DepositAdd", "Deposit"),
    "our_hours": ("TimeTrackingAdd", "TimeTracking"),
    "adjustments": ("InventoryAdjustmentAdd", "InventoryAdjustment"),
    "kits": ("ItemGroupAdd", "ItemGroup"),
    "tax_groups": ("ItemSalesTaxGroupAdd", "ItemSalesTaxGroup"),
}
APART = {"adjustments", "tax_groups"}
LINT = 'lint.select=["E4","E7","E9","F","I"]'


@pytest.fixture(scope="module")
def folder(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which all of them were written by the command, installed by pip."""
    folder = tmp_path_factory.mktemp("scaffold")
    office = Office(python, folder)
    for name, (request, _) in PLUGINS.items():
        done = office.run("plugin", "new", name, "--request", request)
        assert done.returncode == 0, done.stderr
        assert "README.md" in done.stdout
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "--python", python, "install", "--quiet"),
            *("--disable-pip-version-check", "--no-index", "--no-deps", "--no-build-isolation"),
            *(folder / name for name in PLUGINS),
        ],
        check=True,
        timeout=600,
    )
    return folder


@pytest.mark.parametrize("first", [True, False], ids=["one alone", "the others"])
def test_its_own_tests_pass(python: Path, folder: Path, first: bool) -> None:
    alone, *others = (folder / name for name in PLUGINS)
    tests = ["tests"] if first else [other / "tests" for other in others]
    done = subprocess.run(
        [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", *tests],
        cwd=alone if first else folder,
        text=True,
        capture_output=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "failed" not in done.stdout


@pytest.mark.skipif(not find_spec("ruff") or not find_spec("mypy"), reason="they come with the extra dev")
def test_linters_find_nothing_in_it(folder: Path) -> None:
    packages = [word for name in PLUGINS for word in ("-p", f"qbferry_{name}")]
    path = os.pathsep.join(str(folder / name) for name in PLUGINS)
    for place, *command in (
        *((folder / name, "ruff", "check", "--isolated", "--config", LINT, ".") for name in PLUGINS),
        (folder, "mypy", "--strict", "--config-file", "", *packages),
    ):
        done = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=place,
            env=os.environ | {"MYPYPATH": path},
            text=True,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


# One company file for each of these, as the name Labor is another kind of item for some of them.
@pytest.mark.parametrize("names", [sorted(PLUGINS.keys() - APART), sorted(APART)], ids=["most", "others"])
def test_their_records_are_in_quickbooks_after_one_run(
    python: Path, folder: Path, tmp_path: Path, names: list[str]
) -> None:
    office = Office(python, tmp_path)
    office.settings(f'public_url = "http://localhost:8080"\n[plugins]\nenabled = {json.dumps(names)}\n')
    made = office.run("connector", "add", "office", "--password-stdin", stdin="open sesame\n")
    assert made.returncode == 0, made.stderr
    entities = {one["name"]: one["entities"][0] for one in office.json("plugins") if one["name"] in names}
    for name in names:
        records = folder / name / "records.jsonl"
        assert office.json("import", entities[name], str(records), "--ready")["ready"] == 2
    seed = tmp_path / "company.toml"
    held = _together([folder / name / "company.toml" for name in names], seed)
    with CompanyFile.open(tmp_path / "trial.qbsim", seed) as company, office.served() as url:
        outcome = WebConnector(url, "qbferry-office", "open sesame", company).run()
        assert outcome.outcome.normal, outcome.sentence
        kinds = [PLUGINS[name][1] for name in names]
        found = {kind: len(company.transactions(kind) or company.entries(kind)) for kind in kinds}
    for entity in entities.values():
        listed = office.json("list", entity)
        assert {record["transfer_status"] for record in listed} == {"Transferred"}, listed
    assert found == {kind: held.get(kind, 0) + 2 for kind in found}


def _together(companies: Iterable[Path], seed: Path) -> dict[str, int]:
    """Write a company file that holds what each of these does; how many it has in each list."""
    lists: dict[str, dict[str, Any]] = {}
    for company in companies:
        whole = tomllib.loads(company.read_text("utf-8"))
        for kind, entries in whole["lists"].items():
            names = {entry if isinstance(entry, str) else entry["Name"]: entry for entry in entries}
            lists.setdefault(kind, {}).update(names)
    seed.write_text(
        tomlkit.dumps(whole | {"lists": {kind: [*held.values()] for kind, held in lists.items()}}), "utf-8"
    )
    return {kind: len(held) for kind, held in lists.items()}


def test_what_is_sent_is_shown_before(python: Path, folder: Path, tmp_path: Path) -> None:
    office = Office(python, tmp_path)
    office.settings('public_url = "http://localhost:8080"\n[plugins]\nenabled = ["sales_receipts"]\n')
    made = office.run("connector", "add", "office", "--password-stdin", stdin="open sesame\n")
    assert made.returncode == 0, made.stderr
    records = folder / "sales_receipts" / "records.jsonl"
    assert office.json("import", "sales_receipt", str(records), "--ready")["ready"] == 2
    first = json.loads(records.read_text("utf-8").splitlines()[0])
    preview = office.json("preview", "sales_receipt", first["id"])
    assert preview["problem"] is None
    assert "<SalesReceiptAdd>" in preview["qbxml"]


def test_a_name_that_is_no_vendors_is_refused_in_words(python: Path, folder: Path, tmp_path: Path) -> None:
    """The references of what was written are held against QuickBooks' lists."""
    office = Office(python, tmp_path)
    office.settings('public_url = "http://localhost:8080"\n[plugins]\nenabled = ["sales_receipts"]\n')
    assert office.run("connector", "add", "office", "--password-stdin", stdin="open sesame\n").returncode == 0
    record = json.loads((folder / "sales_receipts" / "records.jsonl").read_text("utf-8").splitlines()[0])
    office.json(
        *("import", "sales_receipt", "-", "--ready"), stdin=json.dumps(record | {"customer": "Nobody Inc"})
    )
    seed = folder / "sales_receipts" / "company.toml"
    with CompanyFile.open(tmp_path / "trial.qbsim", seed) as company, office.served() as url:
        WebConnector(url, "qbferry-office", "open sesame", company).run()
        assert company.transactions("SalesReceipt") == []
    (listed,) = office.json("list", "sales_receipt")
    assert "Nobody Inc" in listed["reason"]
    assert "customer" in listed["reason"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("Sales-Receipts", "--request", "SalesReceiptAdd"), "does not serve as the name of a plugin"),
        (("receipts", "--request", "SalesReceiptQuery"), "SalesReceiptQuery adds nothing"),
        (("receipts", "--request", "SalesReciptAdd"), "knows no qbXML message named SalesReciptAddRq"),
        (("receipts", "--request", "SalesReceiptAdd", "--entity", "A b"), "name of a kind of record"),
        (("sales_receipts", "--request", "SalesReceiptAdd"), "There is a folder sales_receipts already"),
    ],
)
def test_what_cannot_be_written_is_said(
    folder: Path, python: Path, words: tuple[str, ...], said: str
) -> None:
    done = Office(python, folder).run("plugin", "new", *words)
    assert done.returncode == 1
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
