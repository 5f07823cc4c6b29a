"""The .qwc file that introduces a connector to the Web Connector (facts A6)."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from qbferry.errors import ConfigError, InputError
from qbferry.webconnector.soap import escape

if TYPE_CHECKING:
    from uuid import UUID

__all__ = ["app_name", "check_url", "qwc"]

_LONGEST_DESCRIPTION = 80
_HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})*\.?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


def app_name(connector: str) -> str:
    """Name a connector's application; it is a registry key in Windows, so one connector, one name."""
    return f"qbferry - {connector}"


def check_url(public_url: str) -> None:
    """Make sure that the Web Connector will accept the address.

    It takes https, or http on localhost alone, and no IP address (QBWC1001, QBWC1002, QBWC1010).

    Raises:
        ConfigError: It will not, and why.
    """
    shown = f'The public URL "{public_url[:200]}"'
    try:
        parts = urlsplit(public_url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ConfigError(f"{shown} is not a URL; write it like https://books.example.com.") from None
    if parts.scheme not in {"http", "https"} or not host:
        raise ConfigError(f"{shown} is not a web address; write it like https://books.example.com.")
    if _is_ip_address(host):
        raise ConfigError(f"{shown} has an IP address; the Web Connector accepts only a host name.")
    if not _HOST.fullmatch(host) or port == 0:
        raise ConfigError(
            f"{shown} has no valid host name and port; write it like https://books.example.com."
        )
    if parts.scheme == "http" and host != "localhost":
        raise ConfigError(f"{shown} is not https; the Web Connector accepts http for localhost only.")
    if "@" in parts.netloc or parts.query or parts.fragment or re.search(r"[^!-~]", public_url):
        raise ConfigError(
            f"{shown} must be scheme, host name and path only: no user, query, fragment or blanks."
        )


def qwc(
    *,
    app_name: str,
    app_url: str,
    app_support: str,
    description: str,
    user_name: str,
    owner_id: UUID,
    file_id: UUID,
    every_minutes: int | None = None,
) -> str:
    """Write a .qwc file. It never holds the password; the person types that into the Web Connector.

    Args:
        app_name: What the Web Connector lists; no two connectors may share one.
        app_url: The address of the service.
        app_support: A page that answers 200, on the same host.
        description: Cut to the 80 characters that are advised.
        user_name: What the Web Connector signs in with; one file a user.
        owner_id: The same for all connectors of an installation.
        file_id: A new one for every connector; it is stored in the company file.
        every_minutes: How often it runs by itself; None to leave that to the person.

    Returns:
        XML of ASCII characters alone, so that any way of saving it keeps it right.

    Raises:
        ConfigError: The Web Connector would not accept an address.
        InputError: It would not accept something else.
    """
    check_url(app_url)
    check_url(app_support)
    if urlsplit(app_url).hostname != urlsplit(app_support).hostname:
        raise ConfigError(
            f"The service {app_url} and the support page {app_support} are on different hosts; "
            "the Web Connector wants them on one."
        )
    if not app_name.strip() or not user_name.strip():
        raise InputError("A .qwc file needs the application's name and a user name; neither may be blank.")
    if every_minutes is not None and every_minutes < 1:
        raise InputError(
            f"A connector cannot run every {every_minutes} minutes; give 1 or more, or none at all."
        )
    elements = {
        "AppName": app_name,
        "AppID": "",
        "AppURL": app_url,
        "AppDescription": description[:_LONGEST_DESCRIPTION],
        "AppSupport": app_support,
        "UserName": user_name,
        "OwnerID": f"{{{owner_id}}}",
        "FileID": f"{{{file_id}}}",
        "QBType": "QBFS",
        "Style": "Document",
        "IsReadOnly": "false",
        # Whether an employee is paid by time data counts as personal to QuickBooks.
        "PersonalDataPref": "pdpOptional",
        "UnattendedModePref": "umpOptional",
    }
    lines = [f"  <{name}>{escape(value)}</{name}>" for name, value in elements.items()]
    if every_minutes is not None:
        lines.append(f"  <Scheduler><RunEveryNMinutes>{every_minutes}</RunEveryNMinutes></Scheduler>")
    content = "\n".join(lines).encode("ascii", "xmlcharrefreplace").decode("ascii")
    return f'<?xml version="1.0"?>\n<QBWCXML>\n{content}\n</QBWCXML>\n'


def _is_ip_address(host: str) -> bool:
    """Tell an IP address, also in the shapes only resolvers know: ``127.1``, ``0x7f.0.0.1``."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]) is not None
    return True
