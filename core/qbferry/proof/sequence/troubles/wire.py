"""What happens between a Web Connector and the server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry.proof.sequence.troubles.trouble import Trouble
from qbferry.simulator import Fault

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from qbferry.proof.sequence.scene import Scene

__all__ = ["LostAnswer", "LostReply", "RepeatedDelivery", "Sleeper", "Takeover"]


class LostReply(Trouble):
    """The server does its work, and its reply is lost; sometimes three times in a row."""

    name = "lost reply"
    at = ("reply sendRequestXML", "reply receiveResponseXML", "reply closeConnection")

    def __init__(self, dice: Random) -> None:
        super().__init__(dice)
        self._more = dice.choice((0, 0, 2))
        self._point = ""

    def strike(self, scene: Scene, point: str) -> Sequence[Fault]:
        self._point = point
        return [Fault(at=point, do="cut")]

    def meanwhile(self, scene: Scene, point: str, request: str) -> Sequence[Fault]:
        if point != self._point or not self._more:
            return ()
        self._more -= 1
        return [Fault(at=point, do="cut")]

    def end(self, scene: Scene) -> None:
        self._more = 0


class LostAnswer(Trouble):
    """QuickBooks has executed, and its answer never leaves."""

    name = "lost answer"
    at = ("before receiveResponseXML",)

    def strike(self, scene: Scene, point: str) -> Sequence[Fault]:
        return [Fault(at=point, do="stop")]


class RepeatedDelivery(Trouble):
    """A call arrives twice, at once or long after."""

    name = "repeated delivery"
    at = ("sent sendRequestXML", "sent receiveResponseXML", "before sendRequestXML", "idle")

    def strikes(self, scene: Scene, point: str, request: str) -> bool:
        return super().strikes(scene, point, request) and (point.startswith("sent") or bool(scene.delivered))

    def strike(self, scene: Scene, point: str) -> Sequence[Fault]:
        if point.startswith("sent"):
            return [Fault(at=point, do="repeat")]
        late = self.dice.sample(scene.delivered, k=min(len(scene.delivered), self.dice.choice((1, 3))))
        for body in late:
            scene.deliver_again(body)
        return ()


class Sleeper(Trouble):
    """A Web Connector sleeps with a message in hand, another works, and then QuickBooks gets it."""

    name = "sleeper"
    at = ("before process",)
    unpreventable = True

    def strikes(self, scene: Scene, point: str, request: str) -> bool:
        return super().strikes(scene, point, request) and scene.question == "message"

    def strike(self, scene: Scene, point: str) -> Sequence[Fault]:
        for _ in range(self.dice.choice((1, 1, 2))):
            scene.another_run()
        return ()


class Takeover(Trouble):
    """A Web Connector is silent for long, another works, and the first comes back."""

    name = "takeover"
    at = ("before receiveResponseXML", "before sendRequestXML", "before closeConnection")

    def strike(self, scene: Scene, point: str) -> Sequence[Fault]:
        for _ in range(self.dice.choice((1, 1, 2))):
            scene.another_run()
        return ()
