"""What happens to company files and databases: restored, cloned, exchanged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry.desk import connectors
from qbferry.proof.sequence.troubles.trouble import Trouble
from qbferry.proof.world import USER

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from qbferry.proof.sequence.scene import Scene
    from qbferry.simulator import CompanyFile, Fault

__all__ = ["Clone", "FileChanged", "RestoredBooks", "RestoredCompany"]

ELSEWHERE = r"D:\Other\Another Company.QBW"


class RestoredCompany(Trouble):
    """A backup of the company file comes back."""

    name = "restored company file"
    at = ("idle", "after process", "before receiveResponseXML", "after receiveResponseXML")
    copies = frozenset({"company"})
    tells = frozenset({"company.restored"})  # whoever restored it knows, and the others should

    def strike(self, scene: Scene, point: str) -> Sequence[Fault]:
        scene.premises.company.become(self.dice.choice(scene.company_copies))
        return ()


class RestoredBooks(Trouble):
    """A backup of the server's own database comes back, and the source brings again what is missing."""

    name = "restored database"
    at = ("idle", "before receiveResponseXML", "after receiveResponseXML")
    copies = frozenset({"books"})
    tells = frozenset({"database.forgot"})  # it may as well be a second server, which one look cannot tell

    def strike(self, scene: Scene, point: str) -> Sequence[Fault]:
        scene.restore_books(self.dice.choice(scene.books_copies))
        return ()


class Clone(Trouble):
    """A copy of the server makes runs of its own, on its own copy of the database."""

    name = "clone"
    at = ("idle",)
    copies = frozenset({"books"})
    asks = True

    def __init__(self, dice: Random) -> None:
        super().__init__(dice)
        self._more = dice.choice((0, 1))
        self._kept = ""

    def strike(self, scene: Scene, point: str) -> Sequence[Fault]:
        self._kept = self.dice.choice(scene.books_copies)
        self._work(scene)
        return ()

    def meanwhile(self, scene: Scene, point: str, request: str) -> Sequence[Fault]:
        if point == "idle" and self._more:
            self._more -= 1
            self._work(scene)
        return ()

    def end(self, scene: Scene) -> None:
        self._more = 0

    def _work(self, scene: Scene) -> None:
        with scene.clone(self._kept):
            scene.run(calm=True)


class FileChanged(Trouble):
    """Another company file is open for a run; somebody may clear the location, as the sentence says."""

    name = "file changed"
    at = ("idle",)
    asks = True

    def __init__(self, dice: Random) -> None:
        super().__init__(dice)
        self._clears = dice.choice((True, False))

    def strike(self, scene: Scene, point: str) -> Sequence[Fault]:
        other = self._other(scene)
        scene.run(other, calm=True)
        if self._clears:
            self._clear(scene)
            scene.run(other, calm=True)
            self._clear(scene)
        return ()

    def _other(self, scene: Scene) -> CompanyFile:
        """A file that is like this one before anything of ours was in it."""
        other = scene.pristine.copy()
        with other.write():
            other.put("settings", other.get("settings") | {"file": ELSEWHERE})
        scene.truth.open(other)
        return other

    def _clear(self, scene: Scene) -> None:
        with scene.premises.office.application.database.write() as tx:
            connectors.clear_location(tx, USER)
