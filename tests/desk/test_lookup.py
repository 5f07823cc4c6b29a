"""Looking records, history and runs up, and previewing what would be sent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from qbferry.desk import lookup, search
from qbferry.desk.preview import preview
from qbferry.errors import InputError
from qbferry.model import TransferStatus

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from qbferry.desk.drawer import Drawer
    from qbferry.testing.installation import Installation

    Make = Callable[..., dict[str, Any]]
    Open = Callable[[], AbstractContextManager[Drawer]]


@pytest.fixture
def after_a_run(world: Installation, invoice: Make) -> None:
    world.put(
        "invoice",
        invoice("A", batch="10"),
        invoice("B", batch="10", organization="Nobody Ltd"),
        invoice("C", batch="11"),
    )
    world.run()


@pytest.mark.usefixtures("after_a_run")
def test_a_record_in_a_list_has_the_keys_of_all_and_those_of_its_own(drawer: Open) -> None:
    with drawer() as opened:
        first, second, _ = search.found(opened.shelf)
    assert first["transfer_status"] == "Transferred"
    assert first["transfer_date"].endswith("+00:00")
    assert first["ref_number"]
    assert first["txn_id"]
    assert (first["organization"], first["total"]) == ("Acme Corp", "300.00")
    assert (second["transfer_status"], second["transfer_date"]) == ("Pending/Failed", None)
    assert "Nobody Ltd" in second["reason"]


@pytest.mark.usefixtures("after_a_run")
def test_lists_are_filtered_and_paged(drawer: Open) -> None:
    with drawer() as opened:

        def ids(limit: int | None = None, offset: int = 0, **filters: Any) -> list[str]:
            which = search.chosen(**filters)
            return [row["id"] for row in search.found(opened.shelf, which, limit=limit, offset=offset)]

        assert ids(statuses=(TransferStatus.TRANSFERRED,)) == ["A", "C"]
        assert ids(batch="10") == ["A", "B"]
        assert ids(batch="10", statuses=(TransferStatus.FAILED,)) == ["B"]
        assert ids(limit=1, offset=1) == ["B"]


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("pending/FAILED", TransferStatus.FAILED),
        ("not transferred", TransferStatus.NOT_TRANSFERRED),
        (" ", None),
    ],
)
def test_a_status_is_read_without_regard_to_case_and_blank_is_all(
    text: str, status: TransferStatus | None
) -> None:
    assert lookup.status_named(text) is status


def test_an_unknown_status_is_told_with_those_there_are() -> None:
    with pytest.raises(InputError, match="no transfer status done; there are: Not Transferred, Pending, "):
        lookup.status_named("done")


@pytest.mark.usefixtures("after_a_run")
def test_the_history_tells_what_became_of_each_the_latest_first(drawer: Open) -> None:
    with drawer() as opened:
        everything = lookup.history(opened.tx, 1)
        failures = lookup.history(opened.tx, 1, entity="invoice", failed=True)
        [b] = opened.find(["B"])
        assert lookup.history(opened.tx, 1, entity="invoice", pk=b.pk) == failures
    assert [line["id"] for line in everything] == ["C", "B", "A"]
    assert [(line["id"], line["kind"], line["status_code"]) for line in failures] == [("B", "Rejected", 3140)]


@pytest.mark.usefixtures("after_a_run")
def test_a_run_is_summed_up(drawer: Open) -> None:
    with drawer() as opened:
        [run] = lookup.runs(opened.tx, None)
    assert (run["connector"], run["state"]) == ("main", "finished")
    assert (run["due"], run["sent"], run["failed"]) == (3, 2, 1)


@pytest.mark.usefixtures("after_a_run")
@pytest.mark.parametrize(("took", "shown"), [(5200, "build_requests of invoices: 5.2 s"), (1000, None)])
def test_a_run_tells_which_plugin_took_long(
    world: Installation, drawer: Open, took: int, shown: str | None
) -> None:
    with world.database.write() as tx:
        [(run, _)] = tx.runs.latest(1)
        run.slowest, run.slowest_ms = "build_requests of invoices", took
        tx.runs.save(run)
    with drawer() as opened:
        [found] = lookup.runs(opened.tx, None)
    assert found["slowest"] == shown


@pytest.mark.usefixtures("after_a_run")
def test_a_record_that_no_longer_fits_is_shown_and_fails_alone(world: Installation, drawer: Open) -> None:
    with drawer() as opened:
        [row] = opened.find(["B"])
        row.document_text = json.dumps(row.document | {"total": "a lot"})
        opened.touch(row, text=True)
    with drawer() as opened:
        shown = {row["id"]: row for row in search.found(opened.shelf)}
        seen = preview(opened, opened.find(["B"])[0])
    assert (shown["B"]["total"], shown["A"]["total"]) == ("a lot", "300.00")
    assert "document of Invoice B no longer fits its shape (total: " in (seen.problem or "")


def test_a_long_list_is_read_in_parts(world: Installation, invoice: Make, drawer: Open) -> None:
    world.put("invoice", *(invoice(f"{number}") for number in range(1201)))
    with drawer() as opened:
        assert [row["id"] for row in search.found(opened.shelf)] == [f"{number}" for number in range(1201)]
        last = [row["id"] for row in search.found(opened.shelf, limit=600, offset=601)]
    assert (len(last), last[0], last[-1]) == (600, "601", "1200")


def test_a_preview_is_what_the_run_sends(world: Installation, invoice: Make, drawer: Open) -> None:
    world.put("invoice", invoice("A"))
    with drawer() as opened:
        shown = preview(opened, opened.find(["A"])[0]).qbxml
    world.run()
    sent = world.messages()[0].body
    start, end = "<InvoiceAdd>", "</InvoiceAdd>"
    assert shown[shown.index(start) : shown.index(end)] == sent[sent.index(start) : sent.index(end)]
    assert "ExternalGUID" in shown


def test_a_preview_tells_what_keeps_a_record_from_going(
    world: Installation, invoice: Make, drawer: Open
) -> None:
    world.put("invoice", invoice("V", status="voided"))
    with drawer() as opened:
        seen = preview(opened, opened.find(["V"])[0])
    assert seen.qbxml == ""
    assert seen.problem == "Invoice V is voided; voided invoices are not transferred."
