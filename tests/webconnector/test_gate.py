"""Sign-ins wait for each other, and nobody else for them."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from typing import TYPE_CHECKING, cast

import pytest

from qbferry.transfer.grant import Grant
from qbferry.webconnector import gate
from qbferry.webconnector.bodies import BUSY
from qbferry.webconnector.gate import Gate
from qbferry.webconnector.service import Service

from .recorder import Recorder
from .wire import XML, app, ask, envelope

if TYPE_CHECKING:
    from qbferry.transfer.signin import Attempt


class Slow:
    """A sign-in whose check takes as long as it is told to."""

    def __init__(self, leave: threading.Event, *, suspect: bool = False) -> None:
        self.suspect = suspect
        self.niceness = 0
        self._leave = leave

    def check(self) -> None:
        if sys.platform == "linux":
            self.niceness = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
        assert self._leave.wait(10)

    def grant(self) -> Grant:
        return Grant("t", "none")


def admitted(attempts: list[Slow], leave: threading.Event) -> list[bytes]:
    door = Gate(Service(Recorder(), version="1"))

    async def all_of_them() -> list[bytes]:
        tasks = [asyncio.create_task(door.admit(cast("Attempt", one))) for one in attempts]
        await asyncio.sleep(0.05)
        leave.set()
        return [reply.body for reply in await asyncio.gather(*tasks)]

    return asyncio.run(all_of_them())


def test_so_many_wait_and_no_more() -> None:
    leave = threading.Event()
    bodies = admitted([Slow(leave) for _ in range(gate.WAITING + 10)], leave)
    assert [BUSY.encode() in body for body in bodies] == [False] * gate.WAITING + [True] * 10


def test_suspects_leave_room_for_others() -> None:
    leave = threading.Event()
    suspects = [Slow(leave, suspect=True) for _ in range(gate.SUSPECTS + 10)]
    bodies = admitted([*suspects, Slow(leave), Slow(leave, suspect=True)], leave)
    busy = [BUSY.encode() in body for body in bodies]
    assert busy == [False] * gate.SUSPECTS + [True] * 10 + [False, True]


@pytest.mark.skipif(sys.platform != "linux", reason="only there a thread has a priority of its own")
def test_checking_a_password_gives_way_to_all_else() -> None:
    leave = threading.Event()
    one = Slow(leave)
    admitted([one], leave)
    assert one.niceness == os.getpriority(os.PRIO_PROCESS, 0) + 10


def test_an_answer_that_is_held_back_takes_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    exchange = Recorder()
    exchange.grant = Grant("", "nvu", hold=0.2)
    begun = time.monotonic()
    reply = ask(app(exchange), headers=XML, body=envelope("authenticate", strUserName="u", strPassword="p"))
    assert time.monotonic() - begun >= 0.2
    assert b"nvu" in reply.body
    monkeypatch.setattr(gate, "HELD", 0)
    begun = time.monotonic()
    ask(app(exchange), headers=XML, body=envelope("authenticate", strUserName="u", strPassword="p"))
    assert time.monotonic() - begun < 0.2
