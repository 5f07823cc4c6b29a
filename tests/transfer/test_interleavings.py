"""Web Connectors in every order, people acting in between: no invoice twice, no status that is not true.

A stateful test. Three Web Connectors share one company file; each falls asleep, repeats itself, loses answers
and brings them late. After every step QuickBooks' books are held against what is said of the records.

One thing no server can prevent: a Web Connector sleeps between receiving a message and giving it to
QuickBooks, while another one finds out that QuickBooks has not got it, and goes on. That alone is left out.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from qbferry.transfer import finding
from qbferry.transfer.call import Call
from qbferry.transfer.recovery import Recovery

from .field import ASKED, BROUGHT, CLERKS, DAYS, RECOVERING, SILENT, SPOILT, Field, Work, Workshop, spoilt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from qbferry.qbxml.response import Answer
    from qbferry.store.rows import MessageRow

WHO, WHICH = st.integers(0, CLERKS - 1), st.integers(0, 29)
FATE = st.sampled_from(["held", "held", "done", "done", *SILENT, *BROUGHT, *SPOILT])
TROUBLE = st.sampled_from(["done", "done", *ASKED])
WORK = st.builds(Work, WHO, WHICH, FATE, TROUBLE, WHICH, st.sampled_from(["", "search", *RECOVERING]))
EVENTS = ["sign-in", "close", "forget", "forget", "password", "pause", "hour"]


class Interleavings(RuleBasedStateMachine):
    """Something happens, and a Web Connector works; again and again."""

    workshop: ClassVar[Workshop]
    field: Field

    @initialize(days=st.lists(st.sampled_from(DAYS), min_size=5, max_size=9), stop=st.booleans())
    def begin(self, days: list[str], stop: bool) -> None:
        self.field = Field(self.workshop, stop=stop)
        self.field.import_new(days)

    @rule(work=WORK)
    def work(self, work: Work) -> None:
        self.field.work(work)

    @rule(which=WHICH, other=WHICH, fate=st.sampled_from(["done", *SPOILT]), work=WORK)
    def one_comes_late(self, which: int, other: int, fate: str, work: Work) -> None:
        """Bring an old answer, whole or not, under its own ticket or another one."""
        pool = self.field.pool
        if pool:
            answer = pool[which % len(pool)]
            bearer = answer if answer.hresult else pool[other % len(pool)]
            self.field.bring(spoilt(answer, fate, other), bearer.sheet.ticket)
        self.field.work(work)

    @rule(days=st.lists(st.sampled_from(DAYS), min_size=1, max_size=4), work=WORK)
    def import_new(self, days: list[str], work: Work) -> None:
        self.field.import_new(days)
        self.field.work(work)

    @rule(act=st.sampled_from(["ready", "not ready", "change", "clear", "decide"]), which=WHICH, work=WORK)
    def act(self, act: str, which: int, work: Work) -> None:
        self.field.act(act, which)
        self.field.work(work)

    @rule(event=st.sampled_from(EVENTS), who=WHO, work=WORK)
    def happen(self, event: str, who: int, work: Work) -> None:
        if event == "sign-in":
            self.field.sign_in(who)
        elif event == "close":
            self.field.end(who)
        elif event == "forget":
            self.field.forget()
        else:
            self.field.happen(event)
        self.field.work(work)

    @rule(present=st.booleans(), work=WORK)
    def restart(self, present: bool, work: Work) -> None:
        """Begin as a new server, with the plugin or, for a while, without it."""
        self.workshop.start(present=present)
        self.field.work(work)

    @invariant()
    def the_books_agree(self) -> None:
        self.field.check()

    def teardown(self) -> None:
        if sys.exc_info()[0] is None:  # else something is wrong already
            self.field.calm()


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[type[Interleavings]]:
    Interleavings.workshop = Workshop(tmp_path_factory.mktemp("workshop"))
    yield Interleavings
    Interleavings.workshop.world.close()


def explore(machine: type[Interleavings], examples: int) -> None:
    """Try so many orders of things, the same ones each time."""
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=12,
            deadline=None,
            derandomize=True,
            database=None,
            report_multiple_bugs=False,
            phases=[Phase.generate],
            suppress_health_check=[*HealthCheck],
        ),
    )


def plant(put: Callable[[Any, str, Any], None]) -> None:
    """Take the cure out: all searches look alike, and any answer to one is taken, whoever brings it."""
    accept, ask = Recovery.accept, Call.ask

    def alike(self: Call, kind: str, about: Any = None, question_id: str | None = None) -> str:
        return ask(self, kind, about, "search" if kind == "search" else question_id)

    def trusting(self: Recovery, call: Call, message: MessageRow, answer: Answer, text: str) -> str | None:
        if not any(response.request_id.startswith("search.") for response in answer.responses):
            return accept(self, call, message, answer, text)
        found = finding.read(call, message, self._origin(call), "search", answer, [])
        return self._conclusion.draw(call, message, found)

    put(Call, "ask", alike)
    put(Recovery, "accept", trusting)


def test_whatever_the_order_every_invoice_arrives_once(machine: type[Interleavings]) -> None:
    explore(machine, examples=50)


def test_an_answer_that_lands_on_the_wrong_question_is_found_out(
    machine: type[Interleavings], monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch.setattr)
    with pytest.raises(AssertionError, match="INV-"):
        explore(machine, examples=200)
