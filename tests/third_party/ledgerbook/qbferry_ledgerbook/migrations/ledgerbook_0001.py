"""The book."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "ledgerbook_0001"
down_revision = None
branch_labels = ("ledgerbook",)
depends_on = None


def upgrade() -> None:
    """Create its tables."""
    op.create_table(
        "ledgerbook_line",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("record_pk", sa.Integer(), nullable=False),
        sa.Column("entity", sa.String(100), nullable=False),
        sa.Column("record_id", sa.String(100), nullable=False),
        sa.Column("request", sa.String(100), nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("number", sa.String(100)),
        sa.Column("reason", sa.Text()),
        sa.UniqueConstraint("record_pk", "request", "at", name="uq_ledgerbook_line"),
    )
    op.create_table(
        "ledgerbook_note",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
    )
