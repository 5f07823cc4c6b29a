"""What the commands of plugins work with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import typer

__all__ = ["Desk", "desk_of"]


class Desk(Protocol):
    """The settings and records a command was called for."""

    def change(
        self,
        entity: str,
        record_id: str,
        edit: Callable[[Any], Mapping[str, Any]],
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
