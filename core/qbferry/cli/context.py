"""What every command begins with: the settings, the parts, and one entity's records."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, cast

from qbferry import config, logs
from qbferry.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path
    from typing import Any

    import typer

    from qbferry.app import Application
    from qbferry.config import Settings
    from qbferry.desk.drawer import Drawer

__all__ = ["Desk", "desk"]


@dataclass
class Desk:
    """What ``--config`` leads to, opened when a command needs it.

    Attributes:
        path: The settings file that was named.
    """

    path: Path | None

    @cached_property
    def settings(self) -> Settings:
        """The settings, read once; with them comes the way of logging."""
        settings = config.load(self.path)
        logs.configure(settings.log.level, settings.log.format)
        return settings

    @contextmanager
    def application(self) -> Iterator[Application]:
        """The parts, for as long as a command works.

        Raises:
            ConfigError: The database failed under the command.
        """
        from sqlalchemy.exc import DBAPIError, IntegrityError

        from qbferry.app import build

        application = build(self.settings)
        try:
            yield application
        except IntegrityError:
            raise  # a fault of the program
        except DBAPIError as error:
            raise ConfigError(f"The database cannot do this now: {error.orig}. Try again.") from error
        finally:
            application.close()

    @contextmanager
    def drawer(self, entity: str, connector: str | None, *, write: bool = False) -> Iterator[Drawer]:
        """One entity's records, in one transaction that is committed at the end if it writes."""
        from qbferry.desk.drawer import Drawer

        with (
            self.application() as app,
            app.database.write() if write else app.database.read() as session,
        ):
            yield Drawer.open(
                session, app.plugins, entity, connector, app.settings.transfer.on_error, lock=write
            )

    def change(
        self,
        entity: str,
        record_id: str,
        edit: Callable[[Any], Mapping[str, Any]],
        connector: str | None = None,
    ) -> dict[str, Any]:
        """Change one record the way an import does; what commands of plugins use (``qbferry.Desk``)."""
        from qbferry.desk import lookup
        from qbferry.intake import change

        with self.drawer(entity, connector, write=True) as drawer:
            return lookup.view(drawer.entity, change(drawer, record_id, edit))


def desk(ctx: typer.Context) -> Desk:
    """The desk of this call."""
    return cast("Desk", ctx.find_root().obj)
