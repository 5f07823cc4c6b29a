"""Where sign-ins wait for their password to be checked, beside the other calls and not before them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool

from qbferry.errors import BusyError
from qbferry.webconnector.bodies import BUSY
from qbferry.webconnector.service import refuse

if TYPE_CHECKING:
    from qbferry.transfer.signin import Attempt
    from qbferry.webconnector.service import Reply, Service

__all__ = ["Gate"]

WAITING, SUSPECTS = 256, 16
"""So many wait at most, and so many only as long as one comes that something failed for."""

HELD = 400
"""So many answers are held back at once."""

_NICE = 10
"""Checking passwords gives way to everything else that wants a processor."""


class Gate:
    """Checks passwords in threads of its own: half as many as there are processors, and at least one."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._threads = ThreadPoolExecutor(
            max(1, (os.cpu_count() or 1) // 2), thread_name_prefix="password", initializer=_give_way
        )
        self._waiting = 0
        self._held = 0

    async def admit(self, attempt: Attempt) -> Reply:
        """Check a password, and begin the run."""
        if self._waiting >= (SUSPECTS if attempt.suspect else WAITING):
            return refuse(BusyError(BUSY), "authenticate")
        self._waiting += 1
        try:
            await asyncio.get_running_loop().run_in_executor(self._threads, attempt.check)
        finally:
            self._waiting -= 1
        return await run_in_threadpool(self._service.admit, attempt)

    async def hold(self, seconds: float) -> None:
        """Hold an answer back, unless many are."""
        if seconds and self._held < HELD:
            self._held += 1
            try:
                await asyncio.sleep(seconds)
            finally:
                self._held -= 1


def _give_way() -> None:
    if sys.platform == "linux":  # elsewhere it would be the whole process
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
