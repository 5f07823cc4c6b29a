"""The Web Connector's protocol and nothing else: SOAP, the service description, the .qwc file.

What a run does is behind a port, `qbferry.webconnector.service.Exchange`.
"""

from __future__ import annotations

from qbferry.webconnector.bodies import Limits
from qbferry.webconnector.endpoint import SERVICE_PATH, SUPPORT_PATH, site
from qbferry.webconnector.qwc import app_name, check_url, qwc
from qbferry.webconnector.service import Exchange

__all__ = [
    "SERVICE_PATH",
    "SUPPORT_PATH",
    "Exchange",
    "Limits",
    "app_name",
    "check_url",
    "qwc",
    "site",
]
