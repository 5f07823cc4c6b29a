"""What plugins are given to work with: tables of their own, and the records at a command's hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    import typer

    from qbferry.model import AnyRecord

__all__ = ["Desk", "Storage", "desk_of"]


class Storage(Protocol):
    """The database, for a plugin that brings tables on an Alembic branch of its own.

    Both give a ``sqlalchemy.Connection``. Entity hooks get none: what they keep is a record's state.
    """

    def reading(self) -> AbstractContextManager[Any]:
        """A connection that sees one state of the database."""

    def writing(self) -> AbstractContextManager[Any]:
        """A connection in one transaction: committed at the end, rolled back when something is raised."""


class Desk(Protocol):
    """The settings and records a command was called for."""

    @property
    def storage(self) -> Storage:
        """The database, for tables of the plugin's own."""

    def change(
        self,
        entity: str,
        record_id: str,
        edit: Callable[[AnyRecord], Mapping[str, Any]],
        connector: str | None = None,
    ) -> dict[str, Any]:
        """Change one record the way an import does: checked, judged by ``check_change``, in one transaction.

        Args:
            entity: The entity's name.
            record_id: The record's id.
            edit: Given the record, says its new document; an ``InputError`` it raises leaves all as it was.
            connector: The connector's name; None: the default one.

        Returns:
            The record as ``qbferry list --json`` shows it.

        Raises:
            InputError: There is no such record, it is with QuickBooks at this moment or in doubt, or its new
                document does not fit.
        """


def desk_of(ctx: typer.Context) -> Desk:
    """The desk a command was called at."""
    return cast("Desk", ctx.find_root().obj)
