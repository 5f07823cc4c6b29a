"""Settings: ``qbferry.toml`` and ``QBFERRY_…`` environment variables, typed; an unknown key is an error."""

from __future__ import annotations

import difflib
import os
import tomllib
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from pydantic import (
    PrivateAttr,
    ValidationError,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from qbferry.config.sections import (
    AlertSettings,
    ApiSettings,
    KeepSettings,
    LogSettings,
    PluginSettings,
    ServerSettings,
    SourceSettings,
    TransferSettings,
    WebhookSettings,
    WebSettings,
)
from qbferry.errors import ConfigError
from qbferry.sentences import summary

__all__ = ["Settings", "describe_faults", "load"]

DEFAULT_FILE = "qbferry.toml"

PREFIX, NESTED = "QBFERRY_", "__"
"""What the environment's settings begin with, and what stands in them for a dot."""

NO_SETTINGS = {"QBFERRY_CONFIG", "QBFERRY_PROOF", "QBFERRY_QBXML_XSD", "QBFERRY_SIMULATE_PASSWORD"}
"""Variables that begin like a setting."""

TESTS = "QBFERRY_TEST_"
"""What variables begin with that only tests read."""


class Settings(BaseSettings):
    """Everything that can be set.

    Attributes:
        database_url: A SQLAlchemy address, ``sqlite:///…`` or ``postgresql://…``.
        public_url: The address under which the Web Connector reaches this server, from scheme to port, and a
            path before ``/qbwc`` if a proxy adds one. Not given: this machine at ``server.port``.
    """

    model_config = SettingsConfigDict(
        extra="forbid",
        env_prefix=PREFIX,
        env_nested_delimiter=NESTED,
        nested_model_default_partial_update=True,
    )

    database_url: str = "sqlite:///qbferry.sqlite3"
    public_url: str = ""
    server: ServerSettings = ServerSettings()
    web: WebSettings = WebSettings()
    api: ApiSettings = ApiSettings()
    alerts: AlertSettings = AlertSettings()
    webhooks: WebhookSettings = WebhookSettings()
    transfer: TransferSettings = TransferSettings()
    sources: SourceSettings = SourceSettings()
    keep: KeepSettings = KeepSettings()
    log: LogSettings = LogSettings()
    plugins: PluginSettings = PluginSettings()

    _file: Path = PrivateAttr(default=Path(DEFAULT_FILE))

    @property
    def file(self) -> Path:
        """The file they are from, or would be from if it were there."""
        return self._file

    @model_validator(mode="after")
    def _complete(self) -> Self:
        """Give the public address its default, and refuse one that would end in /qbwc/qbwc."""
        self.public_url = self.public_url.rstrip("/") or f"http://localhost:{self.server.port}"
        if urlsplit(self.public_url).path.endswith("/qbwc"):
            shorter = self.public_url.removesuffix("/qbwc")
            raise ValueError(f"public_url is without /qbwc, which is added to it; write {shorter}")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment override the file, whose content arrives as the init arguments."""
        assert isinstance(init_settings, InitSettingsSource)  # noqa: S101
        return env_settings, init_settings


def describe_faults(error: ValidationError) -> str:
    """What is wrong with settings, in one line: ``server.port: must be 65535 or less``."""
    return summary(error, "value")


def load(path: Path | None = None) -> Settings:
    """Read the settings.

    Args:
        path: The file; None: ``QBFERRY_CONFIG``, else ``qbferry.toml`` in the current folder if it is there.

    Raises:
        ConfigError: The file is missing or is not TOML, a key is unknown, or a value does not fit.
    """
    _check_environment()
    named = path or (Path(os.environ["QBFERRY_CONFIG"]) if os.environ.get("QBFERRY_CONFIG") else None)
    file = named or Path(DEFAULT_FILE)
    content: dict[str, Any] = {}
    if named or file.exists():
        try:
            content = tomllib.loads(file.read_text(encoding="utf-8-sig"))
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"The settings file {file} cannot be read: {error}.") from error
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(f"The settings file {file} is not valid TOML: {error}.") from error
    try:
        settings = Settings(**content)
    except ValidationError as error:
        where = f"the settings file {file} or a QBFERRY_ variable" if content else "a QBFERRY_ variable"
        raise ConfigError(f"A setting in {where} does not fit: {describe_faults(error)}.") from error
    settings._file = file
    return settings


def _check_environment() -> None:
    """Make sure that every QBFERRY_ variable is one that is read.

    Raises:
        ConfigError: One is not; it may be misspelt, and its value would go unheard.
    """
    known = {name.upper() for name in Settings.model_fields}
    for variable in os.environ:
        upper = variable.upper()
        if not upper.startswith(PREFIX) or upper.startswith(TESTS) or upper in NO_SETTINGS:
            continue
        name = upper.removeprefix(PREFIX).partition(NESTED)[0]
        if name in known:
            continue  # what comes after it is checked with the settings
        near = difflib.get_close_matches(name, [*known, "CONFIG"], 1)
        hint = (
            f"did you mean {PREFIX}{near[0]}?"
            if near
            else f"there are: {', '.join(sorted(PREFIX + one for one in known))}."
        )
        raise ConfigError(f"The environment variable {variable} is no setting; {hint}")
