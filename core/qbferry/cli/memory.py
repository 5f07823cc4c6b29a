"""What takes long to learn from plugins, remembered from one call to the next.

It lies in the user's cache folder, and counts only while nothing has changed that it came from: the settings,
the plugins that are installed, and every file of code that was loaded for it. What cannot be read or written
is passed over, and the plugins are loaded.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qbferry.errors import QbferryError
from qbferry.files import OWN_FOLDER, write_private
from qbferry.plugin import discovery

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["NOT_OURS", "Memory", "commands", "told"]

SETTINGS = "qbferry.toml"
"""Where settings lie that nobody names."""

LAG = 50_000_000
"""Nanoseconds by which the clock that stamps files may be behind."""

NO_PLACE = (OSError, LookupError, RuntimeError)
"""What comes of a user who has no folder, or none that takes a file."""

NOT_OURS = (*NO_PLACE, ValueError, TypeError, AttributeError)
"""What comes of a file that holds something else."""


TOLD = ("name", "help", "short_help", "hidden", "deprecated", "rich_help_panel")
"""What the help needs to know of a command."""


class Memory:
    """One thing that one installation remembers, as JSON.

    Args:
        what: What it is: ``help``, ``kinds``.
        config: The settings file that was named.

    Raises:
        PluginError: The plugins that are installed do not go together.
    """

    def __init__(self, what: str, config: Path | None) -> None:
        self._what = what
        self._config = config
        self._began = time.time_ns() - LAG
        self._key = _key(config)

    def recall(self) -> Any:
        """What is remembered; None: nothing that still holds."""
        try:
            kept = json.loads(_file(self._what).read_bytes())
            if kept["key"] != self._key or any(_stamp(file) != was for file, was in kept["files"].items()):
                return None
            return kept["value"]
        except NOT_OURS:
            return None

    def keep(self, value: Any) -> None:
        """Remember what was learnt, unless something it came from changed meanwhile."""
        try:
            files = {file: _stamp(file) for file in _loaded()}
            if _key(self._config) != self._key or any(at >= self._began for at, _ in files.values()):
                return
            _write(_file(self._what), json.dumps({"key": self._key, "files": files, "value": value}))
        except (*NO_PLACE, QbferryError):
            return


def told(commands: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the help has to know of commands."""
    # Where nothing was said of a command Typer may leave a stand-in of its own.
    known = ({word: getattr(each, word, None) for word in TOLD} for each in commands.values())
    return [{word: value for word, value in each.items() if isinstance(value, str | bool)} for each in known]


def commands(told: Any) -> dict[str, Any]:
    """Commands by name, good for the help alone; none if this was not told of any."""
    from typer.core import TyperCommand

    try:
        return {each["name"]: TyperCommand(**each) for each in told or ()}
    except NOT_OURS:
        return {}


def _key(config: Path | None) -> str:
    """One text for all that is known before anything is loaded: settings may be secret, so their hash."""
    given = sorted(item for item in os.environ.items() if item[0].upper().startswith("QBFERRY_"))
    places = (config, os.environ.get("QBFERRY_CONFIG"), SETTINGS)
    files = [_content(Path(place)) for place in places if place]
    found = (sys.version, __file__, given, files, discovery.fingerprint())
    return hashlib.sha256(repr(found).encode()).hexdigest()


def _content(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except OSError:
        return None


def _loaded() -> Iterator[str]:
    """The files of all modules but Python's own."""
    for name, module in [*sys.modules.items()]:
        file = getattr(module, "__file__", None)
        if file and name.partition(".")[0] not in sys.stdlib_module_names:
            yield file


def _stamp(file: str) -> list[int]:
    """What changes with a file: when it was written, in nanoseconds, and its size."""
    state = Path(file).stat()
    return [state.st_mtime_ns, state.st_size]


def _file(what: str) -> Path:
    """Where it lies: one file for each environment that qbferry is installed in."""
    home = hashlib.sha256(sys.prefix.encode()).hexdigest()[:16]
    return _folder() / "qbferry" / f"{what}-{home}.json"


def _folder() -> Path:
    """The user's folder for what can be made again."""
    if chosen := os.environ.get("XDG_CACHE_HOME"):
        return Path(chosen)
    if sys.platform == "win32":
        return Path(os.environ["LOCALAPPDATA"])
    return Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache")


def _write(file: Path, text: str) -> None:
    """Put the file there in one piece: another process may be reading it, or writing its own."""
    for folder in (file.parent.parent, file.parent):
        folder.mkdir(OWN_FOLDER, exist_ok=True)
    draft = file.with_suffix(f".{os.getpid()}")
    try:
        write_private(draft, text, encoding="ascii")
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
