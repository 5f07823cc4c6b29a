"""What happens in a trial: Web Connectors work and pass points, at which troubles strike, in order."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, ClassVar, Protocol

from qbferry.desk import connectors
from qbferry.proof.sequence.office import Shortcut
from qbferry.proof.sequence.truth import Truth
from qbferry.proof.sequence.wishes import corrected, days, first_day
from qbferry.proof.world import PASSWORD, USER, restless
from qbferry.simulator import Faults, WebConnector

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from random import Random

    from qbferry.proof.scenario import Wish
    from qbferry.proof.sequence.premises import Premises
    from qbferry.simulator import CompanyFile, Fault, RunReport
    from qbferry.webconnector.service import Reply

__all__ = ["IDLE", "Scene"]

IDLE = "idle"
"""The point between two runs, when people and time have their turn."""

PATIENCE, PAUSE = 600, 900
"""Seconds after which somebody takes a silent run over, and between two runs."""

DEEPEST = 3
"""Web Connectors at work within one another."""

MOST_RUNS, MOST_DAYS = 8, 4
"""Runs until all troubles have struck, and days on which something arrives."""


class AnyTrouble(Protocol):
    """What a scene needs of a trouble; ``troubles.trouble`` describes it."""

    name: ClassVar[str]
    copies: ClassVar[frozenset[str]]
    unpreventable: ClassVar[bool]
    asks: ClassVar[bool]
    tells: ClassVar[frozenset[str]]

    def strikes(self, scene: Scene, point: str, request: str) -> bool:
        """Whether it can strike here."""

    def count_down(self) -> bool:
        """Pass such a point; whether it strikes."""

    def strike(self, scene: Scene, point: str) -> Sequence[Fault]:
        """Happen."""

    def meanwhile(self, scene: Scene, point: str, request: str) -> Sequence[Fault]:
        """Go on after it has struck."""

    def end(self, scene: Scene) -> None:
        """Be over."""


class Scene:
    """A trial as it goes on.

    Attributes:
        premises: Where it happens.
        pristine: The company file before anything of ours was in it.
        dice: Of everything random.
        truth: What happened that only those who did it know.
        wishes: Everything that has arrived.
        password: What the bookkeeper types in.
        told: What happened, in sentences.
        struck: The troubles that have struck.
        company_copies: Backups of the company file.
        books_copies: Backups of the server's database.
    """

    def __init__(
        self,
        premises: Premises,
        troubles: Sequence[AnyTrouble],
        dice: Random,
        pristine: CompanyFile,
        more: Sequence[Wish] = (),
    ) -> None:
        self.premises = premises
        self.pristine = pristine
        self.dice = dice
        self.truth = Truth(premises)
        self.wishes: list[Wish] = first_day()
        self.password = PASSWORD
        self.told: list[str] = []
        self.struck: list[AnyTrouble] = []
        self.company_copies: list[CompanyFile] = []
        self.books_copies: list[str] = []
        self._waiting = [*troubles]
        self._copies = {name for trouble in troubles for name in trouble.copies}
        self._days = islice(days(more), MOST_DAYS)
        self._shortcut = Shortcut(self._answer)
        self._depth = self._runs = 0

    # -- The story

    def play(self) -> None:
        """Let runs follow one another until every trouble has struck, or will not any more."""
        self.arrive()
        for _ in range(MOST_RUNS):
            self.pass_point(IDLE)
            self.run()
            self.premises.pass_time(PAUSE)
            if not self._waiting:
                return
            if not restless(self.premises.office.application):
                self.arrive()

    def arrive(self) -> None:
        """The next day's records arrive."""
        today = next(self._days, [])
        self.wishes += today
        self.premises.arrive(today)

    def arrive_again(self) -> None:
        """The source brings all it ever brought: the latest of each record."""
        self.premises.arrive(self.latest())

    def correct(self) -> None:
        """Somebody corrects what QuickBooks refuses: under ``stop`` nothing behind it goes."""
        if self.premises.setup.on_error == "stop":
            self.wishes += corrected(self.latest())

    def latest(self) -> list[Wish]:
        """The last word on every record."""
        return [*{(wish.entity, wish.document["id"]): wish for wish in self.wishes}.values()]

    def run(self, company: CompanyFile | None = None, *, calm: bool = False) -> RunReport:
        """Make a run of a Web Connector.

        Args:
            company: The company file that is open; None: the right one.
            calm: Nothing strikes.
        """
        self._runs += 1
        right = company is None
        connector = WebConnector(
            "",
            USER,
            self.password,
            company or self.premises.company,
            faults=Faults() if calm else _Script(self),
            application=self.premises.application,
            registration=self.premises.registration if right else None,
            noop_wait=0,
            wire=self._shortcut,
        )
        number = self._runs
        report = connector.run()
        self.tell(f"run {number} ends: {report.sentence}")
        return report

    def another_run(self) -> None:
        """Somebody else's Web Connector makes a whole run now, after the first was silent for long."""
        self.premises.pass_time(PATIENCE)
        self._depth += 1
        try:
            self.run()
        finally:
            self._depth -= 1

    def tell(self, what: str) -> None:
        """Note what happened."""
        self.told.append(what)

    # -- What troubles look at, and use

    @property
    def question(self) -> str:
        """The kind of the open question of the run that goes on; empty: there is none."""
        with self.premises.office.application.database.read() as tx:
            run = tx.runs.live(1)
        return (run.question if run else None) or ""

    def deliver_again(self, body: bytes) -> None:
        """Bring an answer of QuickBooks once more, as it was."""
        self._answer("receiveResponseXML", body)

    @property
    def delivered(self) -> list[bytes]:
        """All answers of QuickBooks that were ever brought."""
        return self._shortcut.sent

    @contextmanager
    def clone(self, kept: str) -> Iterator[None]:
        """Let a cloned server answer for a while."""
        with self.premises.clone(kept):
            yield
            self.truth.note_requests()

    def restore_books(self, kept: str) -> None:
        """Put a backup of the server's database in its place; the source brings everything again."""
        self.truth.note_requests()
        self.premises.restore_books(kept)
        with self.premises.office.application.database.write() as tx:
            connectors.set_password(tx, USER, self.password)  # the backup may have had another one
        self.arrive_again()

    # -- Points

    def pass_point(self, point: str, request: str = "") -> Sequence[Fault]:
        """Pass a point: what lasts has its effect, and the trouble whose turn it is may strike."""
        if point == IDLE or (point == "before process" and self.question == "message"):
            self._keep_copies()
        found = [fault for trouble in self.struck for fault in trouble.meanwhile(self, point, request)]
        if self._waiting and self._depth < DEEPEST:
            trouble = self._waiting[0]
            if trouble.strikes(self, point, request) and trouble.count_down():
                self._waiting.pop(0)
                self.struck.append(trouble)
                where = (
                    "between runs" if point == IDLE else f"in run {self._runs}, at {point} {request}".rstrip()
                )
                self.tell(f"{trouble.name}, {where}")
                found += trouble.strike(self, point)
        return found

    def _keep_copies(self) -> None:
        if "company" in self._copies:
            self.company_copies.append(self.premises.company.copy())
        if "books" in self._copies:
            self.books_copies.append(self.premises.keep_books())

    def _answer(self, operation: str, body: bytes) -> Reply:
        return self.premises.office.answer(operation, body)


class _Script(Faults):
    """What a Web Connector is told at every point it passes."""

    def __init__(self, scene: Scene) -> None:
        super().__init__()
        self._scene = scene

    def hit(self, point: str, request: str = "") -> list[Fault]:
        """Pass a point."""
        return [*self._scene.pass_point(point, request)]
