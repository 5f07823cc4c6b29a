"""The server process, or several of them."""

from __future__ import annotations

import gc
import os
import socket
import sys
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import uvicorn
from uvicorn.supervisors import Multiprocess

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
        ConfigError: An address cannot be listened at, or the parts cannot be put together.
        PluginError: A plugin cannot start.
    """
    settings, web = desk.settings.server, desk.settings.web
    beside = web.enabled or desk.settings.api.enabled
    chosen = options(settings.max_connections, settings.trusted_proxies)
    gc.set_threshold(10_000)  # the start is over, and what lives long must keep its memory flat
    with ExitStack() as stack:
        with desk.application(make=True) as application:
            of_plugins(application.plugins, desk.commands)  # a clash of commands stops the start
            sockets = [stack.enter_context(closing(_bind(host, port, "--host and --port")))]
            if beside and web.port:
                own = _bind(web.host or host, web.port, "web.host and web.port")
                sockets.append(stack.enter_context(closing(own)))
            if workers == 1:
                server = uvicorn.Server(uvicorn.Config(asgi(application), **chosen))
                _begin(sockets, desk.settings.public_url, pages=web.enabled)
                _serve_alone(server, sockets)
                return
        # Each process opens the settings itself.
        if desk.path:
            os.environ["QBFERRY_CONFIG"] = str(desk.path.resolve())
        config = uvicorn.Config("qbferry.app:from_environment", factory=True, workers=workers, **chosen)
        _begin(sockets, desk.settings.public_url, pages=web.enabled)
        Multiprocess(config, sockets=sockets).run()


def _begin(sockets: list[socket.socket], public_url: str, *, pages: bool) -> None:
    """Listen, and then say where: whoever reads the address may call at once."""
    for each in sockets:
        each.listen(BACKLOG)
        each.set_inheritable(True)
    host, port = sockets[0].getsockname()[:2]
    _announce(host, port, public_url)
    if pages:
        host, port = sockets[-1].getsockname()[:2]
        sys.stdout.write(f"The pages: http://{_shown(host)}:{port}/\n")
        sys.stdout.flush()


def _serve_alone(server: uvicorn.Server, sockets: list[socket.socket]) -> None:
    try:
        server.run(sockets=sockets)
    except KeyboardInterrupt:
        return  # it has ended in good order
    if not server.started:
        raise ConfigError("The server did not start; the log above says why.")


def _bind(host: str, port: int, choose: str) -> socket.socket:
    """Bind an address here, where a fault can be told in a sentence."""
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
            f"Choose another with {choose}."
        ) from error
    return listening


def _announce(host: str, port: int, public_url: str) -> None:
    sys.stdout.write(
        f"Serving at http://{_shown(host)}:{port}/qbwc, for the Web Connector at {public_url}/qbwc\n"
    )
    sys.stdout.flush()
    public = urlsplit(public_url)
    if public.hostname == "localhost" and (public.port or 80) != port:
        notice(
            f"The .qwc files name {public_url}, where nothing of this server listens unless something passes "
            "calls on. Set server.port, or public_url."
        )


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
