"""The sections of the settings, each a table of ``qbferry.toml``."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from qbferry.errors import ConfigError

__all__ = [
    "TEMPLATES",
    "AlertPlaces",
    "AlertSettings",
    "ApiSettings",
    "FolderSettings",
    "KeepSettings",
    "LogSettings",
    "PluginSettings",
    "ServerSettings",
    "SourceSettings",
    "TransferSettings",
    "WebSettings",
    "WebhookSettings",
]

TEMPLATES = "templates"
"""The setting of every plugin that is the framework's own."""


class ServerSettings(BaseModel):
    """Where the Web Connector's endpoint listens, and what callers may take of it.

    Attributes:
        max_body_bytes: The largest body; only calls of a run may have more than 65,536 bytes.
        body_seconds: Within so many a body must be there: once its beginning, once a large one's rest.
        max_calls: So many calls are read or answered at once, by each process.
        max_connections: So many are open at once, by each process; those that wait longest for a call give
            way.
        hosts: Names of hosts, besides that of ``public_url``, that the service description may name.
        metrics_token: Who has it may ask for ``/metrics`` from another machine; empty: nobody may.
        trusted_proxies: Addresses whose X-Forwarded-For is believed.
    """

    model_config = ConfigDict(extra="forbid")

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    max_body_bytes: int = Field(default=10_000_000, ge=10_000)
    body_seconds: float = Field(default=30, gt=0)
    max_calls: int = Field(default=400, ge=1)
    max_connections: int = Field(default=800, ge=2)
    hosts: list[str] = ["localhost", "127.0.0.1", "[::1]"]
    trusted_proxies: list[str] = ["127.0.0.1", "::1"]
    metrics_token: SecretStr = SecretStr("")
    workers: int = Field(default=1, ge=1, le=64)


class WebSettings(BaseModel):
    """The pages for people.

    Attributes:
        enabled: Whether there are any.
        host: The address they listen at; empty: that of ``server.host``.
        port: A port of their own, so that the world need not see more than ``/qbwc`` and ``/support``;
            0: that of ``server.port``.
    """

    model_config = ConfigDict(extra="forbid")

    enabled: bool = True
    host: str = ""
    port: int = Field(default=0, ge=0, le=65535)


class ApiSettings(BaseModel):
    """The API for programs, at the address of the pages.

    Attributes:
        enabled: Whether there is one.
        max_body_bytes: The largest body in which records come in.
        requests_per_minute: So many may a token make, at each process; 0: any number.
    """

    model_config = ConfigDict(extra="forbid")

    enabled: bool = True
    max_body_bytes: int = Field(default=200_000_000, ge=10_000)
    requests_per_minute: int = Field(default=600, ge=0)


class AlertPlaces(BaseModel):
    """Where the alerts of one connector go, instead of where all go; what is not set stays.

    Attributes:
        mail_to: Addresses; an empty list: no mail.
        webhook_url: An address; empty: none.
    """

    model_config = ConfigDict(extra="forbid")

    mail_to: list[str] | None = None
    webhook_url: str | None = Field(default=None, pattern="^(https?://.+)?$")


class AlertSettings(BaseModel):
    """How people hear of what needs them.

    Attributes:
        mail_to: Addresses; none: no mail.
        mail_from: Who it is from; empty: made of ``smtp_host``.
        smtp_host: The mail server.
        smtp_security: ``starttls``, ``tls`` from the first byte, or ``none`` for a server on this machine.
        webhook_url: Where a POST in the form of Standard Webhooks goes; empty: nowhere.
        webhook_secret: What it is signed with: ``whsec_`` and base64.
        digest_minutes: So long the first alert waits for others, to be told with them; 0: none waits.
        connectors: A connector's name -> places of its own.
    """

    model_config = ConfigDict(extra="forbid")

    mail_to: list[str] = []
    mail_from: str = ""
    smtp_host: str = "localhost"
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    webhook_url: str = Field(default="", pattern="^(https?://.+)?$")
    webhook_secret: SecretStr = SecretStr("")
    digest_minutes: int = Field(default=0, ge=0, le=10_080)
    connectors: dict[str, AlertPlaces] = {}

    @field_validator("webhook_secret")
    @classmethod
    def _is_a_key(cls, secret: SecretStr) -> SecretStr:
        """Refuse what cannot sign."""
        text = secret.get_secret_value()
        try:
            base64.b64decode(text.removeprefix("whsec_"), validate=True)
        except ValueError as error:
            raise ValueError("it is no base64; write whsec_ and the key in base64") from error
        return secret


class WebhookSettings(BaseModel):
    """How events go to those that ``qbferry webhook add`` has named.

    Attributes:
        disable_after: Days of nothing but failure after which one is given up.
    """

    model_config = ConfigDict(extra="forbid")

    disable_after: int = Field(default=5, ge=1)


