"""Bad log-ins, many at the same time and without end, until it is terminated: ``attack.py PORT HOW_MANY``."""

from __future__ import annotations

import asyncio
import contextlib
import sys

from bed import USER

from webconnector import ENVELOPE, LENGTH, NAMESPACE


async def main(port: int, count: int) -> None:
    await asyncio.gather(*(_attacker(port, number) for number in range(count)))


async def _attacker(port: int, number: int) -> None:
    """Try passwords as fast as they are answered; half for a user there is, half for others."""
    user = USER if number % 2 else f"guess-{number}"
    for attempt in range(sys.maxsize):
        inner = f"<strUserName>{user}</strUserName><strPassword>{number}-{attempt}</strPassword>"
        body = ENVELOPE.format(f'<authenticate xmlns="{NAMESPACE}">{inner}</authenticate>').encode()
        head = (
            f"POST /qbwc HTTP/1.1\r\nHost: a\r\nContent-Type: text/xml\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            if attempt == 0:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(head.encode() + body)
            found = LENGTH.search(await reader.readuntil(b"\r\n\r\n"))
            await reader.readexactly(int(found[1]) if found else 0)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
