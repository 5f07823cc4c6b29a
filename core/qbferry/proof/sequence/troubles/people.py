"""What people do, in QuickBooks and at the desk, while everything goes on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from qbferry.desk import connectors
from qbferry.proof.sequence import person
from qbferry.proof.sequence.troubles.trouble import Trouble
from qbferry.proof.world import USER
from qbferry.simulator import bookkeeper

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from qbferry.proof.sequence.scene import Scene
    from qbferry.proof.sequence.truth import Made
    from qbferry.simulator import Fault

__all__ = ["Decision", "DeletionByHand", "EditByHand", "PasswordChanged", "Pause", "Reimported"]

ANYTIME = ("idle", "after process", "before sendRequestXML", "after sendRequestXML")
BY_HAND = ("Invoice", "TimeTracking", "Bill")
"""Kinds on which nothing else depends that the proof counts."""


class EditByHand(Trouble):
    """A bookkeeper changes customer, number, date, amount, a line or the memo of the newest transaction."""

    name = "edit by hand"
    at = ANYTIME

    def strikes(self, scene: Scene, point: str, request: str) -> bool:
        return super().strikes(scene, point, request) and bool(_newest(scene))

    def strike(self, scene: Scene, point: str) -> Sequence[Fault]:
        made = self.dice.choice(_newest(scene))
        what, fields = self.dice.choice(_edits(made))
        scene.tell(f"{what} of {made.kind} {made.txn_id} of {made.entity} {made.id}")
        bookkeeper.change(scene.premises.company, made.txn_id, fields)
        return ()


class DeletionByHand(Trouble):
    """A bookkeeper deletes one of the newest transactions."""

    name = "deletion by hand"
    at = ANYTIME
    asks = True

    def strikes(self, scene: Scene, point: str, request: str) -> bool:
        return super().strikes(scene, point, request) and bool(_newest(scene))

    def strike(self, scene: Scene, point: str) -> Sequence[Fault]:
        made = self.dice.choice(_newest(scene))
        scene.tell(f"{made.kind} {made.txn_id} of {made.entity} {made.id}")
        scene.truth.note_deleted(made)
        bookkeeper.delete(scene.premises.company, made.txn_id)
        return ()


class Reimported(Trouble):
    """The source brings a record once more, as it was or changed."""

    name = "id re-imported"
    at = (*ANYTIME, "before receiveResponseXML")

    def strike(self, scene: Scene, point: str) -> Sequence[Fault]:
        wish = self.dice.choice([wish for wish in scene.latest() if wish.entity == "invoice"][-6:])
        if self.dice.choice((True, True, False)):
            # As sure to be refused as before, which goes by its date.
            date = wish.document["invoice_date"].replace("-31", "-30")
            document = wish.document | {"memo": "Changed at the source", "invoice_date": date}
            wish = replace(wish, document=document)
        scene.wishes.append(wish)
        scene.tell(f"{wish.entity} {wish.document['id']}")
        scene.premises.arrive([wish])
        return ()


class Decision(Trouble):
    """A person sets records not ready, or ready, or decides what is in doubt."""

    name = "decision"
    at = (*ANYTIME, "before receiveResponseXML")

    def strike(self, scene: Scene, point: str) -> Sequence[Fault]:
        if not person.decide(scene):
            act = self.dice.choice((person.set_not_ready, person.set_ready))
            act(scene, self.dice.choice([wish.entity for wish in scene.wishes]))
        return ()


class PasswordChanged(Trouble):
    """The password is changed, here and in the Web Connector."""

    name = "password changed"
    at = (*ANYTIME, "before receiveResponseXML")

    def strike(self, scene: Scene, point: str) -> Sequence[Fault]:
        scene.password = f"{scene.password}!"
        with scene.premises.office.application.database.write() as tx:
            connectors.set_password(tx, USER, scene.password)
        return ()


class Pause(Trouble):
    """The connector is paused for a while."""

    name = "pause"
    at = (*ANYTIME, "before receiveResponseXML")

    def __init__(self, dice: Random) -> None:
        super().__init__(dice)
        self._runs = dice.choice((1, 2))

    def strike(self, scene: Scene, point: str) -> Sequence[Fault]:
        self._set(scene, paused=True)
        return ()

    def meanwhile(self, scene: Scene, point: str, request: str) -> Sequence[Fault]:
        if point == "idle" and self._runs:
            self._runs -= 1
            if not self._runs:
                self.end(scene)
        return ()

    def end(self, scene: Scene) -> None:
        self._runs = 0
        self._set(scene, paused=False)

    def _set(self, scene: Scene, *, paused: bool) -> None:
        with scene.premises.office.application.database.write() as tx:
            connectors.pause(tx, USER, paused=paused)


def _newest(scene: Scene) -> list[Made]:
    """The last few transactions of ours, in the file that is open."""
    scene.truth.note_requests()
    return [made for made in scene.truth.of(scene.premises.company) if made.kind in BY_HAND][-3:]


def _edits(made: Made) -> list[tuple[str, dict[str, Any]]]:
    """What can be changed of a transaction: in words, and as the elements of a Mod request."""
    edits: list[tuple[str, dict[str, Any]]] = [("the date", {"TxnDate": "2026-11-02"})]
    if made.kind == "TimeTracking":
        return [*edits, ("the notes", {"Notes": "By hand"}), ("the duration", {"Duration": "PT5H0M"})]
    edits += [("the number", {"RefNumber": "BY-HAND"}), ("the memo", {"Memo": "By hand"})]
    if made.kind == "Invoice":
        line = made.data["lines"][0]["TxnLineID"]
        more = {"TxnLineID": "-1", "ItemRef": {"FullName": "Labor"}, "Amount": "1.00"}
        edits += [
            ("the customer", {"CustomerRef": {"FullName": "Cedar Clinic"}}),
            ("the amount", {"InvoiceLineMod": [{"TxnLineID": line, "Amount": "7.00"}]}),
            ("the lines", {"InvoiceLineMod": [{"TxnLineID": line}, more]}),
        ]
    return edits
