"""What is done to the server: plugins, settings, an upgrade, its clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry.proof.sequence.troubles.trouble import Trouble

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from qbferry.proof.sequence.scene import Scene
    from qbferry.simulator import Fault

__all__ = ["ClockMoved", "PluginDisabled", "SettingChanged", "Upgrade"]

ANYWHERE = ("idle", "after sendRequestXML", "before receiveResponseXML", "before sendRequestXML")
DAY = 86_400


class PluginDisabled(Trouble):
    """The server starts without one of the plugins, and with it again after a run or two."""

    name = "plugin disabled"
    at = ANYWHERE

    def __init__(self, dice: Random) -> None:
        super().__init__(dice)
        self._runs = dice.choice((1, 2))

    def strike(self, scene: Scene, point: str) -> Sequence[Fault]:
        name = self.dice.choice(scene.premises.names)
        scene.tell(f"without {name}")
        scene.premises.restart(without=frozenset({name}))
        return ()

    def meanwhile(self, scene: Scene, point: str, request: str) -> Sequence[Fault]:
        if point == "idle" and self._runs:
            self._runs -= 1
            if not self._runs:
                self.end(scene)
        return ()

    def end(self, scene: Scene) -> None:
        self._runs = 0
        if scene.premises.setup.without:
            scene.premises.restart(without=frozenset())
            scene.arrive_again()


class SettingChanged(Trouble):
    """The server starts with other settings: requests a message, on_error, whose number an invoice has."""

    name = "setting changed"
    at = ANYWHERE

    def strike(self, scene: Scene, point: str) -> Sequence[Fault]:
        setup = scene.premises.setup
        choices: list[dict[str, object]] = [
            {"per_message": self.dice.choice([each for each in (1, 2, 25) if each != setup.per_message])},
            {"on_error": "stop" if setup.on_error == "continue" else "continue"},
        ]
        if "invoices" in scene.premises.names:
            choices.append({"tables": {"invoices": {"number": "source", "memo": True}}})
        change = self.dice.choice(choices)
        scene.tell(f"{change}")
        scene.premises.restart(**change)
        return ()


class Upgrade(Trouble):
    """A newer version of the plugins writes other texts from then on."""

    name = "upgrade"
    at = ANYWHERE

    def strike(self, scene: Scene, point: str) -> Sequence[Fault]:
        scene.premises.restart(newer=True)
        return ()


class ClockMoved(Trouble):
    """The clock of the server, or of QuickBooks' computer, was wrong and is set right."""

    name = "clock moved"
    at = (*ANYWHERE, "after process")

    def strike(self, scene: Scene, point: str) -> Sequence[Fault]:
        seconds = self.dice.choice((3600, -3600, 30 * DAY, -30 * DAY))
        server = self.dice.choice((True, False))
        scene.tell(f"{'the server' if server else 'QuickBooks'}: {seconds:+} seconds")
        if server:
            scene.premises.set_clock(seconds)
        else:
            with scene.premises.company.write():
                scene.premises.company.move_clock(self.dice.choice((3600, -3600, 3 * 3600)))
        return ()