class TransferSettings(BaseModel):
    """How records travel.

    Attributes:
        requests_per_message: Requests in one qbXML message; a record is never split over two.
        message_bytes: Size of one message's qbXML, in bytes.
        on_error: ``stop``: after a refusal QuickBooks leaves the rest of the run Pending.
        minimum_interval: Seconds between two runs below which the Web Connector is not to go by itself,
            whatever a person set there; 0 leaves it to the person.
        takeover_after: Seconds of silence after which another Web Connector may take a run over; 0 takes
            over at once.
        quiet_after_takeover: Seconds in which QuickBooks must have made nothing more of a message that was
            taken over, before what it has of it counts as all.
        resend_after: Seconds until a message goes again whose answer was lost for the third time; doubled
            each time, up to an hour.
        look_back_every: Minutes after which a run is made, though nothing is due, only to ask whether
            QuickBooks still has what it was given; every other run asks as well.
        lists_also: Lists of QuickBooks that are kept besides those that records' names stand for:
            ``Template``.
        lists_every: List -> so many minutes it stays fresh, instead of being asked for in every run.
    """

    model_config = ConfigDict(extra="forbid")

    requests_per_message: int = Field(default=25, ge=1, le=500)
    message_bytes: int = Field(default=1_000_000, ge=1_000, le=8_000_000)
    on_error: Literal["continue", "stop"] = "continue"
    minimum_interval: int = Field(default=0, ge=0, le=86_400)
    takeover_after: int = Field(default=120, ge=0)
    quiet_after_takeover: int = Field(default=600, ge=0)
    resend_after: int = Field(default=60, ge=0)
    look_back_every: int = Field(default=1440, ge=0)
    ticket_hours: int = Field(default=24, ge=1)
    call_seconds: int = Field(default=30, ge=1)
    lists_also: list[str] = []
    lists_every: dict[str, Annotated[int, Field(ge=0, le=525_600)]] = {}


class KeepSettings(BaseModel):
    """For how many days what happened is kept.

    Attributes:
        answers: QuickBooks' answers.
        history: Lines of the history, but for those that say what QuickBooks has; 0: for ever.
        events: What consumers of events read: lines of the history, at least so long, and alerts that were
            seen to.
        keys: ``Idempotency-Key`` of the API's requests, with what was answered.
    """

    model_config = ConfigDict(extra="forbid")

    answers: int = Field(default=90, ge=1, le=36_500)
    history: int = Field(default=0, ge=0, le=36_500)
    events: int = Field(default=90, ge=1, le=36_500)
    keys: int = Field(default=7, ge=1, le=36_500)


class FolderSettings(BaseModel):
    """A folder that is watched for files.

    Attributes:
        path: The folder; empty: none. In it there is one for each kind of record.
        ready: Set records ready that were never transferred and are eligible.
        settle: Seconds for which a file must not have changed before it counts as complete.
    """

    model_config = ConfigDict(extra="forbid")

    path: str = ""
    ready: bool = False
    settle: int = Field(default=5, ge=0)


class SourceSettings(BaseModel):
    """Where records come from by themselves, beside the sources of plugins."""

    model_config = ConfigDict(extra="forbid")

    folder: FolderSettings = FolderSettings()


class LogSettings(BaseModel):
    """What the log shows, and how."""

    model_config = ConfigDict(extra="forbid")

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    format: Literal["console", "json"] = "console"


class PluginSettings(BaseModel):
    """``[plugins]``: which plugins run, and under their names a table of settings for each.

    Attributes:
        enabled: Names of entry points of the group ``qbferry.plugins``; None: the built-in ones.
    """

    model_config = ConfigDict(extra="allow")

    enabled: list[str] | None = None

    def table(self, plugin: str) -> dict[str, Any]:
        """The settings given for one plugin, unread, but for what is the framework's."""
        return {name: value for name, value in self._whole(plugin).items() if name != TEMPLATES}

    def templates(self, plugin: str) -> Path | None:
        """The folder with a team's own templates, found before the plugin's; None: there is none."""
        given = self._whole(plugin).get(TEMPLATES)
        if given is not None and not isinstance(given, str):
            raise ConfigError(
                f"plugins.{plugin}.{TEMPLATES} must be the path of a folder, in quotation marks."
            )
        return Path(given) if given else None

    def _whole(self, plugin: str) -> dict[str, Any]:
        table = (self.model_extra or {}).get(plugin, {})
        if not isinstance(table, dict):
            raise ConfigError(f"The setting plugins.{plugin} is not a table; write [plugins.{plugin}].")
        return table
