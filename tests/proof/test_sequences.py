"""Planned sequences of troubles: a quarter of a covering set of all pairs, and what a plan is.

``QBFERRY_PROOF=all`` plays all of it, as ``qbferry prove --pairs`` does.
"""

from __future__ import annotations

import os
import uuid
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from typing import TYPE_CHECKING

import pytest

from qbferry.config import PluginSettings
from qbferry.errors import InputError
from qbferry.proof.databases import Sqlite
from qbferry.proof.sequence.conditions import AXES, Conditions
from qbferry.proof.sequence.covering import covering, every_pair, pairs
from qbferry.proof.sequence.judge import Charge
from qbferry.proof.sequence.plan import Plan
from qbferry.proof.sequence.play import Outcome, Stock, attempt
from qbferry.proof.sequence.trials import stocks, try_all
from qbferry.proof.sequence.troubles import TROUBLES
from qbferry.proof.sequence.troubles.trouble import Trouble
from qbferry.store.rows import AlertRow
from qbferry.transfer.recovery import Recovery

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qbferry.proof.databases import Databases
    from qbferry.proof.sequence.scene import Scene
    from qbferry.simulator import Fault
    from qbferry.store.rows import MessageRow
    from qbferry.transfer.call import Call

NAMES = [*TROUBLES]
ALL = os.environ.get("QBFERRY_PROOF") == "all"


@pytest.fixture(scope="module")
def stock() -> Iterator[Stock]:
    with ExitStack() as stack:
        [made] = stocks([Sqlite()], PluginSettings(), stack)
        yield made


def test_after_any_two_troubles_every_record_is_in_quickbooks_once(stock: Stock) -> None:
    plans = covering(NAMES) if ALL else covering(NAMES)[::4]
    outcomes = try_all([(stock, plan) for plan in plans], os.cpu_count() or 1)
    failures = [f"{outcome.plan}: {verdict}" for outcome in outcomes for verdict in outcome.verdicts]
    assert not failures, "\n".join(failures)
    struck = {pair for outcome in outcomes for pair in pairs(outcome.struck)}
    assert {name for pair in struck for name in pair} == {*NAMES}
    assert struck == {*product(NAMES, repeat=2)} or not ALL


def test_on_either_database(databases: Databases) -> None:
    plan = Plan(("lost answer", "restored company file", "edit by hand"), 1)
    with ExitStack() as stack:
        [stock] = stocks([databases], PluginSettings(), stack)
        outcome = attempt(stock, plan)
    assert outcome.struck == plan.troubles
    assert outcome.verdicts == ()
    assert outcome.database == databases.name


# -- Plans


