"""``target-qbferry`` takes in what a Singer tap writes, and gives a STATE on once the records are kept."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from qbferry.cli.singer import Target, TargetSettings
from qbferry.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from .conftest import Run

SCHEMA = {"type": "SCHEMA", "stream": "invoice", "schema": {}, "key_properties": ["id"]}


def record(name: Any, stream: str = "invoice", **more: Any) -> dict[str, Any]:
    document = {"organization": "Acme", "invoice_date": "2026-10-31", "lines": [{"amount": "10.00"}]}
    return {"type": "RECORD", "stream": stream, "record": {"id": name} | document | more}


def state(value: Any) -> dict[str, Any]:
    return {"type": "STATE", "value": value}


def stream(*messages: dict[str, Any]) -> str:
    return "".join(json.dumps(message) + "\n" for message in messages)


class Kept:
    """Notes in which order records are kept and states are given on."""

    def __init__(self, **settings: Any) -> None:
        self.log: list[Any] = []
        made = TargetSettings.model_validate(settings)
        self.target = Target(made, self.take, ["invoice", "timesheet"], lambda text: self.log.append(text))

    def take(self, entity: str, lines: Iterable[str]) -> None:
        self.log.append((entity, [json.loads(line)["id"] for line in lines]))

    def read(self, *messages: dict[str, Any]) -> list[Any]:
        self.target.read(stream(*messages).splitlines())
        return self.log


def test_a_state_is_given_on_after_the_records_before_it_are_kept() -> None:
    log = Kept().read(SCHEMA, record("A"), record("B"), state(1), record("C"), state(2), record("D"))
    assert log == [("invoice", ["A", "B"]), "1", ("invoice", ["C"]), "2", ("invoice", ["D"])]


def test_a_record_that_comes_again_is_kept_once_as_it_was_last() -> None:
    log = Kept().read(SCHEMA, record("A"), record("B"), record("A", notes="later"), state(1))
    assert log[0] == ("invoice", ["B", "A"])


def test_many_records_are_kept_in_parts() -> None:
    log = Kept(batch_records=2).read(SCHEMA, *(record(number) for number in range(5)))
    assert [names for _, names in log] == [["0", "1"], ["2", "3"], ["4"]]


def test_a_stream_may_be_called_otherwise() -> None:
    schema = SCHEMA | {"stream": "hours"}
    assert (
        Kept(streams={"hours": "timesheet"}).read(schema, record("A", "hours"), state(1))[0][0] == "timesheet"
    )


@pytest.mark.parametrize(
    ("messages", "told"),
    [
        ([record("A")], "Line 1: a RECORD of invoice comes before its SCHEMA"),
        (
            [SCHEMA | {"stream": "sales"}],
            "the stream sales is no kind of record; there are invoice, timesheet",
        ),
        (
            [SCHEMA, {"type": "RECORD", "stream": "invoice", "record": {}}],
            "Line 2: a record of invoice has no id",
        ),
        ([{"type": "ROW"}], "Line 1 of the stream is of the type ROW; there are ACTIVATE_VERSION"),
        (["A"], "Line 1 of the stream is of the type None"),
    ],
)
def test_what_is_no_stream_is_told_by_its_line(messages: list[Any], told: str) -> None:
    with pytest.raises(InputError, match=told):
        Kept().read(*messages)


def test_what_is_no_json_is_told() -> None:
    with pytest.raises(InputError, match="Line 2 of the stream is not JSON"):
        Kept().target.read([json.dumps(SCHEMA), "{"])


def run(text: str, *words: str) -> subprocess.CompletedProcess[str]:
    """The command as a person calls it."""
    return subprocess.run(
        [sys.executable, "-c", "from qbferry.cli.singer import main; main()", *words],
        input=text,
        text=True,
        capture_output=True,
        check=False,
        timeout=120,
    )


def test_a_tap_is_taken_in_from_end_to_end(qbferry: Run, folder: Path) -> None:
    qbferry("connector", "add", "office")
    given = record("A", _sdc_sequence=7)
    done = run(stream(SCHEMA, given, state({"at": 1}), record("A", total="much"), state({"at": 2})))

    assert done.returncode == 1
    assert done.stdout == '{"at": 1}\n', "the state after what does not fit is not given on"
    assert "Invoices: 1 new" in done.stderr
    assert "field total" in done.stderr
    assert [one["id"] for one in json.loads(qbferry("list", "invoice", "--json").stdout)] == ["A"]
    again = run(stream(SCHEMA, given, state({"at": 1})))
    assert (again.returncode, again.stdout) == (0, '{"at": 1}\n')
    assert "1 unchanged" in again.stderr


def test_a_setting_that_does_not_fit_is_told(folder: Path) -> None:
    (folder / "target.json").write_text('{"conector": "office"}')
    done = run("", "--config", "target.json")
    assert done.returncode == 1
    assert "A setting in target.json does not fit: conector" in done.stderr
    assert "cannot be read" in run("", "--config", "nothing.json").stderr
