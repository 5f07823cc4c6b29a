"""What happens inside QuickBooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry.proof.sequence.troubles.trouble import Trouble
from qbferry.simulator import Fault

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from qbferry.proof.sequence.scene import Scene

__all__ = ["Death", "RefusedSearch", "Slow"]


class Slow(Trouble):
    """QuickBooks takes so long over a message that another Web Connector takes over."""

    name = "slow QuickBooks"
    at = ("request", "after process")
    unpreventable = True

    def __init__(self, dice: Random) -> None:
        super().__init__(dice)
        # No fact decides whether QuickBooks serves two Web Connectors at once, or one after the other.
        self._at = dice.choice(("request", "request", "after process"))

    def strikes(self, scene: Scene, point: str, request: str) -> bool:
        return point == self._at and not request.endswith("Query") and scene.question == "message"

    def strike(self, scene: Scene, point: str) -> Sequence[Fault]:
        scene.another_run()
        return ()


class RefusedSearch(Trouble):
    """QuickBooks does not answer what it is asked: something is locked, or it does not understand."""

    name = "refused search"
    at = ("request", "before process")

    def __init__(self, dice: Random) -> None:
        super().__init__(dice)
        self._at = dice.choice(("request", "request", "before process"))
        self._left = 1
        self._more = dice.choice((0, 1, 2))

    def strikes(self, scene: Scene, point: str, request: str) -> bool:
        if point != self._at:
            return False
        return request.endswith("Query") or (not request and scene.question in ("search", "lineage"))

    def strike(self, scene: Scene, point: str) -> Sequence[Fault]:
        return [self._refusal(point)]

    def meanwhile(self, scene: Scene, point: str, request: str) -> Sequence[Fault]:
        if not self._more or not self.strikes(scene, point, request):
            return ()
        self._more -= 1
        return [self._refusal(point)]

    def end(self, scene: Scene) -> None:
        self._more = 0

    def _refusal(self, point: str) -> Fault:
        if point == "request":
            return Fault(at=point, do="status", code=3175)
        return Fault(at=point, do="hresult", hresult="0x80040400", message="QuickBooks found an error.")


class Death(Trouble):
    """QuickBooks dies inside a message: what was executed stays, and no answer is kept."""

    name = "death inside a set"
    at = ("request",)

    def strikes(self, scene: Scene, point: str, request: str) -> bool:
        return super().strikes(scene, point, request) and not request.endswith("Query")

    def strike(self, scene: Scene, point: str) -> Sequence[Fault]:
        return [Fault(at=point, do="die")]
