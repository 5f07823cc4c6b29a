"""The server process, or several of them."""

from __future__ import annotations

import gc
import os
import socket
import sys
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import uvicorn

from qbferry.app import asgi
from qbferry.cli.extras import of_plugins
from qbferry.errors import ConfigError
from qbferry.output import notice
from qbferry.webconnector.connections import options

if TYPE_CHECKING:
    from qbferry.cli.context import CommandDesk

__all__ = ["serve"]

BACKLOG = 2048
"""Calls that wait to be taken up; what uvicorn asks for as well."""


def serve(desk: CommandDesk, host: str, port: int, workers: int) -> None:
    """Listen until the process is told to end.

    Raises:
        ConfigError: The address cannot be listened at, or the parts cannot be put together.
        PluginError: A plugin cannot start.
    """
    settings = desk.settings.server
    chosen = options(settings.max_connections, settings.trusted_proxies)
    gc.set_threshold(700)  # the start is over, and what lives long must keep its memory flat
    with desk.application(make=True) as application, closing(_bind(host, port)) as listening:
        of_plugins(application.plugins, desk.commands)  # a clash of commands stops the start
        host, port = listening.getsockname()[:2]
        if workers == 1:
            server = uvicorn.Server(uvicorn.Config(asgi(application), **chosen))
            listening.listen(BACKLOG)  # whoever reads the address may call at once
            _announce(host, port, desk.settings.public_url)
            _serve_alone(server, listening)
            return
    # Each process opens the settings itself; uvicorn binds the address again, once for all of them.
    if desk.path:
        os.environ["QBFERRY_CONFIG"] = str(desk.path.resolve())
    _announce(host, port, desk.settings.public_url)
    uvicorn.run("qbferry.app:from_environment", factory=True, host=host, port=port, workers=workers, **chosen)


def _serve_alone(server: uvicorn.Server, listening: socket.socket) -> None:
    try:
        server.run(sockets=[listening])
    except KeyboardInterrupt:
        return  # it has ended in good order
    if not server.started:
        raise ConfigError("The server did not start; the log above says why.")


def _bind(host: str, port: int) -> socket.socket:
    """Bind the address here, where a fault can be told in a sentence."""
    listening = None
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind)
        if sys.platform != "win32":  # there it would let two servers share one port
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
    except OSError as error:
        if listening:
            listening.close()
        raise ConfigError(
            f"The server cannot listen at {host}, port {port}: {error.strerror or error}. "
            "Choose another with --host and --port."
        ) from error
    return listening


def _announce(host: str, port: int, public_url: str) -> None:
    shown = f"[{host}]" if ":" in host else host
    sys.stdout.write(f"Serving at http://{shown}:{port}/qbwc, for the Web Connector at {public_url}/qbwc\n")
    sys.stdout.flush()
    public = urlsplit(public_url)
    if public.hostname == "localhost" and (public.port or 80) != port:
        notice(
            f"The .qwc files name {public_url}, where nothing of this server listens unless something passes "
            "calls on. Set server.port, or public_url."
        )
