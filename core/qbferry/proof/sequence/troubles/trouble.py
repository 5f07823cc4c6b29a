"""What all troubles have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from qbferry.proof.sequence.scene import Scene
    from qbferry.simulator import Fault

__all__ = ["Trouble"]

IN_HAND = ("after sendRequestXML", "before process", "after process", "before receiveResponseXML")
"""Points at which a Web Connector has something in hand, or QuickBooks' answer to it."""


class Trouble:
    """Something that goes wrong once, or from then on until it is ended; the class's docstring says what.

    Attributes:
        name: What a plan calls it.
        at: The points at which it can strike.
        copies: What it needs backups of: ``company``, ``books``.
        unpreventable: It can make QuickBooks execute something twice, whatever a server does; then the double
            must be noticed, and a person is asked to delete it.
        asks: After it a person may have to be asked.
        tells: The kinds of alerts that are right after it, whoever reads them has nothing to do.
    """

    name: ClassVar[str]
    at: ClassVar[tuple[str, ...]]
    copies: ClassVar[frozenset[str]] = frozenset()
    unpreventable: ClassVar[bool] = False
    asks: ClassVar[bool] = False
    tells: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, dice: Random) -> None:
        self.dice = dice
        self._left = dice.choice((1, 1, 1, 2, 2, 3))
        self._at_messages = dice.choice((True, True, False))

    @classmethod
    def what(cls) -> str:
        """What happens, in words."""
        return " ".join((cls.__doc__ or "").split())

    def strikes(self, scene: Scene, point: str, request: str) -> bool:
        """Whether it can strike here; most look out for records on their way."""
        if point not in self.at:
            return False
        return not self._at_messages or point not in IN_HAND or scene.question == "message"

    def count_down(self) -> bool:
        """Pass a point at which it can strike; whether it does."""
        self._left -= 1
        return self._left <= 0

    def strike(self, scene: Scene, point: str) -> Sequence[Fault]:
        """Happen; what the Web Connector that has come to this point must do."""
        raise NotImplementedError

    def meanwhile(self, scene: Scene, point: str, request: str) -> Sequence[Fault]:
        """Go on after it has struck."""
        return ()

    def end(self, scene: Scene) -> None:
        """Be over, so that all can come to rest."""
