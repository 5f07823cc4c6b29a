"""Sending: a mail by SMTP, and a signed POST to a webhook in the form of Standard Webhooks."""

from __future__ import annotations

import logging
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import TYPE_CHECKING, Any

from qbferry.herald import standard
from qbferry.herald.standard import SECONDS, SendError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from qbferry.config import AlertSettings

__all__ = ["Post", "Sending"]

log = logging.getLogger("qbferry.alerts")


@dataclass(frozen=True, slots=True)
class Sending:
    """What is sent together.

    Attributes:
        id: The same whenever it is sent again, so that a receiver knows it.
        at: When.
        connector: Whose alerts they are.
        alerts: Each with ``kind``, ``text``, ``at`` and ``link``.
    """

    id: str
    at: datetime
    connector: str
    alerts: Sequence[dict[str, Any]]

    @property
    def subject(self) -> str:
        """A line that says what it is about."""
        first = " ".join(str(self.alerts[0]["text"]).split())[:120]
        more = len(self.alerts) - 1
        return f"qbferry {self.connector}: {first}" + (f" (and {more} more)" if more else "")

    @property
    def text(self) -> str:
        """All of it, for a mail."""
        parts = [f"{one['text']}\n{one['link']}\n" for one in self.alerts]
        return "\n".join(
            [*parts, "An alert is told once; it stands on the page of alerts until it is seen to.\n"]
        )


class Post:
    """Sends to where the settings say.

    Args:
        settings: ``[alerts]``.
    """

    def __init__(self, settings: AlertSettings) -> None:
        self._settings = settings

    def places(self, connector: str) -> list[str]:
        """Where alerts of a connector go, as a person reads it; empty: nowhere."""
        mail, url = self._to(connector), self._url(connector)
        return [*(f"mail to {one}" for one in mail), *([f"webhook {standard.place(url)}"] if url else [])]

    def send(self, sending: Sending, taken: set[str]) -> list[str]:
        """Send to all places of a connector.

        Args:
            sending: What.
            taken: The ways by which it has arrived; they are left out, and those that take it now are added.

        Returns:
            What each of those said that took it now.

        Raises:
            SendError: One of them did not take it.
        """
        problems, said = [], []
        for name, way in (("mail", self._mail), ("webhook", self._call)):
            try:
                if name not in taken:
                    said += way(sending)
            except SendError as error:
                problems.append(str(error))
            else:
                taken.add(name)
        if problems:
            raise SendError(" ".join(problems))
        return said

    # -- Mail

    def _to(self, connector: str) -> list[str]:
        own = self._settings.connectors.get(connector)
        return self._settings.mail_to if own is None or own.mail_to is None else own.mail_to

    def _mail(self, sending: Sending) -> list[str]:
        to, settings = self._to(sending.connector), self._settings
        if not to:
            return []
        message = EmailMessage()
        message["Subject"] = sending.subject
        message["From"] = settings.mail_from or f"qbferry@{settings.smtp_host}"
        message["To"] = ", ".join(to)
        message["Date"] = formatdate()
        message["Message-ID"] = make_msgid(sending.id, settings.smtp_host or "qbferry")
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(sending.text)
        try:
            with self._connected() as server:
                if settings.smtp_user:
                    server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
                refused = server.send_message(message)
        except (OSError, smtplib.SMTPException) as error:
            place = f"{settings.smtp_host}, port {settings.smtp_port}"
            raise SendError(f"The mail server at {place} did not take it: {_said(error)}.") from error
        if refused:  # the others have it; sent again, they would have it twice
            log.warning("The mail server refuses %s.", _refused(refused))
        took = ", ".join(one for one in to if one not in refused)
        return [
            f"The mail server took it for {took}." + (f" It refuses {_refused(refused)}." if refused else "")
        ]

    def _connected(self) -> smtplib.SMTP:
        settings, context = self._settings, ssl.create_default_context()
        place = (settings.smtp_host, settings.smtp_port)
        if settings.smtp_security == "tls":
            return smtplib.SMTP_SSL(*place, timeout=SECONDS, context=context)
        server = smtplib.SMTP(*place, timeout=SECONDS)
        if settings.smtp_security == "starttls":
            try:
                server.starttls(context=context)
            except BaseException:
                server.close()
                raise
        return server

    # -- Webhook

    def _url(self, connector: str) -> str:
        own = self._settings.connectors.get(connector)
        return self._settings.webhook_url if own is None or own.webhook_url is None else own.webhook_url

    def _call(self, sending: Sending) -> list[str]:
        url = self._url(sending.connector)
        if not url:
            return []
        told = {
            "type": "alert",
            "timestamp": sending.at.isoformat(),
            "data": {"connector": sending.connector, "alerts": list(sending.alerts)},
        }
        secret = self._settings.webhook_secret.get_secret_value()
        status = standard.post(url, sending.id, sending.at, told, secret)
        return [f"The webhook {standard.place(url)} answered with HTTP {status}."]


def _refused(recipients: Mapping[str, tuple[int, bytes]]) -> str:
    """Who was refused, and why."""
    return "; ".join(
        f"{one}: {code} {' '.join(why.decode('utf-8', 'replace').split())}"
        for one, (code, why) in recipients.items()
    )[:300]


def _said(error: Exception) -> str:
    """What the other side said, on one line, without what was sent to it."""
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        return f"{error.smtp_code} {' '.join(text.split())}"[:300]
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return f"it refuses {_refused(error.recipients)}"
    return standard.reason(error)
