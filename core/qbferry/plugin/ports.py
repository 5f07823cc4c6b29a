"""What plugins are given to work with: tables of their own, and the records at a command's hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
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

    def record(self, entity: str, record_id: str, connector: str | None = None) -> dict[str, Any]:
        """Read one record, as ``qbferry list --json`` shows it.

        Raises:
            InputError: There is no such entity, connector or record.
        """

    def records(
        self,
        entity: str,
        *,
        status: str | None = None,
        batch: str | None = None,
        limit: int | None = None,
        connector: str | None = None,
    ) -> list[dict[str, Any]]:
        """List records, as ``qbferry list --json`` shows them.

        Args:
            entity: The entity's name.
            status: ``Pending``, ``Pending/Failed`` and so on; None: all.
            batch: Only those of a batch.
            limit: At most so many.
            connector: The connector's name; None: the default one.

        Raises:
            InputError: There is no such entity, connector or status.
        """

    def act(
        self,
        entity: str,
        ids: Sequence[str],
        what: Literal["ready", "not ready"],
        *,
        again: bool = False,
        connector: str | None = None,
    ) -> list[dict[str, Any]]:
        """Set records ready or not ready, as a person does: every rule is asked.

        Args:
            entity: The entity's name.
            ids: The records' ids.
            what: What is done.
            again: Whether what was transferred goes a second time, which ``ready`` asks a person otherwise.
            connector: The connector's name; None: the default one.

        Returns:
            For each record its ``id`` and ``status``, whether it was ``changed`` or ``refused``, and the
            ``reason``.

        Raises:
            InputError: There is no such entity, connector or record.
        """

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
