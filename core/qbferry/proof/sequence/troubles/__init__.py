"""The troubles a plan is made of, each a small class: its name, where it strikes, and what it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry.proof.sequence.troubles import files, people, quickbooks, server, wire

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qbferry.proof.sequence.troubles.trouble import Trouble

__all__ = ["TROUBLES"]

TROUBLES: Mapping[str, type[Trouble]] = {
    trouble.name: trouble
    for trouble in (
        wire.LostReply,
        wire.LostAnswer,
        wire.RepeatedDelivery,
        wire.Sleeper,
        wire.Takeover,
        quickbooks.Slow,
        quickbooks.RefusedSearch,
        quickbooks.Death,
        files.RestoredCompany,
        files.RestoredBooks,
        files.Clone,
        files.FileChanged,
        server.PluginDisabled,
        server.SettingChanged,
        server.Upgrade,
        people.EditByHand,
        people.DeletionByHand,
        server.ClockMoved,
        people.Reimported,
        people.Decision,
        people.PasswordChanged,
        people.Pause,
    )
}
"""Name -> the trouble."""