def test_a_plan_is_played_the_same_way_again(stock: Stock) -> None:
    plan = Plan.read(" Lost answer,  EDIT by hand ", 7)
    first, second = attempt(stock, plan), attempt(stock, plan)
    assert str(plan) == '--plan "lost answer, edit by hand" --seed 7'
    assert [line.partition(" of ")[0] for line in first.told] == [
        line.partition(" of ")[0] for line in second.told
    ]
    assert first.told != attempt(stock, Plan(plan.troubles, 8)).told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("lost answer, nonsense", "no trouble named nonsense"),
        ("", "one to 3"),
        (", ".join(NAMES[:4]), "one to 3"),
    ],
)
def test_a_plan_that_is_none_is_told(text: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        Plan.read(text, 0)


def test_every_trouble_is_read_as_it_is_printed() -> None:
    assert [Plan.read(name, 0).troubles for name in NAMES] == [(name,) for name in NAMES]


def test_every_pair_is_covered_under_every_condition() -> None:
    plans = covering(NAMES)
    assert {pair for plan in plans for pair in pairs(plan.troubles)} == {*product(NAMES, repeat=2)}
    assert len(plans) < len(NAMES) ** 2 / 2
    under = {
        (name, axis, getattr(plan.conditions, axis))
        for plan in plans
        for name in plan.troubles
        for axis in AXES
    }
    assert under == {
        (name, axis, value) for name in NAMES for axis, values in AXES.items() for value in values
    }
    assert covering(NAMES) == plans
    assert len({*every_pair(NAMES, 0)}) == len(NAMES) ** 2


def test_no_plan_holds_a_pair_that_is_left_out() -> None:
    out = {("lost answer", "pause"), ("pause", "pause")}
    found = {pair for plan in covering([*NAMES[:6], "pause"], without=out) for pair in pairs(plan.troubles)}
    assert not found & out


def test_seeds_go_through_all_conditions() -> None:
    assert len({Conditions.of(seed) for seed in range(Conditions.count())}) == Conditions.count()
    assert Conditions.of(Conditions.count() + 3) == Conditions.of(3)


# -- The judge notices


class Planted(Trouble):
    """Something goes wrong that the judge must see."""

    name = "planted"
    at = ("idle",)

    def count_down(self) -> bool:
        return True


class Copied(Planted):
    """A transaction is there twice."""

    def strike(self, scene: Scene, point: str) -> Sequence[Fault]:
        company = scene.premises.company
        [first] = company.select_posted("txn_id = ?", [scene.truth.live()[0].txn_id])
        with company.write():
            company.store(replace(first, number=9999, txn_id="FFFF-1"))
        return ()


class Alarmed(Planted):
    """A record is in doubt, and nobody knows why."""

    def strike(self, scene: Scene, point: str) -> Sequence[Fault]:
        with scene.premises.drawer("invoice") as drawer:
            [row] = drawer.find(["INV-11"])
            row.in_doubt, row.doubtful, row.queue_position = True, {"invoice": None}, None
            drawer.touch(row)
        return ()


class Warned(Planted):
    """Somebody is told of a second server, and there is none, nor anything else that looks like one."""

    def strike(self, scene: Scene, point: str) -> Sequence[Fault]:
        with scene.premises.office.application.database.write() as tx:
            kind = "database.forgot"
            tx.alerts.alert(AlertRow(at=datetime.now(UTC), connector_id=1, kind=kind, about="it", text="!"))
        return ()


class Forgotten(Planted):
    """A record lost its place in the queue."""

    def strike(self, scene: Scene, point: str) -> Sequence[Fault]:
        with scene.premises.office.application.database.writing() as connection:
            connection.exec_driver_sql("UPDATE record SET queue_position = NULL WHERE id = 'INV-12'")
        return ()


@pytest.mark.parametrize(
    ("trouble", "charges"),
    [
        (Copied, {Charge.DOUBLED}),
        (Alarmed, {Charge.ASKED}),
        (Warned, {Charge.ASKED}),
        (Forgotten, {Charge.STUCK}),
    ],
)
def test_the_judge_sees(
    stock: Stock, monkeypatch: pytest.MonkeyPatch, trouble: type[Trouble], charges: set[Charge]
) -> None:
    monkeypatch.setitem(TROUBLES, "planted", trouble)
    outcome = attempt(stock, Plan(("planted",), 0))
    assert outcome.struck == ("planted",)
    assert {verdict.charge for verdict in outcome.verdicts} >= charges


def test_a_server_that_sends_again_without_asking_or_knowing_is_found_out(
    stock: Stock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(self: Recovery, call: Call, message: MessageRow) -> str:
        self._conclusion.drop(call, message)
        self._conclusion._settler.rewind(call, message, "all")
        call.ask("closing")
        return '<QBXML><QBXMLMsgsRq onError="stopOnError"/></QBXML>'

    monkeypatch.setattr(Recovery, "ask", ask)
    # And knows its own again by no marker, or it would find what it has sent before it sends it.
    monkeypatch.setattr("qbferry.transfer.preparation.marker", lambda *_: f"{{{uuid.uuid4()}}}".upper())
    charges = {
        verdict.charge
        for seed in range(3)
        for verdict in attempt(stock, Plan(("lost answer", "edit by hand"), seed)).verdicts
    }
    assert Charge.DOUBLED in charges


def test_a_trial_is_told_with_the_line_that_plays_it_again() -> None:
    outcome = Outcome(Plan(("pause",), 3), "sqlite", ("pause",), (), (), 0.1)
    assert str(outcome.plan) == '--plan "pause" --seed 3'
